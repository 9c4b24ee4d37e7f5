"""Backdrops without a place: folds of silk, and lights out of focus."""

from __future__ import annotations

from math import pi, sin
from typing import TYPE_CHECKING

import numpy as np

from rushes.backends.preview.render.palette import gradient
from rushes.backends.preview.render.pattern import Profile

if TYPE_CHECKING:
    from rushes.backends.preview.render.canvas import Camera, Canvas, Plane
    from rushes.backends.preview.render.mood import Mood
    from rushes.backends.preview.render.palette import Palette
    from rushes.backends.preview.render.pattern import Line


class Silk:
    """Folds of cloth that sway behind one another, each throwing a shadow on the next."""

    def __init__(
        self, canvas: Canvas, mood: Mood, palette: Palette, dice: np.random.Generator
    ) -> None:
        del mood
        run = gradient(
            [(0.0, palette.top), (0.5, palette.haze), (1.0, palette.low)],
            canvas.rows[:, 0] / np.float32(canvas.height),
        )
        self._ground = run
        self._slope = float(dice.uniform(0.12, 0.34)) * (1 if dice.random() < 0.5 else -1)  # noqa: PLR2004 - an even chance.
        self._folds = []
        ramp = [
            palette.haze,
            palette.low,
            palette.light,
            palette.low,
            palette.haze,
            palette.top,
            palette.near,
        ]
        for number, colour in enumerate(ramp):
            nearness = number / (len(ramp) - 1)
            self._folds.append(
                (
                    nearness,
                    Profile.drawn(dice, octaves=2, frequency=0.36 + 0.12 * nearness, decay=0.32),
                    colour.mix(palette.light, 0.22).rgb(),
                    colour.mix(palette.near, 0.38).rgb(),
                )
            )
        self._light = palette.light.rgb()
        self._phase = float(dice.uniform(0, 2 * pi))

    def paint(self, canvas: Canvas, camera: Camera, seconds: float) -> None:
        """Paint one moment."""
        canvas.fill(self._ground)
        x = canvas.columns[0].astype(np.float64) / canvas.unit
        centre = canvas.width / canvas.unit / 2
        tilt = (x - centre) * self._slope * min(1.0, 1.2 / centre)
        for nearness, fold, crest, foot in self._folds:
            depth = 0.3 + 0.9 * nearness
            wave = fold.at(x + camera.x * seconds * depth, seconds * (0.035 + 0.03 * nearness))
            level = canvas.height * (0.02 + 0.88 * nearness)
            line = np.float32(level) + ((0.5 - wave) * 0.44 + tilt).astype(np.float32) * np.float32(
                canvas.unit
            )
            _shadow(canvas, line, 0.10 * canvas.unit)
            canvas.ridge(line, crest, foot, 0.34 * canvas.unit, soft=1.3)
        sway = sin(2 * pi * seconds / 9 + self._phase)
        canvas.glow(
            canvas.width * (0.5 + 0.3 * sway),
            canvas.height * 0.2,
            0.4 * canvas.unit,
            self._light,
            0.18,
        )


def _shadow(canvas: Canvas, line: Line, reach: float) -> None:
    """Darken what lies just above a line."""
    top = max(0, int(line.min() - reach))
    bottom = min(canvas.height, int(line.max()) + 2)
    if top >= bottom:
        return
    away = (line[None, :] - canvas.rows[top:bottom]) / np.float32(reach)
    mask = 1 - np.float32(0.34) * np.clip(1 - away, 0, 1) ** 2
    canvas.planes[:, top:bottom] *= mask


class Bokeh:
    """Lights out of focus, drifting over a soft ground."""

    def __init__(
        self, canvas: Canvas, mood: Mood, palette: Palette, dice: np.random.Generator
    ) -> None:
        del mood
        places = canvas.rows[:, 0] / np.float32(canvas.height)
        self._ground = gradient(
            [(0.0, palette.near), (0.45, palette.top.mix(palette.haze, 0.35)), (1.0, palette.near)],
            places,
        )
        self._pools = [
            (float(dice.uniform(0.1, 0.9)), float(dice.uniform(0.15, 0.75)), colour.rgb())
            for colour in (palette.low, palette.haze, palette.light.mix(palette.low, 0.6))
        ]
        colours = [palette.light, palette.low, palette.accent, palette.low.mix(palette.accent, 0.5)]
        self._discs = sorted(
            (
                float(dice.random()),  # nearness first, so that far discs are painted first
                float(dice.uniform(0, canvas.width / canvas.unit + 0.5)),
                float(np.clip(dice.normal(0.40, 0.22), -0.05, 1.05)),
                int(dice.integers(len(colours))),
                float(dice.uniform(0, 2 * pi)),
            )
            for _ in range(round(24 + 16 * canvas.width / canvas.unit))
        )
        self._colours = [colour.rgb() for colour in colours]

    def paint(self, canvas: Canvas, camera: Camera, seconds: float) -> None:
        """Paint one moment."""
        canvas.fill(self._ground)
        for number, (x, y, pool) in enumerate(self._pools):
            shift = 0.05 * sin(2 * pi * seconds / 8 + number * 2)
            canvas.glow(
                (x + shift) * canvas.width, y * canvas.height, 0.42 * canvas.unit, pool, 0.55
            )
        span = canvas.width / canvas.unit + 0.5
        for nearness, x, y, number, phase in self._discs:
            drift = seconds * 0.012 * (1 if number % 2 else -1)
            column = (x + drift - camera.x * seconds * (0.25 + 1.2 * nearness)) % span - 0.25
            row = y * canvas.height + canvas.unit * 0.012 * sin(seconds * 0.9 + phase)
            radius = (0.018 + 0.085 * nearness**1.4) * canvas.unit
            bright = (0.74 - 0.34 * nearness) * (0.75 + 0.25 * sin(seconds * 1.3 + phase))
            soft = (0.008 + 0.02 * nearness) * canvas.unit
            canvas.disc((column * canvas.unit, row), radius, soft, self._colours[number], bright)


def _field(canvas: Canvas, dice: np.random.Generator, density: int) -> Plane:
    """Stars, one in `density` pixels; the rarer, the larger."""
    texture = np.zeros((canvas.height, canvas.width * 2), np.float32)
    count = texture.size // density
    y = dice.integers(2, canvas.height - 2, count)
    x = dice.integers(2, canvas.width * 2 - 2, count)
    large = density > 1000  # noqa: PLR2004 - the rare ones.
    bright = (dice.random(count) ** 2 * (0.95 if large else 0.55) + 0.08).astype(np.float32)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            share = (1.0, 0.5 if large else 0.25, 0.25 if large else 0.05)[abs(dy) + abs(dx)]
            spot = texture[y + dy, x + dx]
            texture[y + dy, x + dx] = np.maximum(spot, bright * np.float32(share))
    return texture
