"""Where the camera looks from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Camera:
    """A slow, even travel; even, so that no frame stands out when takes run side by side.

    Lengths are in units of the picture's shorter side, so that every format moves alike.

    Attributes:
        x: speed to the right, in units a second, for things one plane away.
        y: speed upwards, likewise.
    """

    x: float
    y: float

    @classmethod
    def drawn(cls, fixed: bool, dice: np.random.Generator) -> Self:  # noqa: FBT001 - the request's own flag.
        """A camera whose direction is up to chance; one that is fixed does not travel."""
        side, speed, rise = (float(value) for value in dice.random(3))
        if fixed:
            return cls(0.0, 0.0)
        return cls((1 if side < 0.5 else -1) * (0.045 + 0.025 * speed), 0.008 + 0.006 * rise)  # noqa: PLR2004 - an even chance.
