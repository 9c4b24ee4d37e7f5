"""The city: blocks behind blocks, with lit windows and cars."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sin
from typing import TYPE_CHECKING

import numpy as np

from rushes.backends.preview.render.pattern import Strip
from rushes.backends.preview.render.sky import Sky

if TYPE_CHECKING:
    from rushes.backends.preview.render.canvas import Camera, Canvas, Plane
    from rushes.backends.preview.render.mood import Mood
    from rushes.backends.preview.render.palette import RGB, Palette

LIT = {"night": 0.42, "neon": 0.5, "sunset": 0.22, "storm": 0.25, "own": 0.34, "aurora": 0.4}
"""Share of windows with a light on."""


@dataclass(frozen=True)
class _Block:
    """One row of buildings.

    Attributes:
        depth: how fast it passes when the camera travels.
        top: first row, in canvas pixels.
        shape: where there are walls.
        windows: steady lights.
        flicker: lights that go on and off.
        wall: colour at the roofs.
        mist: colour at street level.
    """

    depth: float
    top: int
    shape: Strip
    windows: Strip
    flicker: Strip
    wall: RGB
    mist: RGB


class City:
    """Three rows of buildings, a glow behind them, beacons on the roofs and cars below."""

    def __init__(
        self, canvas: Canvas, mood: Mood, palette: Palette, dice: np.random.Generator
    ) -> None:
        self._sky = Sky(canvas, palette, mood.light, 0.72, dice, lift=0.24)
        self._glow = palette.low.rgb()
        self._lamp = palette.accent.rgb()
        self._second = palette.light.rgb()
        lit = LIT.get(mood.light, 0.08)
        self._blocks = []
        for nearness in (0.0, 0.45, 1.0):
            height = canvas.height * (0.46 - 0.04 * nearness) + 0.06 * canvas.unit
            rows = int(height)
            parts = _buildings(canvas, rows, nearness, lit, dice)
            shape, windows, flicker = (Strip(part, canvas.width) for part in parts)
            colour = palette.haze.mix(palette.near, 0.25 + 0.75 * nearness)
            self._blocks.append(
                _Block(
                    0.16 + 0.9 * nearness**1.5,
                    int(canvas.height * (0.80 + 0.10 * nearness)) - rows,
                    shape,
                    windows,
                    flicker,
                    colour.rgb(),
                    colour.mix(palette.low, 0.42 * (1 - 0.6 * nearness)).rgb(),
                )
            )
        self._ground = palette.near.rgb()
        self._street = palette.near.mix(palette.haze, 0.35).rgb()
        self._cars = dice.random((26, 3))
        self._phase = float(dice.uniform(0, 2 * pi))

    def paint(self, canvas: Canvas, camera: Camera, seconds: float) -> None:
        """Paint one moment."""
        self._sky.paint(canvas, camera, seconds)
        for block in self._blocks:
            self._row(canvas, block, camera, seconds)
        line = np.full(canvas.width, canvas.height * 0.88, np.float32)
        canvas.ridge(
            line, self._street, self._ground, 0.12 * canvas.height, soft=0.05 * canvas.unit
        )
        self._traffic(canvas, camera, seconds)

    def _row(self, canvas: Canvas, block: _Block, camera: Camera, seconds: float) -> None:
        travel = camera.x * seconds * block.depth * canvas.unit
        shape = block.shape.at(travel)
        top = block.top + round(camera.y * seconds * block.depth * canvas.unit * 0.5)
        rows = min(shape.shape[0], canvas.height - top)
        shape = shape[:rows]
        share = np.linspace(0, 1, rows, dtype=np.float32)[None, :, None] ** 2
        colours = block.wall[:, None, None] * (1 - share) + block.mist[:, None, None] * share
        canvas.cover(colours, shape, top)
        pulse = 0.5 + 0.5 * sin(2 * pi * seconds / 3.1 + self._phase)
        lights = block.windows.at(travel)[:rows] + block.flicker.at(travel)[:rows] * np.float32(
            pulse
        )
        canvas.lighten(self._lamp, lights, top)
        # The walls continue below the row down to the street.
        bottom = top + rows
        if bottom < canvas.height:
            below = np.broadcast_to(shape[-1], (canvas.height - bottom, canvas.width))
            canvas.cover(block.mist[:, None, None], below, bottom)

    def _traffic(self, canvas: Canvas, camera: Camera, seconds: float) -> None:
        span = canvas.width / canvas.unit + 0.4
        for place, speed, lane in self._cars:
            forward = 1 if lane < 0.5 else -1  # noqa: PLR2004 - half of the cars each way.
            x = place * span + forward * (0.05 + 0.10 * speed) * seconds - camera.x * seconds
            x = (x % span - 0.2) * canvas.unit
            y = (0.885 + 0.05 * (lane % 0.5) * 2) * canvas.height
            radius = (0.006 + 0.007 * (lane % 0.5) * 2) * canvas.unit
            colour = self._second if forward > 0 else self._lamp
            canvas.speck((x, y), radius * 1.7, radius, colour, 0.75)


def _buildings(
    canvas: Canvas, rows: int, nearness: float, lit: float, dice: np.random.Generator
) -> tuple[Plane, Plane, Plane]:
    """Walls, steady windows and flickering ones; shape (rows, period) each."""
    period = canvas.width + int(canvas.unit * 1.3)
    shape, steady, flicker = (np.zeros((rows, period), np.float32) for _ in range(3))
    unit = canvas.unit
    cell = max(3.0, unit * (0.0115 + 0.008 * nearness))
    x = 0
    while x < period:
        width = int(unit * float(dice.uniform(0.05, 0.12)) * (0.8 + 0.7 * nearness))
        tall = 0.25 + 0.70 * float(dice.random()) ** (1.5 + nearness)
        tall *= 1.0 - 0.28 * nearness
        top = int(rows * (1 - tall))
        right = min(period, x + width)
        shape[top:, x:right] = 1
        kind = float(dice.random())
        if kind < 0.28 and width > 8:  # noqa: PLR2004 - some towers step back at the top.
            inset = width // 4
            shape[max(0, top - int(0.035 * unit)) : top, x + inset : max(right - inset, x)] = 1
        if kind > 0.86 and right - x > 4:  # noqa: PLR2004 - some carry a mast.
            middle = (x + right) // 2
            shape[max(0, top - int(0.08 * unit)) : top, middle : middle + 2] = 0.8
        _windows(steady[top:, x:right], flicker[top:, x:right], cell, lit, dice)
        x += width + int(unit * 0.012 * float(dice.integers(0, 3)) * (1 - nearness))
    fade = np.linspace(1, 0.35, rows, dtype=np.float32)[:, None]
    dim = np.float32(0.42 + 0.45 * nearness)
    return shape, steady * fade * dim, flicker * fade * dim


def _windows(
    steady: Plane, flicker: Plane, cell: float, lit: float, dice: np.random.Generator
) -> None:
    """Light some of a building's windows, in place."""
    rows, columns = steady.shape
    wide = max(1, round(cell * 0.55))
    tall = max(1, round(cell * 0.62))
    share = lit * float(dice.uniform(0.4, 1.4))
    for y in np.arange(cell, rows - cell, cell * 1.35):
        for x in np.arange(cell * 0.6, columns - cell, cell):
            chance, bright = dice.random(2)
            if chance < share:
                target = flicker if chance < share * 0.12 else steady
                target[int(y) : int(y) + tall, int(x) : int(x) + wide] = 0.35 + 0.6 * bright
