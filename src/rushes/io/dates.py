"""The dates of files, by which it is known whether they were written since."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

TICK = 50_000_000
"""Nanoseconds; the clock by which Linux dates files ticks every 1 to 10 ms."""


def settled(found: os.stat_result) -> int | None:
    """When a file was written, in Unix nanoseconds, if whatever is written from now on changes it.

    A date is as fine as the system's clock ticks. One of this moment does not show whether more is
    written in the same tick, so it is None.
    """
    date = found.st_mtime_ns
    return date if abs(time.time_ns() - date) > TICK else None
