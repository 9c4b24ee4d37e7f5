"""Cards that show the references of a take in a corner of its frame."""

from __future__ import annotations

from math import ceil, floor, pi, sin, sqrt
from typing import TYPE_CHECKING, Protocol

import numpy as np
from av import VideoFrame
from PIL import Image, ImageDraw, ImageFilter

from rushes.backends.preview.render.captions import Measures
from rushes.backends.preview.render.inputs import SAMPLE_RATE, Footage, read_image, read_sound
from rushes.video.lettering import typeface
from rushes.video.overlay import Overlay
from rushes.video.sheets import Scaler, sheets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rushes.backends.preview.render.canvas import Camera
    from rushes.backends.preview.render.inputs import Sound
    from rushes.backends.preview.render.scene import Scene
    from rushes.video.sheets import Sheet, Sheets


STEPS = 16
"""Places between two pixels at which a card can lie: by whole pixels a slow drift would stutter."""


class Content(Protocol):
    """What a card shows."""

    aspect: float

    def at(self, seconds: float, size: tuple[int, int]) -> VideoFrame:
        """The content at a time, as yuv420p; the same frame as before if nothing has changed."""
        ...

    def close(self) -> None:
        """Close the file, if one is open."""
        ...


class Card:
    """A white frame with rounded corners, a shadow and a label.

    It is kept in the format of the video, so that laying it costs a few additions per pixel.
    """

    def __init__(self, content: Content, label: str, size: tuple[int, int], unit: float) -> None:
        """Build the frame.

        Args:
            content: what is shown.
            label: a few letters in the corner.
            size: width and height of the content, in pixels; both even.
            unit: the video's shorter side, in pixels.
        """
        self._content = content
        self._size = size
        # Everything is even, so that chroma lines up with luma.
        self._pad = 2 * round(unit * 0.024)
        border = 2 * max(1, round(unit * 0.0035))
        self._inset = self._pad + border
        outer = (size[0] + 2 * border, size[1] + 2 * border)
        whole = (outer[0] + 2 * self._pad, outer[1] + 2 * self._pad)
        self.width, self.height = whole
        radius = unit * 0.014
        shadow = Image.new("L", whole, 0)
        box = (self._pad, self._pad * 1.25, self._pad + outer[0], self._pad * 1.25 + outer[1])
        ImageDraw.Draw(shadow).rounded_rectangle(box, radius, 165)
        base = Image.new("RGBA", whole, (0, 0, 0, 0))
        base.putalpha(shadow.filter(ImageFilter.GaussianBlur(unit * 0.013)))
        frame = Image.new("RGBA", whole, (250, 250, 248, 0))
        frame.putalpha(_rounded(whole, (self._pad, self._pad), outer, radius))
        # One clear pixel all round is what the places between pixels fade into.
        self._parts = [
            (np.pad((ink + 128) >> 8, 1), np.pad(np.minimum(cover, 255), 1))
            for ink, cover in Overlay(Image.alpha_composite(base, frame)).parts
        ]
        corner = np.asarray(_rounded(size, (0, 0), size, max(1.0, radius - border)))
        half = corner.reshape(size[1] // 2, 2, size[0] // 2, 2).mean(axis=(1, 3))
        self._masks = [
            np.round(mask / 255 * 256).astype(np.uint16) for mask in (corner, half, half)
        ]
        self._bare = [self._inner(number).copy() for number in range(3)]
        self._label = Overlay(_tag(label, max(10, round(unit * 0.021))))
        self._gap = 2 * round(unit * 0.006)
        self._shown: VideoFrame | None = None

    def lay(self, planes: Sheets, x: float, y: float, seconds: float) -> None:
        """Lay the card over a frame.

        Args:
            planes: of the frame.
            x: of the card's left edge, in pixels; need not be whole.
            y: of the upper edge, in the same way.
            seconds: since the take began.
        """
        self._dress(self._content.at(seconds, self._size))
        for number, (plane, part) in enumerate(zip(planes, self._parts, strict=True)):
            step = 2 if number else 1
            _blend(plane, part, x / step, y / step)

    def close(self) -> None:
        """Close the content."""
        self._content.close()

    def _dress(self, frame: VideoFrame) -> None:
        """Put what is shown into the frame, unless the frame shows it already."""
        if frame is self._shown:
            return
        self._shown = frame
        inner = [self._inner(number) for number in range(3)]
        for area, bare, mask, plane in zip(
            inner, self._bare, self._masks, sheets(frame), strict=True
        ):
            area[:] = (bare * (256 - mask) + plane * mask) >> 8
        # A small card has no room for its label.
        if self._label.width + self._gap < self._size[0]:
            place = (self._gap, self._size[1] - self._gap - self._label.height)
            self._label.lay((inner[0], inner[1], inner[2]), *place)

    def _inner(self, number: int) -> NDArray[np.uint16]:
        """The part of a plane's ink where the content is."""
        step = 2 if number else 1
        start = self._inset // step + 1
        width, height = self._size[0] // step, self._size[1] // step
        return self._parts[number][0][start : start + height, start : start + width]


def _blend(
    plane: Sheet, part: tuple[NDArray[np.uint16], NDArray[np.uint16]], x: float, y: float
) -> None:
    """Blend ink over a plane at a place between pixels, cut off at the plane's edges."""
    left, upper = floor(x), floor(y)
    ink, cover = (_shifted(sheet, x - left, y - upper) for sheet in part)
    cover += cover >> 7  # 255 stands for whole; the blend wants 256.
    rows, columns = ink.shape
    top, bottom = max(0, upper), min(plane.shape[0], upper + rows)
    first, last = max(0, left), min(plane.shape[1], left + columns)
    if top >= bottom or first >= last:
        return
    cut = (slice(top - upper, bottom - upper), slice(first - left, last - left))
    area = plane[top:bottom, first:last]
    area[:] = ((area * (256 - cover[cut])) >> 8) + ink[cut]


def _shifted(sheet: NDArray[np.uint16], x: float, y: float) -> NDArray[np.uint16]:
    """Values of 0 to 255 moved right and down by a part of a pixel; the clear rim is used up."""
    across, down = min(STEPS - 1, int(x * STEPS)), min(STEPS - 1, int(y * STEPS))
    mixed = sheet[1:, 1:] * np.uint16((STEPS - across) * (STEPS - down))
    mixed += sheet[1:, :-1] * np.uint16(across * (STEPS - down))
    mixed += sheet[:-1, 1:] * np.uint16((STEPS - across) * down)
    mixed += sheet[:-1, :-1] * np.uint16(across * down)
    mixed >>= 8
    return mixed


def _rounded(
    whole: tuple[int, int], place: tuple[float, float], size: tuple[int, int], radius: float
) -> Image.Image:
    """A mask with a rounded rectangle, drawn four times as large for smooth corners."""
    large = Image.new("L", (whole[0] * 4, whole[1] * 4), 0)
    x, y = place
    box = (x * 4, y * 4, (x + size[0]) * 4 - 1, (y + size[1]) * 4 - 1)
    ImageDraw.Draw(large).rounded_rectangle(box, radius * 4, 255)
    return large.resize(whole, Image.Resampling.BOX)


def _tag(text: str, size: int) -> Image.Image:
    """A label: white type on a dark pill; width and height are even."""
    face = typeface(size)
    width = 2 * round((face.getlength(text) + size * 1.1) / 2)
    height = 2 * round(size * 0.8)
    image = Image.new("RGBA", (width, height), (10, 12, 18, 0))
    pill = _rounded((width, height), (0, 0), (width, height), height / 2)
    image.putalpha(pill.point(lambda value: value * 175 // 255))
    letters = Image.new("RGBA", (width, height), (255, 255, 255, 0))
    place = (size * 0.55, size * 0.14)
    ImageDraw.Draw(letters).text(place, text, (255, 255, 255, 240), face)
    return Image.alpha_composite(image, letters)


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
        """The bars at a time; drawn again when one more is lit."""
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
        """Close the reference videos."""
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
