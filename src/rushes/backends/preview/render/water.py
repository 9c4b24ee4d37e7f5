"""The sea: waves to the horizon, under a sky that they mirror."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rushes.backends.preview.render.pattern import Profile, Strip, noise
from rushes.backends.preview.render.sky import Sky

if TYPE_CHECKING:
    from rushes.backends.preview.render.canvas import Camera, Canvas
    from rushes.backends.preview.render.mood import Mood
    from rushes.backends.preview.render.palette import Palette

SWELLS = 9


class Water:
    """Swells that grow towards the viewer, with the sun's path glittering on them."""

    def __init__(
        self, canvas: Canvas, mood: Mood, palette: Palette, dice: np.random.Generator
    ) -> None:
        self._sky = Sky(canvas, palette, mood.light, 0.50, dice)
        self._swells = []
        for number in range(SWELLS):
            nearness = number / (SWELLS - 1)
            colour = palette.low.mix(palette.haze, min(1.0, 0.35 + nearness * 1.6))
            colour = colour.mix(palette.near, nearness**0.9 * 0.92)
            self._swells.append(
                (
                    nearness,
                    Profile.drawn(dice, octaves=4, frequency=4.2 - 3.3 * nearness**0.5, decay=0.42),
                    colour.mix(palette.low, 0.40 * (1 - nearness * 0.5)).rgb(),
                    colour.mix(palette.near, 0.25).rgb(),
                )
            )
        self._rows = canvas.height - int(self._sky.horizon)
        self._glitter = [
            Strip(noise(dice, self._rows, canvas.width * 2, 1.05, 7.0), canvas.width)
            for _ in range(2)
        ]
        self._light = palette.light.rgb()

    def paint(self, canvas: Canvas, camera: Camera, seconds: float) -> None:
        """Paint one moment."""
        self._sky.paint(canvas, camera, seconds)
        x = canvas.columns[0].astype(np.float64) / canvas.unit
        below = canvas.height - self._sky.horizon
        for nearness, swell, crest, foot in self._swells:
            depth = 0.15 + 1.1 * nearness**1.5
            height = (0.004 + 0.075 * nearness**1.4) * canvas.unit
            level = self._sky.horizon + below * nearness**1.7 * 0.92
            level += camera.y * seconds * depth * canvas.unit * nearness
            line = swell.at(x + camera.x * seconds * depth, seconds * 0.22)
            bob = np.sin(seconds * 1.1 + nearness * 9) * height * 0.25
            line = np.float32(level + bob + height * 0.5) - line * np.float32(height)
            canvas.ridge(line, crest, foot, 0.02 * canvas.unit + height * 2.2, soft=1.2)
        self._shine(canvas, camera, seconds)

    def _shine(self, canvas: Canvas, camera: Camera, seconds: float) -> None:
        """The sun's path: two sheets of noise slide past each other and flash where both peak."""
        top = canvas.height - self._rows
        down = (canvas.rows[top:] - top) / self._rows
        sun = self._sky.sun[0] - camera.x * seconds * canvas.unit * 0.04
        spread = np.float32(canvas.unit) * (0.07 + 0.30 * down)
        path = np.exp(-(((canvas.columns - np.float32(sun)) / spread) ** 2)) * (1 - 0.75 * down)
        slide = seconds * 0.05 * canvas.unit
        travel = camera.x * seconds * canvas.unit * 0.5
        sparkle = self._glitter[0].at(slide + travel) + self._glitter[1].at(travel - slide * 0.7)
        mask = path * (0.20 + np.clip((sparkle - 0.9) * 0.55, 0, 0.8))
        # Ripples everywhere, finer towards the horizon's haze: without them swells look like dunes.
        mask += np.clip(sparkle - 0.4, 0, 2) * (0.035 + 0.05 * down)
        canvas.lighten(self._light, mask.astype(np.float32), top)
