"""Calls one after another, so far apart."""

from __future__ import annotations

import asyncio
import time


class Pace:
    """Lets one call through, then none for a while.

    Args:
        pause: seconds between the beginnings of two calls.
    """

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._free_at = float("-inf")

    async def wait(self) -> None:
        """Wait for a turn; turns are given in the order of asking."""
        now = time.monotonic()
        turn = max(now, self._free_at)
        self._free_at = turn + self._pause
        if turn > now:
            await asyncio.sleep(turn - now)
