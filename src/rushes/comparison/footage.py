"""A take as it is watched: which of its frames is on screen at a moment."""

from __future__ import annotations

from contextlib import ExitStack
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

from rushes.contract.errors import InvalidParams, MediaError
from rushes.media.probe import probe
from rushes.video.frames import opened, unplayable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import Self

    from av import VideoFrame
    from av.container import InputContainer

    from rushes.comparison.entry import Entry

FINEST = 1_000_000
"""Times given in seconds are understood to the millionth: 1/24 is meant, not the float near it."""

SLOWEST_RATE = 1001
"""Frame rates are whole numbers over at most this, as in 30000/1001."""


class Footage:
    """The pictures of one take, read once from front to back.

    Args:
        entry: the take.
        offset: seconds of it that have passed when the common clock stands at zero.

    Attributes:
        label: its name.
        path: its file.
        offset: as given.
        seconds: its length.
        rate: frames per second, on average.
        width: in pixels, as displayed.
        height: likewise.
        has_audio: whether it has a sound track.
        bytes: size of the file.
        origin: time stamp of its first frame, in ticks of the file; known once it is open.

    Raises:
        MediaError: when the take has no file, or the file is not a playable video.
    """

    def __init__(self, entry: Entry, offset: Fraction = Fraction(0)) -> None:
        self.label = entry.label
        self.path = file_of(entry)
        self.offset = offset
        clip = probe(self.path)
        self.seconds = Fraction(clip.seconds).limit_denominator(FINEST)
        self.rate = Fraction(clip.fps).limit_denominator(SLOWEST_RATE)
        self.width, self.height = clip.width, clip.height
        self.has_audio = clip.has_audio
        self.bytes = clip.bytes
        self._stack = ExitStack()

    @property
    def end(self) -> Fraction:
        """When it is over, by the common clock."""
        return self.seconds - self.offset

    def is_over(self, moment: Fraction) -> bool:
        """Whether only its last frame is left at a moment of the common clock."""
        return moment >= self.end

    def open(self, start: Fraction) -> Self:
        """Begin to read near a moment of the common clock; `close` when done."""
        film, stream = self._stack.enter_context(opened(self.path))
        self._tick: Fraction = stream.time_base or Fraction(1, 1000)
        self._frames = _timed(film.decode(stream))
        first = next(self._frames, None)
        if first is None:
            raise unplayable(self.path, "none of its frames can be decoded")
        self.origin = first[0]
        self._show(first)
        if self._stamp(start) > self.origin + 2 / self._tick:
            self._skip_to(film, start)
        return self

    def close(self) -> None:
        """Let go of the file."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def at(self, moment: Fraction) -> VideoFrame:
        """The frame that is on screen at a moment of the common clock.

        Before its beginning that is the first one, after its end the last.

        Args:
            moment: in seconds; never earlier than the one before.
        """
        stamp = self._stamp(moment)
        while self._next is not None and self._next[0] <= stamp:
            self._show(self._next)
        return self._shown

    def _stamp(self, moment: Fraction) -> int:
        """A moment in the file's own ticks.

        It is rounded as the file's stamps are: in a file that counts milliseconds the second
        frame of 24 a second stands at 42, and is on screen at 1/24 s.
        """
        return self.origin + floor((moment + self.offset) / self._tick + Fraction(1, 2))

    def _show(self, timed: tuple[int, VideoFrame]) -> None:
        self._shown = timed[1]
        self._next = next(self._frames, None)

    def _skip_to(self, film: InputContainer, start: Fraction) -> None:
        """Go on from the last key frame before a moment."""
        stream = film.streams.video[0] if len(film.streams.video) == 1 else None
        if stream is None:
            return  # Reading it all is slower and no less right.
        stamp = self._stamp(start)
        film.seek(stamp, stream=stream)
        self._frames = _timed(film.decode(stream))
        first = next(self._frames, None)
        if first is None or first[0] > stamp:
            film.seek(self.origin, stream=stream)
            self._frames = _timed(film.decode(stream))
            first = next(self._frames, None)
        if first is None:
            raise unplayable(self.path, "its frames can be read only once")
        self._show(first)


def footage(entries: Sequence[Entry], offsets: Sequence[float]) -> list[Footage]:
    """The pictures of all takes.

    Raises:
        InvalidParams: when there are no takes, or the offsets do not fit them.
        MediaError: when a take has no file, or a file is not a playable video.
    """
    if not entries:
        msg = "There is nothing to draw; give the entries of at least one take."
        raise InvalidParams(msg)
    shifts = [exact("offsets", offset) for offset in offsets]
    if len(shifts) > len(entries):
        msg = f"There are {len(shifts)} offsets for {len(entries)} takes; give at most one each."
        raise InvalidParams(msg)
    shifts += [Fraction(0)] * (len(entries) - len(shifts))
    return [Footage(entry, shift) for entry, shift in zip(entries, shifts, strict=True)]


def exact(name: str, seconds: object) -> Fraction:
    """A number of seconds as it was meant.

    Raises:
        InvalidParams: when it is not a finite number.
    """
    try:
        if isinstance(seconds, (str, bool)):
            raise TypeError  # noqa: TRY301 - what Python would read as a number is none here
        return Fraction(float(seconds)).limit_denominator(FINEST)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        msg = f"{name}: {seconds!r} is not a number of seconds."
        raise InvalidParams(msg) from None


def file_of(entry: Entry) -> Path:
    """The video of a take on this machine.

    Raises:
        MediaError: saying why there is none, and what to do.
    """
    if entry.path is not None:
        return entry.path
    if entry.url is not None:
        msg = f"{entry.label} is a link; download the video and give its path."
    else:
        msg = f"{entry.label} has no video yet; wait for its job, then make the entries again."
    raise MediaError(msg, job_id=entry.job_id)


def _timed(frames: Iterator[VideoFrame]) -> Iterator[tuple[int, VideoFrame]]:
    """Frames with their time stamps; one without a stamp cannot be placed."""
    for frame in frames:
        if frame.pts is not None:
            yield frame.pts, frame
