"""Takes side by side, as one video."""

from __future__ import annotations

from bisect import bisect_right
from contextlib import ExitStack
from fractions import Fraction
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING

from rushes.comparison.board import Board
from rushes.comparison.clock import Clock
from rushes.comparison.entry import goal_of, resolved
from rushes.comparison.footage import footage
from rushes.comparison.grid import Grid
from rushes.contract.errors import InvalidParams
from rushes.media.output import replacing
from rushes.video.film import EVEN, UNEVEN, film
from rushes.video.frames import reading
from rushes.video.sound import SAMPLE_RATE, between, placed

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from rushes.comparison.entry import Comparables
    from rushes.comparison.footage import Footage
    from rushes.video.film import Film
    from rushes.video.sound import Samples


FINE = Fraction(1, 90_000)
"""Tick of a film whose frames differ in length."""

LONGEST = 600
"""Seconds of an export; takes are seconds long, and offsets may be days."""


def side_by_side(
    entries: Comparables,
    path: str | os.PathLike[str],
    *,
    columns: int | None = None,
    start: float = 0.0,
    end: float | None = None,
    offsets: Sequence[float] = (),
    audible: str | int | None = None,
    labels: bool = True,
    on_progress: Callable[[float], object] | None = None,
) -> Path:
    """Write all takes into one MP4.

    Every frame shows each take at that moment. A take that has ended holds its last frame. The
    film has the highest rate of the takes, at most 60 frames a second; with a take whose rate
    varies its own rate varies, too, so that each frame of each take is shown at its time.

    >>> from rushes.comparison import side_by_side
    >>> side_by_side([job, other_job], "comparison.mp4", end=4.0, offsets=[0.0, 0.5])

    Args:
        entries: what is compared: entries, or anything that `entries` takes.
        path: the video; an existing file is replaced when the new one is complete.
        columns: takes per row; None chooses by their number and shape.
        start: first moment, in seconds of the common clock.
        end: last moment; None is the end of the longest take.
        offsets: the own time of each take in seconds when the common clock is at zero: 0.5 skips
            its first half second, -0.5 holds its first frame for half a second. Takes beyond the
            last offset have 0.
        audible: the take whose audio is used, by label, by the id of its provider if no other take
            has it, or by number from 0; None for no audio.
        labels: whether the takes' names are drawn over them.
        on_progress: called after each frame with the fraction that is done, 0 to 1.

    Returns:
        The absolute path of the video.

    Raises:
        InvalidParams: when an argument is out of range.
        MediaError: if a take has no file, a file is not a video, or the video cannot be written.
    """
    compared = resolved(entries)
    goal = goal_of(path, compared)
    takes = footage(compared, offsets)
    clock = Clock.over(takes, start, end)
    if clock.end - clock.start > LONGEST:
        minutes = float(clock.end - clock.start) / 60
        msg = (
            f"The film would be {minutes:.0f} minutes long; the maximum is {LONGEST // 60}. Give a "
            f"shorter range, from `start` to `end`."
        )
        raise InvalidParams(msg)
    grid = Grid.of(takes, columns)
    heard = _heard(takes, audible)
    with ExitStack() as stack:
        for take in takes:
            stack.enter_context(take.open(clock.start))
        board = Board(grid, takes, labels=labels)
        draft = stack.enter_context(replacing(goal))
        made = stack.enter_context(
            film(
                draft,
                goal,
                (grid.width, grid.height),
                clock.rate,
                has_sound=heard is not None,
                tick=1 / clock.rate if clock.is_even else FINE,
                options=EVEN if clock.is_even else UNEVEN,
            )
        )
        for part in _write(made, board, takes, clock, heard):
            if on_progress is not None:
                on_progress(part)
    return goal


def _heard(takes: Sequence[Footage], audible: object) -> Footage | None:
    """The take whose audio is used."""
    if audible is None:
        return None
    found = None
    if isinstance(audible, str):
        found = next((take for take in takes if take.label == audible), None) or _only(
            [take for take in takes if take.provider == audible]
        )
    elif isinstance(audible, int) and not isinstance(audible, bool) and 0 <= audible < len(takes):
        found = takes[audible]
    if found is None:
        msg = (
            f"audible: {audible!r} is not one of the takes; give one of "
            f"{', '.join(repr(take.label) for take in takes)}, or a number from 0."
        )
        raise InvalidParams(msg)
    if not found.has_audio:
        msg = f"audible: {found.label} has no audio; give another take, or None."
        raise InvalidParams(msg)
    return found


def _only(takes: Sequence[Footage]) -> Footage | None:
    """The take, if there is one and no other."""
    return takes[0] if len(takes) == 1 else None


def _write(
    made: Film,
    board: Board,
    takes: Sequence[Footage],
    clock: Clock,
    heard: Footage | None,
) -> Iterator[float]:
    """Encode all frames, followed by the audio of one take second by second.

    Yields:
        After each frame the fraction that is done, 0 to 1.
    """
    film_end = clock.start + clock.seconds
    ends = [min(film_end, clock.start + second) for second in range(ceil(clock.seconds) + 1)]
    sound = _sound(heard, [round(end * SAMPLE_RATE) for end in ends]) if heard else iter(())
    written = 0
    for moment, until in clock.shown(takes):
        first, last = (round((at - clock.start) / made.tick) for at in (moment, until))
        made.picture(board.at(moment), first, None if clock.is_even else last - first)
        due = bisect_right(ends, until) - 1
        for samples in islice(sound, due - written):
            made.sound(samples)
        written = due
        yield float((until - clock.start) / clock.seconds)


def _sound(take: Footage, begins: list[int]) -> Iterator[Samples]:
    """The audio of an opened take between successive moments of the common clock."""
    shift = round(take.offset * SAMPLE_RATE)
    with reading(take.path):
        yield from between(placed(take.path, take.start), [begin + shift for begin in begins])
