"""Takes side by side, as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from rushes.comparison.entry import Entry


def contact_sheet(
    entries: Sequence[Entry],
    path: str | os.PathLike[str],
    *,
    moments: int = 6,
    start: float = 0.0,
    end: float | None = None,
    offsets: Sequence[float] = (),
) -> Path:
    """Write a PNG with a row for each take and a column for each of some moments.

    >>> from rushes.comparison import contact_sheet, entries
    >>> contact_sheet(entries([first, second]), "sheet.png", moments=8)

    Args:
        entries: what is compared.
        path: the picture; one that is there is replaced.
        moments: number of columns, 1 to 24, evenly spread from `start` to `end`.
        start: in seconds of the common clock.
        end: likewise; None is the last frame of the take that is over last.
        offsets: as for `side_by_side`.

    Returns:
        The absolute path of the picture.

    Raises:
        InvalidParams: when an argument is out of range.
        MediaError: when a take has no file, a file is no video, or the picture cannot be written.
    """
    raise NotImplementedError


def frames(
    entries: Sequence[Entry],
    path: str | os.PathLike[str],
    *,
    at: float = 0.0,
    offsets: Sequence[float] = (),
) -> Path:
    """Write a PNG of all takes at one moment, side by side.

    >>> from rushes.comparison import entries, frames
    >>> frames(entries([first, second]), "frames.png", at=2.5)

    Args:
        entries: what is compared.
        path: the picture; one that is there is replaced.
        at: the moment, in seconds of the common clock.
        offsets: as for `side_by_side`.

    Returns:
        The absolute path of the picture.

    Raises:
        InvalidParams: when an argument is out of range.
        MediaError: when a take has no file, a file is no video, or the picture cannot be written.
    """
    raise NotImplementedError
