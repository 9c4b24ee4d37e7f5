"""A picture that repeats sideways without a seam."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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
