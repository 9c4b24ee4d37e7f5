"""What differs between the cells of a board, and which of it makes its rows and columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from rushes.comparison.naming import title_of
from rushes.contract.errors import InvalidParams, Problem
from rushes.contract.wording import listed, meant, shown, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rushes.widgets import messages

TAKE = "take"
"""The axis that counts takes which are alike in everything else."""

PROVIDER = "provider"

SEED = "seed"

NONE = "\N{EN DASH}"
"""Stands for a value that a cell does not have."""

SPARSE = 2.0
"""A grid with more than so many places for each cell is mostly empty."""


@dataclass(frozen=True)
class Axis:
    """Something that differs.

    Attributes:
        name: a parameter, or a variable of the prompt.
        values: what it is, in the order of their first cell.
    """

    name: str
    values: tuple[str, ...]

    def title(self, value: str) -> str:
        """What a value is called where it is shown."""
        return visible(title_of(value) if self.name == PROVIDER else value)

    def plain(self) -> messages.board.BoardAxis:
        """The axis for the page."""
        return {
            "name": self.name,
            "title": visible(self.name.replace("_", " ")),
            "values": [self.title(value) for value in self.values],
        }


def names_of(argument: str, given: object) -> list[str] | None:
    """The names of rows or columns as a user gives them: one, several, or None.

    Raises:
        InvalidParams: if they are something else.
    """
    if given is None:
        return None
    names = (
        [given]
        if isinstance(given, str)
        else list(given)
        if isinstance(given, Iterable)
        else [given]
    )
    for name in names:
        if not isinstance(name, str) or not name:
            reason = f'{shown(name)} is not a name; give one, e.g. "provider", or a list of them.'
            raise InvalidParams.of([Problem(argument, name, reason)])
    return list(dict.fromkeys(names))


def axes_of(
    cells: Sequence[Mapping[str, str]], wanted: Sequence[str] = (), order: Sequence[str] = ()
) -> list[Axis]:
    """Everything that differs between some cells and does not follow from something else.

    Args:
        cells: the values of each, by name.
        wanted: names that are axes even if they are the same everywhere, or follow.
        order: names that come first.

    Raises:
        InvalidParams: if no cell has something of a wanted name.
    """
    names = dict.fromkeys([*order, PROVIDER, *(name for cell in cells for name in cell)])
    last = [name for name in (SEED, TAKE) if name in names and name not in order]
    names = {**{name: None for name in names if name not in last}, **dict.fromkeys(last)}
    columns = {name: [cell.get(name, NONE) for cell in cells] for name in names}
    found: list[Axis] = []
    for name, column in columns.items():
        values = tuple(dict.fromkeys(column))
        follows = any(_follows(column, columns[axis.name], axis) for axis in found)
        if name in wanted or (len(values) > 1 and not follows):
            found.append(Axis(name, values))
    missing = [name for name in wanted if all(name not in cell for cell in cells)]
    if missing:
        known = [name for name in names if any(name in cell for cell in cells)]
        raise InvalidParams.of([Problem(name, name, _no_such(name, known)) for name in missing])
    return found


def _follows(column: Sequence[str], other: Sequence[str], axis: Axis) -> bool:
    """Whether a value follows from the value on an axis."""
    pairs = len(set(zip(other, column, strict=True)))
    if axis.name == PROVIDER:
        return pairs == len(axis.values)
    return pairs == len(axis.values) == len(set(column))


def _no_such(name: str, known: Sequence[str]) -> str:
    there = (
        f"Available: {listed(known)}."
        if known
        else "Nothing is known of them that could be an axis."
    )
    return f"the takes have no {shown(name)}. {there}{meant(name, known)}"


def numbered(
    cells: Sequence[Mapping[str, str]], wanted: Sequence[str] = (), order: Sequence[str] = ()
) -> list[dict[str, str]]:
    """The cells, with a number where several are alike in everything that differs."""
    axes = axes_of(cells, [name for name in wanted if name != TAKE], order)
    places = [tuple(cell.get(axis.name, NONE) for axis in axes) for cell in cells]
    many = max(Counter(places).values(), default=0) > 1 or TAKE in wanted
    seen = Counter[object]()
    found = []
    for cell, place in zip(cells, places, strict=True):
        seen[place] += 1
        found.append(({TAKE: str(seen[place])} if many else {}) | dict(cell))
    return found


def arranged(
    axes: Sequence[Axis],
    count: int,
    rows: Sequence[str] | None,
    columns: Sequence[str] | None,
) -> tuple[list[str], list[str]]:
    """The names that make rows and columns; what the user left open is chosen.

    Providers are columns, since they are what is compared; seeds and numbers are neither if there
    is anything else. Where a grid would be mostly empty, both are empty: the cells make a wall.

    Args:
        axes: everything that differs.
        count: the number of cells.
        rows: as the user wants them; None leaves it open.
        columns: the same.
    """
    sizes = {axis.name: len(axis.values) for axis in axes}
    taken = {*(rows or ()), *(columns or ())}
    free = [name for name in sizes if name not in taken]
    real = [name for name in free if name not in {SEED, TAKE}]
    if rows is None and columns is None:
        if len(free) < 2 or prod(sizes.values()) > SPARSE * count:  # noqa: PLR2004 - one for each
            return [], []
        across = PROVIDER if PROVIDER in real else (real[-1] if len(real) > 1 else None)
        across = across or next(name for name in reversed(free) if name not in real[:1])
        down = next(name for name in [*real, *free] if name != across)
        return [down], [across]
    if rows is None:
        return [next(iter([*real, *free]))] if free else [], list(columns or ())
    if columns is None:
        across = PROVIDER if PROVIDER in real else next(iter([*real, *free]), None)
        return list(rows), [] if across is None else [across]
    return list(rows), list(columns)
