"""Times in the headers of a reply: dates, and how long a server asks to wait."""

from __future__ import annotations

import re
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_WAIT = 3_600.0
"""Seconds. A server that asks for a longer pause is called again after this one."""

_SECONDS = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that ``Retry-After`` asks to wait, from 0 to `LONGEST_WAIT`.

    The header is a number of seconds or a date. None when it is missing or is neither.
    """
    text = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        seconds = float(text)
    else:
        date, now = date_of(headers, "retry-after"), date_of(headers)
        if date is None:
            return None
        # Both dates are the server's; the clock of this machine may be another time.
        seconds = date - (time.time() if now is None else now)
    return min(max(seconds, 0.0), LONGEST_WAIT)


def date_of(headers: Mapping[str, str], name: str = "date") -> float | None:
    """The date in a header, unix seconds; None when it is missing or cannot be read.

    Args:
        headers: of the reply; names in lower case are found.
        name: of the header.
    """
    try:
        date = parsedate_to_datetime(headers.get(name, ""))
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
