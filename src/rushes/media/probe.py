"""Measures video files."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from rushes.contract.media_errors import unreadable
from rushes.video.colours import display_of
from rushes.video.frames import (
    LARGE_FRAME,
    decoded,
    frame_bytes,
    opened,
    unplayable,
)

if TYPE_CHECKING:
    from pathlib import Path

    from av import VideoFrame
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream


@dataclass(frozen=True, slots=True)
class Clip:
    """The measurements of a video.

    Attributes:
        seconds: length of the video track.
        width: in pixels, as displayed.
        height: in pixels, as displayed.
        fps: frames per second: the steady rate, or the average of a variable one.
        has_audio: whether it has an audio track.
        bytes: size of the file.
        codec: of the video track, e.g. ``"h264"``.
        start: timestamp of the first frame that is displayed, in seconds of the file's own time;
            not 0 for many fragmented files and recordings.
        is_steady: whether each frame starts a multiple of ``1 / fps`` after the first one.
    """

    seconds: float
    width: int
    height: int
    fps: float
    has_audio: bool
    bytes: int
    codec: str
    start: float = 0.0
    is_steady: bool = True

    @property
    def codec_name(self) -> str:
        """What people call the codec, e.g. ``"H.264"``."""
        return _NAMES.get(self.codec, self.codec)


_NAMES = {
    "av1": "AV1",
    "dnxhd": "DNxHD",
    "ffv1": "FFV1",
    "h264": "H.264",
    "hevc": "HEVC (H.265)",
    "mjpeg": "Motion JPEG",
    "mpeg2video": "MPEG-2",
    "mpeg4": "MPEG-4 Part 2",
    "prores": "ProRes",
    "vp8": "VP8",
    "vp9": "VP9",
}
"""What people call the codecs that FFmpeg has other names for."""

_HOLE = 32
"""Zero bytes at the start of a packet that mean a hole in the file."""

_UNCODED = frozenset({"rawvideo", "v210", "v308", "v408", "v410", "r210", "r10k", "yuv4", "ayuv"})
"""Codecs whose packets are the pixels themselves, so that a black frame may be all zeros."""

_COMMON_RATES = (
    *(Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60, 120)),
    *(Fraction(rate) for rate in (1, 5, 6, 8, 10, 12, 15, 16, 18, 20, 24, 25, 30, 48, 50, 60, 120)),
)
"""Rates that rounded timestamps are recognised as."""

_ROUNDED = 1
"""Units by which rounding may change the distance of two timestamps."""

_ON_GRID = 0.2
"""Frames by which rounding and jitter may move a timestamp, e.g. to milliseconds at 120 fps."""

_STEADY = 0.75
"""Share of the time of a clip in which its frames have the same distance, if it has a rate."""


def probe(path: Path) -> Clip:
    """Measure a video, and check that it can be played to its end.

    All packets are read and the first frame is decoded: a file with its index at the front looks
    fine even if half of its data is missing.

    Raises:
        MediaError: names the file and why it is not a playable video.
        Unreadable: if the system denies reading it.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise unreadable(path, error) from error
    with opened(path) as (film, stream):
        stream.codec_context.thread_count = (
            1  # Only one frame is decoded; threads would only cost time.
        )
        first, count, times = _read(path, film, stream)
        if first is None:
            first = _patiently(path)
        # An edit list leaves only a part of the declared frames in the index.
        expected = min(stream.frames, len(stream.index_entries))
        if count < expected:
            raise unplayable(path, f"it declares {expected} frames and has {count}")
        if first is None or not times.starts:
            raise unplayable(path, "none of its frames can be decoded")
        times.begin(first)
        seconds, fps, is_steady = times.measured(stream)
        width, height = display_of(stream).size(first)
        tick = stream.time_base or Fraction(0)
        return Clip(
            seconds=float(seconds),
            width=width,
            height=height,
            fps=float(fps),
            has_audio=bool(film.streams.audio),
            bytes=size,
            codec=stream.codec_context.codec.canonical_name,
            start=float(min(times.starts) * tick),
            is_steady=is_steady and times.are_on_grid(fps, tick),
        )


