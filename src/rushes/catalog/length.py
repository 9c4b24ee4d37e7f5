"""How long a text is, by the unit that a service counts."""

from __future__ import annotations

from typing import Literal

Unit = Literal["characters", "bytes", "utf-16"]

NOUNS: dict[str, str] = {
    "characters": "characters",
    "bytes": "bytes in UTF-8",
    "utf-16": "characters (an emoji counts as two)",
}
"""By unit, the plural after a number."""


def length_in(unit: str | None, text: str) -> int:
    """The length of a text in a unit; in characters if it is another one or None.

    >>> from rushes.catalog.length import length_in
    >>> [length_in(unit, "狐🦊") for unit in ("characters", "bytes", "utf-16")]
    [2, 7, 3]
    """
    match unit:
        case "bytes":
            return len(text.encode("utf-8", "surrogatepass"))
        case "utf-16":
            return len(text.encode("utf-16-le", "surrogatepass")) // 2
        case _:
            return len(text)
