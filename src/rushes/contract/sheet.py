"""A table for people: the same rows as text in a terminal and as HTML in a cell."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rushes.contract import display
from rushes.contract.wording import on_one_line, shortened, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

LEAST = 24
"""Columns of a terminal that the last column of a table has at least; there is no table in less."""

GAP = "  "

WIDE = 100
"""Columns of a table where nobody knows how many there are."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table of texts.

    Attributes:
        title: what it is, in a few words or a sentence.
        heads: the names of its columns; none for a list of facts.
        rows: the cells. Texts of users and services may be among them.
        notes: sentences below it.
        stills: a JPEG for each row, or None; shown in cells only.
        first: columns that stand in the first line of a row where the table is too wide.
        whole: whether the last column is never shortened either.
        right: numbers of the columns that are aligned to the right.
        empty: what is said when it has no rows.
    """

    title: str = ""
    heads: tuple[str, ...] = ()
    rows: Sequence[tuple[str, ...]] = ()
    notes: tuple[str, ...] = ()
    stills: Sequence[bytes | None] = ()
    first: int = 2
    whole: bool = False
    right: tuple[int, ...] = ()
    empty: str = "Nothing."

    def __str__(self) -> str:
        return self.text(shutil.get_terminal_size((WIDE, 24)).columns)

    def text(self, columns: int) -> str:
        """The table for a terminal; nothing but the last column is ever shortened.

        Args:
            columns: of the terminal.
        """
        if not self.rows:
            return "\n".join([self.title or self.empty, *map(visible, self.notes)])
        rows = [tuple(map(on_one_line, row)) for row in self.rows]
        table = [self.heads, *rows] if self.heads else rows
        *widths, last = (max(map(len, column)) for column in zip(*table, strict=True))
        room = columns - sum(widths) - len(GAP) * len(widths)
        lines = [self.title] if self.title else []
        if room >= (last if self.whole else min(last, LEAST)):
            lines += [self._line(row, widths, room) for row in table]
        else:
            lines += [line for row in rows for line in self._paragraph(row, widths)]
        return "\n".join([*lines, *map(visible, self.notes)])

    def _line(self, row: Sequence[str], widths: Sequence[int], room: int) -> str:
        return GAP.join([*self._padded(row, widths), shortened(row[-1], room)]).rstrip()

    def _padded(self, row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
        for place, (cell, width) in enumerate(zip(row, widths, strict=False)):
            yield cell.rjust(width) if place in self.right else cell.ljust(width)

    def _paragraph(self, row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
        """A row on lines of its own; the terminal wraps those that are too long."""
        head, rest = [*self._padded(row, widths)][: self.first], row[self.first :]
        yield GAP.join(head).rstrip()
        if words := GAP.join(filter(None, rest)):
            yield f"    {words}"


class Printed:
    """The base of what prints as a table, in a terminal and in a cell."""

    def sheet(self) -> Sheet:
        """The table that is shown."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return str(self.sheet())

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return display.bundle(self)
