"""Mountains, forests, dunes and meadows: hills behind hills."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rushes.backends.preview.render.pattern import Profile
from rushes.backends.preview.render.sky import Sky

if TYPE_CHECKING:
    from rushes.backends.preview.render.canvas import Camera, Canvas
    from rushes.backends.preview.render.mood import Mood
    from rushes.backends.preview.render.palette import Palette
    from rushes.backends.preview.render.pattern import Line

LAYERS = 6


class Land:
    """Layers of land under a sky, paler the farther they are."""

    def __init__(
        self, canvas: Canvas, mood: Mood, palette: Palette, dice: np.random.Generator
    ) -> None:
        self._sky = Sky(canvas, palette, mood.light, 0.56, dice)
        self._layers = [
            _Layer(mood.place, palette, number / (LAYERS - 1), dice) for number in range(LAYERS)
        ]

    def paint(self, canvas: Canvas, camera: Camera, seconds: float) -> None:
        """Paint one moment."""
        self._sky.paint(canvas, camera, seconds)
        for layer in self._layers:
            layer.paint(canvas, camera, seconds)
        # Light spills over the ridges below the sun: without it the land looks cut from paper.
        x, y = self._sky.sun
        canvas.glow(x, y + 0.2 * canvas.unit, 0.30 * canvas.unit, self._layers[0].spill, 0.16)


class _Layer:
    """One row of hills; `nearness` runs from 0 (far) to 1."""

    def __init__(
        self, place: str, palette: Palette, nearness: float, dice: np.random.Generator
    ) -> None:
        self._nearness = nearness
        self._start = float(dice.uniform(0, 50))
        self._trees: Line | None = None
        self.spill = palette.low.mix(palette.light, 0.5).rgb()
        if place == "mountains":
            self._outline = Profile.drawn(
                dice, octaves=7, frequency=0.62 - 0.24 * nearness, decay=0.48, sharp=True
            )
            self._amplitude = 0.36 - 0.10 * nearness
        elif place == "dunes":
            self._outline = Profile.drawn(
                dice, octaves=3, frequency=0.42 + 0.1 * nearness, decay=0.3, sharp=True
            )
            self._amplitude = 0.17
        else:
            self._outline = Profile.drawn(dice, octaves=4, frequency=0.5, decay=0.42)
            self._amplitude = 0.16
        if place == "forest" and nearness > 0.1:  # noqa: PLR2004 - the farthest hills are too far.
            self._trees = _trees(dice, 0.05 + 0.17 * nearness**1.5)
        near = 0.94 if place in {"forest", "mountains"} else 1.0
        self._level = 0.60 + (near - 0.60) * nearness**1.15
        colour = palette.haze.mix(palette.low, 0.42 * (1 - nearness) ** 2)
        colour = colour.mix(palette.near, nearness**0.85)
        self._crest = colour.rgb()
        self._foot = colour.mix(palette.low, 0.50 * (1 - nearness) ** 1.3).rgb()

    def paint(self, canvas: Canvas, camera: Camera, seconds: float) -> None:
        depth = 0.10 + 1.25 * self._nearness**1.6
        x = canvas.columns[0].astype(np.float64) / canvas.unit
        x = x + self._start + camera.x * seconds * depth
        line = self._outline.at(x) * np.float32(self._amplitude)
        if self._trees is not None:
            # Trees sway a little, the tips of near ones more; it keeps a fixed shot alive.
            sway = 0.0012 * self._nearness * np.sin(1.9 * seconds + x * 3.1)
            places = (x + sway) * TREES_PER_UNIT
            line = line + np.interp(
                places, np.arange(self._trees.size), self._trees, period=self._trees.size
            ).astype(np.float32)
        level = self._level * canvas.height + camera.y * seconds * depth * canvas.unit
        middle = np.float32(level + self._amplitude * canvas.unit * 0.5)
        canvas.ridge(
            middle - line * np.float32(canvas.unit),
            self._crest,
            self._foot,
            (0.22 + 0.1 * self._nearness) * canvas.unit,
            soft=1.4,
            start=float(middle) - 0.6 * self._amplitude * canvas.unit,
        )


TREES_PER_UNIT = 480
"""Samples of a tree line per unit: finer than the canvas, so that trunks keep their shape."""


def _trees(dice: np.random.Generator, height: float) -> Line:
    """A line of conifers, `height` units tall at most; shape (samples,)."""
    period = 6
    line = np.zeros(period * TREES_PER_UNIT, np.float32)
    width = height * 0.26
    x = 0.0
    while x < period:
        tall = height * float(dice.uniform(0.45, 1.0))
        half = max(3, round(width * tall / height * TREES_PER_UNIT))
        away = np.abs(np.arange(-half, half + 1)) / half
        # Branches: a cone with five steps, each hanging a little below the next.
        tree = tall * (1 - away) + tall * 0.10 * ((away * 5) % 1.0 - 0.5) * (away > 0.05)  # noqa: PLR2004 - the tip stays a tip.
        places = (round(x * TREES_PER_UNIT) + np.arange(-half, half + 1)) % line.size
        line[places] = np.maximum(line[places], tree)
        x += width * float(dice.uniform(0.5, 1.7))
    return line
