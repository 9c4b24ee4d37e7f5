"""Reads a take: which of its frames is shown at a moment."""

from __future__ import annotations

from contextlib import ExitStack
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

from rushes.contract.errors import InvalidParams, MediaError
from rushes.media.probe import probe
from rushes.video.colours import display_of
from rushes.video.frames import decoded, opened, reading, unplayable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import Self

    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

    from rushes.comparison.entry import Entry

FINEST = 1_000_000
"""Times in seconds are rounded to a microsecond, so that 1/24 is exact despite floating point."""

SLOWEST_RATE = 1001
"""Maximum denominator of a frame rate, as in 30000/1001."""


class Footage:
    """The frames of one take, read once in order.

    Args:
        entry: the take.
        offset: its own time in seconds when the common clock is at zero.

    Attributes:
        label: its name.
        provider: the id of its provider, if known.
        path: its file.
        offset: as given.
        seconds: its length.
        rate: frames per second, on average.
        is_steady: whether its frames are evenly spaced.
        width: in pixels, as displayed.
        height: in pixels, as displayed.
        has_audio: whether it has audio.
        codec: what people call the codec of its pictures.
        bytes: size of the file.
        measured_start: time of its first frame in seconds of the file's own time, as a float.
        origin: timestamp of its first frame, in units of the file; known once it is open.
        display: how its frames are displayed; known once it is open.

    Raises:
        MediaError: if the take has no file, or the file is not a playable video.
    """

    def __init__(self, entry: Entry, offset: Fraction = Fraction(0)) -> None:
        self.label = entry.label
        self.provider = entry.provider
        self.path = file_of(entry)
        self.offset = offset
        clip = probe(self.path)
        self.seconds = Fraction(clip.seconds).limit_denominator(FINEST)
        self.rate = Fraction(clip.fps).limit_denominator(SLOWEST_RATE)
        self.is_steady = clip.is_steady
        self.width, self.height = clip.width, clip.height
        self.has_audio = clip.has_audio
        self.codec = clip.codec_name
        self.bytes = clip.bytes
        self.measured_start = clip.start
        self._stack = ExitStack()

    @property
    def end(self) -> Fraction:
        """Its end on the common clock."""
        return self.seconds - self.offset

    def is_over(self, moment: Fraction) -> bool:
        """Whether it has ended at a moment of the common clock."""
        return moment >= self.end

    @property
    def start(self) -> Fraction:
        """Time of its first frame in seconds of the file's own time; known once it is open."""
        return self.origin * self._tick

    def open(self, start: Fraction) -> Self:
        """Start reading near a moment of the common clock; call `close` when done."""
        film, stream = self._stack.enter_context(opened(self.path))
        self.display = display_of(stream)
        self._tick: Fraction = stream.time_base or Fraction(1, 1000)
        self._frames = self._timed(film, stream)
        first = next(self._frames, None)
        if first is None:
            raise unplayable(self.path, "none of its frames can be decoded")
        self.origin = first[0]
        self._show(first)
        if self._stamp(start) > self.origin + 2 / self._tick:
            self._skip_to(film, start)
        return self

    def close(self) -> None:
        """Close the file."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def at(self, moment: Fraction) -> VideoFrame:
        """The frame that is shown at a moment of the common clock.

        Before its start that is the first one, after its end the last.

        Args:
            moment: in seconds; never earlier than the one before.
        """
        stamp = self._stamp(moment)
        while self._next is not None and self._next[0] <= stamp:
            self._show(self._next)
        return self._shown

    def change_after(self, moment: Fraction) -> Fraction | None:
        """The next moment of the common clock at which it shows another frame, or is over."""
        self.at(moment)
        end = self.end if moment < self.end else None
        if self._next is None:
            return end
        time = (self._next[0] - self.origin) * self._tick
        if self.is_steady:
            # Timestamps may be rounded; `_stamp` rounds alike.
            time = round(time * self.rate) / self.rate
        change = time - self.offset
        return change if end is None else min(change, end)

    def _stamp(self, moment: Fraction) -> int:
        """A moment in the units of the file.

        It is rounded like the file's timestamps: in a file with milliseconds, the second frame at
        24 fps has the timestamp 42 and is shown at 1/24 s.
        """
        return self.origin + floor((moment + self.offset) / self._tick + Fraction(1, 2))

    def _show(self, timed: tuple[int, VideoFrame]) -> None:
        self._shown = timed[1]
        self._next = next(self._frames, None)

    def _timed(self, film: InputContainer, stream: VideoStream) -> Iterator[tuple[int, VideoFrame]]:
        """Frames with their timestamps; those without one are skipped."""
        with reading(self.path):
            for frame in decoded(self.path, film, stream):
                if frame.pts is not None:
                    yield frame.pts, frame

    def _skip_to(self, film: InputContainer, start: Fraction) -> None:
        """Continue from the last key frame before a moment."""
        stream = film.streams.video[0] if len(film.streams.video) == 1 else None
        if stream is None:
            return  # Reading all of it is slower but correct, too.
        stamp = self._stamp(start)
        film.seek(stamp, stream=stream)
        self._frames = self._timed(film, stream)
        first = next(self._frames, None)
        if first is None or first[0] > stamp:
            film.seek(self.origin, stream=stream)
            self._frames = self._timed(film, stream)
            first = next(self._frames, None)
        if first is None:
            raise unplayable(self.path, "its frames can be read only once")
        self._show(first)


def footage(entries: Sequence[Entry], offsets: Sequence[float]) -> list[Footage]:
    """Open the frames of all takes.

    Raises:
        InvalidParams: if there are no takes, or the offsets do not match them.
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
    """Convert seconds to an exact fraction.

    Raises:
        InvalidParams: if it is not a finite number.
    """
    try:
        if isinstance(seconds, (str, bool)):
            raise TypeError  # noqa: TRY301 - strings that Python converts to numbers are rejected
        return Fraction(float(seconds)).limit_denominator(FINEST)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        msg = f"{name}: {seconds!r} is not a number; give seconds."
        raise InvalidParams(msg) from None


def file_of(entry: Entry) -> Path:
    """The video file of a take.

    Raises:
        MediaError: if there is none; the message says what to do.
    """
    if entry.path is not None:
        return entry.path
    if entry.url is not None:
        msg = f"{entry.label} is a link; download the video and give its path."
    else:
        msg = f"{entry.label} has no video yet; wait for its job, then create the entries again."
    raise MediaError(msg, job_id=entry.job_id)
