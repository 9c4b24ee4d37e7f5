"""What all services over HTTP have in common: reading replies that may be anything."""

from __future__ import annotations

import json
import math
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from rushes.errors import BackendUnavailable

if TYPE_CHECKING:
    import httpx

LONGEST_WAIT = 600.0
"""A service may ask for more silence than this; it is asked again all the same, in seconds."""


def body_of(response: httpx.Response) -> dict[str, Any]:
    """The reply's JSON object, or an empty one when it is something else, e.g. an HTML page."""
    return object_of(response.content)


def object_of(text: bytes) -> dict[str, Any]:
    """A JSON object, or an empty one when the text is something else."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def retry_after_of(response: httpx.Response) -> float | None:
    """Seconds that ``Retry-After`` asks for, as a number or as a date."""
    text = response.headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - time.time()
        except ValueError:
            return None
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def unreachable(error: httpx.HTTPError, service: str) -> BackendUnavailable:
    """A connection that failed, without the address, which may hold a signature."""
    return BackendUnavailable(
        f"{service} cannot be reached ({type(error).__name__}). Check the network; "
        f"the job is tried again by itself."
    )
