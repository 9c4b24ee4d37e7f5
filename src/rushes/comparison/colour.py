"""Frames in the colours and the format of the film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from rushes.backends.preview.render.frames import BT709, LIMITED, sheets
from rushes.comparison.footage import rotated

if TYPE_CHECKING:
    from av import VideoFrame
    from PIL.Image import Image

    from rushes.backends.preview.render.frames import Sheets

BT601 = 6
"""FFmpeg's number of the matrix of BT.601."""

UNSPECIFIED = 2
"""FFmpeg's number for a film that does not say."""

FULL = 2
"""FFmpeg's number of the full range: black is 0, white 255."""

HIGH = 720
"""Rows from which players take a film that does not say so for BT.709, and below for BT.601."""


def upright(reformatter: VideoReformatter, frame: VideoFrame, size: tuple[int, int]) -> Sheets:
    """The planes of a frame as it is displayed, as yuv420p in BT.709 and the limited range.

    Args:
        reformatter: kept from frame to frame, as setting it up costs more than using it.
        frame: decoded.
        size: of the picture in pixels, as displayed; even.
    """
    turns, done = _converted(reformatter, frame, size, "yuv420p")
    planes = sheets(done)
    return planes if not turns else tuple(np.rot90(plane, turns) for plane in planes)  # type: ignore[return-value]


def picture(reformatter: VideoReformatter, frame: VideoFrame, size: tuple[int, int]) -> Image:
    """A frame as it is displayed, in the colours of a screen; arguments as for `upright`."""
    from PIL import Image  # noqa: PLC0415 - films need none

    turns, done = _converted(reformatter, frame, size, "rgb24")
    return Image.fromarray(np.rot90(done.to_ndarray(), turns))


def _converted(
    reformatter: VideoReformatter, frame: VideoFrame, size: tuple[int, int], form: str
) -> tuple[int, VideoFrame]:
    """A frame in another format, and the quarter turns that are left to do."""
    turns = rotated(frame)
    width, height = reversed(size) if turns % 2 else size
    source = None
    if frame.colorspace == UNSPECIFIED and not frame.format.is_rgb:
        source = BT709 if max(frame.height, frame.width * 9 // 16) >= HIGH else BT601
    done = reformatter.reformat(
        frame,
        width,
        height,
        form,
        src_colorspace=source,
        dst_colorspace=BT709,
        dst_color_range=LIMITED if form == "yuv420p" else FULL,
        interpolation=Interpolation.BICUBIC,
        threads=1,
    )
    return turns, done
