"""Outlines of land and water."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

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
