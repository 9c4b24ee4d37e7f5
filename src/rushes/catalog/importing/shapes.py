"""Aspect ratios, and sizes of them."""

from __future__ import annotations

import math

SHAPES = {
    "16:9": 16 / 9,
    "4:3": 4 / 3,
    "1:1": 1.0,
    "3:4": 3 / 4,
    "9:16": 9 / 16,
}
"""Those that are offered where a model takes any size."""


def sizes_near(width: int, height: int, grid: int) -> dict[str, tuple[int, int]]:
    """Sizes of about the same area, by aspect ratio; the given one is the first.

    Args:
        width: of a size that a model is known to make.
        height: of it.
        grid: what sides are multiples of.
    """
    own = min(SHAPES, key=lambda shape: abs(math.log(SHAPES[shape] * height / width)))
    step = max(grid, 2)
    sizes = {own: (width, height)}
    for shape, ratio in SHAPES.items():
        if shape != own:
            across = math.sqrt(width * height * ratio)
            sizes[shape] = (_on(across, step), _on(across / ratio, step))
    return sizes


def _on(length: float, step: int) -> int:
    return max(step, round(length / step) * step)
