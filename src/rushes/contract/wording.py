"""Formats values and names for messages."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTH = 80
"""Maximum characters of a value in a message."""

BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Characters that change the direction of the text after them, as a range of a pattern."""

_CONTROLS = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{BIDI}\u2028\u2029\ud800-\udfff]")
_LINE_ENDS = re.compile(r"[\t\n]")


def visible(text: str) -> str:
    """A text without effect on a terminal: control and bidirectional characters as escapes.

    Line ends and tabs stay. A text is not changed twice.
    """
    return _CONTROLS.sub(_escape, text)


def on_one_line(text: str) -> str:
    """The same, with line ends and tabs as escapes, too."""
    return _LINE_ENDS.sub(_escape, visible(text))


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def shown(value: Any) -> str:
    """A shortened repr of a value, also of one whose repr fails."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a caller's object may raise anything; a message must not
        text = f"<{type(value).__name__} that cannot be shown>"
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..."


def shortened(text: str, most: int = WIDTH) -> str:
    """A text cut to a number of characters, with an ellipsis in place of the rest."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def named(name: str) -> str:
    """A parameter's name if it is an identifier, otherwise its repr."""
    return name if name.isidentifier() and len(name) <= WIDTH else shown(name)


def listed(names: Iterable[str]) -> str:
    """A list of names, the last one joined with "and"."""
    *head, last = names
    return f"{', '.join(head)} and {last}" if head else last


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was probably meant: a similar spelling, or the same prefix."""
    known = list(candidates)
    alike = get_close_matches(name[:WIDTH], known, n=1)
    beginning = [other for other in known if name and other.startswith(name)]
    return next(iter([*alike, *beginning]), None)


def meant(name: Any, candidates: Iterable[str]) -> str:
    """A sentence with the candidate that was probably meant, or nothing."""
    close = closest(name, candidates) if isinstance(name, str) else None
    return f" Did you mean {close}?" if close else ""
