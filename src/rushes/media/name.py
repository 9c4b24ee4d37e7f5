"""File names that are readable, ASCII, and valid on every platform."""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans(
    {
        "ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ø": "o", "Ø": "o",
        "ð": "d", "Ð": "d", "þ": "th", "Þ": "th", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "'": "", "\N{RIGHT SINGLE QUOTATION MARK}": "",
    }
)  # fmt: skip
"""Letters without an ASCII decomposition; an apostrophe does not split a word."""


def slug(text: str, most: int = 40) -> str:
    """The words of a text in lower-case ASCII, joined by hyphens; may be empty.

    Args:
        text: any text.
        most: maximum number of characters; the text is cut between words if possible.
    """
    # A prompt may have any length; text far from the start cannot affect the name.
    plain = unicodedata.normalize("NFKD", text[: 50 * most].translate(_LETTERS))
    # Accents are removed first, so that they do not split words.
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = re.sub(r"[^a-z0-9]+", "-", bare.lower()).strip("-")
    if len(words) <= most:
        return words
    cut = words[: most + 1].rpartition("-")[0]
    return cut if len(cut) > most // 2 else words[:most].strip("-")
