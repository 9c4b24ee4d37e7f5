"""How loud a take is along its length, to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from rushes.contract.errors import MediaError
from rushes.video.frames import opened, reading

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

RATE = 100
"""Most spans a second: one is narrower than a pixel of any bar."""

MOST_SPANS = 4000
"""A bar of that many pixels fills the widest screen."""

MICROSECONDS = 1_000_000
"""Units in which FFmpeg counts the length of a file, a second."""

LONGEST = 1800.0
"""Seconds of sound that are read; what comes later is drawn as silence."""


@dataclass(frozen=True)
class Waveform:
    """The loudest sample of each span of a take's sound.

    Attributes:
        peaks: a byte for each span, 0 to 255.
        rate: spans a second.
        start: seconds of the take before the first span; below zero if the sound begins earlier.
    """

    peaks: bytes
    rate: float
    start: float


def waveform(path: Path) -> Waveform:
    """Measure how loud a video is.

    Memory and time are bounded, whatever the file declares.

    Raises:
        MediaError: if it is not a video, or has no sound.
    """
    import numpy as np  # noqa: PLC0415 - heavy, and only needed when a take is heard

    from rushes.video.sound import SAMPLE_RATE, placed  # noqa: PLC0415 - as above

    with opened(path) as (film, pictures):
        if not film.streams.audio:
            msg = f"{path} has no sound."
            raise MediaError(msg)
        length = min(LONGEST, float(film.duration or 0) / MICROSECONDS)
        # Made from one channel, two are quieter than that.
        layout = "mono" if film.streams.audio[0].channels == 1 else "stereo"
        origin = (pictures.start_time or 0) * (pictures.time_base or Fraction(0))
    rate = min(RATE, MOST_SPANS / max(1.0, length))
    peaks = np.zeros(MOST_SPANS, dtype=np.float32)
    start: int | None = None
    count = 1
    with reading(path):
        for at, part in placed(path, origin, layout=layout):
            start = at if start is None else start
            first = (at - start) / SAMPLE_RATE
            _note(peaks, np.abs(part).max(axis=0), first * rate, rate / SAMPLE_RATE)
            end = first + part.shape[1] / SAMPLE_RATE
            count = max(count, min(MOST_SPANS, int(end * rate) + 1))
            if first > LONGEST:
                break
    found = (np.clip(peaks[:count], 0, 1) * 255).round().astype(np.uint8)
    return Waveform(found.tobytes(), rate, (start or 0) / SAMPLE_RATE)


def _note(
    peaks: np.ndarray[tuple[int], np.dtype[np.float32]],
    loud: np.ndarray[tuple[int], np.dtype[np.float32]],
    first: float,
    step: float,
) -> None:
    """Raise the spans in which samples are louder than what was there before."""
    import numpy as np  # noqa: PLC0415 - loaded already

    spans = np.minimum((first + np.arange(len(loud)) * step).astype(np.int64), len(peaks) - 1)
    np.maximum.at(peaks, spans, loud)
