"""Start and end image: a slow move over pictures that were given."""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING

import numpy as np
from av import VideoFrame
from PIL import Image, ImageChops, ImageOps

from rushes.video.colours import BT709, LIMITED
from rushes.video.sheets import Scaler, sheets

if TYPE_CHECKING:
    from rushes.backends.preview.render.scene import Scene

ZOOM = 0.10
"""How much closer the camera comes on its way, relative to the whole picture."""

EDGE = 0.6
"""Width of the wipe's soft edge, relative to the picture."""

Planes = tuple[Image.Image, Image.Image, Image.Image]
"""Luma and the two chroma planes as grey pictures. Working on what the video is made of takes half
the time that RGB would, and leaves the first and the last frame untouched."""


class Stills:
    """Begins exactly on the start image and ends exactly on the end image, where given.

    Between the two lies a soft wipe, whose direction is up to the seed. The camera comes closer to
    the start image and draws back to show all of the end image; when it is fixed, only a sheen of
    light passes over.
    """

    def __init__(
        self,
        scene: Scene,
        start: Image.Image | None,
        end: Image.Image | None,
        frames: int,
        dice: np.random.Generator,
    ) -> None:
        """Prepare the pictures.

        Args:
            scene: the take.
            start: what the first frame shows; with an end image alone, that one is seen all along.
            end: what the last frame shows.
            frames: number of frames, for the pace.
            dice: throws the direction of move, wipe and sheen.
        """
        self._size = (scene.width, scene.height)
        self._fixed = scene.camera_fixed
        self._length = max(frames - 1, 1) / scene.frame_rate
        given = [self._fitted(image) for image in (start, end) if image is not None]
        self._first, self._final = given[0], given[-1]
        self._begins, self._ends = start is not None, end is not None
        self._focus = (float(dice.uniform(0.2, 0.8)), float(dice.uniform(0.2, 0.7)))
        angle = float(dice.uniform(0, 2 * pi))
        half = (scene.width // 2, scene.height // 2)
        self._wipes = (_ramp(*self._size, angle), _ramp(*half, angle))
        # The sheen is soft: an eighth of the size is enough.
        small = (max(2, scene.width // 8), max(2, scene.height // 8))
        self._sheen = np.asarray(_ramp(*small, angle + 0.6), dtype=np.float32) / 255
        self._share = float(dice.uniform(0.75, 1.0))

    def at(self, seconds: float) -> VideoFrame:
        """The frame of one moment, yuv420p in the video's size."""
        progress = min(seconds / self._length, 1.0)
        planes = self._planes(progress)
        # No sheen on the first frame nor on the last: those are the pictures as given.
        strength = sin(pi * progress) * 30 * self._share
        if strength >= 1:
            planes = (ImageChops.add(planes[0], self._light(progress, strength)), *planes[1:])
        frame = VideoFrame(*self._size, "yuv420p")
        frame.colorspace, frame.color_range = BT709, LIMITED
        for sheet, plane in zip(sheets(frame), planes, strict=True):
            sheet[:] = np.asarray(plane)
        return frame

    def _planes(self, progress: float) -> Planes:
        if not self._ends:
            return self._close(self._first, _eased(progress))
        if not self._begins:
            return self._close(self._final, 1 - _eased(progress))
        share = _eased(min(max((progress - 0.22) / 0.66, 0.0), 1.0))
        before = self._close(self._first, progress) if share < 1 else self._final
        after = self._close(self._final, 1 - progress) if share > 0 else self._first
        if share <= 0 or share >= 1:
            return before if share <= 0 else after
        # The edge starts outside of the picture and leaves it on the far side.
        table = [
            round(255 * _eased(min(max((share * (1 + EDGE) - level / 255) / EDGE, 0.0), 1.0)))
            for level in range(256)
        ]
        whole, half = (wipe.point(table) for wipe in self._wipes)
        return (
            Image.composite(after[0], before[0], whole),
            Image.composite(after[1], before[1], half),
            Image.composite(after[2], before[2], half),
        )

    def _close(self, planes: Planes, amount: float) -> Planes:
        """The picture as seen from nearer by; with amount 0, exactly as given."""
        if self._fixed or amount <= 0:
            return planes
        scale = 1 / (1 + ZOOM * amount)
        y, u, v = (_zoomed(plane, scale, self._focus) for plane in planes)
        return y, u, v

    def _fitted(self, image: Image.Image) -> Planes:
        covering = ImageOps.fit(image, self._size, Image.Resampling.LANCZOS)
        frame = VideoFrame.from_image(covering)  # type: ignore[no-untyped-call]
        y, u, v = (
            Image.fromarray(sheet.copy()) for sheet in sheets(Scaler().video(frame, self._size))
        )
        return y, u, v

    def _light(self, progress: float, strength: float) -> Image.Image:
        band = np.exp(-(((self._sheen - (progress * 1.4 - 0.2)) / 0.22) ** 2)) * strength
        small = Image.fromarray(band.astype(np.uint8))
        return small.resize(self._size, Image.Resampling.BILINEAR)


def _zoomed(plane: Image.Image, scale: float, focus: tuple[float, float]) -> Image.Image:
    """A part of a plane, `scale` of its size, enlarged to the whole size."""
    width, height = plane.size
    left, top = width * (1 - scale) * focus[0], height * (1 - scale) * focus[1]
    box = (left, top, left + width * scale, top + height * scale)
    return plane.resize(plane.size, Image.Resampling.BICUBIC, box=box)


def _eased(value: float) -> float:
    """0 to 1 with a slow start and a slow end."""
    return value * value * (3 - 2 * value)


def _ramp(width: int, height: int, angle: float) -> Image.Image:
    """Grey that rises from 0 to 255 along a direction in radians."""
    x = np.linspace(-1, 1, width)[None, :] * cos(angle)
    y = np.linspace(-1, 1, height)[:, None] * sin(angle)
    reach = abs(cos(angle)) + abs(sin(angle))
    return Image.fromarray(((x + y) / reach * 127.5 + 127.5).astype(np.uint8))
