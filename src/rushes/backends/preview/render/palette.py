"""Colours, mixed the way the eye sees them, and those of a backdrop."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import cos, hypot, pi, sin
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

    from rushes.backends.preview.render.mood import Mood


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


@dataclass(frozen=True)
class Palette:
    """Six colours that a backdrop is painted with.

    Attributes:
        top: the sky overhead.
        low: the sky at the horizon.
        light: the sun, the moon, whatever shines.
        haze: far things.
        near: near things.
        accent: small lights.
    """

    top: Colour
    low: Colour
    light: Colour
    haze: Colour
    near: Colour
    accent: Colour

    def each(self, change: Callable[[Colour], Colour]) -> Palette:
        """The palette with every colour changed alike."""
        return Palette(*(change(getattr(self, field.name)) for field in fields(self)))


_LIGHTS = {  # top, low, light, haze, near, accent
    "warm": "2c1512 c9763c ffe4b8 7d4026 130806 ffba70",
    "night": "0a1030 2f4f86 dfeaff 2b4a78 060b1c ffd28a",
    "sunset": "2a2458 ff9560 ffdfae c4607a 1d1133 ffc870",
    "dawn": "5c7fc0 ffd2bd fff0d8 a6a0cc 333c66 ffe0b0",
    "day": "2b7cc9 cdeaf6 fffae6 8fc0dc 17484f fff3c0",
    "storm": "36424f a3b2b8 edf3f3 7d909b 172329 d8e6ea",
    "neon": "100734 c22d92 4fe3ff 5a2f9e 090420 ff5fd6",
    "aurora": "061226 1d5a63 a8ffd9 1d4f5c 030c14 7dffc4",
    "fire": "14060b a2260f ffb54a 6b160d 0b0304 ffdc86",
    "snow": "6f93bd e8eef5 ffffff b4c7dc 34506f ffffff",
}
_PLACES = {  # far tint, near tint, how much of them in daylight
    "waves": ("3f9bb5", "063b52", 0.55),
    "forest": ("6f9a86", "0c2a20", 0.6),
    "meadow": ("9cc08a", "1d4a1f", 0.65),
    "dunes": ("e0a46a", "5e2c1a", 0.6),
}
_MUTED = {"night": 0.45, "neon": 0.25, "aurora": 0.3, "storm": 0.6, "fire": 0.2, "snow": 0.35}


def palette_of(
    mood: Mood, cfg_scale: float | None, dice: np.random.Generator, tint: Colour | None = None
) -> Palette:
    """The colours for a mood.

    Args:
        mood: what the backdrop shows.
        cfg_scale: how strongly the prompt is followed: 0 gives pale, flat colours, 1 deep ones.
        dice: throws the shade; with the light ``"own"``, the hues too.
        tint: a colour to lean towards, e.g. that of a reference picture.
    """
    hue, side, shift = (float(value) for value in dice.random(3))
    if mood.light == "own":
        palette = _own(hue, side)
    else:
        palette = Palette(*(Colour.from_hex(text) for text in _LIGHTS[mood.light].split()))
        palette = palette.each(lambda colour: colour.turned((shift - 0.5) * 0.09))
        if mood.place in _PLACES:
            far, near, share = _PLACES[mood.place]
            share *= _MUTED.get(mood.light, 1.0)
            palette = Palette(
                palette.top,
                palette.low,
                palette.light,
                palette.haze.mix(Colour.from_hex(far), share),
                palette.near.mix(Colour.from_hex(near), share),
                palette.accent,
            )
    if tint is not None:
        # A light that the prompt names stays that light; free colours give way further.
        share = 0.55 if mood.light == "own" else 0.22
        palette = palette.each(lambda colour: colour.tinted(tint, share))
    strength = 0.5 if cfg_scale is None else min(max(cfg_scale, 0.0), 1.0)
    return palette.each(lambda colour: colour.graded(0.4 + 1.2 * strength, 0.8 + 0.4 * strength))


def _own(throw: float, turn: float) -> Palette:
    """Hues from one part of the circle, with one light from across it.

    Dark yellows and greens look like mud. The sky therefore runs from teal over blue and violet to
    red, and down to the horizon it turns away from green.
    """
    hue = 0.55 + 0.45 * throw
    side = 1 if hue < 0.72 or turn < 0.5 else -1  # noqa: PLR2004 - teal on one side, a coin on the other.
    return Palette(
        top=Colour.polar(0.27, 0.10, hue),
        low=Colour.polar(0.70, 0.14, hue + 0.17 * side),
        light=Colour.polar(0.92, 0.07, hue + 0.24 * side),
        haze=Colour.polar(0.52, 0.13, hue + 0.09 * side),
        near=Colour.polar(0.17, 0.06, hue - 0.04 * side),
        accent=Colour.polar(0.84, 0.12, hue + 0.42 * side),
    )
