"""Films of coloured stripes, with any colour tags, and the colours read back."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL import Image

COLOURS = ((176, 64, 32), (32, 160, 64), (90, 70, 150), (128, 128, 128), (240, 200, 60))
"""Not too blue: Chromium without a graphics card converts saturated blue inexactly."""

SMALL, HIGH = (320, 180), (1280, 720)

Signal = tuple[float, float, float]
"""Red, green and blue as they are stored, 0 to 1."""

_QUALITY = {
    "libx264": {"crf": "1", "preset": "ultrafast"},
    "libvpx": {"crf": "4", "b": "0"},
    "libvpx-vp9": {"crf": "4", "b": "0"},
    "libsvtav1": {"crf": "5", "preset": "10"},
}


def striped(
    path: Path,
    size: tuple[int, int] = SMALL,
    colours: Sequence[Sequence[float]] = COLOURS,
    *,
    matrix: int = 1,
    is_full: bool = False,
    tags: tuple[int | None, int | None, int | None] = (None, None, None),
    has_range: bool = False,
    codec: str = "libx264",
    form: str = "yuv420p",
    count: int = 4,
) -> Path:
    """Make a film of vertical stripes.

    Args:
        path: where it goes; its suffix decides the container.
        size: width and height in pixels.
        colours: from left to right, in 8 bits, or as signals of at most 1.
        matrix: with which the colours are converted, by FFmpeg's code.
        is_full: whether they have the full range.
        tags: what the file declares: matrix, primaries and transfer.
        has_range: whether it declares its range.
        codec: FFmpeg's name of the encoder.
        form: FFmpeg's name of the pixel format.
        count: of its frames.
    """
    width, height = size
    scale = 65535 if np.max(colours) <= 1 else 257
    levels = np.round(np.asarray(colours, float) * scale).astype(np.uint16)
    row = levels[np.arange(width) * len(colours) // width]
    picture = av.VideoFrame.from_ndarray(np.tile(row, (height, 1, 1)), format="rgb48le")
    coded = picture.reformat(
        format=form,
        dst_colorspace=matrix,
        dst_color_range=2 if is_full else 1,
        interpolation=_EXACT,
    )
    declared, primaries, transfer = tags
    with av.open(str(path), "w") as film:
        stream = film.add_stream(codec, rate=24, options=_QUALITY.get(codec, {}))
        stream.width, stream.height, stream.pix_fmt = width, height, form
        context = stream.codec_context
        coded.colorspace, coded.color_range = declared or 2, 0
        coded.color_primaries, coded.color_trc = primaries or 2, transfer or 2
        context.colorspace, context.color_primaries = declared or 2, primaries or 2
        context.color_trc = transfer or 2
        if has_range:
            context.color_range = coded.color_range = 2 if is_full else 1
        for number in range(count):
            coded.pts, coded.time_base = number, Fraction(1, 24)
            film.mux(stream.encode(coded))
        film.mux(stream.encode(None))
    return path


_EXACT = (
    av.video.reformatter.Interpolation.BICUBIC
    | av.video.reformatter.Interpolation.ACCURATE_RND
    | av.video.reformatter.Interpolation.FULL_CHR_H_INT
)


def read(
    image: Image.Image, count: int = len(COLOURS), box: tuple[int, int, int, int] | None = None
) -> NDArray[np.int64]:
    """The colours of the stripes of a picture, or of a part of it."""
    image = image.convert("RGB").crop(box) if box else image.convert("RGB")
    places = [int((number + 0.5) * image.width / count) for number in range(count)]
    return np.array([image.getpixel((place, image.height // 2)) for place in places])
