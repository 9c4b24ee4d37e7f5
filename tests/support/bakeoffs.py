"""A small bake-off for tests of its votes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rushes import VideoGen
    from rushes.explore.bakeoff import BakeOff

PROVIDERS = ["kling-3.0-standard", "seedance-2.0"]


def two_pairs(gen: VideoGen) -> BakeOff:
    """A finished bake-off of two providers over two prompts."""
    bake = gen.bakeoff(["A fox", "A hare"], providers=PROVIDERS, name="two", duration_seconds=4)
    bake.run().wait(60)
    return bake
