"""The lengths of a video that a service offers, as whole seconds."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rushes.catalog.importing.field import Field, Value

WRITTEN = re.compile(r"(\d{1,5})( ?[a-z]{0,7})")
"""A length as text: "8", "8s", "8 seconds"."""

LENGTHS = ("duration", "duration_seconds", "video_duration", "video_length", "seconds")
"""Fields that may have the length of the video."""

LONGEST = 86_400
ASSUMED = 5
"""Seconds, where a schema does not say how long a video is."""


@dataclass(frozen=True)
class Lengths:
    """The lengths of a video.

    Attributes:
        parameter: keys of the parameter in a provider's file.
        written: how a service writes a length, with "{}" in its place; None for a number.
        remarks: what a person should know.
    """

    parameter: dict[str, Any]
    written: str | None
    remarks: tuple[str, ...] = ()


def lengths_of(field: Field) -> Lengths | None:
    """The lengths that a field takes; None if they are not seconds."""
    if field.choices:
        return _listed(field, field.choices)
    if field.type == "text":
        known = [value for value in (field.default, *field.examples) if value is not None]
        found = _listed(field, tuple(known))
        if found is None:
            return None
        words = "its schema lists no lengths; only those that it names as examples are offered"
        return Lengths(found.parameter, found.written, (words, *found.remarks))
    if field.type not in {"integer", "number"}:
        return None
    least = max(math.ceil(field.least), 1) if field.least is not None else 1
    most = math.floor(field.most) if field.most is not None else None
    if most is not None and not least <= most <= LONGEST:
        return None
    remarks = [] if most is not None else ["its schema states no longest video"]
    span: dict[str, Any] = {"min": least} | ({} if most is None else {"max": most})
    default, said = _default(field.default, least, most, 1)
    return Lengths(span | {"default": default}, None, (*remarks, *said))


def _listed(field: Field, values: Sequence[Value]) -> Lengths | None:
    read = [(value, *_seconds(value)) for value in values]
    ways = [way for _, number, way in read if number is not None]
    if not ways:
        return None
    way = ways[0]
    numbers = sorted({number for _, number, own in read if number is not None and own == way})
    default, _ = _seconds(field.default)
    kept = longest_steps(numbers, default)
    step = kept[1] - kept[0] if len(kept) > 1 else 1
    lost = [str(value) for value, number, _ in read if number not in kept]
    remarks = [f"{', '.join(lost)} cannot be said in whole seconds and even steps"] if lost else []
    chosen, said = _default(
        field.default if way == _seconds(field.default)[1] else None, kept[0], kept[-1], step
    )
    span: dict[str, Any] = {"min": kept[0], "max": kept[-1]}
    if step != 1:
        span["step"] = step
    return Lengths(span | {"default": chosen}, way, (*remarks, *said))


def longest_steps(numbers: Sequence[int], wanted: int | None) -> list[int]:
    """The longest even sequence among ascending numbers, with a wanted one if possible.

    >>> longest_steps([4, 6, 8], None), longest_steps([5, 8, 10], 5)
    ([4, 6, 8], [5, 8])
    """
    known = set(numbers)
    best = [wanted] if wanted in known else list(numbers[:1])
    for first in numbers:
        for second in numbers:
            if second <= first:
                continue
            found = [first]
            while found[-1] + second - first in known:
                found.append(found[-1] + second - first)
            if len(found) > len(best) and (wanted not in known or wanted in found):
                best = found
    return [each for each in best if each is not None]


def _seconds(value: object) -> tuple[int | None, str | None]:
    """A length in whole seconds and how it is written; None where it is not one."""
    if isinstance(value, str):
        found = WRITTEN.fullmatch(value)
        if found and found[2].strip() in {"", "s", "sec", "second", "seconds"}:
            number = int(found[1])
            return (number, "{}" + found[2]) if 1 <= number <= LONGEST else (None, None)
        return None, None
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LONGEST:
        return value, None
    return None, None


def _default(value: object, least: int, most: int | None, step: int) -> tuple[int, tuple[str, ...]]:
    """The length that is sent if none is given, and a remark if the service has another."""
    number, _ = _seconds(value)
    top = LONGEST if most is None else most
    if number is not None and least <= number <= top and (number - least) % step == 0:
        return number, ()
    top = most if most is not None else max(ASSUMED, least)
    chosen = max(each for each in range(least, top + 1, step) if each <= max(ASSUMED, least))
    instead = f"the service's own default is {value}" if value is not None else "it states none"
    return chosen, (f"{chosen} s is sent if no length is given ({instead})",)
