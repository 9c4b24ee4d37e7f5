"""A small picture in floating point to paint on, and the camera that looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, sqrt
from typing import TYPE_CHECKING, Self

import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

from rushes.video.sheets import sheet

if TYPE_CHECKING:
    from rushes.backends.preview.render.palette import RGB


Plane = NDArray[np.float32]
"""One channel or mask; shape (height, width)."""

PAINTED_PIXELS = 250_000
"""Area of the canvas. Backdrops are soft, so the scaling up to the frame is not seen; a fixed area
makes a second of 1080p cost little more to paint than one of 480p."""


class Canvas:
    """Red, green and blue planes of 0 to 1, painted from back to front.

    Channels come first, as blending one plane at a time is what NumPy does fastest.

    Attributes:
        height: in canvas pixels.
        width: in canvas pixels.
        unit: the shorter side, in canvas pixels; every length scales with it.
        planes: shape (3, height, width).
        rows: the centre of each row, in canvas pixels; shape (height, 1).
        columns: the centre of each column; shape (1, width).
    """

    def __init__(self, width: int, height: int, dice: np.random.Generator) -> None:
        """Prepare for frames of a size.

        Args:
            width: of the video, in pixels.
            height: of the video, in pixels.
            dice: throws the noise that hides the steps between 8-bit shades.
        """
        scale = min(1.0, sqrt(PAINTED_PIXELS / (width * height)))
        self.width = round(width * scale)
        self.height = round(height * scale)
        self.unit = float(min(self.width, self.height))
        self.planes: NDArray[np.float32] = np.zeros((3, self.height, self.width), np.float32)
        self.rows: Plane = (np.arange(self.height, dtype=np.float32) + 0.5)[:, None]
        self.columns: Plane = (np.arange(self.width, dtype=np.float32) + 0.5)[None, :]
        x = (self.columns / self.width - 0.5) * 2
        y = (self.rows / self.height - 0.5) * 2
        self._vignette: Plane = (255 * (1 - 0.16 * (0.6 * x * x + y * y) ** 1.2)).astype(np.float32)
        self._dither: Plane = dice.random((self.height, self.width), dtype=np.float32)
        self._spare: Plane = np.empty((self.height, self.width), np.float32)

    def fill(self, columns: NDArray[np.float32]) -> None:
        """Cover everything with one colour per row.

        Args:
            columns: sRGB values 0 to 1; shape (3, height).
        """
        self.planes[:] = columns[:, :, None]

    def cover(self, colours: NDArray[np.float32], mask: Plane, top: int = 0) -> None:
        """Blend colours over the rows from `top` on.

        Args:
            colours: anything that broadcasts to (3, rows, width).
            mask: 0 to 1; shape (rows, width).
            top: the first row concerned.
        """
        spare = self._spare[: mask.shape[0]]
        for plane, colour in zip(self.planes[:, top : top + mask.shape[0]], colours, strict=True):
            np.subtract(colour, plane, out=spare)
            spare *= mask
            np.add(plane, spare, out=plane)

    def lighten(self, colour: RGB, mask: Plane, top: int = 0) -> None:
        """Add light of one colour to the rows from `top` on, as a screen: white never overflows."""
        spare = self._spare[: mask.shape[0]]
        for plane, value in zip(self.planes[:, top : top + mask.shape[0]], colour, strict=True):
            np.subtract(1, plane, out=spare)
            spare *= mask
            spare *= value
            np.add(plane, spare, out=plane)

    def glow(self, x: float, y: float, radius: float, colour: RGB, strength: float) -> None:
        """Add a wide halo, which fades with the square of the distance (all in canvas pixels)."""
        across = ((self.columns - np.float32(x)) / np.float32(radius)) ** 2
        down = ((self.rows - np.float32(y)) / np.float32(radius)) ** 2
        halo: Plane = np.float32(strength) / (across + down + np.float32(1))
        self.lighten(colour, halo)

    def disc(
        self,
        place: tuple[float, float],
        radius: float,
        soft: float,
        colour: RGB,
        strength: float,
        *,
        solid: bool = False,
    ) -> None:
        """Add a round spot with an edge `soft` pixels wide (all in canvas pixels).

        A solid one hides what is behind it; light is added otherwise.
        """
        x, y = place
        box = self._box(x, y, radius + soft, radius + soft)
        if box is None:
            return
        rows, columns = box
        distance = np.hypot(self.columns[:, columns] - x, self.rows[rows] - y)
        mask = np.clip((radius - distance) / soft + 0.5, 0, 1) * np.float32(strength)
        area = self.planes[:, rows, columns]
        if solid:
            area += (colour[:, None, None] - area) * mask
        else:
            area += (1 - area) * colour[:, None, None] * mask

    def speck(
        self, place: tuple[float, float], rx: float, ry: float, colour: RGB, strength: float
    ) -> None:
        """Add a small soft light of radii `rx` and `ry` (all in canvas pixels)."""
        x, y = place
        box = self._box(x, y, rx * 2.6, ry * 2.6)
        if box is None:
            return
        rows, columns = box
        down = np.exp(-(((self.rows[rows] - np.float32(y)) / np.float32(ry)) ** 2))
        across = np.exp(-(((self.columns[:, columns] - np.float32(x)) / np.float32(rx)) ** 2))
        area = self.planes[:, rows, columns]
        area += (1 - area) * (colour * np.float32(strength))[:, None, None] * (down * across)

    def ridge(
        self,
        line: NDArray[np.float32],
        crest: RGB,
        foot: RGB,
        fall: float,
        *,
        soft: float = 1.0,
        start: float | None = None,
    ) -> None:
        """Fill everything below a line, from the crest's colour to the foot's.

        Args:
            line: the row at which the filled part begins, per column; shape (width,).
            crest: colour at the line.
            foot: colour `fall` canvas pixels below it and further down.
            fall: in canvas pixels.
            soft: width of the edge, in canvas pixels.
            start: the row at which the colours start to run, for land, whose colours must not
                follow every peak; the line itself by default, for folds and waves.
        """
        top = max(0, floor(float(line.min()) - soft))
        if top >= self.height:
            return
        depth = self.rows[top:] - line.astype(np.float32)[None, :]
        mask = np.clip(depth / np.float32(soft) + np.float32(0.5), 0, 1)
        if start is not None:
            depth = self.rows[top:] - np.float32(start)
        depth /= np.float32(fall)
        np.clip(depth, 0, 1, out=depth)
        spare = self._spare[: mask.shape[0]]
        for plane, begin, end in zip(self.planes[:, top:], crest, foot, strict=True):
            np.subtract(depth * (end - begin) + begin, plane, out=spare)
            spare *= mask
            np.add(plane, spare, out=plane)

    def frame(self, number: int) -> VideoFrame:
        """The painting as a frame of its own size, darkened a little towards the corners.

        The noise moves with `number`; a pattern that stood still would look like a dirty window.
        """
        noise = np.roll(self._dither, (number * 37 % self.height, number * 61 % self.width), (0, 1))
        frame = VideoFrame(self.width, self.height, "gbrp")
        for target, source in zip(frame.planes, (1, 2, 0), strict=True):
            np.multiply(self.planes[source], self._vignette, out=self._spare)
            self._spare += noise
            np.clip(self._spare, 0, 255, out=self._spare)
            sheet(target)[:] = self._spare
        return frame

    def _box(self, x: float, y: float, rx: float, ry: float) -> tuple[slice, slice] | None:
        """The rows and columns within reach of a point, or None outside the picture."""
        left, right = max(0, floor(x - rx)), min(self.width, ceil(x + rx) + 1)
        top, bottom = max(0, floor(y - ry)), min(self.height, ceil(y + ry) + 1)
        if left >= right or top >= bottom:
            return None
        return slice(top, bottom), slice(left, right)


@dataclass(frozen=True)
class Camera:
    """A slow, even movement; even, so that no frame stands out when takes run side by side.

    Lengths are in units of the picture's shorter side, so that every format moves alike.

    Attributes:
        x: speed to the right, in units a second, for things one plane away.
        y: speed upwards, in the same unit.
    """

    x: float
    y: float

    @classmethod
    def drawn(cls, fixed: bool, dice: np.random.Generator) -> Self:  # noqa: FBT001 - the request's own flag.
        """A camera whose direction is up to chance; one that is fixed does not travel."""
        side, speed, rise = (float(value) for value in dice.random(3))
        if fixed:
            return cls(0.0, 0.0)
        return cls((1 if side < 0.5 else -1) * (0.045 + 0.025 * speed), 0.008 + 0.006 * rise)  # noqa: PLR2004 - an even chance.
