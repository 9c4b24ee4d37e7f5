"""Copies of videos and audio files: shorter, smaller, in formats that every service takes."""

from __future__ import annotations

import wave
from contextlib import ExitStack
from fractions import Fraction
from itertools import chain
from math import floor, inf
from typing import TYPE_CHECKING

from rushes.contract.errors import MediaError
from rushes.media.probe import probe
from rushes.video.colours import display_of
from rushes.video.frames import decoded, demuxed, opened, pictures_of, reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av import VideoFrame

    from rushes.media.probe import Clip
    from rushes.video.film import Film
    from rushes.video.sound import Samples

FILE, SOUND = "file", "audio file"

SOUND_RATE = 44_100
"""Samples per second of a WAV."""

MOST_SAMPLES = 1_000_000_000
"""Most samples of a WAV, 6 hours: its header cannot state more than 4 GB."""

PARTS = 100
"""Ticks per frame of a steady video, so that its last frame can be shorter."""

FINE = Fraction(1, 90_000)
"""Tick of a video whose frames differ in length."""

EXACT = Fraction(1, 1000)
"""Part of a tick by which times may be off that are not exact in floating point."""

EARLY = Fraction(1, 10)
"""Seconds by which a copy may start earlier than requested, to start with a whole frame."""

SLOWEST_RATE = 1001
"""Maximum denominator of a frame rate, as in 30000/1001."""


def has_pictures(path: Path) -> bool:
    """Whether a file has a video track; a cover image does not count.

    Raises:
        MediaError: if it has neither video nor audio, or cannot be read.
    """
    with reading(path, FILE), demuxed(path) as file:
        if pictures_of(path, file) is not None:
            return True
        if file.streams.audio:
            return False
    msg = f"{path} has neither video nor audio."
    raise MediaError(msg)


# --- audio files ------------------------------------------------------------------------------


def write_sound(path: Path, draft: Path, start: float, seconds: float | None) -> None:
    """Write a part of an audio file as a WAV.

    Args:
        path: the source.
        draft: the file to write.
        start: in seconds from its beginning.
        seconds: maximum length; None is up to its end.

    Raises:
        MediaError: if it cannot be read, or has nothing there.
        OSError: if it cannot be written.
    """
    import numpy as np  # noqa: PLC0415 - heavy

    written = 0
    with reading(path, SOUND), wave.open(str(draft), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SOUND_RATE)
        for block in _sound(path, None, start, seconds, SOUND_RATE):
            written += block.shape[1]
            if written > MOST_SAMPLES:
                msg = f"{path} is too long for a WAV; use seconds=... to make a shorter copy."
                raise MediaError(msg)
            levels = np.clip(np.round(block.T * 32768), -32768, 32767)
            file.writeframes(levels.astype("<i2").tobytes())
    if not written:
        raise _beyond(path, start)


def _sound(
    path: Path, origin: Fraction | None, start: float | Fraction, seconds: float | None, rate: int
) -> Iterator[Samples]:
    from rushes.video.sound import continuous, placed  # noqa: PLC0415 - heavy

    first = round(start * rate)
    last = None if seconds is None else first + floor(seconds * rate)
    return continuous(placed(path, origin, rate), first, last)


def _beyond(path: Path, start: float) -> MediaError:
    return MediaError(f"{path} ends before start={start:g}; give a smaller start.")


# --- videos -----------------------------------------------------------------------------------


def write_clip(
    path: Path,
    draft: Path,
    *,
    shown: Path,
    max_side: int | None,
    start: float,
    seconds: float | None,
) -> None:
    """Write a part of a video as an MP4, as it is displayed.

    Args:
        path: the source.
        draft: the file to write.
        shown: its final path, for errors.
        max_side: maximum length of the longer side in pixels.
        start: in seconds from its first frame.
        seconds: maximum length; None is up to its end.

    Raises:
        MediaError: if it cannot be read or written, or has nothing there.
    """
    from rushes.video.film import COPYING, film  # noqa: PLC0415 - heavy
    from rushes.video.sound import SAMPLE_RATE  # noqa: PLC0415

    clip = probe(path)
    times = _Times(clip, start, seconds)
    size = _size(clip.width, clip.height, max_side)
    with ExitStack() as stack:
        stack.enter_context(reading(path))
        frames = times.of(path, size)
        first = next(frames, None)
        if first is None:
            raise _beyond(path, start)
        sound: Iterator[Samples] = iter(())
        if clip.has_audio:
            sound = _sound(path, times.origin, times.begin, seconds, SAMPLE_RATE)
        heard = next(sound, None)
        made = stack.enter_context(
            film(
                draft,
                shown,
                size,
                times.rate,
                has_sound=heard is not None,
                tick=times.tick,
                options=COPYING,
            )
        )
        _write(made, chain([first], frames), chain([] if heard is None else [heard], sound), times)


