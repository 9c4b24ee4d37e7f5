"""Colours, mixed the way the eye sees them."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, hypot, pi, sin
from typing import Self

import numpy as np
from numpy.typing import NDArray

RGB = NDArray[np.float32]
"""Red, green and blue as sRGB values 0 to 1; shape (3,)."""

# OKLab's published matrices: https://bottosson.github.io/posts/oklab/
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_LMS = np.linalg.inv(_TO_LMS)
_FROM_LAB = np.linalg.inv(_TO_LAB)


@dataclass(frozen=True)
class Colour:
    """A colour in OKLab, where mixing keeps hues clean and lightness even.

    Attributes:
        lightness: 0 (black) to 1 (white).
        a: from green (negative) to red.
        b: from blue (negative) to yellow.
    """

    lightness: float
    a: float
    b: float

    @classmethod
    def polar(cls, lightness: float, chroma: float, hue: float) -> Self:
        """The colour of a hue in turns (0 is red-pink, 0.25 yellow, 0.5 green, 0.7 blue)."""
        return cls(lightness, chroma * cos(2 * pi * hue), chroma * sin(2 * pi * hue))

    @classmethod
    def from_hex(cls, text: str) -> Self:
        """The colour of six hexadecimal digits."""
        return cls.from_rgb([int(text[i : i + 2], 16) / 255 for i in (0, 2, 4)])

    @classmethod
    def from_rgb(cls, rgb: list[float]) -> Self:
        """The colour of sRGB values 0 to 1."""
        value = np.asarray(rgb, dtype=np.float64)
        linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 - sRGB's own curve.
        lightness, a, b = _TO_LAB @ np.cbrt(_TO_LMS @ linear)
        return cls(float(lightness), float(a), float(b))

    def rgb(self) -> RGB:
        """The nearest sRGB values, 0 to 1."""
        lms = (_FROM_LAB @ np.array([self.lightness, self.a, self.b])) ** 3
        linear = np.clip(_FROM_LMS @ lms, 0, 1)
        value = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)  # noqa: PLR2004 - sRGB's own curve.
        clipped: RGB = np.clip(value, 0, 1).astype(np.float32)
        return clipped

    def mix(self, other: Colour, share: float) -> Colour:
        """This colour with `share` (0 to 1) of another."""
        return Colour(
            self.lightness + (other.lightness - self.lightness) * share,
            self.a + (other.a - self.a) * share,
            self.b + (other.b - self.b) * share,
        )

    def turned(self, turns: float) -> Colour:
        """This colour with its hue turned round the circle."""
        c, s = cos(2 * pi * turns), sin(2 * pi * turns)
        return Colour(self.lightness, self.a * c - self.b * s, self.a * s + self.b * c)

    def graded(self, chroma: float, contrast: float) -> Colour:
        """This colour with its chroma scaled and its lightness spread about the middle."""
        lightness = min(max(0.5 + (self.lightness - 0.5) * contrast, 0.0), 1.0)
        return Colour(lightness, self.a * chroma, self.b * chroma)

    def tinted(self, other: Colour, share: float) -> Colour:
        """This lightness with `share` of another's hue, no stronger than that one's chroma."""
        own = hypot(self.a, self.b)
        theirs = hypot(other.a, other.b)
        if theirs < 0.02:  # noqa: PLR2004 - a grey has no hue to lend.
            return self
        scale = max(own, theirs * 0.6) / theirs
        toward = Colour(self.lightness, other.a * scale, other.b * scale)
        return self.mix(toward, share)


def gradient(
    colours: list[tuple[float, Colour]], places: NDArray[np.float32]
) -> NDArray[np.float32]:
    """A smooth run through colours.

    Args:
        colours: (place, colour) pairs in rising order of place.
        places: where to evaluate; shape (n,).

    Returns:
        sRGB values 0 to 1; shape (3, n).
    """
    # Mixed in OKLab at 64 places: two sRGB ends far apart would run through a grey middle.
    knots = np.linspace(colours[0][0], colours[-1][0], 64)
    stops = [place for place, _ in colours]
    parts = [[getattr(c, name) for _, c in colours] for name in ("lightness", "a", "b")]
    lab = [np.interp(knots, stops, part) for part in parts]
    table = np.stack([Colour(*map(float, row)).rgb() for row in zip(*lab, strict=True)])
    return np.stack([np.interp(places, knots, table[:, c]) for c in range(3)]).astype(np.float32)
