"""Films that take as much to send and to decode as those of a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

RATE = 24
WIDTH, HEIGHT = 1280, 720


def write_film(path: Path, megabytes: int, seconds: int) -> None:
    """Write a film of 720p and of that size, to a few per cent."""
    bits = 8_000_000 * megabytes // seconds
    tight = {"preset": "ultrafast", "nal-hrd": "cbr", "maxrate": str(bits), "bufsize": str(bits)}
    grain = np.random.default_rng(0)
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as film:
        stream = film.add_stream("libx264", rate=RATE, options=tight)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.bit_rate = bits
        for number in range(RATE * seconds):
            picture = np.full((HEIGHT, WIDTH, 3), (number % 255, 90, 150), np.uint8)
            picture[: HEIGHT // 2] = grain.integers(0, 60, (HEIGHT // 2, WIDTH, 1), np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        film.mux(stream.encode(None))
