"""The forms that parts of an error have in JSON of services, journals and the original API."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

Location: TypeAlias = tuple[str | int, ...]
"""Names and numbers that lead to a value, e.g. ``("body", "image_urls", 0)``."""

DEEPEST = 20
"""Parts of a location that are read."""

_PART = re.compile(r"[^.\[\]]+")


def location(value: object) -> Location | None:
    """A location from a list of names and numbers, or from a text like ``body.image_urls[0]``.

    Other values are not one; parts of other types are left out.
    """
    if isinstance(value, str):
        parts: list[object] = [
            int(part) if part.isascii() and part.isdigit() and len(part) < DEEPEST else part
            for part in _PART.findall(value)
        ]
    elif isinstance(value, list | tuple):
        parts = [
            part for part in value if isinstance(part, str | int) and not isinstance(part, bool)
        ]
    else:
        return None
    return tuple(parts[:DEEPEST]) or None  # type: ignore[arg-type]


def flat_error(error: object) -> dict[str, Any]:
    """An event's ``error``, which is a text or an object, as the members of the event.

    Args:
        error: a text, or ``{code, message, detail, providerType, errorDetail}``.

    Returns:
        Those of ``error`` (the text), ``code``, ``detail`` and ``errorDetail`` that it says.
    """
    if not isinstance(error, dict):
        return {"error": error} if isinstance(error, str) else {}
    detail, type_ = error.get("errorDetail"), error.get("providerType")
    if isinstance(type_, str):
        detail = {"type": type_} | (detail if isinstance(detail, dict) else {})
    found = {
        "error": error.get("message"),
        "code": error.get("code"),
        "detail": error.get("detail"),
        "errorDetail": detail,
    }
    return {name: value for name, value in found.items() if value is not None}
