"""Text on a dark background, readable over any picture."""

from __future__ import annotations

from PIL import Image, ImageDraw

# The preview's typeface is the one that comes with Pillow, and knows what it can show.
from rushes.video.lettering import drawable, typeface, wrapped

SHADE = (12, 13, 15, 178)
"""White text on this has a contrast of 7 to 1 even over a white picture."""

INK = (255, 255, 255, 255)


def chip(text: str, size: int, width: int) -> Image.Image:
    """A text in white on a dark shade with round corners, as RGBA of even width and height.

    Args:
        text: one line of plain text; an ellipsis replaces what does not fit.
        size: of the type, in pixels.
        width: maximum width of the chip, in pixels.
    """
    pad, face = round(size * 0.55), typeface(size)
    [line] = wrapped(text, size, max(size, width - 2 * pad), 1) or [""]
    wide = min(width, round(face.getlength(line)) + 2 * pad)
    tall = round(size * 1.6)
    wide, tall = max(2, wide + wide % 2), tall + tall % 2
    image = Image.new("RGBA", (wide, tall))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, wide - 1, tall - 1), radius=round(size * 0.35), fill=SHADE)
    draw.text((pad, tall / 2), line, font=face, fill=INK, anchor="lm")
    return image


def caption(label: str, number: int) -> str:
    """A label in drawable characters; a number if the typeface lacks its script."""
    return drawable(label) or f"take {number + 1}"
