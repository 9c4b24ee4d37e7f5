"""Frames in the format of the file: conversion and access to their planes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from av import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from rushes.video.colours import BT709, LIMITED, VIDEO, converted

if TYPE_CHECKING:
    from av.video.plane import VideoPlane

    from rushes.video.colours import Display

Sheet = NDArray[np.uint8]
"""The luma or a chroma plane of a frame; shape (height, width)."""

Sheets = tuple[Sheet, Sheet, Sheet]
"""Luma and both chroma planes, these of half the width and height."""


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


def upright(
    reformatter: VideoReformatter, frame: VideoFrame, display: Display, size: tuple[int, int]
) -> Sheets:
    """The planes of a frame as it is displayed, as yuv420p in BT.709 and the limited range.

    Args:
        reformatter: reused for all frames, because setting it up costs more than using it.
        frame: a decoded frame.
        display: of its stream.
        size: of the picture in pixels, as displayed; even.
    """
    turns, done = converted(reformatter, frame, display, size, VIDEO)
    planes = sheets(done)
    return planes if not turns else tuple(np.rot90(plane, turns) for plane in planes)  # type: ignore[return-value]


def framed(planes: Sheets) -> VideoFrame:
    """A yuv420p frame of planes, in BT.709 and the limited range."""
    flat = np.concatenate([plane.ravel() for plane in planes])
    frame = VideoFrame.from_ndarray(flat.reshape(-1, planes[0].shape[1]), format="yuv420p")
    frame.colorspace, frame.color_range = BT709, LIMITED
    return frame


def sheets(frame: VideoFrame) -> Sheets:
    """The planes of a yuv420p frame, for changes in place."""
    y, u, v = map(sheet, frame.planes)
    return y, u, v


def sheet(plane: VideoPlane) -> Sheet:
    """One plane without the padding at the end of its rows, for changes in place."""
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]
