"""What a client has a gateway keep with a job, in a header."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from rushes.contract.errors import InvalidParams

LABEL = r"^[A-Za-z0-9_-]{1,4096}$"
"""The header: base64url without padding."""

DEEPEST = 8
"""Objects and lists inside each other."""


def label_of(header: str) -> dict[str, Any]:
    """The label in a header.

    Raises:
        InvalidParams: when it is not a JSON object in base64url.
    """
    try:
        found = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
        json.dumps(found, allow_nan=False)
    except (binascii.Error, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not _is_shallow(found, DEEPEST):
        msg = "Rushes-Label is not a JSON object in base64url; nothing was sent or paid."
        raise InvalidParams(msg)
    return found


def _is_shallow(value: object, room: int) -> bool:
    """Whether no more objects and lists than that are inside each other."""
    if not isinstance(value, dict | list):
        return True
    parts = value.values() if isinstance(value, dict) else value
    return room > 0 and all(_is_shallow(part, room - 1) for part in parts)
