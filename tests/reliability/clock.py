"""A wall clock that all processes of a test share, and that can be set while they work."""

from __future__ import annotations

import mmap
import struct
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

WRONG_BY = struct.Struct("d")

HOUR, DAY = 3_600.0, 86_400.0

STEPS = (HOUR, -HOUR, DAY, -DAY)
"""Seconds by which a clock is set: it was wrong, or a user or a time server has changed it."""


def set_clock(path: Path, seconds: float) -> None:
    """Set the clock so many seconds from the right time, for every process that follows it."""
    if not path.exists():
        path.write_bytes(WRONG_BY.pack(0.0))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), WRONG_BY.size) as shared:
        WRONG_BY.pack_into(shared, 0, seconds)


def follow(path: Path) -> None:
    """Have this process read the wall clock there from now on; the monotonic clock stays right."""
    right = time.time
    with path.open("r+b") as file:
        shared = mmap.mmap(file.fileno(), WRONG_BY.size)
    time.time = lambda: right() + WRONG_BY.unpack_from(shared)[0]
