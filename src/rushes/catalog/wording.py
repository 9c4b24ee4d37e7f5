"""Values and names as they stand in messages."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTH = 80
"""Characters of a value that a message shows at most."""


def shown(value: Any) -> str:
    """A value as Python writes it, shortened; also of values that cannot be written at all."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a caller's object may raise anything; a message must not
        text = f"<{type(value).__name__} that cannot be shown>"
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..."


def named(name: str) -> str:
    """A parameter's name: bare if it is one, else shown as a value."""
    return name if name.isidentifier() and len(name) <= WIDTH else shown(name)


def listed(names: Iterable[str]) -> str:
    """Names in a row, the last one joined with "and"."""
    *head, last = names
    return f"{', '.join(head)} and {last}" if head else last


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was probably meant: spelled alike, or with the same beginning."""
    known = list(candidates)
    alike = get_close_matches(name[:WIDTH], known, n=1)
    beginning = [other for other in known if name and other.startswith(name)]
    return next(iter([*alike, *beginning]), None)


def meant(name: Any, candidates: Iterable[str]) -> str:
    """A sentence that offers the candidate that was probably meant, or nothing."""
    close = closest(name, candidates) if isinstance(name, str) else None
    return f" Did you mean {close}?" if close else ""
