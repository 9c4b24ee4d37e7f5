"""Real MP4 clips (H.264, and AAC when asked), rendered once per size and kept in memory."""

from __future__ import annotations

import io
import math
import struct
import threading
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np

FRAMES_PER_SECOND = 24
SAMPLE_RATE = 48_000
TONE_HERTZ = 440
BAR_PIXELS = 16  # Width of the white bar that sweeps over the picture.


@dataclass(frozen=True, slots=True)
class ClipSpec:
    """What a clip looks like.

    Attributes:
        width: Pixels, even.
        height: Pixels, even.
        seconds: Length of the video track, exact to the frame at 24 frames a second.
        audio: Whether there is a sound track.
    """

    width: int
    height: int
    seconds: int
    audio: bool = True


TINY = ClipSpec(width=64, height=36, seconds=1)

_cache: dict[ClipSpec, bytes] = {}
_rendering = threading.Lock()


def clip(spec: ClipSpec) -> bytes:
    """Return the MP4 of `spec`; the first call per spec renders it and blocks meanwhile."""
    with _rendering:
        if spec not in _cache:
            _cache[spec] = _render(spec)
        return _cache[spec]


def is_rendered(spec: ClipSpec) -> bool:
    """Tell whether `clip(spec)` answers at once."""
    return spec in _cache


def seconds_of(mp4: bytes) -> float:
    """Return the length of a video."""
    with av.open(io.BytesIO(mp4)) as container:
        return (container.duration or 0) / av.time_base


def stamp(mp4: bytes, text: str) -> bytes:
    """Return `mp4` with `text` in a trailing `free` box, which players skip.

    It makes the files of two jobs differ although their pictures are the same.
    """
    payload = text.encode()
    return mp4 + struct.pack(">I4s", 8 + len(payload), b"free") + payload


def _render(spec: ClipSpec) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        video = container.add_stream("libx264", rate=FRAMES_PER_SECOND)
        video.width, video.height, video.pix_fmt = spec.width, spec.height, "yuv420p"
        video.options = {"preset": "ultrafast", "crf": "35", "x264-params": "keyint=48"}
        sound = container.add_stream("aac", rate=SAMPLE_RATE, layout="mono") if spec.audio else None
        count = FRAMES_PER_SECOND * spec.seconds
        for index in range(count):
            frame = _picture(spec, index / count)
            frame.pts, frame.time_base = index, Fraction(1, FRAMES_PER_SECOND)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        if sound is not None:
            tone = av.AudioFrame.from_ndarray(_tone(spec.seconds), format="flt", layout="mono")
            tone.sample_rate, tone.pts = SAMPLE_RATE, 0
            tone.time_base = Fraction(1, SAMPLE_RATE)
            container.mux(sound.encode(tone))
            container.mux(sound.encode())
    return file.getvalue()


def _picture(spec: ClipSpec, progress: float) -> av.VideoFrame:
    planes = np.full((spec.height * 3 // 2, spec.width), 128, dtype=np.uint8)
    planes[: spec.height] = np.linspace(40, 180, spec.width, dtype=np.uint8)
    left = math.floor(progress * (spec.width - BAR_PIXELS))
    planes[: spec.height, left : left + BAR_PIXELS] = 235
    return av.VideoFrame.from_ndarray(planes, format="yuv420p")


def _tone(seconds: int) -> np.ndarray:
    time = np.arange(seconds * SAMPLE_RATE, dtype=np.float32) / SAMPLE_RATE
    return (0.1 * np.sin(2 * np.pi * TONE_HERTZ * time)).astype(np.float32)[np.newaxis, :]
