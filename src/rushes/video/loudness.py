"""What is measured of the sound of a take."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from rushes.video.filters import FilterGraph, Runs, lasting, moment, track
from rushes.video.frames import reading
from rushes.video.sound import continuous, placed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rushes.video.measures import Measured
    from rushes.video.pictures import Pictures

SILENCE = 0.25
"""Seconds from which a quiet sound counts as silent."""

FILTERS = (
    ("ebur128", "metadata=1:peak=true:framelog=quiet"),
    ("silencedetect", f"n=-50dB:d={SILENCE}"),
)

LONGEST = 1800
"""Seconds of sound that are measured."""

QUIETEST = -70.0
"""LUFS: the gate of EBU R 128. What is below has no loudness."""

FULL_SCALE = 0.999
"""Of a sample: one at or above it is clipped."""


def with_sound(found: Measured, path: Path, pictures: Pictures) -> Measured:
    """The same with what is measured of the sound."""
    times: list[float] = []
    loudness: list[float | None] = []
    silent = Runs()
    whole = peak = None
    clipped = samples = channels = 0

    def note(frames: Iterable[Any]) -> None:
        nonlocal whole, peak
        for frame in frames:
            said = frame.metadata
            silent.note(said, "lavfi.silence_start", "lavfi.silence_end")
            if "lavfi.r128.M" not in said:
                continue  # The rest of the last tenth of a second.
            times.append(float(moment(frame)) + frame.samples / frame.sample_rate)
            loudness.append(_loud(said["lavfi.r128.M"]))
            whole, peak = _loud(said["lavfi.r128.I"]), float(said["lavfi.r128.true_peak"])

    layout, rate = pictures.layout or "stereo", pictures.rate
    source = f"sample_rate={rate}:sample_fmt=fltp:channel_layout={layout}:time_base=1/{rate}"
    graph = FilterGraph(FILTERS, [("abuffer", source)])
    with reading(path):
        for block in _padded(path, pictures):
            clipped += int((np.abs(block) >= FULL_SCALE).sum())
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, samples, Fraction(1, rate)
            channels, samples = block.shape[0], samples + block.shape[1]
            note(graph.passed(frame))
        note(graph.rest())
    parts = silent.parts(max(found.seconds, samples / rate), ())
    values = found.values | {
        "silent": lasting(parts),
        "clipped": round(100 * clipped / max(1, samples * channels), 4),
    }
    if whole is not None:
        values["loudness"] = whole
    if peak:
        values["peak"] = round(20 * math.log10(peak), 3)
    return found.model_copy(
        update={
            "values": values,
            "sound": track(times, {"loudness": loudness}),
            "spans": {**found.spans, "silent": parts},
        }
    )


def _padded(path: Path, pictures: Pictures) -> Iterator[np.ndarray[Any, Any]]:
    """The sound from the first frame on, with silence up to the end of the last one."""
    rate, end = pictures.rate, round(pictures.seconds * pictures.rate)
    pieces = placed(path, pictures.origin, rate, pictures.layout or "stereo")
    at, channels = 0, 1
    for block in continuous(pieces, 0, rate * LONGEST):
        yield block
        at, channels = at + block.shape[1], block.shape[0]
    while at < end:
        silence = min(rate, end - at)
        yield np.zeros((channels, silence), dtype=np.float32)
        at += silence


def _loud(text: str) -> float | None:
    value = float(text)
    return value if value > QUIETEST and math.isfinite(value) else None
