"""Takes side by side, as one film."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from rushes.comparison.entry import Entry


def side_by_side(
    entries: Sequence[Entry],
    path: str | os.PathLike[str],
    *,
    columns: int | None = None,
    start: float = 0.0,
    end: float | None = None,
    offsets: Sequence[float] = (),
    audible: str | int | None = None,
    labels: bool = True,
) -> Path:
    """Write all takes into one MP4.

    Every frame shows the frame of each take that is on screen at that moment. A take that is over
    holds its last frame.

    >>> from rushes.comparison import entries, side_by_side
    >>> side_by_side(entries([first, second]), "comparison.mp4", end=4.0, offsets=[0.0, 0.5])

    Args:
        entries: what is compared.
        path: the film; one that is there is replaced when the new one is complete.
        columns: takes in a row; None takes what suits their number and shape.
        start: of the film, in seconds of the common clock.
        end: likewise; None is the end of the take that is over last.
        offsets: for each take the seconds of it that have passed when the common clock stands at
            zero: 0.5 leaves out half a second of its beginning, -0.5 holds its first frame for
            half a second. Takes beyond the last offset have none.
        audible: the take whose sound the film has, by label or number from 0; None: no sound.
        labels: whether the takes' names are written over them.

    Returns:
        The absolute path of the film.

    Raises:
        InvalidParams: when an argument is out of range.
        MediaError: when a take has no file, a file is no video, or the film cannot be written.
    """
    raise NotImplementedError
