"""The colours of a backdrop."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from rushes.backends.preview.render.colour import Colour

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from rushes.backends.preview.render.mood import Mood


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
