"""Clips whose pictures and sounds are known to the pixel and the sample."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HIGH, WIDE = 90, 160
RATE = 48_000


def scene(kind: int = 0, at: float = 0.0, size: tuple[int, int] = (WIDE, HIGH)) -> np.ndarray:
    """A picture with soft waves, which move with time; another kind is another picture."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    rng = np.random.default_rng(kind)
    light = np.full(x.shape, 60.0 + 60 * (kind % 3))
    for _ in range(4):
        fx, fy, phase = rng.uniform(0.05, 0.35), rng.uniform(0.05, 0.35), rng.uniform(0, 6)
        light += 10 * np.sin(fx * (x - at) + fy * y + phase)
    return light.clip(16, 235).round().astype(np.uint8)


def texture(at: float, size: tuple[int, int] = (320, 180)) -> np.ndarray:
    """A picture with detail of every size, as photographs have, moved by pixels or parts of one."""
    wide, high = size
    noise = np.random.default_rng(3).normal(size=(high, 3 * wide))
    across = np.fft.fftfreq(3 * wide)[None]
    fineness = np.hypot(np.fft.fftfreq(high)[:, None], across) + 0.01
    waves = np.fft.fft2(noise) / fineness * np.exp(-((fineness / 0.15) ** 2))
    light = np.real(np.fft.ifft2(waves))
    shifted = np.real(np.fft.ifft2(waves * np.exp(-2j * np.pi * across * at)))
    levels = 120 + 32 * (shifted - light.mean()) / light.std()
    return levels[:, :wide].clip(16, 235).round().astype(np.uint8)


def moving(count: int, kind: int = 0, first: int = 0) -> list[np.ndarray]:
    """Frames of one scene, each a little different from the one before."""
    return [scene(kind, 0.7 * (first + index)) for index in range(count)]


def chart(
    path: Path,
    pictures: Sequence[np.ndarray],
    sound: np.ndarray | None = None,
    *,
    fps: Fraction | int = 24,
    codec: str | None = None,
    steps: Sequence[int] | None = None,
    sound_codec: str | None = None,
    sound_rate: int = RATE,
    options: dict[str, str] | None = None,
) -> Path:
    """Write a clip; without loss as ``.mkv``, as services do it as ``.mp4``.

    Args:
        path: where.
        pictures: brightness, 16 to 235, of each frame.
        sound: of each channel, -1 to 1.
        fps: frames per second.
        codec: of the pictures.
        steps: time stamp of each frame in frames.
        sound_codec: of the sound.
        sound_rate: samples per second.
        options: of the encoder.
    """
    is_exact = path.suffix == ".mkv"
    high, wide = pictures[0].shape
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec or ("ffv1" if is_exact else "libx264"), rate=fps)
        stream.width, stream.height, stream.pix_fmt = wide, high, "yuv420p"
        stream.options = options or ({} if is_exact else {"preset": "ultrafast", "crf": "10"})
        voice = None
        if sound is not None:
            layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(sound)]
            kind = sound_codec or ("pcm_f32le" if is_exact else "aac")
            voice = out.add_stream(kind, rate=sound_rate, layout=layout)
        for index, picture in enumerate(pictures):
            planes = np.full((high * 3 // 2, wide), 128, np.uint8)
            planes[:high] = picture
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = (steps or range(len(pictures)))[index], 1 / Fraction(fps)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
        if voice is not None:
            for at in range(0, sound.shape[1], 4096):
                block = np.ascontiguousarray(sound[:, at : at + 4096], dtype=np.float32)
                piece = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
                piece.sample_rate, piece.pts, piece.time_base = (
                    sound_rate,
                    at,
                    Fraction(1, sound_rate),
                )
                out.mux(voice.encode(piece))
            out.mux(voice.encode())
    return path


def tone(seconds: float, level: float, *, hertz: float = 997, rate: int = RATE) -> np.ndarray:
    """A sine with an amplitude, 0 to 1."""
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
