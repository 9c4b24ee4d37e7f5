"""Reference pictures, videos and sounds as framed cards that float over the scene."""

from __future__ import annotations

from math import ceil, cos, floor, pi, radians, sin, sqrt
from typing import TYPE_CHECKING, Protocol

import numpy as np
from av import VideoFrame
from PIL import Image, ImageDraw, ImageFilter

from rushes.backends.preview.render.captions import Measures
from rushes.backends.preview.render.frames import Scaler
from rushes.backends.preview.render.inputs import SAMPLE_RATE, Footage, read_image, read_sound
from rushes.backends.preview.render.lettering import typeface

if TYPE_CHECKING:
    from rushes.backends.preview.render.camera import Camera
    from rushes.backends.preview.render.inputs import Sound
    from rushes.backends.preview.render.scene import Scene


class _Content(Protocol):
    """What a card shows."""

    aspect: float

    def at(self, seconds: float, size: tuple[int, int]) -> Image.Image: ...

    def close(self) -> None: ...


class _Photo:
    """A reference picture."""

    def __init__(self, image: Image.Image) -> None:
        self._image = image
        self._scaled: Image.Image | None = None
        self.aspect = image.width / image.height

    def at(self, seconds: float, size: tuple[int, int]) -> Image.Image:
        """The picture in a size; scaled once."""
        del seconds
        if self._scaled is None:
            self._scaled = self._image.resize(size, Image.Resampling.LANCZOS)
        return self._scaled

    def close(self) -> None:
        """Nothing to let go of."""


class _Wave:
    """A reference sound, drawn as bars that light up as it plays."""

    aspect = 2.4
    bars = 36

    def __init__(self, sound: Sound, seconds: int) -> None:
        mono = np.abs(sound).max(axis=0)
        self._length = mono.size / SAMPLE_RATE or float(seconds)
        peaks = np.array([part.max(initial=0.0) for part in np.array_split(mono, self.bars)])
        self._peaks = peaks / max(float(peaks.max()), 1e-6)

    def at(self, seconds: float, size: tuple[int, int]) -> Image.Image:
        """The bars at a time."""
        width, height = size
        image = Image.new("RGB", size, (22, 24, 32))
        draw = ImageDraw.Draw(image)
        played = seconds / self._length * self.bars
        step = width * 0.88 / self.bars
        for number, peak in enumerate(self._peaks):
            x = width * 0.06 + number * step
            tall = max(height * 0.03, height * 0.33 * peak)
            fill = (255, 255, 255) if number < played else (112, 118, 136)
            draw.rounded_rectangle(
                (x, height * 0.46 - tall, x + step * 0.55, height * 0.46 + tall), step * 0.25, fill
            )
        return image

    def close(self) -> None:
        """Nothing to let go of."""


class _Card:
    """One card: a white frame with rounded corners, a shadow and a label."""

    def __init__(
        self,
        *,
        content: _Content,
        label: str,
        centre: tuple[float, float],
        size: tuple[int, int],
        unit: float,
        middle: float,
        dice: np.random.Generator,
    ) -> None:
        self.content = content
        self._centre = centre
        self._size = size
        self._unit = unit
        self._middle = middle
        self._tilt = radians(float(dice.uniform(-1.8, 1.8)))
        self._phase = float(dice.uniform(0, 2 * pi))
        self._depth = float(dice.uniform(0.7, 1.0))
        border = max(2, round(unit * 0.007))
        self._pad = round(unit * 0.045)
        self._border = border
        width, height = size
        outer = (width + 2 * border, height + 2 * border)
        whole = (outer[0] + 2 * self._pad, outer[1] + 2 * self._pad)
        radius = unit * 0.014
        shadow = Image.new("L", whole, 0)
        ImageDraw.Draw(shadow).rounded_rectangle(
            (self._pad, self._pad * 1.25, self._pad + outer[0], self._pad * 1.25 + outer[1]),
            radius,
            165,
        )
        self._blank = Image.new("RGBA", whole, (0, 0, 0, 0))
        self._blank.putalpha(shadow.filter(ImageFilter.GaussianBlur(unit * 0.014)))
        frame = Image.new("RGBA", whole, (250, 250, 248, 0))
        frame.putalpha(_rounded(whole, (self._pad, self._pad), outer, radius))
        self._blank = Image.alpha_composite(self._blank, frame)
        self._mask = _rounded(size, (0, 0), size, max(1.0, radius - border))
        self._label = _tag(label, max(10, round(unit * 0.021)))
        self._done: Image.Image | None = None

    def paste(self, frame: Image.Image, camera: Camera, seconds: float) -> None:
        """Put the card on an RGB frame."""
        card = self._dressed(seconds)
        # Half of the way lies before the place and half behind it.
        away = camera.x * (seconds - self._middle) * self._unit * 0.4 * self._depth
        bob = 0.006 * self._unit * sin(2 * pi * seconds / 5 + self._phase)
        angle = self._tilt + radians(0.4) * sin(2 * pi * seconds / 7 + self._phase)
        x, y = self._centre[0] - away, self._centre[1] + bob
        # The turned card's box, then where each of its pixels comes from.
        c, s = cos(angle), sin(angle)
        wide = ceil(abs(card.width * c) + abs(card.height * s)) + 2
        high = ceil(abs(card.width * s) + abs(card.height * c)) + 2
        left, top = floor(x - wide / 2), floor(y - high / 2)
        dx, dy = left - x, top - y
        matrix = (
            c, s, card.width / 2 + c * dx + s * dy,
            -s, c, card.height / 2 - s * dx + c * dy,
        )  # fmt: skip
        turned = card.transform(
            (wide, high), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
        )
        frame.paste(turned, (left, top), turned)

    def _dressed(self, seconds: float) -> Image.Image:
        """The card with what it shows at a time; a photo is dressed once."""
        if self._done is not None:
            return self._done
        card = self._blank.copy()
        place = self._pad + self._border
        card.paste(self.content.at(seconds, self._size), (place, place), self._mask)
        inset = round(self._unit * 0.012)
        tag_place = (place + inset, place + self._size[1] - self._label.height - inset)
        card.alpha_composite(self._label, tag_place)
        if isinstance(self.content, _Photo):
            self._done = card
        return card


