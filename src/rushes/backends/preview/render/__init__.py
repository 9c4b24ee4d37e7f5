"""Draws the takes of the preview backend: real videos, made without a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.backends.preview.render.encode import write_movie
from rushes.backends.preview.render.film import Film
from rushes.backends.preview.render.inputs import UnreadableInput
from rushes.backends.preview.render.scene import FRAME_RATE, Scene, Shot
from rushes.backends.preview.render.sound import sound_track

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["FRAME_RATE", "Scene", "Shot", "UnreadableInput", "render"]


def render(scene: Scene, target: Path, on_progress: Callable[[float], None]) -> None:
    """Make the video of a scene.

    Everything is decided by the scene: the same one gives the same frames in every process. An
    exception from `on_progress` ends the work and is passed on; what is in `target` then is of no
    use.

    Args:
        scene: what to draw.
        target: the MP4 file to write.
        on_progress: called with the share that is done, 0 to 1, a few times a second.

    Raises:
        UnreadableInput: when a file that the scene refers to cannot be read.
        ValueError: when the size is odd, which 4:2:0 video cannot have.
    """
    if scene.width % 2 or scene.height % 2:
        msg = f"{scene.width}x{scene.height}: width and height must be even"
        raise ValueError(msg)
    with Film(scene) as film:
        sound = sound_track(scene) if scene.audio else None
        write_movie(scene, film, sound, target, on_progress)
