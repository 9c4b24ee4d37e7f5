"""The audio of one take, on the common clock."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import av
import numpy as np
from numpy.typing import NDArray

from rushes.video.frames import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes.comparison.footage import Footage

SAMPLE_RATE = 48_000

Samples = NDArray[np.float32]
"""Left and right, -1 to 1; shape (2, samples)."""


def samples(take: Footage, begins: list[int]) -> Iterator[Samples]:
    """The audio between successive moments; silence where the take has none.

    Args:
        take: must have been opened.
        begins: moments of the common clock in samples, ascending.
    """
    shift = round(take.offset * SAMPLE_RATE)
    pieces = _placed(take)
    held: list[tuple[int, Samples]] = []
    for begin, end in pairwise(begins):
        first, last = begin + shift, end + shift
        held = [(at, piece) for at, piece in held if at + piece.shape[1] > first]
        while not held or held[-1][0] + held[-1][1].shape[1] < last:
            found = next(pieces, None)
            if found is None:
                break
            if found[0] + found[1].shape[1] > first:
                held.append(found)
        part = np.zeros((2, last - first), dtype=np.float32)
        for at, piece in held:
            left, right = max(at, first), min(at + piece.shape[1], last)
            if left < right:
                part[:, left - first : right - first] = piece[:, left - at : right - at]
        yield part


def _placed(take: Footage) -> Iterator[tuple[int, Samples]]:
    """Blocks of audio with their start, in samples from the take's first frame."""
    with opened(take.path) as (film, stream):
        sound = film.streams.audio[0]
        origin = take.origin * (stream.time_base or Fraction(0))
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=SAMPLE_RATE)
        at: int | None = None
        for frame in film.decode(sound):
            if at is None and frame.pts is not None and frame.time_base is not None:
                at = round((frame.pts * frame.time_base - origin) * SAMPLE_RATE)
            for piece in resampler.resample(frame):
                data = np.asarray(piece.to_ndarray(), dtype=np.float32)
                yield at or 0, data
                at = (at or 0) + data.shape[1]
        for piece in resampler.resample(None):
            yield at or 0, np.asarray(piece.to_ndarray(), dtype=np.float32)
