"""Which job is due when."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Agenda:
    """Jobs by the time at which they are due; iterating waits for the next one.

    A job is on the agenda once at most: putting it there again moves it. Times are rounded, so
    that jobs that are due at about the same time are due together: a call costs a process that
    has to wake up for it twice the processor time (measured in `benchmarks`).
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, str]] = []
        self._current: dict[str, int] = {}
        self._number = itertools.count()
        self._changed = asyncio.Event()
        self._closed = False

    def put(self, job_id: str, delay: float) -> None:
        """Make a job due after `delay` seconds, a quarter and half a second off at most."""
        number = next(self._number)
        self._current[job_id] = number
        heapq.heappush(self._heap, (_rounded(time.monotonic() + delay, delay), number, job_id))
        self._changed.set()

    def close(self) -> None:
        """End the iteration."""
        self._closed = True
        self._changed.set()

    async def __aiter__(self) -> AsyncIterator[str]:
        while not self._closed:
            now = time.monotonic()
            while self._heap and self._heap[0][0] <= now:
                _, number, job_id = heapq.heappop(self._heap)
                # An older entry of a job that was moved says nothing any more.
                if self._current.get(job_id) == number:
                    del self._current[job_id]
                    yield job_id
            self._changed.clear()
            if self._closed:
                return
            pause = self._heap[0][0] - now if self._heap else None
            try:
                async with asyncio.timeout(pause):
                    await self._changed.wait()
            except TimeoutError:
                pass


def _rounded(due: float, delay: float) -> float:
    """The nearest time that jobs with such delays share."""
    if delay <= 0:
        return due
    step = min(1.0, 2.0 ** (math.frexp(delay)[1] - 2))  # A quarter to a half of the delay.
    return round(due / step) * step
