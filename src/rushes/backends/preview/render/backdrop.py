"""The picture behind everything, made from a prompt alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rushes.backends.preview.render.abstract import Bokeh, Silk
from rushes.backends.preview.render.canvas import Camera, Canvas
from rushes.backends.preview.render.city import City
from rushes.backends.preview.render.land import Land
from rushes.backends.preview.render.mood import read_mood
from rushes.backends.preview.render.palette import palette_of
from rushes.backends.preview.render.scene import FRAME_RATE, chance
from rushes.backends.preview.render.water import Water
from rushes.backends.preview.render.weather import Weather

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from av import VideoFrame

    from rushes.backends.preview.render.mood import Mood
    from rushes.backends.preview.render.palette import Colour, Palette
    from rushes.backends.preview.render.scene import Scene


class Picture(Protocol):
    """Something that looks different at every moment."""

    def at(self, seconds: float) -> VideoFrame:
        """The frame `seconds` after the picture's beginning, of any size and RGB format."""
        ...


class Painter(Protocol):
    """One kind of place, made up once and painted for every frame."""

    def paint(self, canvas: Canvas, camera: Camera, seconds: float) -> None:
        """Paint one moment over the whole canvas."""
        ...


_PAINTERS: dict[str, Callable[[Canvas, Mood, Palette, np.random.Generator], Painter]] = {
    "waves": Water,
    "skyline": City,
    "forest": Land,
    "mountains": Land,
    "dunes": Land,
    "meadow": Land,
    "bokeh": Bokeh,
    "silk": Silk,
}


class Backdrop:
    """A living picture in the mood of a prompt."""

    def __init__(self, scene: Scene, prompt: str, shot: int, tint: Colour | None = None) -> None:
        """Paint for one shot.

        Args:
            scene: the take; provider, mode and seed give each its own picture.
            prompt: of the shot.
            shot: its number; two shots with one prompt differ.
            tint: a colour to lean towards.
        """
        # The size is left out: the same seed shows the same place at every aspect ratio. So are the
        # settings, so that a change of one of them shows as that change and nothing else.
        parts = (scene.provider, scene.mode, prompt, scene.seed, shot)
        mood = read_mood(prompt, scene.negative_prompt, chance("mood", *parts))
        palette = palette_of(mood, scene.cfg_scale, chance("palette", *parts), tint)
        self._canvas = Canvas(scene.width, scene.height, chance("dither", *parts))
        self._camera = Camera.drawn(scene.camera_fixed, chance("camera", *parts))
        self._painter = _PAINTERS[mood.place](self._canvas, mood, palette, chance("place", *parts))
        self._weather = (
            Weather(self._canvas, mood.weather, palette, chance("weather", *parts))
            if mood.weather
            else None
        )

    def at(self, seconds: float) -> VideoFrame:
        """The frame of one moment, of the canvas's size, planar RGB."""
        self._painter.paint(self._canvas, self._camera, seconds)
        if self._weather is not None:
            self._weather.paint(self._canvas, self._camera, seconds)
        return self._canvas.frame(round(seconds * FRAME_RATE))