def _write(
    made: Film,
    frames: Iterator[tuple[int, int, VideoFrame]],
    sound: Iterator[Samples],
    times: _Times,
) -> None:
    """Write frames and audio as they are played, so that neither has to wait in memory."""
    from rushes.video.sound import SAMPLE_RATE  # noqa: PLC0415 - heavy

    heard = 0
    for number, length, frame in frames:
        made.picture(frame, number, length)
        while heard <= number * times.tick * SAMPLE_RATE:
            block = next(sound, None)
            if block is None:
                break
            made.sound(block)
            heard += block.shape[1]
    for block in sound:
        made.sound(block)


class _Times:
    """Which frames a copy has, and when each is displayed.

    Args:
        clip: the measurements of the source.
        start: where the copy starts, in seconds from the first frame.
        seconds: its maximum length.

    Attributes:
        rate: frames per second, on average.
        tick: unit of the copy's timestamps in seconds.
        origin: time of the source's first frame, in seconds of its own time.
        begin: where the copy starts, to a whole frame unless that lasts long; known once the first
            frame is read.
    """

    def __init__(self, clip: Clip, start: float, seconds: float | None) -> None:
        self.rate = Fraction(clip.fps).limit_denominator(SLOWEST_RATE) or Fraction(24)
        self.tick = 1 / self.rate / PARTS if clip.is_steady else FINE
        self.begin = self._start = Fraction(start)
        # Longer than any video.
        self._seconds = Fraction(1 << 40) if seconds is None else Fraction(seconds)
        self._is_steady = clip.is_steady
        self._end = Fraction(clip.seconds)

    def of(self, path: Path, size: tuple[int, int]) -> Iterator[tuple[int, int, VideoFrame]]:
        """The frames to write, each with its timestamp and length in ticks."""
        from av.video.reformatter import VideoReformatter  # noqa: PLC0415 - heavy

        from rushes.video.sheets import framed, upright  # noqa: PLC0415 - heavy

        reformatter = VideoReformatter()
        with opened(path) as (file, stream):
            display = display_of(stream)
            for at, until, frame in self._shown(decoded(path, file, stream)):
                number = round(at / self.tick)
                # Rounded down, so that the copy does not exceed its maximum length.
                length = floor(until / self.tick + EXACT) - number
                if length > 0:
                    yield number, length, framed(upright(reformatter, frame, display, size))

    def _shown(
        self, frames: Iterator[VideoFrame]
    ) -> Iterator[tuple[Fraction, Fraction, VideoFrame]]:
        """Frames within the copy, with the times in it from which and until which each is shown."""
        held: tuple[Fraction, VideoFrame] | None = None
        is_begun = False
        for time, frame in chain(self._timed(frames), [(None, None)]):
            if held is not None and (time is None or time > self._start):
                if not is_begun:
                    is_begun = True
                    is_whole = self._start - held[0] < EARLY
                    self.begin = held[0] if is_whole else self._start
                until = self._until(held[0]) if time is None else time
                at = max(held[0] - self.begin, Fraction(0))
                if at >= self._seconds or until <= self.begin:
                    return
                yield at, min(until - self.begin, self._seconds), held[1]
            if time is not None and frame is not None:
                held = time, frame

    def _until(self, last: Fraction) -> Fraction:
        """The end of the last frame."""
        return self._end if self._end > last else last + 1 / self.rate

    def _timed(self, frames: Iterator[VideoFrame]) -> Iterator[tuple[Fraction, VideoFrame]]:
        """Frames with their time from the first one; one that is not later is skipped."""
        last: Fraction | None = None
        for frame in frames:
            if frame.pts is None or frame.time_base is None:
                continue
            stamp = frame.pts * frame.time_base
            if last is None:
                self.origin = stamp
            time = stamp - self.origin
            if self._is_steady:
                time = round(time * self.rate) / self.rate
            if last is None or time > last:
                last = time
                yield time, frame


def _size(width: int, height: int, max_side: int | None) -> tuple[int, int]:
    """An even width and height with the same aspect ratio, within the maximum."""
    share = min(1.0, (max_side or inf) / max(width, height))
    return max(2, 2 * floor(width * share / 2)), max(2, 2 * floor(height * share / 2))
