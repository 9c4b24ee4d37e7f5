"""Prepares text for the built-in typeface, and breaks it into lines."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from functools import lru_cache
from typing import cast

from PIL import ImageFont

LONGEST = 700
"""Characters of a text that are used: more would not fit, and measuring them takes time."""

_PLAIN = str.maketrans(
    {
        "–": "-", "—": "-", "−": "-", "×": "x", "\u00a0": " ", "„": '"', "′": "'", "″": '"',  # noqa: RUF001 - replaced characters.
        "ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE", "ł": "l",
        "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "þ": "th", "Þ": "Th", "ð": "d",  # noqa: RUF001 - also replaced.
    }
)  # fmt: skip


@lru_cache(maxsize=32)
def typeface(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's built-in typeface, in a size in pixels."""
    face = cast("ImageFont.FreeTypeFont", ImageFont.load_default(size=size))
    # Every build of Pillow has the basic layout, so lines break the same way everywhere.
    return face.font_variant(layout_engine=ImageFont.Layout.BASIC)


def drawable(text: str) -> str:
    """Reduce a text to what the typeface can show, without accents, other scripts and emoji."""
    plain = unicodedata.normalize("NFKD", text[:LONGEST].translate(_PLAIN))
    kept = "".join(
        character if _has(character) else " " if character.isspace() else "" for character in plain
    )
    # Punctuation left over from a text in another script is meaningless.
    return " ".join(kept.split()) if any(map(str.isalnum, kept)) else ""


def wrapped(text: str, size: int, width: float, most: int) -> list[str]:
    """Break a text into lines; an ellipsis replaces what does not fit.

    Args:
        text: a drawable text.
        size: of the type, in pixels.
        width: the maximum length of a line, in pixels.
        most: the maximum number of lines.
    """
    face = typeface(size)
    words = text.split()
    lines: list[str] = []
    while words and len(lines) < most:
        line = words.pop(0)
        if face.getlength(line) > width:
            # A word that is wider than the line is broken.
            cut = max(1, _fitting(line, face, width))
            words.insert(0, line[cut:])
            line = line[:cut]
        while words and face.getlength(f"{line} {words[0]}") <= width:
            line = f"{line} {words.pop(0)}"
        lines.append(line)
    if words and lines:
        last = lines[-1][: _fitting(lines[-1], face, width - face.getlength("…"))]
        lines[-1] = f"{last.rstrip(' ,.;:-')}…"
    return lines


def _fitting(text: str, face: ImageFont.FreeTypeFont, width: float) -> int:
    """The number of characters of a text that fit in a width."""
    counts = range(1, len(text) + 1)
    return bisect_right(counts, width, key=lambda count: face.getlength(text[:count]))


@lru_cache(maxsize=4096)
def _has(character: str) -> bool:
    """Whether the typeface has a glyph for a character."""
    if not character.isprintable() or unicodedata.combining(character):
        return False
    if character == " ":
        return True
    face = typeface(24)
    return bytes(face.getmask(character)) != bytes(face.getmask("\uffff"))