class _Times:
    """The timestamps of a clip's displayed frames.

    Attributes:
        starts: of each frame, in units of the stream, in the order of the file.
    """

    def __init__(self) -> None:
        self.starts = array("q")
        self._last = (0, 0)

    def add(self, packet: Packet[VideoStream]) -> None:
        """Add a frame, unless it is only needed to decode others."""
        if packet.is_discard:
            return
        start = packet.pts if packet.pts is not None else packet.dts
        if start is None:
            return
        if not self.starts or start > self._last[0]:
            self._last = start, packet.duration or 0
        self.starts.append(start)

    def begin(self, first: VideoFrame) -> None:
        """Leave out what is earlier than the first frame that a decoder shows.

        A clip that was cut out of a longer one may begin with frames that need earlier ones: those
        before the key frame of an open group, or before the point from which a stream without key
        frames is whole.
        """
        earliest = first.pts
        if earliest is not None and min(self.starts) < earliest <= self._last[0]:
            self.starts = array("q", (start for start in self.starts if start >= earliest))

    def measured(self, stream: VideoStream) -> tuple[Fraction, Fraction, bool]:
        """Seconds, frames per second, and whether these are steady."""
        tick = stream.time_base or Fraction(1, 1000)
        rate = self._rate(stream, tick)
        last, lasts = self._last
        spanned = (last - min(self.starts)) * tick + (lasts * tick or (1 / rate if rate else 0))
        count = len(self.starts)
        if rate is None:
            return spanned, count / spanned if spanned else Fraction(0), False
        # Timestamps may be rounded, to milliseconds in WebM; the number of frames is exact.
        is_exact = abs(count / rate - spanned) <= 2 * tick
        return count / rate if is_exact else spanned, rate, True

    def are_on_grid(self, fps: Fraction, tick: Fraction) -> bool:
        """Whether all are multiples of the distance of two frames, within rounding."""
        import numpy as np  # noqa: PLC0415 - heavy

        starts = np.asarray(self.starts)
        numbers = (starts - starts.min()) * float(tick * fps)
        return bool((abs(numbers - numbers.round()) < _ON_GRID).all())

    def _rate(self, stream: VideoStream, tick: Fraction) -> Fraction | None:
        """The rate if it is steady, apart from frames that are missing."""
        import numpy as np  # noqa: PLC0415 - heavy

        declared = [rate for rate in (stream.average_rate, stream.guessed_rate) if rate]
        gaps = np.diff(np.unique(np.asarray(self.starts)))
        if not gaps.size:
            return declared[0] if declared else None
        usual = float(np.median(gaps))
        is_usual = abs(gaps - usual) <= (_ROUNDED if usual >= 4 * _ROUNDED else 0)
        if gaps[is_usual].sum() < _STEADY * gaps.sum():
            return None
        count, span = int(is_usual.sum()), int(gaps[is_usual].sum()) * tick
        # What is declared is believed only if the timestamps agree.
        for rate in (*declared, *_COMMON_RATES):
            if abs(count / rate - span) <= tick * (1 if count == gaps.size else count / 4):
                return rate
        return count / span


def _read(
    path: Path, film: InputContainer, stream: VideoStream
) -> tuple[VideoFrame | None, int, _Times]:
    """Read every packet of the video track.

    Returns:
        The first displayed frame, the number of packets, and the times of the displayed frames.
    """
    frames: list[VideoFrame] = []
    times = _Times()
    count = 0
    is_large = frame_bytes(stream) >= LARGE_FRAME
    is_coded = stream.codec_context.codec.canonical_name not in _UNCODED
    for packet in film.demux(stream):
        if not packet.size:  # The end of the file.
            continue
        is_hole = is_coded and not any(memoryview(packet)[:_HOLE])
        if packet.is_corrupt or is_hole:
            raise unplayable(path, f"it is broken at frame {count}")
        count += 1
        times.add(packet)
        if not frames:
            frames = _first(stream, packet) if is_large else stream.decode(packet)
    if not frames:  # A decoder that reorders frames delays those of a very short clip.
        frames = stream.decode(None)
    return next(iter(frames), None), count, times


def _first(stream: VideoStream, packet: Packet[VideoStream]) -> list[VideoFrame]:
    """Decode one packet alone: waiting for more would fill the memory with large frames."""
    frames = stream.decode(packet) or stream.decode(None)
    stream.codec_context.flush_buffers()
    return frames


def _patiently(path: Path) -> VideoFrame | None:
    """The first frame of a video that is whole only after some packets, as a player finds it."""
    with opened(path) as (film, stream):
        return next(decoded(path, film, stream), None)
