"""Axes: what varies in a sweep."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from pydantic import BaseModel

from rushes.contract.errors import InvalidParams, Problem
from rushes.contract.params import is_local, plain
from rushes.contract.wording import listed, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

MOST_CELLS = 10_000
"""Cells of a sweep."""

TIMES = "\N{MULTIPLICATION SIGN}"

UNORDERED = "a set has no order; give a list, e.g. sorted(...)."

LONGEST_LABEL = 60
"""Characters of a value where it is shown."""

_SINGLE = (str, bytes, bytearray, memoryview, Mapping, os.PathLike, BaseModel)


@dataclass(frozen=True)
class Axis:
    """Something that varies in a sweep: one name, or several whose values belong together.

    Attributes:
        names: parameters of the model, or variables of the prompt.
        points: the values of these names, one row for each step along the axis.
    """

    names: tuple[str, ...]
    points: tuple[tuple[Any, ...], ...]

    def __len__(self) -> int:
        return len(self.points)

    def steps(self) -> Iterator[dict[str, Any]]:
        """The values of each step, by name."""
        for point in self.points:
            yield dict(zip(self.names, point, strict=True))


@dataclass(frozen=True)
class Points:
    """Values that are steps along an axis, whatever type they have."""

    values: tuple[Any, ...]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)


def axis(values: Iterable[Any]) -> Points:
    """Values to sweep over, for a parameter whose single value is a list.

    >>> import rushes
    >>> references = rushes.axis([["fox.png"], ["fox.png", "flat.png"]])

    A list for any other parameter is an axis without this.

    Args:
        values: a list for each step.

    Raises:
        InvalidParams: if they are not several values in an order.
    """
    return Points(values_of("axis", values))


def together(**values: Iterable[Any]) -> Axis:
    """An axis along which several parameters or variables change at once.

    >>> import rushes
    >>> sizes = rushes.together(resolution=["480p", "720p"], duration_seconds=[10, 5])
    >>> len(sizes)
    2

    Args:
        values: by name, as many for each.

    Raises:
        InvalidParams: if one has more values than another.
    """
    lists = {name: _points(name, given) for name, given in values.items()}
    lengths = {name: len(found) for name, found in lists.items()}
    if not lists or len(set(lengths.values())) > 1:
        counts = listed(f"{name} has {count}" for name, count in lengths.items()) if lists else ""
        reason = (
            f"these vary together, so each needs as many values as the others; "
            f"{counts or 'none are given'}."
        )
        raise InvalidParams.of([Problem("together", lengths, reason)])
    return Axis(tuple(lists), tuple(zip(*lists.values(), strict=True)))


def read_axes(
    keywords: Mapping[str, Any], combined: Sequence[object], lists: Collection[str]
) -> tuple[list[Axis], dict[str, Any]]:
    """The axes among the arguments of a sweep, and the values that stay the same.

    Args:
        keywords: a list is an axis, anything else stays the same.
        combined: axes from `together`.
        lists: parameters whose single values are lists.

    Raises:
        InvalidParams: names every value that is wrong.
    """
    axes: list[Axis] = []
    constant: dict[str, Any] = {}
    problems: list[Problem] = []
    for given in combined:
        if isinstance(given, Axis):
            axes.append(given)
        else:
            reason = f"a {type(given).__name__} is not an axis; give rushes.together(...)."
            problems.append(Problem("axes", given, reason))
    for name, value in keywords.items():
        if not is_several(value) or (name in lists and not isinstance(value, Points)):
            constant[name] = value
            continue
        try:
            axes.append(Axis((name,), tuple((point,) for point in _points(name, value))))
        except InvalidParams as error:
            problems += error.problems
    names = [name for each in axes for name in each.names] + list(constant)
    for name in {name for name in names if names.count(name) > 1}:
        problems.append(Problem(name, None, "is given twice; leave it in one place."))
    if problems:
        raise InvalidParams.of(problems)
    return axes, constant


def check_size(sizes: Mapping[str, int]) -> None:
    """Refuse a sweep of too many cells.

    Args:
        sizes: the number of steps of everything that varies, by name.

    Raises:
        InvalidParams: with the number of cells.
    """
    count = prod(sizes.values())
    if count > MOST_CELLS:
        factors = f" {TIMES} ".join(f"{size} {name}" for name, size in sizes.items() if size > 1)
        reason = f"{factors} are {count:,} takes; a sweep has at most {MOST_CELLS:,}."
        raise InvalidParams.of([Problem("axes", count, reason)])


def combinations(axes: Sequence[Axis]) -> Iterator[dict[str, Any]]:
    """Every combination of the steps of some axes, the last axis changing fastest."""
    for steps in product(*(list(each.steps()) for each in axes)):
        yield {name: value for step in steps for name, value in step.items()}


def is_several(value: object) -> TypeGuard[Iterable[Any]]:
    """Whether a value is a list of values."""
    return isinstance(value, Iterable) and not isinstance(value, _SINGLE)


def label(value: object) -> str:
    """A value in a few words: a file by its name, lists item by item."""
    return shortened(_words(value), LONGEST_LABEL)


def _words(value: object) -> str:
    if isinstance(value, os.PathLike):
        return Path(value).name
    if isinstance(value, str):
        is_path = "/" in value and is_local(value) and not any(map(str.isspace, value))
        return Path(value).name if is_path else " ".join(value.split())
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {label(item)}" for key, item in value.items())
    if isinstance(value, Iterable):
        return ", ".join(map(label, value))
    return str(value)


def _points(name: str, given: object) -> tuple[Any, ...]:
    return given.values if isinstance(given, Points) else values_of(name, given)


def values_of(name: str, given: object, read: Callable[[Any], Any] = plain) -> tuple[Any, ...]:
    """Several values, read once and up to a limit.

    Args:
        name: of the parameter.
        given: what was given for it.
        read: reads each value.

    Raises:
        InvalidParams: if they are not several values in an order, or too many.
    """
    if isinstance(given, set | frozenset):
        raise InvalidParams.of([Problem(name, given, UNORDERED)])
    if not isinstance(given, Iterable) or isinstance(given, _SINGLE):
        reason = f"a {type(given).__name__} is not a list of values."
        raise InvalidParams.of([Problem(name, given, reason)])
    try:
        found = tuple(read(item) for item in islice(given, MOST_CELLS + 1))
    except Exception as error:
        reason = f"this {type(given).__name__} cannot be read: {error}."
        raise InvalidParams.of([Problem(name, None, reason)]) from error
    if not found:
        reason = "the axis is empty; give at least one value, or leave the parameter out."
        raise InvalidParams.of([Problem(name, (), reason)])
    if len(found) > MOST_CELLS:
        reason = f"it has more than {MOST_CELLS:,} values; a sweep has at most that many takes."
        raise InvalidParams.of([Problem(name, None, reason)])
    return found
