"""Queues of work at a service, each with a width (calls at once) and a rate (calls a second)."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Item = TypeVar("Item")

SLOW_START = 20.0
"""Calls a second at the beginning; doubled each second while the service does not object."""

RECOVERY = 1.02
"""Growth a second after the service objected once."""

BACK_OFF = 0.6
"""Share of the rate that is kept when the service objects."""

LAST_WORDS = 3.0
"""Seconds for which an engine that ends waits for the answers to submissions that are under way.
Jupyter gives a kernel five seconds to shut down."""

WHOLE = 1.0 - 1e-6
"""A token; sums of fractions rarely make exactly one."""


class Rate:
    """A token bucket that starts slowly, and learns a service's limit from its objections.

    Starting slowly keeps the adoption of a thousand jobs after a restart from being a burst.

    Args:
        most: calls a second that are never exceeded.
        clock: seconds that pass.
        sleep: lets seconds pass.
    """

    def __init__(
        self,
        most: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.most = most
        self._clock = clock
        self._sleep = sleep
        self.per_second = min(SLOW_START, most)
        self._objected = False
        self._tokens = 1.0
        self._at = self._clock()
        self._resume_at = 0.0
        self._turn = asyncio.Lock()

    async def wait(self) -> None:
        """Wait until one more call may be made."""
        async with self._turn:
            while True:
                now = self._clock()
                if now < self._resume_at:
                    await self._sleep(self._resume_at - now)
                    continue
                self._refill(now)
                if self._tokens >= WHOLE:
                    self._tokens = max(0.0, self._tokens - 1.0)
                    return
                await self._sleep((1.0 - self._tokens) / self.per_second)

    def object(self, retry_after: float | None) -> None:
        """The service said that this was too much.

        Args:
            retry_after: seconds of silence that it asked for; 2 when it did not say.
        """
        now = self._clock()
        if now >= self._resume_at:
            # Calls that were under way when the first objection came say nothing new.
            self.per_second = max(0.5, self.per_second * BACK_OFF)
        self._objected = True
        self._tokens = 0.0
        self._resume_at = max(self._resume_at, now + (2.0 if retry_after is None else retry_after))

    def _refill(self, now: float) -> None:
        passed = now - max(self._at, self._resume_at)
        self._at = now
        if passed <= 0:
            return
        growth = RECOVERY if self._objected else 2.0
        self._tokens = min(max(1.0, self.per_second / 10), self._tokens + passed * self.per_second)
        self.per_second = min(self.most, self.per_second * growth ** min(passed, 1.0))


class Lane(Generic[Item]):
    """Does one kind of work for many jobs, within a width and a rate.

    Args:
        work: what to do with one item of this lane.
        width: how many at once.
        most: how many a second.
        patience: seconds for which `close` waits for work that is under way.
    """

    def __init__(
        self,
        work: Callable[[Item, Lane[Item]], Awaitable[None]],
        *,
        width: int,
        most: float,
        patience: float = 0.0,
    ) -> None:
        self.rate = Rate(most)
        self._work = work
        self._width = width
        self._patience = patience
        self._waiting: deque[Item] = deque()
        self._workers: set[asyncio.Task[None]] = set()

    def put(self, item: Item) -> None:
        """Queue an item; a worker is started when there is room for one more."""
        self._waiting.append(item)
        if len(self._workers) < self._width:
            self._workers.add(asyncio.get_running_loop().create_task(self._serve()))

    async def _serve(self) -> None:
        try:
            while self._waiting:
                await self.rate.wait()
                if self._waiting:
                    await self._work(self._waiting.popleft(), self)
        finally:
            # In the very step in which it found nothing more to do: an item that is put before a
            # callback of the task runs would find the lane full, and wait forever.
            worker = asyncio.current_task()
            if worker is not None:
                self._workers.discard(worker)
            if self._waiting:
                self._workers.add(asyncio.get_running_loop().create_task(self._serve()))

    async def close(self) -> None:
        """Start nothing more, wait a little for what is under way, then stop it."""
        self._waiting.clear()
        workers = tuple(self._workers)
        if workers and self._patience:
            await asyncio.wait(workers, timeout=self._patience)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
