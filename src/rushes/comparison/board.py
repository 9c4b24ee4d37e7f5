"""All takes at one moment, as one frame of the exported video."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from av import VideoFrame
from av.video.reformatter import VideoReformatter

from rushes.comparison.chip import caption, chip
from rushes.video.colours import BT709, LIMITED
from rushes.video.overlay import Overlay
from rushes.video.sheets import upright

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from rushes.comparison.footage import Footage
    from rushes.comparison.grid import Grid
    from rushes.video.sheets import Sheets

BLACK = (16, 128, 128)
"""In the limited range of video."""

HELD = "last frame"

SHARE = 0.045
"""Height of the type, of a cell's shorter side."""

SMALLEST, LARGEST = 13, 40
"""Pixels of the type."""


class Board:
    """The frame is reused; only cells with a new picture are redrawn.

    Args:
        grid: the layout of the takes.
        takes: opened takes.
        labels: whether their names are drawn over them.
    """

    def __init__(self, grid: Grid, takes: Sequence[Footage], *, labels: bool) -> None:
        self.grid = grid
        self._takes = takes
        width, height = grid.width, grid.height
        self._bytes = np.empty(width * height * 3 // 2, dtype=np.uint8)
        luma, chroma = width * height, width * height // 4
        self._planes: Sheets = (
            self._bytes[:luma].reshape(height, width),
            self._bytes[luma : luma + chroma].reshape(height // 2, width // 2),
            self._bytes[luma + chroma :].reshape(height // 2, width // 2),
        )
        for plane, value in zip(self._planes, BLACK, strict=True):
            plane[:] = value
        self._cells = [
            _Cell(self._planes, grid, number, take, labels=labels)
            for number, take in enumerate(takes)
        ]

    def at(self, moment: Fraction) -> VideoFrame:
        """All takes at a moment of the common clock, never earlier than the one before."""
        for cell in self._cells:
            cell.draw(moment)
        picture = self._bytes.reshape(-1, self.grid.width)
        frame = VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.colorspace, frame.color_range = BT709, LIMITED
        return frame


class _Cell:
    """The cell of one take."""

    def __init__(
        self, planes: Sheets, grid: Grid, number: int, take: Footage, *, labels: bool
    ) -> None:
        x, y = grid.corner(number)
        left, top, width, height = grid.fitted(take)
        self._whole = _window(planes, x, y, grid.cell_width, grid.cell_height)
        self._picture = _window(planes, x + left, y + top, width, height)
        self._take = take
        self._size = (width, height)
        self._reformatter = VideoReformatter()
        self._drawn: tuple[VideoFrame, bool] | None = None
        shorter = min(grid.cell_width, grid.cell_height)
        size = min(LARGEST, max(SMALLEST, round(SHARE * shorter)))
        self._margin = round(0.5 * size) & ~1
        room = grid.cell_width - 2 * self._margin
        self._chips: tuple[Overlay, Overlay] | None = None
        if labels:
            name = Overlay(chip(caption(take.label, number), size, room))
            held = Overlay(chip(HELD, size, room))
            self._chips = name, held
            self._foot = (grid.cell_height - self._margin - held.parts[0][0].shape[0]) & ~1

    def draw(self, moment: Fraction) -> None:
        """Draw the take at a moment, unless it is drawn already."""
        frame, is_held = self._take.at(moment), self._take.is_over(moment)
        if self._drawn is not None and self._drawn[0] is frame and self._drawn[1] == is_held:
            return
        self._drawn = frame, is_held
        # Labels may extend beyond the picture, into the black bars.
        for plane, value in zip(self._whole, BLACK, strict=True):
            plane[:] = value
        planes = upright(self._reformatter, frame, self._take.display, self._size)
        for place, plane in zip(self._picture, planes, strict=True):
            place[:] = plane
        if self._chips is not None:
            name, held = self._chips
            name.lay(self._whole, self._margin, self._margin)
            if is_held:
                held.lay(self._whole, self._margin, self._foot)


def _window(planes: Sheets, x: int, y: int, width: int, height: int) -> Sheets:
    """A rectangle to draw into; all values are even."""
    luma, *chroma = planes
    blue, red = (plane[y // 2 : (y + height) // 2, x // 2 : (x + width) // 2] for plane in chroma)
    return luma[y : y + height, x : x + width], blue, red
