"""Names for files: readable, plain ASCII, and allowed on every platform."""

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
"""Letters that no decomposition turns into ASCII; an apostrophe parts no word."""


def slug(text: str, most: int = 40) -> str:
    """Words of a text as lower-case ASCII with hyphens; empty when it has none.

    Args:
        text: anything.
        most: characters; the text is cut between words where possible.
    """
    # A prompt may be as long as its author likes; what is far behind cannot reach the name.
    plain = unicodedata.normalize("NFKD", text[: 50 * most].translate(_LETTERS))
    # Accents go before the words are parted, so that they part none.
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = re.sub(r"[^a-z0-9]+", "-", bare.lower()).strip("-")
    if len(words) <= most:
        return words
    cut = words[: most + 1].rpartition("-")[0]
    return cut if len(cut) > most // 2 else words[:most].strip("-")
