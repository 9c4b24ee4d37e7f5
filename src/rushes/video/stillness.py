"""Where motion ends: the frames before a freeze, compared with the picture that stands still.

FFmpeg's freezedetect compares with the first frame of a freeze, so it begins when an encoder has
ceased to refine that picture: up to 14 frames late. How much frames change does not say when motion
ended, because slow motion changes as little as this refinement, and grain more. But what moves
differs from the still picture along its edges: by how far it has still to go.
"""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

SETTLING = 14
"""Frames at most over which an encoder refines a picture that has become still."""

MOVED = 0.15
"""Pixels of the measured picture by which something that moves is away from where it stops."""

UNLIKE = 4.0
"""Levels by which a frame differs from the still picture that cannot be a coarser one of it."""

JUMP = 4
"""A frame in which motion ended changed this many times more than those that refine it."""

PROGRESS = 0.1
"""Of its change, what a refined frame is nearer to the still picture. Grain gets no nearer."""

BLOCK = 40
"""Pixels a side of the parts that may move each for itself."""

MOST = 97
"""The percentile of blocks that counts: something small that moves is enough, one block is not."""

NOISE = 0.5
"""What is added to the contrast of each pixel, so that flat parts do not seem to move."""

Levels = NDArray[np.uint8]


class _Seen(NamedTuple):
    time: float
    levels: Levels


class Recent:
    """The last frames of a video.

    Args:
        seconds: after the beginning of a freeze it is asked where that is.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._frames: deque[_Seen] = deque()

    def add(self, time: float, levels: Levels) -> None:
        """Take in the next frame."""
        self._frames.append(_Seen(time, levels))
        waiting = sum(seen.time >= time - self._seconds for seen in self._frames)
        while len(self._frames) > waiting + SETTLING + 2:
            self._frames.popleft()

    def stop(self, at: float) -> float:
        """The moment at which motion ended before a freeze; the last frame is the still picture.

        Args:
            at: the moment from which frames no longer change.
        """
        frames = list(self._frames)
        still = frames[-1].levels
        first = min(range(len(frames)), key=lambda index: abs(frames[index].time - at))
        best, nearer, most = first, _unlike(frames[first].levels, still), 0.0
        for index in range(first - 1, max(1, first - SETTLING) - 1, -1):
            levels = frames[index].levels
            unlike = _unlike(levels, still)
            refined = _unlike(levels, frames[index + 1].levels)
            most = max(most, refined)
            if unlike > UNLIKE:
                break
            if _moved(levels, still) > MOVED:
                # A coarse picture may seem shifted for once, and the first one ended in a jump.
                before = frames[index - 1].levels
                is_coarse = _moved(before, still) <= MOVED
                if not is_coarse and _unlike(levels, before) < JUMP * most:
                    break
            elif unlike - nearer < PROGRESS * refined:
                # Neither this frame nor the next one was refined: what changed in them was alive.
                best = min(first, index + 2)
                break
            best, nearer = index, unlike
        return frames[best].time


def _unlike(one: Levels, other: Levels) -> float:
    return float(np.abs(one.astype(np.int16) - other).mean())


def _moved(levels: Levels, still: Levels) -> float:
    """How far what moves in a frame is from where it stops, in pixels.

    In each block the shift that explains the difference best, by least squares (Lucas and Kanade).
    """
    before, after = _smooth(levels), _smooth(still)
    middle, change = (before + after) / 2, after - before
    along_y, along_x = np.gradient(middle)
    xx, yy, xy, x, y = (
        _in_blocks(product)
        for product in (
            along_x * along_x + NOISE,
            along_y * along_y + NOISE,
            along_x * along_y,
            along_x * change,
            along_y * change,
        )
    )
    shift = np.hypot(yy * x - xy * y, xx * y - xy * x) / (xx * yy - xy * xy)
    return float(np.percentile(shift, MOST))


def _smooth(levels: Levels) -> NDArray[np.float32]:
    """Without the finest detail, which is mostly noise."""
    picture = np.pad(levels.astype(np.float32), 1, mode="edge")
    rows = picture[:-2] + 2 * picture[1:-1] + picture[2:]
    smooth: NDArray[np.float32] = (rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 16
    return smooth


def _in_blocks(values: Any) -> NDArray[np.float32]:
    """Sums of blocks; what is left at the edges belongs to the last ones."""
    high, wide = values.shape
    rows = np.arange(0, max(1, high - BLOCK + 1), BLOCK)
    columns = np.arange(0, max(1, wide - BLOCK + 1), BLOCK)
    sums: NDArray[np.float32] = np.add.reduceat(np.add.reduceat(values, rows, 0), columns, 1)
    return sums
