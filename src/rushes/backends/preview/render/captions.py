"""The title card: mark, caption, small print, time code and progress line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from rushes.video.lettering import drawable, typeface, wrapped
from rushes.video.overlay import Overlay

if TYPE_CHECKING:
    from rushes.backends.preview.render.scene import Scene
    from rushes.video.sheets import Sheets

DIGITS = "0123456789:"
WHITE = (255, 255, 255)


@dataclass(frozen=True)
class Measures:
    """Sizes in pixels that follow from the frame's.

    Attributes:
        unit: the shorter side; a very wide frame counts as a little more, or its type were tiny.
        margin: from every edge.
        small: size of the small type.
        line: thickness of the progress line.
        footer: row of the small print's upper edge.
    """

    unit: float
    margin: int
    small: int
    line: int
    footer: int

    @classmethod
    def of(cls, scene: Scene) -> Measures:
        """The measures of a scene."""
        unit = min(scene.width, scene.height * 1.1)
        margin = round(0.05 * unit)
        small = max(11, round(0.0245 * unit))
        return cls(
            unit=unit,
            margin=margin,
            small=small,
            line=max(2, 2 * round(0.0021 * unit)),
            footer=scene.height - round(margin * 0.8) - small,
        )


class Captions:
    """Everything that is written over one shot.

    Attributes:
        top: the row at which the caption begins, in pixels; what must not be covered stays above.
    """

    def __init__(self, scene: Scene, prompt: str, label: str) -> None:
        """Set the type.

        Args:
            scene: the take.
            prompt: of the shot.
            label: a few words before it, such as "Shot 2"; or nothing.
        """
        self._size = (scene.width, scene.height)
        self._m = Measures.of(scene)
        self._header = Overlay(self._draw_header(scene))
        lower, self.top = self._draw_lower(scene, drawable(prompt), label)
        self._lower = Overlay(lower)
        self._lower_top = scene.height - lower.height
        self._digits = {character: Overlay(self._draw_digit(character)) for character in DIGITS}
        self._total, self._rate = scene.frames, scene.frame_rate

    def lay(self, planes: Sheets, number: int, opacity: float) -> None:
        """Write over one frame.

        Args:
            planes: of the frame.
            number: of the frame within the take.
            opacity: 0 to 1.
        """
        if opacity <= 0:
            return
        self._header.lay(planes, 0, 0, opacity)
        self._lower.lay(planes, 0, self._lower_top, opacity)
        self._clock(planes, number, opacity)
        self._progress(planes, number, opacity)

    def _clock(self, planes: Sheets, number: int, opacity: float) -> None:
        """Minutes, seconds and frames, at the right of the small print."""
        seconds, frames = divmod(number, self._rate)
        text = f"{seconds // 60:02}:{seconds % 60:02}:{frames:02}"
        x = self._size[0] - self._m.margin - sum(self._digits[c].width for c in text)
        for character in text:
            glyph = self._digits[character]
            glyph.lay(planes, x & ~1, self._m.footer & ~1, opacity)
            x += glyph.width

    def _progress(self, planes: Sheets, number: int, opacity: float) -> None:
        """The part of the line that has run; full on the last frame."""
        m = self._m
        left, right = m.margin & ~1, self._size[0] - m.margin
        end = left + round((right - left) * (number + 1) / self._total)
        top = _line_row(m)
        part = round(opacity * 256)
        for plane, value, step in zip(planes, (228, 128, 128), (1, 2, 2), strict=True):
            area = plane[
                top // step : (top + m.line + step - 1) // step, left // step : end // step
            ]
            area[:] = (area * np.uint16(256 - part) + np.uint16(value * part)) >> 8

    def _draw_header(self, scene: Scene) -> Image.Image:
        m = self._m
        height = _even(m.margin * 2 + m.small)
        image = _scrim(scene.width, height, 0.34, downwards=False)
        left = f"PREVIEW · {drawable(scene.provider) or 'model'}"
        right = scene.mode.replace("-", " ")
        if scene.shots:
            right += " · shots dissolve" if scene.shot_type == "intelligent" else " · shots cut"
        face = typeface(m.small)
        width = scene.width - 2 * m.margin
        y = round(m.margin * 0.8)
        _write(image, (m.margin, y), left, m.small, 235)
        if face.getlength(f"{left}    {right}") <= width:
            _write(image, (scene.width - m.margin - face.getlength(right), y), right, m.small, 190)
        return image

    def _draw_lower(self, scene: Scene, prompt: str, label: str) -> tuple[Image.Image, int]:
        """Scrim, caption, track of the progress line and small print, as wide as the frame.

        Returns:
            The picture, which ends at the frame's lower edge, and the caption's first row.
        """
        m = self._m
        text = " · ".join(part for part in (label, prompt) if part)
        size, lines = self._fit(text)
        leading = round(size * 1.30)
        without = drawable(scene.negative_prompt or "")
        note = f"without {without}" if without else ""
        note_height = round(m.small * 1.9) if note else 0
        block = leading * len(lines) + note_height
        first = _line_row(m) - round(m.small * 1.0) - block
        top = max(0, first - round(1.6 * m.margin + 0.08 * m.unit)) & ~1
        image = _scrim(scene.width, scene.height - top, 0.66, downwards=True)
        y = first - top
        for line in lines:
            _write(image, (m.margin, y), line, size, 250)
            y += leading
        if note:
            room = min(scene.width - 2 * m.margin, 30 * m.small)
            _write(
                image,
                (m.margin, y + round(m.small * 0.35)),
                wrapped(note, m.small, room, 1)[0],
                m.small,
                185,
            )
        draw = ImageDraw.Draw(image)
        row = _line_row(m) - top
        track = (m.margin & ~1, row, scene.width - m.margin - 1, row + m.line - 1)
        draw.rectangle(track, fill=(*WHITE, 82))
        _write(image, (m.margin, m.footer - top), self._small_print(scene), m.small, 200)
        return image, first

    def _fit(self, text: str) -> tuple[int, list[str]]:
        """The largest type in which the text fits; the smallest with an ellipsis otherwise."""
        m = self._m
        room = self._size[0] - 2 * m.margin
        for share, most in ((0.058, 2), (0.046, 3), (0.038, 4)):
            size = max(13, round(share * m.unit))
            # About 50 letters to the line read best; a caption need not span a wide screen.
            width = min(room, size * 25)
            lines = wrapped(text, size, width, most + 1)
            if len(lines) <= most:
                return size, lines
        return size, wrapped(text, size, width, most)

    def _small_print(self, scene: Scene) -> str:
        """Seed, size and the settings that were given."""
        parts = [f"seed {scene.seed}", f"{scene.width}x{scene.height}", f"{scene.seconds} s"]
        if scene.cfg_scale is not None:
            parts.append(f"cfg {scene.cfg_scale:g}")
        if scene.camera_fixed:
            parts.append("camera fixed")
        clock = typeface(self._m.small).getlength("00:00:00  ") * 1.2
        room = scene.width - 2 * self._m.margin - clock
        return wrapped(" · ".join(parts), self._m.small, room, 1)[0]

    def _draw_digit(self, character: str) -> Image.Image:
        """A digit in a box of fixed width: a clock must not jitter."""
        m = self._m
        face = typeface(m.small)
        box = face.getlength("0") if character != ":" else face.getlength(":")
        width = _even(round(box * 1.06))
        image = Image.new("RGBA", (width, _even(m.small + round(m.small * 0.4))), (*WHITE, 0))
        x = (width - face.getlength(character)) / 2
        ImageDraw.Draw(image).text((x, 0), character, (*WHITE, 225), face)
        return image


def _line_row(measures: Measures) -> int:
    """The row of the progress line; even, so that its colour lines up."""
    return (measures.footer - round(measures.small * 0.75)) & ~1


def _scrim(width: int, height: int, strength: float, *, downwards: bool) -> Image.Image:
    """Black that deepens towards an edge of the frame, so slowly that no border is seen."""
    ramp = np.linspace(0, 1, height)
    if not downwards:
        ramp = ramp[::-1]
    alpha = ramp * ramp * (3 - 2 * ramp) * strength * 255
    image = Image.new("RGBA", (width, height), (4, 6, 12, 0))
    image.putalpha(Image.fromarray(np.repeat(alpha.astype(np.uint8)[:, None], width, axis=1)))
    return image


def _write(
    image: Image.Image, place: tuple[float, float], text: str, size: int, strength: int
) -> None:
    """Write a line on an RGBA picture, with a soft shade so that it reads on bright ground too."""
    face = typeface(size)
    blur = max(1.0, size * 0.14)
    pad = round(blur * 3)
    x, y = round(place[0]), round(place[1])
    box = (
        max(0, x - pad),
        max(0, y - pad),
        min(image.width, round(x + face.getlength(text)) + pad),
        min(image.height, round(y + size * 1.35) + pad),
    )
    if box[0] >= box[2] or box[1] >= box[3]:
        return
    letters = Image.new("L", (box[2] - box[0], box[3] - box[1]), 0)
    ImageDraw.Draw(letters).text((x - box[0], y - box[1]), text, 255, face)
    shade = letters.filter(ImageFilter.GaussianBlur(blur)).point(lambda value: min(150, value))
    area = image.crop(box)
    dark = Image.new("RGBA", letters.size, (0, 0, 0, 0))
    dark.putalpha(shade)
    area = Image.alpha_composite(area, dark)
    ink = Image.new("RGBA", letters.size, (*WHITE, 0))
    ink.putalpha(letters.point(lambda value: value * strength // 255))
    image.paste(Image.alpha_composite(area, ink), box)


def _even(value: float) -> int:
    return -(-round(value) // 2) * 2
