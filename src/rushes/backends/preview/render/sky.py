"""The sky: its colours, its light, stars, clouds and aurora."""

from __future__ import annotations

from math import pi, sin
from typing import TYPE_CHECKING

import numpy as np

from rushes.backends.preview.render.palette import gradient
from rushes.backends.preview.render.pattern import Profile, Strip, noise

if TYPE_CHECKING:
    from rushes.backends.preview.render.canvas import Camera, Canvas, Plane
    from rushes.backends.preview.render.palette import RGB, Palette

DARK_SKIES = ("night", "aurora", "neon")
CLOUDY_SKIES = {"day": 0.8, "sunset": 0.55, "dawn": 0.6, "storm": 0.75, "snow": 0.5, "own": 0.4}


class Sky:
    """The sky down to a horizon.

    Attributes:
        horizon: its row, in canvas pixels.
        sun: column and row of the sun or moon, in canvas pixels.
    """

    def __init__(
        self,
        canvas: Canvas,
        palette: Palette,
        light: str,
        horizon: float,
        dice: np.random.Generator,
        *,
        lift: float = 0.0,
    ) -> None:
        """Prepare a sky.

        Args:
            canvas: what it is painted on.
            palette: its colours.
            light: of the mood; decides on stars and clouds.
            horizon: row of the horizon, as a share of the height.
            dice: throws sun, stars and clouds.
            lift: how much higher the sun stands than usual, in units.
        """
        self.horizon = horizon * canvas.height
        side = float(dice.uniform(0.14, 0.36))
        x = side if dice.random() < 0.5 else 1 - side  # noqa: PLR2004 - an even chance.
        rise = float(dice.uniform(0.10, 0.26)) + lift
        if light in DARK_SKIES or light == "day":
            rise += 0.16
        self.sun = (
            x * canvas.width,
            max(self.horizon - rise * canvas.unit, 0.17 * canvas.height),
        )
        self._light = light
        self._colour = palette.light.rgb()
        self._halo = palette.low.mix(palette.light, 0.6).rgb()
        places = canvas.rows[:, 0] / np.float32(self.horizon)
        middle = palette.top.mix(palette.low, 0.55)
        self._gradient = gradient(
            [(0.0, palette.top), (0.62, middle), (1.0, palette.low), (3.0, palette.low)], places
        )
        self._stars: Strip | None = None
        self._clouds: Strip | None = None
        self._cloud_colour = palette.low.mix(palette.light, 0.75).rgb()
        rows = int(min(self.horizon + 2, canvas.height))
        if light in DARK_SKIES:
            self._stars = Strip(_stars(canvas, rows, dice), canvas.width)
        else:
            self._clouds = Strip(
                _clouds(canvas, rows, CLOUDY_SKIES.get(light, 0.4), dice), canvas.width
            )
        self._curtains = [_Curtain(dice) for _ in range(3)] if light == "aurora" else []
        self._accent = palette.accent.rgb()
        self._twinkle = float(dice.uniform(0, 2 * pi))

    def paint(self, canvas: Canvas, camera: Camera, seconds: float) -> None:
        """Paint the sky of one moment over the whole canvas."""
        canvas.fill(self._gradient)
        travel = camera.x * seconds * canvas.unit
        if self._stars is not None:
            canvas.lighten(self._colour, self._stars.at(travel * 0.05))
        for curtain in self._curtains:
            curtain.paint(canvas, self, self._accent, seconds)
        x, y = self.sun[0] - travel * 0.04, self.sun[1]
        breath = 1 + 0.10 * sin(2 * pi * seconds / 4.2 + self._twinkle)
        strength = 0.34 if self._light in DARK_SKIES else 0.62
        canvas.glow(x, y, 0.26 * canvas.unit, self._halo, strength * breath)
        if self._light != "storm":
            radius = (0.045 if self._light in DARK_SKIES else 0.062) * canvas.unit
            canvas.glow(x, y, 0.075 * canvas.unit, self._colour, 0.42 * breath)
            canvas.disc((x, y), radius, 0.012 * canvas.unit, self._colour, 0.95, solid=True)
        if self._clouds is not None:
            drift = travel * 0.09 + seconds * 0.014 * canvas.unit
            canvas.cover(self._cloud_colour[:, None, None], self._clouds.at(drift))


class _Curtain:
    """One band of an aurora."""

    def __init__(self, dice: np.random.Generator) -> None:
        self._hem = Profile.drawn(dice, octaves=3, frequency=0.35)
        self._rays = Profile.drawn(dice, octaves=5, frequency=1.3, decay=0.8)
        self._level = float(dice.uniform(0.45, 0.85))
        self._strength = float(dice.uniform(0.5, 0.9))

    def paint(
        self,
        canvas: Canvas,
        sky: Sky,
        colour: RGB,
        seconds: float,
    ) -> None:
        x = (canvas.columns[0] / canvas.unit).astype(np.float64)
        hem = (
            sky.horizon * self._level + (self._hem.at(x, seconds * 0.05) - 0.5) * 0.4 * canvas.unit
        )
        rays = self._rays.at(x, seconds * 0.16) ** 2 * 1.7 * self._strength
        rows = int(sky.horizon)
        height = (hem[None, :] - canvas.rows[:rows]) / np.float32(0.34 * canvas.unit)
        mask = np.clip(height * 14, 0, 1) * np.exp(-np.maximum(height, 0) * 2.4)
        canvas.lighten(colour, np.clip(mask * rays[None, :], 0, 0.9).astype(np.float32))


def _stars(canvas: Canvas, rows: int, dice: np.random.Generator) -> Plane:
    """Points of light, denser overhead; shape (rows, twice the width)."""
    texture = np.zeros((rows, canvas.width * 2), np.float32)
    count = int(texture.size / 900)
    y = (dice.random(count) ** 1.4 * (rows - 3)).astype(int) + 1
    x = (dice.random(count) * (texture.shape[1] - 3)).astype(int) + 1
    bright = (dice.random(count) ** 3 * 0.95 + 0.12).astype(np.float32)
    texture[y, x] = bright
    for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        texture[y + dy, x + dx] = np.maximum(texture[y + dy, x + dx], bright * 0.42)
    return texture * np.linspace(1, 0.15, rows, dtype=np.float32)[:, None]


def _clouds(canvas: Canvas, rows: int, share: float, dice: np.random.Generator) -> Plane:
    """Wisps that lie flatter towards the horizon; shape (rows, twice the width)."""
    cloud = noise(dice, rows, canvas.width * 2, 1.55, 2.6)
    height = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    mask = np.clip((cloud - 0.15) / 1.7, 0, 1) ** 1.3 * np.sin(np.pi * height**0.8)
    cover: Plane = (mask * np.float32(share)).astype(np.float32)
    return cover
