"""Video files of every kind that the tests need, made on the spot."""

from __future__ import annotations

import struct
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import av
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH, HEIGHT = 64, 36
DTYPES = {"s16": np.int16, "s32": np.int32, "flt": np.float32}


def film(
    greys: Sequence[int],
    *,
    container: str = "mp4",
    codec: str = "libx264",
    rate: Fraction = Fraction(24),
    rotation: int = 0,
    options: dict[str, str] | None = None,
    steps: Sequence[int] | None = None,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    aspect: Fraction = Fraction(1),
    encoder: str = "keyint=12",
) -> bytes:
    """A silent film, one plain frame for each grey.

    Args:
        greys: brightness of each frame, 16 to 235.
        container: FFmpeg's name of the format.
        codec: FFmpeg's name of the encoder.
        rate: frames per second.
        rotation: degrees that a player turns the picture by.
        options: of the container.
        steps: time stamp of each frame in frames, when the rate is not steady.
        size: of the stored frames in pixels.
        aspect: width of a pixel divided by its height.
        encoder: parameters of x264.
    """
    width, height = size
    with _output(container, options) as (out, file):
        stream = out.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.sample_aspect_ratio = aspect
        if codec == "libx264":
            stream.options = {"preset": "ultrafast", "x264-params": encoder}
        if rotation:
            stream.set_display_rotation(rotation)
        for index, grey in enumerate(greys):
            planes = np.full((height * 3 // 2, width), 128, dtype=np.uint8)
            planes[:height] = grey
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = (steps or range(len(greys)))[index], 1 / rate
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
        out.close()
        return file.read_bytes()


def sound(container: str, codec: str, *, cover: bool = False) -> bytes:
    """A tenth of a second of silence, maybe with a cover picture."""
    with _output(container) as (out, file):
        stream = out.add_stream(codec, rate=48_000, layout="mono")
        if cover:
            picture = out.add_stream("mjpeg", rate=1)
            picture.width, picture.height, picture.pix_fmt = 16, 16, "yuvj420p"
            picture.disposition = picture.disposition.attached_pic
        kind = stream.codec_context.format.name
        silence = np.zeros((1, 4800), dtype=DTYPES[kind.rstrip("p")])
        frame = av.AudioFrame.from_ndarray(silence, format=kind, layout="mono")
        frame.sample_rate, frame.pts = 48_000, 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode())
        if cover:
            still = av.VideoFrame.from_ndarray(np.zeros((24, 16), dtype=np.uint8), "yuv420p")
            out.mux(picture.encode(still.reformat(format="yuvj420p")))
            out.mux(picture.encode())
        out.close()
        return file.read_bytes()


@contextmanager
def _output(
    container: str, options: dict[str, str] | None = None
) -> Iterator[tuple[av.container.OutputContainer, Path]]:
    """A file to write to: FFmpeg reads it again to bring its index to the front."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film"
        with av.open(str(path), "w", format=container, options=options or {}) as out:
            yield out, path


def boxes(data: bytes) -> list[tuple[bytes, int, int]]:
    """Type, start and end of the top-level boxes of an MP4."""
    found, offset = [], 0
    while offset < len(data):
        size, kind = struct.unpack(">I4s", data[offset : offset + 8])
        found.append((kind, offset, offset + size))
        offset += size
    return found


def trimmed(data: bytes, seconds: float) -> bytes:
    """An MP4 of which its edit list shows only the beginning."""
    entry = data.index(b"elst") + 12
    shown = round(seconds * 1000)  # The movie's own units.
    return data[:entry] + struct.pack(">I", shown) + data[entry + 4 :]
