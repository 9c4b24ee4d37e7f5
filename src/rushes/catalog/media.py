"""The images, videos and sounds of a request, wherever they are in it.

Each has a name: that of its parameter, or for a field of an object ``"keyframes.image"``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from rushes.contract.params import is_local
from rushes.contract.spelling import to_camel, to_snake

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rushes.contract.params import VideoGenParams

New = Callable[[Any, str, str], Any]
"""Makes another item of an item, its name, and its place, e.g. ``"keyframes[1].image"``."""


def media_in(
    params: VideoGenParams | Mapping[str, Any], names: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """The media of a request, by name; those without are left out.

    A mapping may have either spelling, and values of wrong types, which are left out, too.
    """
    found = dict[str, tuple[str, ...]]()
    for name in names:
        items = tuple(item for _, item in places_in(params, name) if isinstance(item, str))
        if items:
            found[name] = items
    return found


def places_in(params: VideoGenParams | Mapping[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    """Each item under a name with its place, e.g. ``"keyframes[1].image"``; empty ones are not.

    Args:
        params: a request of either spelling.
        name: of a media parameter, or of a field of an object.
    """
    head, _, field = name.partition(".")
    value = _value(params, head)
    if not field:
        yield from _items(head, value)
        return
    for where, row in rows_in(head, value):
        yield from _items(f"{where}.{field}", _value(row, field))


def rows_in(name: str, value: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The object, or each object of a list, under a name, with its place."""
    if isinstance(value, Mapping):
        yield name, value
    elif isinstance(value, list | tuple):
        for index, row in enumerate(value):
            if isinstance(row, Mapping):
                yield f"{name}[{index}]", row


def with_media(
    params: Mapping[str, Any],
    names: Collection[str],
    new: New,
    *,
    lists: Collection[str] | None = None,
) -> dict[str, Any]:
    """A request with its media replaced; everything else is unchanged.

    Args:
        params: the request, in either spelling.
        names: of the media.
        new: makes another item of each.
        lists: the names under which only a list has items; by default any list has.
    """
    owners = {name.partition(".")[0] for name in names if "." in name}

    def one(value: Any, name: str, where: str) -> Any:
        is_list = isinstance(value, list | tuple)
        if value is None or (lists is not None and name in lists and not is_list):
            return value
        if is_list and (lists is None or name in lists):
            return [new(item, name, f"{where}[{index}]") for index, item in enumerate(value)]
        return new(value, name, where)

    def row(value: Any, name: str, where: str) -> Any:
        if not isinstance(value, Mapping):
            return value
        named = {key: f"{name}.{_snake(key)}" for key in value}
        return {
            key: one(item, named[key], f"{where}.{_snake(key)}") if named[key] in names else item
            for key, item in value.items()
        }

    made = dict(params)
    for key, value in params.items():
        name = _snake(key)
        if name in names:
            made[key] = one(value, name, name)
        elif name in owners and isinstance(value, list | tuple):
            made[key] = [row(each, name, f"{name}[{n}]") for n, each in enumerate(value)]
        elif name in owners:
            made[key] = row(value, name, name)
    return made


def identity_of(item: str) -> str:
    """What an image, video or sound is known by: the digest of a frozen copy, else its address.

    A copy is named ``<digest>-<name>``, so the same content is the same under any name.
    """
    kept = re.search(r"(?:^|[\\/])([0-9a-f]{16})-[^\\/]*$", item) if is_local(item) else None
    return kept[1] if kept else item


def _value(params: object, name: str) -> Any:
    if not isinstance(params, Mapping):
        return getattr(params, name, None)
    return params[name] if name in params else params.get(to_camel(name))


def _items(where: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list | tuple):
        yield from ((f"{where}[{n}]", item) for n, item in enumerate(value) if _is_given(item))
    elif _is_given(value):
        yield where, value


def _is_given(item: object) -> bool:
    return item is not None and not (isinstance(item, str) and not item)


def _snake(key: object) -> str:
    return to_snake(key) if isinstance(key, str) else ""