class References:
    """All cards of a take, laid out above the captions."""

    def __init__(self, scene: Scene, bottom: int, dice: np.random.Generator) -> None:
        """Read the references and lay out their cards.

        Args:
            scene: the take.
            bottom: the row above which the cards must stay, in pixels.
            dice: throws how the cards hang.

        Raises:
            UnreadableInput: when a file cannot be read.
        """
        contents: list[tuple[_Content, str]] = [
            (_Photo(read_image(path)), f"Image {number}")
            for number, path in enumerate(scene.images, 1)
        ]
        contents += [
            (Footage(path), f"Video {number}") for number, path in enumerate(scene.videos, 1)
        ]
        contents += [
            (_Wave(read_sound(path, scene.seconds), scene.seconds), f"Audio {number}")
            for number, path in enumerate(scene.audios, 1)
        ]
        m = Measures.of(scene)
        area = (
            m.margin,
            m.margin * 0.8 + m.small * 2.6,
            scene.width - m.margin,
            bottom - m.unit * 0.03,
        )
        places = _layout([content.aspect for content, _ in contents], area, m.unit * 0.055)
        self._scaler = Scaler()
        self._cards = [
            _Card(
                content=content,
                label=label,
                centre=centre,
                size=size,
                unit=m.unit,
                middle=scene.seconds / 2,
                dice=dice,
            )
            for (content, label), (centre, size) in zip(contents, places, strict=True)
        ]

    def over(
        self, frame: VideoFrame, size: tuple[int, int], camera: Camera, seconds: float
    ) -> VideoFrame:
        """A frame with the cards on it, in the video's size."""
        image = self._scaler.rgb(frame, size).to_image()  # type: ignore[no-untyped-call]
        for card in self._cards:
            card.paste(image, camera, seconds)
        return VideoFrame.from_image(image)  # type: ignore[no-untyped-call,no-any-return]

    def close(self) -> None:
        """Let go of the reference videos."""
        for card in self._cards:
            card.content.close()


def _layout(
    aspects: list[float], area: tuple[float, float, float, float], gap: float
) -> list[tuple[tuple[float, float], tuple[int, int]]]:
    """Rows of cards of one height each, as large as the area allows.

    Args:
        aspects: width to height of each card.
        area: left, top, right and bottom, in pixels.
        gap: between cards, in pixels.

    Returns:
        The centre and the size of each card, in pixels.
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
                size = (max(8, round(height * aspect)), max(8, round(height)))
                places.append(((x + size[0] / 2, y), size))
                smallest = min(smallest, sqrt(size[0] * size[1]))
                x += size[0] + gap
        if smallest > largest:
            best, largest = places, smallest
    return best


def _rounded(
    whole: tuple[int, int], place: tuple[float, float], size: tuple[int, int], radius: float
) -> Image.Image:
    """A mask with a rounded rectangle, drawn four times as large for smooth corners."""
    large = Image.new("L", (whole[0] * 4, whole[1] * 4), 0)
    x, y = place
    ImageDraw.Draw(large).rounded_rectangle(
        (x * 4, y * 4, (x + size[0]) * 4 - 1, (y + size[1]) * 4 - 1), radius * 4, 255
    )
    return large.resize(whole, Image.Resampling.BOX)


def _tag(text: str, size: int) -> Image.Image:
    """A label: white type on a dark pill."""
    face = typeface(size)
    width, height = round(face.getlength(text) + size * 1.1), round(size * 1.6)
    image = Image.new("RGBA", (width, height), (10, 12, 18, 0))
    image.putalpha(
        _rounded((width, height), (0, 0), (width, height), height / 2).point(
            lambda v: v * 175 // 255
        )
    )
    letters = Image.new("RGBA", (width, height), (255, 255, 255, 0))
    ImageDraw.Draw(letters).text((size * 0.55, size * 0.14), text, (255, 255, 255, 240), face)
    return Image.alpha_composite(image, letters)
