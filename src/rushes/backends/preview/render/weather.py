"""What is in the air: snow, rain, sparks, fireflies, petals, dust."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sin
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from rushes.backends.preview.render.canvas import Camera, Canvas
    from rushes.backends.preview.render.palette import Palette


@dataclass(frozen=True)
class _Kind:
    """How one weather moves; lengths in units, speeds in units a second.

    Attributes:
        count: particles per unit of width in a frame one unit high.
        fall: speed downwards.
        wind: speed sideways.
        sway: how far a particle swings to either side.
        radius: of the nearest particle.
        length: height of a particle relative to its width.
        strength: of the brightest.
        colour: 0 for the palette's light, 1 for its accent, between for a mix.
        blink: whether it goes on and off.
    """

    count: int
    fall: float
    wind: float
    sway: float
    radius: float
    length: float
    strength: float
    colour: float
    blink: bool = False


_KINDS = {
    "snow": _Kind(60, 0.11, 0.02, 0.02, 0.0085, 1.0, 0.85, 0.0),
    "rain": _Kind(110, 1.45, 0.04, 0.0, 0.0015, 26.0, 0.24, 0.0),
    "embers": _Kind(34, -0.20, 0.03, 0.03, 0.0060, 1.2, 1.0, 1.0),
    "fireflies": _Kind(20, -0.015, 0.01, 0.05, 0.0085, 1.0, 0.95, 1.0, blink=True),
    "petals": _Kind(16, 0.06, 0.07, 0.04, 0.0100, 0.7, 0.75, 0.5),
    "dust": _Kind(24, -0.012, 0.015, 0.02, 0.0050, 1.0, 0.5, 0.3, blink=True),
}


class Weather:
    """Particles that cross the picture and come in again on the other side."""

    def __init__(
        self, canvas: Canvas, kind: str, palette: Palette, dice: np.random.Generator
    ) -> None:
        self._kind = _KINDS[kind]
        self._wide = canvas.width / canvas.unit + 0.2
        self._high = canvas.height / canvas.unit + 0.2
        area = min(self._wide * self._high, 2.4)
        self._particles = dice.random((int(self._kind.count * area), 5)).tolist()
        self._colour = palette.light.mix(palette.accent, self._kind.colour).rgb()

    def paint(self, canvas: Canvas, camera: Camera, seconds: float) -> None:
        """Paint one moment."""
        kind = self._kind
        for x, y, near, phase, pace in self._particles:
            speed = (0.45 + 0.55 * near) * (0.8 + 0.4 * pace)
            turn = 2 * pi * phase
            swing = kind.sway * sin(seconds * (0.7 + pace) + turn)
            across = (
                x * self._wide + (kind.wind * speed - camera.x * (0.4 + near)) * seconds + swing
            )
            down = y * self._high + kind.fall * speed * seconds + swing * 0.3
            radius = kind.radius * (0.35 + 0.65 * near**2) * canvas.unit
            strength = kind.strength * (0.35 + 0.65 * near)
            if kind.blink:
                strength *= max(0.0, sin(seconds * (0.8 + pace) + turn * 3)) ** 1.5
            canvas.speck(
                (
                    (across % self._wide - 0.1) * canvas.unit,
                    (down % self._high - 0.1) * canvas.unit,
                ),
                max(radius, 0.7),
                max(radius * kind.length, 0.7),
                self._colour,
                strength,
            )
