"""The frames of a video as they are measured: all at one small size, with times from 0 on.

So takes of different resolutions compare, and measuring takes less time than the take.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from av.video.reformatter import Interpolation, VideoReformatter

from rushes.contract.media_errors import TooLarge
from rushes.video.colours import LIMITED, display_of
from rushes.video.frames import decoded, opened, reading, unplayable
from rushes.video.measures import MOST_MOMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av import VideoFrame

AREA = 640 * 360
"""Pixels of the pictures that are measured; larger ones are scaled down to it."""

SMALLEST = 16
"""Pixels a side of a picture that the filters can measure."""

USUAL = Fraction(24)
"""Frames per second where a file does not say."""

LAYOUTS = {1: "mono", 2: "stereo"}
"""FFmpeg's names of channels, where a file has none."""


class Pictures:
    """The frames of a video, small, and with times from 0 on.

    Attributes:
        first: its first frame, as it is in the file.
        display: how its frames are displayed.
        origin: the file's own time of the first frame, in seconds.
        layout: of the channels of its sound; None without sound.
        rate: of its sound, in samples per second.
        size: of the small frames; taken from `like`, if it is given.
        fps: frames per second as the file declares.
        seconds: its length, known once all frames were read.
    """

    def __init__(self, path: Path, film: Any, stream: Any, like: tuple[int, int] | None) -> None:
        self._path = path
        self._frames: Iterator[VideoFrame] = decoded(path, film, stream)
        self._scale = VideoReformatter()
        self.display = display_of(stream)
        first = next((frame for frame in self._frames if frame.pts is not None), None)
        if first is None:
            raise unplayable(path, "none of its frames can be decoded")
        self.first = first
        self._tick: Fraction = stream.time_base or Fraction(1, 1000)
        # Frames that need no scaling are passed on themselves, with other time stamps.
        self._begin = first.pts or 0
        self.origin = self._begin * self._tick
        rate = stream.average_rate or stream.guessed_rate or USUAL
        # PyAV 19 has rational numbers of its own, with less to them.
        self.fps = Fraction(rate.numerator, rate.denominator)
        self.size = like or small(first.width, first.height)
        sound = next(iter(film.streams.audio), None)
        self.rate = 0
        self.layout: str | None = None
        if sound is not None and sound.codec_context.sample_rate:
            layout = sound.codec_context.layout
            self.rate = sound.codec_context.sample_rate
            self.layout = LAYOUTS.get(layout.nb_channels, layout.name)
        self.seconds = 0.0

    @classmethod
    @contextmanager
    def opened(cls, path: Path, like: tuple[int, int] | None = None) -> Iterator[Pictures]:
        """Open a video, for the body of a ``with`` statement.

        Raises:
            MediaError: if it is not a playable video.
        """
        with opened(path) as (film, stream):
            yield cls(path, film, stream, like)

    def __iter__(self) -> Iterator[VideoFrame]:
        # Here, because two videos may be read in turns.
        with reading(self._path):
            yield from self._read()

    def _read(self) -> Iterator[VideoFrame]:
        last, count = -1, 0
        for frame in self._all():
            stamp = (frame.pts or 0) - self._begin
            # A player never shows what comes too late.
            if frame.pts is None or stamp <= last:
                continue
            last, count = stamp, count + 1
            if count > MOST_MOMENTS:
                msg = (
                    f"{self._path} has more than {MOST_MOMENTS:,} frames, the most that are "
                    f"measured; cut it with another program."
                )
                raise TooLarge(msg)
            lasts = frame.duration * self._tick if frame.duration else 1 / self.fps
            self.seconds = float(stamp * self._tick + lasts)
            small = self._scale.reformat(
                frame,
                *self.size,
                "yuv420p",
                dst_color_range=LIMITED,
                interpolation=Interpolation.AREA,
                threads=1,
            )
            small.pts, small.time_base = stamp, self._tick
            yield small

    def _all(self) -> Iterator[VideoFrame]:
        # A generator that holds the first frame, because its size is needed before.
        yield self.first
        yield from self._frames


def small(width: int, height: int) -> tuple[int, int]:
    """The size at which pictures are measured, in even numbers."""
    factor = min(1.0, math.sqrt(AREA / (width * height)))
    even = (max(SMALLEST, 2 * round(side * factor / 2)) for side in (width, height))
    return next(even), next(even)
