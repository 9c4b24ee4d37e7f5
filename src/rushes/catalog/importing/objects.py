"""The fields of an object, also where a schema describes several objects that are allowed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rushes.catalog.importing.duration import LENGTHS
from rushes.contract.spelling import to_camel, to_snake

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rushes.catalog.importing.field import Field, Value

    Parts = tuple[Field, ...]

ADDRESSES = ("uri", "url")
"""Names of parts that say nothing; the field is named after its medium."""


@dataclass(frozen=True)
class Inner:
    """A field of an object.

    Attributes:
        name: its own, in Python.
        part: the field in the service's words.
        adds: what the service expects in the object beside it.
    """

    name: str
    part: Field
    adds: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Shape:
    """An object.

    Attributes:
        inner: its fields.
        group: names of fields that exclude each other, so that each object has exactly one; empty
            if there are none.
    """

    inner: tuple[Inner, ...]
    group: tuple[str, ...] = ()

    def keys(self, found: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
        """The keys of an object in a provider's file, of the keys of the fields that are known."""
        for name in self.group:
            found[name].pop("default", None)
        needed = [
            inner.name
            for inner in self.inner
            if inner.part.required
            and inner.name not in self.group
            and "default" not in found[inner.name]
        ]
        return {
            **({"needed": needed} if needed else {}),
            **({"one_of": [[*self.group]]} if self.group else {}),
            "fields": dict(found),
        }


def shape_of(forms: Sequence[Parts]) -> Shape | None:
    """The fields of an object.

    Of several forms it is the fields that all have, and for each form one that only that form has,
    or that goes with a constant, as in ``{type: "image", uri}`` or ``{type: "video", uri}``.

    Args:
        forms: the parts of each object that is allowed.

    Returns:
        The fields; None if there are none, or if the forms differ in another way.
    """
    if not forms or not all(forms):
        return None
    if len(forms) == 1:
        return _shape(forms[0], (), [])
    words = _words(forms)
    rest = [tuple(part for part in form if part.name != words) for form in forms]
    shared = [part for part in rest[0] if all(_has(form, part) for form in rest)]
    own = [[part for part in form if not _has(shared, part)] for form in rest]
    values = [next((p.choices[0] for p in form if p.name == words), None) for form in forms]
    if words is not None and not any(own):
        # The forms differ in a word alone, which is a choice then.
        choice = next(part for part in forms[0] if part.name == words)
        known = tuple(value for value in values if value is not None)
        return _shape((replace(choice, choices=known), *shared), (), [])
    if any(len(parts) != 1 or not parts[0].required for parts in own):
        return None
    alone = [parts[0] for parts in own]
    names = [_wish(part) for part in alone]
    if len({*names}) < len(names):
        names = [to_snake(str(value)) for value in values]
    if len({*names}) < len(names) or not all(map(_is_good, names)):
        return None
    if words is None and len({part.name for part in alone}) < len(alone):
        return None
    adds = [{} if words is None or value is None else {words: value} for value in values]
    return _shape(shared, names, [*zip(alone, adds, strict=True)])


def names_of(forms: Iterable[Parts]) -> list[str]:
    """The names of the parts, each once."""
    return [*dict.fromkeys(part.name for form in forms for part in form)]


def is_shot(forms: Sequence[Parts]) -> bool:
    """Whether an object is one shot of a video."""
    names = names_of(forms)
    return "prompt" in names and any(name in LENGTHS for name in names)


def _shape(
    parts: Sequence[Field],
    names: Sequence[str],
    alone: Sequence[tuple[Field, Mapping[str, Value]]],
) -> Shape | None:
    """An object of parts that all forms have, and of one for each form."""
    constants = {part.name: part.choices[0] for part in parts if _is_constant(part)}
    host = next((part for part in parts if part.required and part.name not in constants), None)
    if host is None and not alone:
        constants = {}
    here = {} if host is not None else constants
    inner = [
        Inner(name, part, {**here, **adds}) for name, (part, adds) in zip(names, alone, strict=True)
    ]
    others = [part for part in parts if part.name not in constants]
    for name, part in _named(others, names):
        inner.append(Inner(name, part, constants if part is host else {}))
    return Shape(tuple(inner), tuple(names)) if len(inner) == len(others) + len(names) else None


def _named(parts: Sequence[Field], taken: Iterable[str]) -> Iterator[tuple[str, Field]]:
    """The parts with names that a field can have; those that can have none are missing."""
    used = {*taken}
    for part in parts:
        name = next((n for n in (_wish(part), f"own_{_wish(part)}") if n not in used), "")
        if _is_good(name):
            used.add(name)
            yield name, part


def _wish(part: Field) -> str:
    if part.name in ADDRESSES and part.medium is not None and part.type == "text":
        return part.medium
    snake = to_snake(part.name).strip("_")
    return to_snake(to_camel(snake))


def _is_good(name: str) -> bool:
    return name.isidentifier() and to_snake(to_camel(name)) == name


def _is_constant(part: Field) -> bool:
    """Whether a part has a single value, which can always be sent."""
    is_plain = len(part.choices) == 1 and isinstance(part.choices[0], str | int)
    return is_plain and (part.required or part.default == part.choices[0])


def _words(forms: Sequence[Parts]) -> str | None:
    """The part that has another word in each form; None if there is none, or more than one."""
    found = []
    for first in forms[0]:
        same = [part for form in forms for part in form if part.name == first.name]
        differ = len({part.choices[:1] for part in same}) == len(same) == len(forms)
        if differ and all(map(_is_constant, same)):
            found.append(first.name)
    return found[0] if len(found) == 1 else None


def _has(parts: Iterable[Field], part: Field) -> bool:
    """Whether a part is among others, whatever is said about it."""
    return replace(part, help="") in [replace(each, help="") for each in parts]
