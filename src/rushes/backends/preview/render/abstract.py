"""Backdrops of light alone: silk, bokeh, deep space and fire."""

from __future__ import annotations

from math import pi, sin
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from rushes.backends.preview.render.colour import gradient
from rushes.backends.preview.render.profile import Profile
from rushes.backends.preview.render.strip import Strip, noise

if TYPE_CHECKING:
    from rushes.backends.preview.render.camera import Camera
    from rushes.backends.preview.render.canvas import Canvas, Plane
    from rushes.backends.preview.render.mood import Mood
    from rushes.backends.preview.render.palette import Palette
    from rushes.backends.preview.render.profile import Line


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


class Cosmos:
    """Nebulae, stars at two distances and one planet."""

    def __init__(
        self, canvas: Canvas, mood: Mood, palette: Palette, dice: np.random.Generator
    ) -> None:
        del mood
        self._dark = palette.near.mix(palette.top, 0.3).graded(1.0, 1.15)
        self._ground = gradient(
            [(0.0, self._dark), (1.0, self._dark)], canvas.rows[:, 0] / np.float32(canvas.height)
        )
        width = canvas.width * 2
        clouds = (noise(dice, canvas.height, width, 1.95), noise(dice, canvas.height, width, 1.95))
        self._nebulae = [
            (Strip(np.clip((cloud - 0.2) * 0.44, 0, 0.75), canvas.width), colour.rgb())
            for cloud, colour in zip(clouds, (palette.haze, palette.low), strict=True)
        ]
        self._stars = [
            Strip(_field(canvas, dice, density), canvas.width) for density in (260, 1400)
        ]
        self._white = palette.light.rgb()
        side = float(dice.uniform(0.2, 0.34))
        self._planet = (
            canvas.width * (side if dice.random() < 0.5 else 1 - side),  # noqa: PLR2004 - an even chance.
            canvas.height * float(dice.uniform(0.30, 0.44)),
            canvas.unit * float(dice.uniform(0.14, 0.23)),
        )
        self._bands = Profile.drawn(dice, octaves=5, frequency=4.0, decay=0.7)
        self._tilt = float(dice.uniform(-0.5, 0.5))
        self._lit, self._unlit = palette.low.mix(palette.light, 0.25), self._dark
        self._belt = palette.haze.rgb()
        self._rim = palette.light.mix(palette.low, 0.4).rgb()

    def paint(self, canvas: Canvas, camera: Camera, seconds: float) -> None:
        """Paint one moment."""
        canvas.fill(self._ground)
        travel = camera.x * seconds * canvas.unit
        for number, (strip, colour) in enumerate(self._nebulae):
            drift = seconds * canvas.unit * 0.006 * (1 if number else -1)
            canvas.lighten(colour, strip.at(travel * (0.15 + 0.1 * number) + drift))
        for number, strip in enumerate(self._stars):
            shine = 0.8 + 0.2 * sin(seconds * 2.1 + number * 1.7)
            canvas.lighten(
                self._white, strip.at(travel * (0.22 + 0.3 * number)) * np.float32(shine)
            )
        self._sphere(canvas, travel, seconds)

    def _sphere(self, canvas: Canvas, travel: float, seconds: float) -> None:
        x, y, radius = self._planet
        x -= travel * 0.5
        across = (canvas.columns - np.float32(x)) / np.float32(radius)
        down = (canvas.rows - np.float32(y)) / np.float32(radius)
        canvas.glow(x, y, radius * 0.95, self._rim, 0.20)
        top, bottom = max(0, int(y - radius - 3)), min(canvas.height, int(y + radius + 4))
        down = down[top:bottom]
        distance = np.sqrt(across**2 + down**2)
        mask = np.clip((1 - distance) * np.float32(radius * 0.7) + 0.5, 0, 1)
        height = np.sqrt(np.clip(1 - distance**2, 0, 1))
        # Light from the upper left and a little from behind; the line between day and night creeps.
        angle = 2.5 + 0.03 * seconds
        shade = (
            across * np.float32(np.cos(angle)) - down * np.float32(np.sin(angle)) + height * 0.55
        )
        shade = np.clip(shade * 0.9, 0, 1)
        turn = np.linspace(-2.2, 2.2, 256)
        bands = np.interp(
            down + across * self._tilt * 0.5 - height * 0.15, turn, self._bands.at(turn / 2.2)
        )
        dark, light = self._unlit.rgb(), self._lit.rgb()
        for plane, unlit, lit, belt in zip(
            canvas.planes[:, top:bottom], dark, light, self._belt, strict=True
        ):
            surface = lit + (belt - lit) * np.clip(bands * 1.5 - 0.35, 0, 1)
            np.add(plane, (unlit * 0.6 + (surface - unlit * 0.6) * shade - plane) * mask, out=plane)


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


class Fire:
    """Flames from below: two sheets of noise that rise through each other."""

    def __init__(
        self, canvas: Canvas, mood: Mood, palette: Palette, dice: np.random.Generator
    ) -> None:
        del mood
        # A quarter of the canvas is enough for something this soft.
        self._size = (canvas.width // 4, canvas.height // 4)
        width, height = self._size
        self._sheets = [
            Strip(noise(dice, height * 2, width * 2, 1.25 + 0.2 * layer, 0.45), width)
            for layer in range(2)
        ]
        ramp = gradient(
            [
                (0.0, palette.near),
                (0.22, palette.top.mix(palette.low, 0.25)),
                (0.52, palette.low),
                (0.80, palette.light),
                (1.0, palette.accent.mix(palette.light, 0.3).graded(0.7, 1.2)),
            ],
            np.linspace(0, 1, 256, dtype=np.float32),
        )
        self._ramp = ramp
        self._hearth = Profile.drawn(dice, octaves=3, frequency=0.8)
        self._glow = palette.low.rgb()

    def paint(self, canvas: Canvas, camera: Camera, seconds: float) -> None:
        """Paint one moment."""
        width, height = self._size
        travel = camera.x * seconds * canvas.unit / 4
        heat = np.zeros((height, width), np.float32)
        for layer, strip in enumerate(self._sheets):
            sheet = strip.at(travel * (0.7 + 0.5 * layer))
            up = seconds * (0.26 + 0.16 * layer) * canvas.unit / 4
            whole, rest = divmod(up % sheet.shape[0], 1.0)
            rows = (np.arange(height + 1) + int(whole)) % sheet.shape[0]
            part = sheet[rows]
            heat += part[:-1] * np.float32(1 - rest) + part[1:] * np.float32(rest)
        x = np.arange(width) * 4 / canvas.unit + camera.x * seconds
        tongue = 0.62 + 0.36 * self._hearth.at(x, seconds * 0.3)
        level = (np.arange(height, dtype=np.float32) / height)[:, None]
        body = np.clip((level - 1.02) / tongue[None, :] + 1, 0, 1.2) ** 1.25
        heat = np.clip(body * (0.66 + heat * 0.30), 0, 1)
        for plane, ramp in zip(canvas.planes, self._ramp, strict=True):
            small = Image.fromarray(ramp[(heat * 255).astype(np.uint8)])
            plane[:] = np.asarray(
                small.resize((canvas.width, canvas.height), Image.Resampling.BICUBIC)
            )
        flicker = 0.16 + 0.04 * sin(seconds * 7.3) * sin(seconds * 2.9)
        canvas.glow(canvas.width / 2, canvas.height * 1.05, 0.6 * canvas.unit, self._glow, flicker)
