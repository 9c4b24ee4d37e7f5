"""How a service is sent objects: by its own names, nested as its documents have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rushes.catalog.kinds import OBJECT_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rushes.catalog.offer import Offer
    from rushes.catalog.parameter import ParameterSpec


def put(body: dict[str, Any], field: str, value: Any) -> None:
    """Put a value into a body.

    >>> body = {"uri": "a.png"}
    >>> put(body, "range.start_seconds", 2)
    >>> body
    {'uri': 'a.png', 'range': {'start_seconds': 2}}

    Args:
        body: is changed.
        field: its name; each dot leads into an object.
        value: as the service writes it.
    """
    *path, last = field.split(".")
    for key in path:
        body = body.setdefault(key, {})
    body[last] = value


def written(
    name: str,
    parameter: ParameterSpec,
    value: Any,
    offer: Offer,
    *,
    names: Mapping[str, str],
    media: Mapping[str, Any],
) -> Iterator[tuple[str, Any]]:
    """The fields that a service is sent for a parameter, each with its value.

    Args:
        name: of the parameter.
        parameter: what it takes.
        value: a valid one.
        offer: the backend's side of the provider.
        names: by parameter, and by field as ``"keyframes.image"``, the service's name.
        media: the representation of each local file.
    """
    if parameter.kind not in OBJECT_KINDS:
        yield names.get(name, name), offer.written(name, parameter.sent(value, media))
        return
    given: Iterable[Mapping[str, Any]] = [value] if parameter.kind == "object" else value
    rows = [dict(_row(name, parameter, row, offer, media)) for row in given]
    if name in offer.as_columns:
        for field in parameter.fields:
            yield names.get(f"{name}.{field}", field), [row[field] for row in rows]
        return
    objects = [_object(name, row, offer, names) for row in rows]
    yield names.get(name, name), objects[0] if parameter.kind == "object" else objects


def _row(
    name: str,
    parameter: ParameterSpec,
    given: Mapping[str, Any],
    offer: Offer,
    media: Mapping[str, Any],
) -> Iterator[tuple[str, Any]]:
    """The fields of an object by their own names, with the service's values."""
    for field, each in parameter.fields.items():
        value = given.get(field)
        value = each.default if value is None else value
        if value is not None:
            yield field, offer.written(f"{name}.{field}", each.sent(value, media))


def _object(
    name: str, row: Mapping[str, Any], offer: Offer, names: Mapping[str, str]
) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for field, value in row.items():
        for key, constant in offer.adds.get(f"{name}.{field}", {}).items():
            put(made, key, constant)
        put(made, names.get(f"{name}.{field}", field), value)
    return made
