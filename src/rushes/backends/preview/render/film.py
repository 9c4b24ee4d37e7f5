"""A take, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from PIL import Image

from rushes.backends.preview.render.backdrop import Backdrop
from rushes.backends.preview.render.canvas import Camera
from rushes.backends.preview.render.captions import Captions
from rushes.backends.preview.render.inputs import read_image
from rushes.backends.preview.render.palette import Colour
from rushes.backends.preview.render.references import References
from rushes.backends.preview.render.scene import Shot, chance
from rushes.backends.preview.render.stills import Stills
from rushes.video.sheets import Scaler, sheets

if TYPE_CHECKING:
    from types import TracebackType

    from av import VideoFrame

    from rushes.backends.preview.render.backdrop import Picture
    from rushes.backends.preview.render.scene import Scene

DISSOLVE_SECONDS = 1 / 3
"""Long enough to be seen as a dissolve, yet the cut keeps its beat."""

FADE_SECONDS = 0.5
"""How long captions take to come and go where the picture must be seen bare."""


@dataclass(frozen=True)
class _Segment:
    """One shot.

    Attributes:
        first: number of its first frame.
        picture: what is seen.
        captions: what is written over it.
    """

    first: int
    picture: Picture
    captions: Captions


class Film:
    """All frames of a take, made one at a time."""

    def __init__(self, scene: Scene) -> None:
        """Prepare the shots.

        Raises:
            UnreadableInput: when a file that the scene refers to cannot be read.
        """
        self._scene = scene
        self._size = (scene.width, scene.height)
        self._dissolve = max(1, round(scene.frame_rate * DISSOLVE_SECONDS))
        self._scaler = Scaler()
        self._camera = Camera.drawn(scene.camera_fixed, chance("cards", scene.seed, scene.prompt))
        # The grain is added to the luma as bytes that wrap round: 253 is -3. `frame` keeps the
        # luma three shades away from either end, so that nothing does.
        size = (scene.height + 64, scene.width + 64)
        steps = np.clip(chance("grain", scene.seed).normal(0, 1.1, size), -3, 3)
        self._grain = np.round(steps).astype(np.int8).view(np.uint8)
        self._segments = self._cut(scene)
        self._references: References | None = None
        if scene.images or scene.videos or scene.audios:
            bottom = min(segment.captions.top for segment in self._segments)
            self._references = References(scene, bottom, chance("layout", scene.seed, scene.prompt))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._references is not None:
            self._references.close()

    def frame(self, number: int) -> VideoFrame:
        """A frame of the take as yuv420p; numbers must not go back.

        Args:
            number: from 0 to the scene's `frames` less 1.
        """
        index = max(i for i, segment in enumerate(self._segments) if segment.first <= number)
        segment = self._segments[index]
        frame = self._developed(segment, number)
        into = number - segment.first
        if index and self._scene.shot_type == "intelligent" and into < self._dissolve:
            before = self._developed(self._segments[index - 1], number)
            share = round(256 * (into + 1) / (self._dissolve + 1))
            for new, old in zip(sheets(frame), sheets(before), strict=True):
                new[:] = (new * np.uint16(share) + old * np.uint16(256 - share)) >> 8
        planes = sheets(frame)
        y, x = number * 29 % 64, number * 47 % 64
        np.clip(planes[0], 3, 252, out=planes[0])
        planes[0][:] += self._grain[y : y + planes[0].shape[0], x : x + planes[0].shape[1]]
        if self._scene.marked:
            segment.captions.lay(planes, number, self._opacity(number))
        return frame

    def _developed(self, segment: _Segment, number: int) -> VideoFrame:
        """A shot's picture and the references on it, as yuv420p in the video's size."""
        rate = self._scene.frame_rate
        picture = segment.picture.at((number - segment.first) / rate)
        frame = self._scaler.video(picture, self._size)
        if self._references is not None:
            self._references.lay(sheets(frame), self._camera, number / rate)
        return frame

    def _opacity(self, number: int) -> float:
        """Captions stay off the first frame and the last where those are pictures as given."""
        opacity, rate = 1.0, self._scene.frame_rate
        if self._scene.start_image is not None:
            opacity = min(opacity, number / rate / FADE_SECONDS)
        if self._scene.end_image is not None:
            left = self._scene.frames - 1 - number
            opacity = min(opacity, left / rate / FADE_SECONDS)
        return opacity

    def _cut(self, scene: Scene) -> list[_Segment]:
        start = None if scene.start_image is None else read_image(scene.start_image)
        end = None if scene.end_image is None else read_image(scene.end_image)
        # Shots without a picture of their own lean towards the colours of those that have one.
        model = start or end or (read_image(scene.images[0]) if scene.images else None)
        tint = None if model is None else _tint(model)
        shots = scene.shots or (Shot(scene.prompt, scene.seconds),)
        segments: list[_Segment] = []
        first, rate = 0, scene.frame_rate
        for index, shot in enumerate(shots):
            begin = start if index == 0 else None
            finish = end if index == len(shots) - 1 else None
            # The last shot runs to the end, whatever the lengths add up to.
            frames = scene.frames - first if index == len(shots) - 1 else shot.seconds * rate
            picture: Picture
            if begin is not None or finish is not None:
                dice = chance("stills", scene.provider, shot.prompt, scene.seed, index)
                picture = Stills(scene, begin, finish, frames, dice)
            else:
                picture = Backdrop(scene, shot.prompt, index, tint)
            label = f"Shot {index + 1}" if scene.shots else ""
            segments.append(_Segment(first, picture, Captions(scene, shot.prompt, label)))
            first += shot.seconds * rate
        return segments


def _tint(image: Image.Image) -> Colour:
    """The colour that speaks for a picture: its mean, with vivid parts counting most."""
    small = np.asarray(image.resize((32, 32), Image.Resampling.BOX), dtype=np.float64) / 255
    weight = small.max(axis=2) - small.min(axis=2) + 0.02
    mean = (small * weight[:, :, None]).sum(axis=(0, 1)) / weight.sum()
    return Colour.from_rgb([float(value) for value in mean])
