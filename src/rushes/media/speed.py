"""Interrupts downloads that are too slow."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

LEAST_BYTES = 10_000
LEAST_WITHIN = 60.0
"""A download is interrupted unless it receives `LEAST_BYTES` in each `LEAST_WITHIN` seconds: a very
slow server would otherwise occupy one of the few download slots indefinitely."""


class Speed:
    """Interrupts a download that is too slow.

    Args:
        least: bytes that have to arrive in each period.
        within: the period, in seconds.

    Attributes:
        was_too_slow: whether the download was interrupted.
    """

    def __init__(self, least: int, within: float) -> None:
        self.least = least
        self.within = within
        self._missing = least
        self.was_too_slow = False
        self._limit: asyncio.Timeout | None = None

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Apply the limit to the connection in the body.

        Raises:
            TimeoutError: if too little has arrived.
        """
        self._missing = self.least
        limit = asyncio.timeout(self.within)
        try:
            async with limit:
                self._limit = limit
                yield
        finally:
            self._limit = None
            self.was_too_slow = limit.expired()

    def count(self, received: int) -> None:
        """Note that some bytes have arrived."""
        self._missing -= received
        if self._missing <= 0:
            self._missing = self.least
            self._end_in(self.within)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Do not count time spent elsewhere, e.g. on the disk."""
        self._end_in(None)
        try:
            yield
        finally:
            self._missing = self.least
            self._end_in(self.within)

    def _end_in(self, seconds: float | None) -> None:
        if self._limit is not None and not self._limit.expired():
            now = asyncio.get_running_loop().time()
            self._limit.reschedule(None if seconds is None else now + seconds)
