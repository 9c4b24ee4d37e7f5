"""Films whose frames carry their number as blocks of black and white."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

from rushes.comparison import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BITS = 10
"""Blocks side by side: the last eight are the frame's number, the two before the take's."""

SAMPLE_RATE = 48_000


@dataclass(frozen=True)
class Numbered:
    """A film that was made for a test.

    Attributes:
        path: the file.
        take: its number, 0 to 3.
        count: of its frames.
        rate: frames per second.
        width: in pixels.
        height: in pixels.
        rotation: degrees that a player turns the picture by, counter-clockwise.
    """

    path: Path
    take: int
    count: int
    rate: Fraction
    width: int
    height: int
    rotation: int = 0

    @property
    def size_shown(self) -> tuple[int, int]:
        """Width and height as a player shows it."""
        size = self.width, self.height
        return size[::-1] if self.rotation % 180 else size

    @property
    def entry(self) -> Entry:
        return Entry(f"take {self.take}", path=self.path)

    def on_screen(self, moment: Fraction) -> int:
        """The number of the frame that is shown at a moment of this film."""
        return min(self.count - 1, max(0, int(moment * self.rate // 1)))


def numbered(
    folder: Path,
    take: int,
    *,
    count: int = 24,
    rate: Fraction | int = 24,
    size: tuple[int, int] = (160, 96),
    tone: float | None = None,
    begins: float = 0.0,
    suffix: str = "mp4",
    codec: str = "libx264",
    key: int = 10,
    steps: Sequence[int] | None = None,
    rotation: int = 0,
) -> Numbered:
    """Make a film.

    Args:
        folder: where it goes.
        take: 0 to 3; it is written into every frame.
        count: of frames, at most 256.
        rate: frames per second.
        size: width and height in pixels.
        tone: of its sound in hertz; None for a silent film.
        begins: seconds after which the tone begins.
        suffix: of the file; it decides the container.
        codec: FFmpeg's name of the encoder.
        key: frames from one key frame to the next.
        steps: time stamp of each frame in frames, when the rate is not steady.
        rotation: degrees that a player turns the picture by, counter-clockwise.
    """
    path, rate = folder / f"take-{take}.{suffix}", Fraction(rate)
    width, height = size
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, rate=rate)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.options = (
            {"preset": "ultrafast", "crf": "18", "x264-params": f"keyint={key}:bframes=2"}
            if codec == "libx264"
            else {"deadline": "realtime", "cpu-used": "8", "g": str(key)}
        )
        if rotation:
            video.set_display_rotation(rotation)
        sound = container.add_stream("aac", rate=SAMPLE_RATE, layout="mono") if tone else None
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(_picture(take, number, size), format="yuv420p")
            frame.pts, frame.time_base = (steps or range(count))[number], 1 / rate
            container.mux(video.encode(frame))
        container.mux(video.encode())
        if sound is not None:
            length = int(count / rate * SAMPLE_RATE)
            time = np.arange(length) / SAMPLE_RATE
            wave = 0.3 * np.sin(2 * np.pi * tone * time) * (time >= begins)
            piece = av.AudioFrame.from_ndarray(
                wave.astype(np.float32)[np.newaxis], format="fltp", layout="mono"
            )
            piece.sample_rate, piece.pts = SAMPLE_RATE, 0
            piece.time_base = Fraction(1, SAMPLE_RATE)
            container.mux(sound.encode(piece))
            container.mux(sound.encode())
    return Numbered(path, take, count, rate, width, height, rotation)


def _picture(take: int, number: int, size: tuple[int, int]) -> np.ndarray:
    width, height = size
    planes = np.full((height * 3 // 2, width), 128, dtype=np.uint8)
    planes[:height] = 90
    planes[height : height * 5 // 4], planes[height * 5 // 4 :] = 100, 150
    code = take << 8 | number
    edges = np.linspace(0, width, BITS + 1).astype(int)
    for place in range(BITS):
        bit = code >> (BITS - 1 - place) & 1
        planes[height // 3 : 2 * height // 3, edges[place] : edges[place + 1]] = 220 if bit else 30
    return planes


def read(luma: np.ndarray) -> tuple[int, int]:
    """The take and the number in a picture of one film, whatever its size."""
    height, width = luma.shape
    edges = np.linspace(0, width, BITS + 1)
    code = 0
    for place in range(BITS):
        middle = (edges[place] + edges[place + 1]) / 2
        half = (edges[place + 1] - edges[place]) / 6
        block = luma[
            int(height * 0.45) : int(height * 0.55), int(middle - half) : int(middle + half) + 1
        ]
        code = code << 1 | int(block.mean() > 120)
    return code >> 8, code & 255


def window(take: Numbered, cell: tuple[int, int], corner: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of a letterboxed film within an export, to the pixel or two."""
    scale = min(cell[0] / take.width, cell[1] / take.height)
    width, height = take.width * scale, take.height * scale
    left, top = corner[0] + (cell[0] - width) / 2, corner[1] + (cell[1] - height) / 2
    return slice(round(top), round(top + height)), slice(round(left), round(left + width))


def pictures(path: Path) -> list[tuple[Fraction, np.ndarray]]:
    """Time and brightness of every frame of an export."""
    with av.open(str(path)) as container:
        return [
            (frame.pts * frame.time_base, frame.to_ndarray()[: frame.height, : frame.width])
            for frame in container.decode(video=0)
        ]


def heard(path: Path) -> np.ndarray:
    """The left channel of an export's sound."""
    with av.open(str(path)) as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
