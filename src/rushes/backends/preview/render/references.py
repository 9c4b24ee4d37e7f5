"""Reference pictures, videos and sounds, shown as cards over the scene."""

from __future__ import annotations

from math import ceil, pi, sin, sqrt
from typing import TYPE_CHECKING

import numpy as np
from av import VideoFrame
from PIL import Image, ImageDraw

from rushes.backends.preview.render.captions import Measures
from rushes.backends.preview.render.card import Card
from rushes.backends.preview.render.inputs import SAMPLE_RATE, Footage, read_image, read_sound
from rushes.video.sheets import Scaler

if TYPE_CHECKING:
    from rushes.backends.preview.render.camera import Camera
    from rushes.backends.preview.render.card import Content
    from rushes.backends.preview.render.inputs import Sound
    from rushes.backends.preview.render.scene import Scene
    from rushes.video.sheets import Sheets


class Photo:
    """A reference picture.

    Attributes:
        aspect: width divided by height.
    """

    def __init__(self, image: Image.Image) -> None:
        """Hold a picture."""
        self._image = image
        self._frame: VideoFrame | None = None
        self.aspect = image.width / image.height

    def at(self, seconds: float, size: tuple[int, int]) -> VideoFrame:
        """The picture in a size; scaled once."""
        del seconds
        if self._frame is None:
            self._frame = _video(self._image.resize(size, Image.Resampling.LANCZOS))
        return self._frame

    def close(self) -> None:
        """Nothing is open."""


class Wave:
    """A reference sound, drawn as bars that light up as it plays.

    Attributes:
        aspect: width divided by height.
    """

    BARS = 36

    def __init__(self, sound: Sound) -> None:
        """Measure a sound."""
        mono = np.abs(sound).max(axis=0)
        self._length = max(mono.size, 1) / SAMPLE_RATE
        peaks = np.array([part.max(initial=0.0) for part in np.array_split(mono, self.BARS)])
        self._peaks = peaks / max(float(peaks.max()), 1e-6)
        self._lit = -1
        self._frame: VideoFrame | None = None
        self.aspect = 2.4

    def at(self, seconds: float, size: tuple[int, int]) -> VideoFrame:
        """The bars at a time; drawn anew when one more is lit."""
        lit = min(self.BARS, ceil(seconds / self._length * self.BARS))
        if self._frame is None or lit != self._lit:
            self._lit = lit
            self._frame = _video(self._draw(size))
        return self._frame

    def close(self) -> None:
        """Nothing is open."""

    def _draw(self, size: tuple[int, int]) -> Image.Image:
        width, height = size
        image = Image.new("RGB", size, (22, 24, 32))
        draw = ImageDraw.Draw(image)
        step = width * 0.88 / self.BARS
        for number, peak in enumerate(self._peaks):
            x = width * 0.06 + number * step
            tall = max(height * 0.03, height * 0.33 * peak)
            fill = (255, 255, 255) if number < self._lit else (112, 118, 136)
            box = (x, height * 0.46 - tall, x + step * 0.55, height * 0.46 + tall)
            draw.rounded_rectangle(box, step * 0.25, fill)
        return image


class References:
    """All cards of a take, laid out above the captions."""

    def __init__(self, scene: Scene, bottom: int, dice: np.random.Generator) -> None:
        """Read the references and lay out their cards.

        Args:
            scene: the take.
            bottom: the row above which the cards must stay, in pixels.
            dice: throws how the cards float.

        Raises:
            UnreadableInput: when a file cannot be read.
        """
        contents = _contents(scene)
        m = Measures.of(scene)
        top = m.margin * 0.8 + m.small * 2.6
        area = (m.margin, top, scene.width - m.margin, bottom - m.unit * 0.03)
        places = _layout([content.aspect for content, _ in contents], area, m.unit * 0.055)
        self._cards = [
            (Card(content, label, size, m.unit), centre)
            for (content, label), (centre, size) in zip(contents, places, strict=True)
        ]
        self._floats = dice.uniform(size=(len(self._cards), 2)).tolist()
        self._unit = m.unit
        self._middle = scene.seconds / 2

    def lay(self, planes: Sheets, camera: Camera, seconds: float) -> None:
        """Lay the cards over a frame.

        Args:
            planes: of the frame.
            camera: nearer cards drift by faster when it travels.
            seconds: since the take began; must not go back.
        """
        # Half of the way lies before a card's place and half behind it.
        travel = camera.x * (seconds - self._middle) * self._unit * 0.4
        for (card, (x, y)), (nearness, phase) in zip(self._cards, self._floats, strict=True):
            away = travel * (0.7 + 0.3 * nearness)
            bob = 0.006 * self._unit * sin(2 * pi * (seconds / 5 + phase))
            card.lay(planes, x - away - card.width / 2, y + bob - card.height / 2, seconds)

    def close(self) -> None:
        """Let go of the reference videos."""
        for card, _ in self._cards:
            card.close()


def _contents(scene: Scene) -> list[tuple[Content, str]]:
    """What the cards show, with their labels, in the order in which prompts number them."""
    contents: list[tuple[Content, str]] = []
    for number, path in enumerate(scene.images, 1):
        contents.append((Photo(read_image(path)), f"Image {number}"))
    for number, path in enumerate(scene.videos, 1):
        contents.append((Footage(path), f"Video {number}"))
    for number, path in enumerate(scene.audios, 1):
        contents.append((Wave(read_sound(path, scene.seconds)), f"Audio {number}"))
    return contents


def _layout(
    aspects: list[float], area: tuple[float, float, float, float], gap: float
) -> list[tuple[tuple[float, float], tuple[int, int]]]:
    """Rows of cards of one height each, as large as the area allows.

    Args:
        aspects: width to height of each card.
        area: left, top, right and bottom, in pixels.
        gap: between cards, in pixels.

    Returns:
        The centre and the size of each card, in pixels; sizes are even.
    """
    left, top, right, bottom = area
    best: list[tuple[tuple[float, float], tuple[int, int]]] = []
    largest = -1.0
    for count in range(1, len(aspects) + 1):
        per_row = ceil(len(aspects) / count)
        rows = [aspects[i : i + per_row] for i in range(0, len(aspects), per_row)]
        room = (bottom - top - gap * (len(rows) - 1)) / len(rows)
        places: list[tuple[tuple[float, float], tuple[int, int]]] = []
        smallest = float("inf")
        for number, row in enumerate(rows):
            height = min(room, (right - left - gap * (len(row) - 1)) / sum(row))
            y = top + number * (room + gap) + room / 2
            x = (left + right - height * sum(row) - gap * (len(row) - 1)) / 2
            for aspect in row:
                size = (_even(height * aspect), _even(height))
                places.append(((x + size[0] / 2, y), size))
                smallest = min(smallest, sqrt(size[0] * size[1]))
                x += size[0] + gap
        if smallest > largest:
            best, largest = places, smallest
    return best


def _even(value: float) -> int:
    return max(8, 2 * round(value / 2))


def _video(image: Image.Image) -> VideoFrame:
    """A picture as yuv420p."""
    frame = VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
    return Scaler().video(frame, image.size)
