"""Takes side by side, as images."""

from __future__ import annotations

import io
from contextlib import ExitStack
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from rushes.comparison.board import HELD, Board
from rushes.comparison.chip import caption, chip
from rushes.comparison.clock import Clock, timecode
from rushes.comparison.entry import goal_of, resolved
from rushes.comparison.footage import exact, footage
from rushes.comparison.grid import Grid
from rushes.contract.errors import InvalidParams
from rushes.media.output import replacing, writing
from rushes.video.colours import SRGB_DISPLAY
from rushes.video.frames import scaled
from rushes.video.lettering import typeface, wrapped

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from fractions import Fraction
    from pathlib import Path

    from rushes.comparison.entry import Comparables
    from rushes.comparison.footage import Footage

MOST = 24
"""Maximum columns of a contact sheet: more would be too small."""

CELL = 320
"""Pixels of an image's longer side in a contact sheet; fewer if there are many."""

WIDEST = 3840
MARGIN = 20
GAP = 6

TYPE = 15
"""Pixels of the type in a contact sheet."""

LINE = 26
"""Pixels between a line of type and its images."""

PAPER = (23, 24, 27)
INK = (236, 236, 238)
FAINT = (160, 162, 168)


def contact_sheet(
    entries: Comparables,
    path: str | os.PathLike[str],
    *,
    moments: int = 6,
    start: float = 0.0,
    end: float | None = None,
    offsets: Sequence[float] = (),
) -> Path:
    """Write a PNG with a row for each take and a column for each moment.

    >>> from rushes.comparison import contact_sheet
    >>> contact_sheet([job, other_job], "sheet.png", moments=8)

    Args:
        entries: what is compared: entries, or anything that `entries` takes.
        path: the image; an existing file is replaced.
        moments: number of columns, 1 to 24, evenly spread from `start` to `end`.
        start: in seconds of the common clock.
        end: in seconds; None is the last frame of the longest take.
        offsets: as for `side_by_side`.

    Returns:
        The absolute path of the image.

    Raises:
        InvalidParams: when an argument is out of range.
        MediaError: when a take has no file, a file is not a video, or the image cannot be
            written.
    """
    compared = resolved(entries)
    goal = goal_of(path, compared)
    if isinstance(moments, bool) or not isinstance(moments, int) or not 1 <= moments <= MOST:
        msg = f"moments: {moments!r} is not a number of columns; give 1 to {MOST}."
        raise InvalidParams(msg)
    takes = footage(compared, offsets)
    clock = Clock.over(takes, start, end)
    save(_sheet(takes, clock, moments), goal)
    return goal


def frames(
    entries: Comparables,
    path: str | os.PathLike[str],
    *,
    at: float = 0.0,
    offsets: Sequence[float] = (),
) -> Path:
    """Write a PNG of all takes at one moment, side by side.

    >>> from rushes.comparison import frames
    >>> frames([job, other_job], "frames.png", at=2.5)

    Args:
        entries: what is compared: entries, or anything that `entries` takes.
        path: the image; an existing file is replaced.
        at: the moment, in seconds of the common clock.
        offsets: as for `side_by_side`.

    Returns:
        The absolute path of the image.

    Raises:
        InvalidParams: when an argument is out of range.
        MediaError: when a take has no file, a file is not a video, or the image cannot be
            written.
    """
    compared = resolved(entries)
    goal = goal_of(path, compared)
    moment = exact("at", at)
    if moment < 0:
        msg = f"at: {at!r} is negative; give 0 or more seconds."
        raise InvalidParams(msg)
    takes = footage(compared, offsets)
    with ExitStack() as stack:
        for take in takes:
            stack.enter_context(take.open(moment))
        frame = Board(Grid.of(takes), takes, labels=True).at(moment)
    save(scaled(frame, SRGB_DISPLAY, (frame.width, frame.height)), goal)
    return goal


def _sheet(takes: Sequence[Footage], clock: Clock, moments: int) -> Image.Image:
    """A line of time codes, then the name and images of each take."""
    times = clock.spread(moments)
    grid = Grid.of(takes, 1)
    longest = min(CELL, (WIDEST - 2 * MARGIN + GAP) // moments - GAP)
    scale = min(1.0, longest / max(grid.cell_width, grid.cell_height))
    cell = Grid(
        moments, 1, max(2, int(grid.cell_width * scale)), max(2, int(grid.cell_height * scale))
    )
    width = 2 * MARGIN + moments * (cell.cell_width + GAP) - GAP
    height = 2 * MARGIN + LINE + len(takes) * (LINE + cell.cell_height + MARGIN) - MARGIN
    sheet = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    lefts = [MARGIN + number * (cell.cell_width + GAP) for number in range(moments)]
    for left, time in zip(lefts, times, strict=True):
        draw.text((left, MARGIN), timecode(time), font=typeface(TYPE - 2), fill=FAINT)
    for number, take in enumerate(takes):
        top = MARGIN + LINE + number * (LINE + cell.cell_height + MARGIN)
        [name] = wrapped(caption(take.label, number), TYPE, width - 2 * MARGIN, 1)
        draw.text((MARGIN, top), name, font=typeface(TYPE), fill=INK)
        with take.open(clock.start):
            for left, time in zip(lefts, times, strict=True):
                sheet.paste(_cell(take, cell, time), (left, top + LINE))
    return sheet


def _cell(take: Footage, cell: Grid, time: Fraction) -> Image.Image:
    """One image between black bars, with a note if the take has ended."""
    image = Image.new("RGB", (cell.cell_width, cell.cell_height))
    left, top, width, height = cell.fitted(take)
    image.paste(scaled(take.at(time), take.display, (width, height)), (left, top))
    if take.is_over(time):
        note = chip(HELD, TYPE - 3, cell.cell_width)
        image.paste(note, (4, cell.cell_height - note.height - 4), note)
    return image


def save(image: Image.Image, path: Path) -> None:
    """Write an image as PNG.

    Raises:
        MediaError: if it cannot be written.
    """
    data = io.BytesIO()
    image.save(data, "PNG")
    with replacing(path) as draft, writing(path):
        draft.write_bytes(data.getvalue())
