"""How slow a download may be."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

LEAST_BYTES = 10_000
LEAST_WITHIN = 60.0
"""So many bytes arrive within so many seconds, or the download is interrupted: a server that sends
a byte now and then would hold one of the few places for downloads for ever."""


class Speed:
    """Ends a download that is too slow.

    Args:
        least: bytes that have to arrive within a while.
        within: the while, in seconds.

    Attributes:
        was_too_slow: whether it has ended the download.
    """

    def __init__(self, least: int, within: float) -> None:
        self.least = least
        self.within = within
        self._missing = least
        self.was_too_slow = False
        self._limit: asyncio.Timeout | None = None

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """What is done inside is a connection under this limit.

        Raises:
            TimeoutError: when too little has arrived.
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
        """Do not count the time that something else takes, e.g. the disk."""
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
