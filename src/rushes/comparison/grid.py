"""The layout of takes: cells of one size, in rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rushes.contract.errors import InvalidParams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rushes.comparison.footage import Footage

LARGEST = 3840
"""Maximum length of an export's longer side in pixels, which all players can decode."""

GAP = 4
"""Pixels between two cells."""

IN_ONE_ROW = 3


@dataclass(frozen=True)
class Grid:
    """Cells of one even size.

    Attributes:
        columns: cells in a row.
        rows: cells in a column.
        cell_width: in pixels.
        cell_height: in pixels.
    """

    columns: int
    rows: int
    cell_width: int
    cell_height: int

    @classmethod
    def of(cls, takes: Sequence[Footage], columns: int | None = None) -> Grid:
        """Cells as wide as the widest take and as tall as the tallest, scaled down if necessary.

        Raises:
            InvalidParams: if the number of columns is out of range.
        """
        count = len(takes)
        width, height = max(take.width for take in takes), max(take.height for take in takes)
        if columns is None:
            columns = _suiting(count, is_tall=height > width)
        elif isinstance(columns, bool) or not isinstance(columns, int) or not 1 <= columns <= count:
            msg = f"columns: {columns!r} does not fit {count} takes; give 1 to {count}."
            raise InvalidParams(msg)
        rows = -(-count // columns)
        scale = min(
            1.0,
            (LARGEST - GAP * (columns - 1)) / (width * columns),
            (LARGEST - GAP * (rows - 1)) / (height * rows),
        )
        return cls(columns, rows, even(width * scale), even(height * scale))

    @property
    def width(self) -> int:
        """Total size in pixels."""
        return self.columns * self.cell_width + GAP * (self.columns - 1)

    @property
    def height(self) -> int:
        """Total size in pixels."""
        return self.rows * self.cell_height + GAP * (self.rows - 1)

    def corner(self, number: int) -> tuple[int, int]:
        """The upper left corner of a cell."""
        row, column = divmod(number, self.columns)
        return column * (self.cell_width + GAP), row * (self.cell_height + GAP)

    def fitted(self, take: Footage) -> tuple[int, int, int, int]:
        """Position of a take within its cell: left, top, width and height, all even."""
        scale = min(self.cell_width / take.width, self.cell_height / take.height)
        width = min(self.cell_width, even(take.width * scale + 1))
        height = min(self.cell_height, even(take.height * scale + 1))
        left, top = (self.cell_width - width) // 2, (self.cell_height - height) // 2
        return left & ~1, top & ~1, width, height


def even(pixels: float) -> int:
    """The even number of pixels at or below one; chroma has one value for two pixels."""
    return max(2, int(pixels) & ~1)


def _suiting(count: int, *, is_tall: bool) -> int:
    if count <= IN_ONE_ROW:
        return count
    if is_tall:
        return count if count <= 5 else -(-count // 2)  # noqa: PLR2004 - more columns are too small
    return 2 if count == 4 else 3  # noqa: PLR2004 - two rows of two
