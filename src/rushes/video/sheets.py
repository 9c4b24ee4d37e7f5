"""Frames in the format of the file: conversion and access to their planes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av import VideoFrame
    from av.video.plane import VideoPlane

Sheet = NDArray[np.uint8]
"""The luma or a chroma plane of a frame; shape (height, width)."""

Sheets = tuple[Sheet, Sheet, Sheet]
"""Luma and both chroma planes, these of half the width and height."""

BT709 = 1
"""FFmpeg's code of BT.709, for matrix, primaries and transfer."""
LIMITED = 1
"""FFmpeg's code of the limited range: black is 16, white 235."""


class Scaler:
    """Scales and converts frames with one thread and exact rounding: the same bytes everywhere.

    Reuse it for all frames, because setting it up costs more than using it.
    """

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def video(self, frame: VideoFrame, size: tuple[int, int]) -> VideoFrame:
        """Convert a frame to yuv420p, BT.709, limited range, unless it already is."""
        return self._reformatter.reformat(
            frame,
            *size,
            "yuv420p",
            dst_colorspace=BT709,
            dst_color_range=LIMITED,
            interpolation=_EXACT,
            threads=1,
        )


_EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT


def sheets(frame: VideoFrame) -> Sheets:
    """The planes of a yuv420p frame, for changes in place."""
    y, u, v = map(sheet, frame.planes)
    return y, u, v


def sheet(plane: VideoPlane) -> Sheet:
    """One plane without the padding at the end of its rows, for changes in place."""
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]
