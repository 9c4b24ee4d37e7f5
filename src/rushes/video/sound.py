"""The audio of a file, each block at its place in time."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import av
import numpy as np
from numpy.typing import NDArray

from rushes.video.frames import demuxed

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE_RATE = 48_000

Samples = NDArray[np.float32]
"""Left and right, -1 to 1; shape (2, samples), or (channels, samples) in another layout."""

Pieces = Iterator[tuple[int, Samples]]
"""Blocks of audio with their start, in samples."""

DRIFT = Fraction(1, 20)
"""Seconds by which the timestamps of audio may differ from its samples; more is a gap."""


def placed(
    path: Path, origin: Fraction | None, rate: int = SAMPLE_RATE, layout: str = "stereo"
) -> Pieces:
    """The blocks of the first audio track, in the order of the file.

    Args:
        path: the file.
        origin: the file's own time in seconds that is sample 0; None is that of the first block.
        rate: samples per second.
        layout: FFmpeg's name of the channels.

    Raises:
        MediaError: if the file is damaged.
        Unreadable: if the system denies reading it.
        av.FFmpegError: if its audio cannot be decoded.
    """
    with demuxed(path) as file:
        made: av.AudioResampler | None = None
        kind: object = None
        at = 0
        due: Fraction | None = None
        for frame in file.decode(file.streams.audio[0]):
            time = None if frame.pts is None else frame.pts * (frame.time_base or Fraction(0))
            is_gap = time is not None and (due is None or abs(time - due) > DRIFT)
            # A recording may change its format midway.
            found = frame.format.name, frame.layout.name, frame.sample_rate
            if made is None or is_gap or kind != found:
                for data in _resampled(made, None):
                    yield at, data
                    at += data.shape[1]
                made = av.AudioResampler(format="fltp", layout=layout, rate=rate)
                kind = found
            if time is not None and is_gap:
                origin = time if origin is None else origin
                at, due = round((time - origin) * rate), time
            due = None if due is None else due + Fraction(frame.samples, frame.sample_rate)
            for data in _resampled(made, frame):
                yield at, data
                at += data.shape[1]
        for data in _resampled(made, None):
            yield at, data
            at += data.shape[1]


def _resampled(made: av.AudioResampler | None, frame: av.AudioFrame | None) -> Iterator[Samples]:
    for block in made.resample(frame) if made is not None else ():
        data = np.asarray(block.to_ndarray(), dtype=np.float32)
        if data.shape[1]:
            yield data


def between(pieces: Pieces, begins: list[int]) -> Iterator[Samples]:
    """The audio between successive moments; silence where there is none.

    Args:
        pieces: from `placed`.
        begins: moments in samples, ascending.
    """
    held: list[tuple[int, Samples]] = []
    for first, last in pairwise(begins):
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


def continuous(pieces: Pieces, first: int, last: int | None) -> Iterator[Samples]:
    """The audio from one moment to another or to its end, with silence in its gaps.

    Args:
        pieces: from `placed`.
        first: in samples.
        last: in samples; None is the end of the audio.
    """
    for at, piece in pieces:
        end = at + piece.shape[1]
        if last is not None and at >= last:
            return
        if end <= first:
            continue
        while at > first:
            # A gap may be long, and a block of silence takes memory.
            silence = min(at - first, SAMPLE_RATE)
            yield np.zeros((piece.shape[0], silence), dtype=np.float32)
            first += silence
        kept = piece[:, first - at : None if last is None else last - at]
        yield np.ascontiguousarray(kept)
        first = end
