"""A queue of jobs that wait for one kind of work at one service."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from rushes.engine.rate import Rate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Lane:
    """Does one kind of work for many jobs, so many at once and so often a second.

    Args:
        work: what to do for a job id in this lane.
        width: how many at once.
        most: how many a second.
        patience: seconds for which `close` waits for work that is under way.
    """

    def __init__(
        self,
        work: Callable[[str, Lane], Awaitable[None]],
        *,
        width: int,
        most: float,
        patience: float = 0.0,
    ) -> None:
        self.rate = Rate(most)
        self._work = work
        self._width = width
        self._patience = patience
        self._waiting: deque[str] = deque()
        self._workers: set[asyncio.Task[None]] = set()

    def put(self, job_id: str) -> None:
        """Queue a job; a worker is started when there is room for one more."""
        self._waiting.append(job_id)
        if len(self._workers) < self._width:
            worker = asyncio.get_running_loop().create_task(self._serve())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    async def _serve(self) -> None:
        while self._waiting:
            await self.rate.wait()
            if self._waiting:
                await self._work(self._waiting.popleft(), self)

    async def close(self) -> None:
        """Start nothing more, wait a little for what is under way, then stop it."""
        self._waiting.clear()
        if self._workers and self._patience:
            await asyncio.wait(self._workers, timeout=self._patience)
        for worker in tuple(self._workers):
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
