"""Queues of work at a service, each with a width (calls at once) and a rate (calls a second)."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Item = TypeVar("Item")

SLOW_START = 20.0
"""Calls a second at the beginning."""

START = 2.0
"""Growth a second while the service does not object."""

BACK_OFF = 0.6
"""Share of the rate that is kept when the service objects."""

SLOWEST = 1.0
"""Calls a second between which the service is not asked for longer than it says."""

APPROACH = 1.5
"""Growth a second while the rate is clearly below the one to which the service objected."""

NEAR = 0.9
"""Share of that rate from which it is approached slowly."""

RECOVERY = 1.02
"""Growth a second near that rate."""

CAUTION = 6.0
"""Seconds without an objection after which that rate does not count any more: many services object
because they are busy, and are not soon after. Otherwise they object once more, which is free."""

RETURN = 3.0
"""Growth a second from then on."""

PAUSE = 2.0
"""Seconds of silence after an objection that does not say how long."""

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
        self._objected_to: float | None = None
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
            retry_after: seconds of silence that it asked for; `PAUSE` when it did not say.
        """
        now = self._clock()
        if now >= self._resume_at:
            # Calls that were under way when the first objection came say nothing new.
            self._objected_to = self.per_second
            self.per_second = min(self.most, max(SLOWEST, self.per_second * BACK_OFF))
        self._tokens = 0.0
        self._resume_at = max(
            self._resume_at, now + (PAUSE if retry_after is None else retry_after)
        )

    @property
    def pause(self) -> float:
        """Seconds of silence that are left."""
        return max(0.0, self._resume_at - self._clock())

    def _refill(self, now: float) -> None:
        passed = now - max(self._at, self._resume_at)
        self._at = now
        if passed <= 0:
            return
        if self._objected_to is None:
            growth = START
        elif self.per_second < NEAR * self._objected_to:
            growth = APPROACH
        else:
            growth = RECOVERY if now - self._resume_at < CAUTION else RETURN
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
        self._at_work: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> tuple[Item, ...]:
        """Items that nobody works on yet."""
        return tuple(self._waiting)

    def put(self, item: Item) -> None:
        """Queue an item; a worker is started when there is room for one more."""
        self._waiting.append(item)
        if len(self._workers) < self._width:
            self._workers.add(asyncio.get_running_loop().create_task(self._serve()))

    async def _serve(self) -> None:
        worker = cast("asyncio.Task[None]", asyncio.current_task())
        try:
            while self._waiting:
                await self.rate.wait()
                if self._waiting:
                    self._at_work.add(worker)
                    await self._work(self._waiting.popleft(), self)
                    self._at_work.discard(worker)
        finally:
            # In the very step in which it found nothing more to do: an item that is put before a
            # callback of the task runs would find the lane full, and wait forever.
            self._workers.discard(worker)
            self._at_work.discard(worker)
            if self._waiting:
                self._workers.add(asyncio.get_running_loop().create_task(self._serve()))

    async def close(self) -> None:
        """Start nothing more, wait a little for what is under way, then stop it."""
        self._waiting.clear()
        workers, at_work = tuple(self._workers), tuple(self._at_work)
        if at_work and self._patience:
            await asyncio.wait(at_work, timeout=self._patience)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
