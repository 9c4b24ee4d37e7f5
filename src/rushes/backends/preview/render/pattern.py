"""Patterns without a seam or an end: textures and outlines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from rushes.backends.preview.render.canvas import Plane


class Strip:
    """A mask wider than the canvas that slides past it, by fractions of a pixel too.

    Whole-pixel steps would make a slow travel stutter.
    """

    def __init__(self, texture: Plane, view: int) -> None:
        """Wrap a texture.

        Args:
            texture: shape (height, period), in canvas pixels.
            view: width of what is seen at a time.
        """
        self._period = texture.shape[1]
        self._view = view
        repeats = -(-(view + 1) // self._period) + 1
        self._texture: Plane = np.ascontiguousarray(
            np.tile(texture, (1, repeats))[:, : self._period + view + 1]
        )

    def at(self, x: float) -> Plane:
        """What is seen from `x` canvas pixels on; shape (height, view)."""
        whole, rest = divmod(x % self._period, 1.0)
        first = int(whole) % self._period
        left = self._texture[:, first : first + self._view]
        right = self._texture[:, first + 1 : first + 1 + self._view]
        return left + (right - left) * np.float32(rest)


def noise(
    dice: np.random.Generator, height: int, width: int, roughness: float, stretch: float = 1.0
) -> Plane:
    """Cloudy noise that repeats on all sides.

    Args:
        dice: throws it.
        height: in pixels.
        width: in pixels.
        roughness: 1 is grainy, 2 is smooth.
        stretch: how many times longer than high the clouds are.

    Returns:
        Values with mean 0 and deviation 1; shape (height, width).
    """
    white = np.fft.rfft2(dice.standard_normal((height, width)))
    down = np.fft.fftfreq(height)[:, None] * height
    across = np.fft.rfftfreq(width)[None, :] * height * stretch
    distance = np.hypot(down, across)
    distance[0, 0] = 1
    white /= distance**roughness
    white[0, 0] = 0
    cloud = np.fft.irfft2(white, s=(height, width))
    even: Plane = (cloud / cloud.std()).astype(np.float32)
    return even


Line = NDArray[np.float32]
"""One height per column; shape (width,)."""


@dataclass(frozen=True)
class Profile:
    """A sum of waves with no common period: an outline that never repeats and has no end.

    Attributes:
        frequencies: in turns per unit; shape (octaves, 1).
        phases: in radians; shape (octaves, 1).
        heights: shape (octaves, 1); they add up to 1.
        sharp: whether crests are pointed, as rocks are.
    """

    frequencies: NDArray[np.float64]
    phases: NDArray[np.float64]
    heights: NDArray[np.float64]
    sharp: bool

    @classmethod
    def drawn(
        cls,
        dice: np.random.Generator,
        *,
        octaves: int,
        frequency: float,
        decay: float = 0.5,
        sharp: bool = False,
    ) -> Self:
        """An outline up to chance.

        Args:
            dice: throws it.
            octaves: number of waves, each about twice as fine as the one before.
            frequency: of the coarsest wave, in turns per unit.
            decay: height of each wave relative to the one before.
            sharp: whether crests are pointed.
        """
        steps = np.arange(octaves)
        frequencies = frequency * 2.0**steps * dice.uniform(0.8, 1.2, octaves)
        heights = decay**steps
        return cls(
            frequencies[:, None],
            dice.uniform(0, 2 * np.pi, octaves)[:, None],
            (heights / heights.sum())[:, None],
            sharp,
        )

    def at(self, x: NDArray[np.float64], drift: float = 0.0) -> Line:
        """Heights of 0 to 1.

        Args:
            x: places, in units; shape (width,).
            drift: how far the waves have run, in turns of the coarsest; finer ones run faster.
        """
        run = drift * np.sqrt(self.frequencies / self.frequencies[0])
        wave = np.sin(2 * np.pi * (self.frequencies * x[None, :] + run) + self.phases)
        if self.sharp:
            wave = 1 - 2 * np.abs(wave) ** 0.9
        line: Line = ((wave * self.heights).sum(axis=0) * 0.5 + 0.5).astype(np.float32)
        return line
