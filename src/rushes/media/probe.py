"""Measures video files."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from rushes.contract.media_errors import unreadable
from rushes.video.frames import LARGE_FRAME, frame_bytes, opened, shown_size, unplayable

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
        fps: frames per second, on average.
        has_audio: whether it has an audio track.
        bytes: size of the file.
        codec: of the video track, e.g. ``"h264"``.
    """

    seconds: float
    width: int
    height: int
    fps: float
    has_audio: bool
    bytes: int
    codec: str


_HOLE = 32
"""Zero bytes at the start of a packet that mean a hole in the file; no codec produces them."""


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
        first, count, span = _read(path, film, stream)
        if first is None:
            raise unplayable(path, "none of its frames can be decoded")
        if count < stream.frames:
            raise unplayable(path, f"it declares {stream.frames} frames and has {count}")
        seconds, fps = _measure(stream, count, span)
        width, height = shown_size(first)
        return Clip(
            seconds=float(seconds),
            width=width,
            height=height,
            fps=float(fps),
            has_audio=bool(film.streams.audio),
            bytes=size,
            codec=stream.codec_context.name,
        )


def _read(
    path: Path, film: InputContainer, stream: VideoStream
) -> tuple[VideoFrame | None, int, int]:
    """Read every packet of the video track.

    Returns:
        The first frame, the number of frames, and the time from the start of the first to the end
        of the last, in units of the stream.
    """
    frames: list[VideoFrame] = []
    start = end = None
    count = 0
    is_large = frame_bytes(stream) >= LARGE_FRAME
    for packet in film.demux(stream):
        if not packet.size:  # The end of the file.
            continue
        if packet.is_corrupt or not any(memoryview(packet)[:_HOLE]):
            raise unplayable(path, f"it is broken at frame {count}")
        count += 1
        if packet.pts is not None:
            ends = packet.pts + (packet.duration or 0)
            start = packet.pts if start is None else min(start, packet.pts)
            end = ends if end is None else max(end, ends)
        if not frames:
            frames = _first(stream, packet) if is_large else stream.decode(packet)
    if not frames:  # A decoder that reorders frames delays those of a very short clip.
        frames = stream.decode(None)
    return next(iter(frames), None), count, (end or 0) - (start or 0)


def _first(stream: VideoStream, packet: Packet[VideoStream]) -> list[VideoFrame]:
    """Decode one packet alone: waiting for more would fill the memory with large frames."""
    frames = stream.decode(packet) or stream.decode(None)
    stream.codec_context.flush_buffers()
    return frames


def _measure(stream: VideoStream, count: int, span: int) -> tuple[Fraction, Fraction]:
    """Seconds and frames per second."""
    spanned = span * (stream.time_base or Fraction(0))
    rate = stream.average_rate or stream.guessed_rate
    if not rate:
        return spanned, count / spanned if spanned else Fraction(0)
    steady = count / rate
    # Timestamps may be rounded (to milliseconds in WebM) and the last frame may have no duration;
    # then the frame count and rate are exact. If they differ more, the rate is not constant.
    if not spanned or abs(steady - spanned) <= 2 / rate:
        return steady, rate
    return spanned, count / spanned
