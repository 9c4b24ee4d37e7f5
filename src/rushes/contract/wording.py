"""Formats values and names for messages."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTH = 80
"""Maximum characters of a value in a message."""


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
