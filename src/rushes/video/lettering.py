"""Text that the built-in typeface can show, and how it is broken into lines."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from functools import lru_cache
from typing import cast

from PIL import ImageFont

LONGEST = 700
"""Characters of a text that are looked at: more would not fit, and measuring them takes time."""

_PLAIN = str.maketrans(
    {
        "–": "-", "—": "-", "−": "-", "×": "x", "\u00a0": " ", "„": '"', "′": "'", "″": '"',  # noqa: RUF001 - what is replaced.
        "ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE", "ł": "l",
        "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "þ": "th", "Þ": "Th", "ð": "d",  # noqa: RUF001 - likewise.
    }
)  # fmt: skip


@lru_cache(maxsize=32)
def typeface(size: int) -> ImageFont.FreeTypeFont:
    """The typeface that comes with Pillow, in a size in pixels."""
    face = cast("ImageFont.FreeTypeFont", ImageFont.load_default(size=size))
    # The basic layout is there in every build of Pillow, so that lines break alike everywhere.
    return face.font_variant(layout_engine=ImageFont.Layout.BASIC)


def drawable(text: str) -> str:
    """The text without what the typeface lacks: accents go, other scripts and emoji are dropped."""
    plain = unicodedata.normalize("NFKD", text[:LONGEST].translate(_PLAIN))
    kept = "".join(
        character if _has(character) else " " if character.isspace() else "" for character in plain
    )
    # Punctuation that is left over from a text in another script says nothing.
    return " ".join(kept.split()) if any(map(str.isalnum, kept)) else ""


def wrapped(text: str, size: int, width: float, most: int) -> list[str]:
    """Lines of a text; what does not fit ends in an ellipsis.

    Args:
        text: a drawable text.
        size: of the type, in pixels.
        width: longest line, in pixels.
        most: number of lines.
    """
    face = typeface(size)
    words = text.split()
    lines: list[str] = []
    while words and len(lines) < most:
        line = words.pop(0)
        if face.getlength(line) > width:
            # A single word wider than the line is broken where it must be.
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
    """How many characters of a text fit into a width."""
    counts = range(1, len(text) + 1)
    return bisect_right(counts, width, key=lambda count: face.getlength(text[:count]))


@lru_cache(maxsize=4096)
def _has(character: str) -> bool:
    """Whether the typeface has a shape of its own for a character."""
    if not character.isprintable() or unicodedata.combining(character):
        return False
    if character == " ":
        return True
    face = typeface(24)
    return bytes(face.getmask(character)) != bytes(face.getmask("\uffff"))
