"""Films whose frames carry their number, to be read back from the screen."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

BITS = 12
WIDTH, HEIGHT = 384, 216


def write_film(path: Path, *, fps: int = 24, seconds: float = 8.0, hue: int = 110) -> None:
    """The upper half is the number in black and white blocks, the lower half a moving bar."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as film:
        stream = film.add_stream("libx264", rate=fps, options={"preset": "ultrafast", "g": "12"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.time_base = Fraction(1, fps)
        for number in range(round(seconds * fps)):
            frame = av.VideoFrame.from_ndarray(picture(number, fps, hue), format="rgb24")
            frame.pts = number
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))


def picture(number: int, fps: int, hue: int) -> np.ndarray:
    picture = np.full((HEIGHT, WIDTH, 3), (40, hue, 150), np.uint8)
    block = WIDTH // BITS
    for bit in range(BITS):
        on = number >> (BITS - 1 - bit) & 1
        picture[: HEIGHT // 2, bit * block : (bit + 1) * block] = 255 if on else 0
    left = int(number / fps * 40) % (WIDTH - 24)
    picture[HEIGHT // 2 + 20 : HEIGHT - 20, left : left + 24] = 235
    return picture
