"""Converts frames to the colours and format of the export."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rushes.video.frames import converted
from rushes.video.sheets import LIMITED, sheets

if TYPE_CHECKING:
    from av import VideoFrame
    from av.video.reformatter import VideoReformatter

    from rushes.video.sheets import Sheets


def upright(reformatter: VideoReformatter, frame: VideoFrame, size: tuple[int, int]) -> Sheets:
    """The planes of a frame as it is displayed, as yuv420p in BT.709 and the limited range.

    Args:
        reformatter: reused for all frames, because setting it up costs more than using it.
        frame: a decoded frame.
        size: of the picture in pixels, as displayed; even.
    """
    turns, done = converted(reformatter, frame, size, "yuv420p", LIMITED)
    planes = sheets(done)
    return planes if not turns else tuple(np.rot90(plane, turns) for plane in planes)  # type: ignore[return-value]
