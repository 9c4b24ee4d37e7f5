"""Adds H.264 and AAC tracks to a file that is being written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.video.colours import BT709, LIMITED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from av import AudioStream, VideoStream
    from av.container import OutputContainer


def add_pictures(
    container: OutputContainer,
    width: int,
    height: int,
    rate: Fraction,
    options: Mapping[str, str],
) -> VideoStream:
    """An H.264 track for frames of BT.709 in limited range, which players expect of HD video.

    Args:
        container: open for writing.
        width: in pixels; even.
        height: in pixels; even.
        rate: frames per second.
        options: the encoder's own, e.g. its ``crf``.
    """
    # x264's macroblock tree reads memory that nobody wrote where the processor has AVX-512: two
    # encodings of the same frames then differ. Without it they do not.
    chosen = {"preset": "veryfast", "mbtree": "0", **options}
    stream = container.add_stream("libx264", rate=rate, options=chosen)
    stream.width, stream.height = width, height
    stream.pix_fmt = "yuv420p"
    stream.time_base = 1 / rate
    context = stream.codec_context
    # Whole frames in flight are encoded while the next one is made; slices would not be.
    context.thread_type = "FRAME"
    # A key frame each second makes stepping and scrubbing exact and quick.
    context.gop_size = max(1, round(rate))
    context.color_range = LIMITED
    context.colorspace = context.color_primaries = context.color_trc = BT709
    return stream


def add_sound(container: OutputContainer, rate: int, bit_rate: int) -> AudioStream:
    """A stereo AAC track.

    Args:
        container: open for writing.
        rate: samples per second.
        bit_rate: bits per second.
    """
    stream = container.add_stream("aac", rate=rate, layout="stereo")
    stream.bit_rate = bit_rate
    return stream
