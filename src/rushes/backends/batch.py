"""Fewer calls: one for many jobs, and a minimum pause between two."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

Answer = TypeVar("Answer")

GATHER = 0.05
"""Seconds for which calls are collected: jobs that are due together are polled within that time."""


class Pace:
    """Lets calls through one at a time, with a minimum pause between them.

    Args:
        pause: seconds between the beginnings of two calls.
    """

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._free_at = float("-inf")

    async def wait(self) -> None:
        """Wait for a turn; turns are given in the order of the calls."""
        now = time.monotonic()
        turn = max(now, self._free_at)
        self._free_at = turn + self._pause
        if turn > now:
            await asyncio.sleep(turn - now)


class Batch(Generic[Answer]):
    """Combines status calls for single jobs into calls for many.

    Args:
        ask: makes a call for several ids; every caller gets what it raises.
        most: ids that one call accepts.
        pace: waited for before each call, where the service limits its calls.
        gather: seconds for which calls are collected.
    """

    def __init__(
        self,
        ask: Callable[[Sequence[str]], Awaitable[Mapping[str, Answer]]],
        *,
        most: int,
        pace: Pace | None = None,
        gather: float = GATHER,
    ) -> None:
        self._ask = ask
        self._gather = gather
        self._most = most
        self._pace = pace
        self._waiting: dict[str, asyncio.Future[Answer | None]] = {}
        self._sender: asyncio.Task[None] | None = None

    async def answer(self, remote_id: str) -> Answer | None:
        """The service's answer about one job; None when the answer does not contain the job."""
        future = self._waiting.get(remote_id)
        if future is None:
            future = self._waiting[remote_id] = asyncio.get_running_loop().create_future()
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send())
        # A caller that is cancelled must not cancel the call for the others.
        return await asyncio.shield(future)

    async def _send(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._gather)
            if self._pace is not None:
                await self._pace.wait()
            ids = tuple(self._waiting)[: self._most]
            asked = {remote_id: self._waiting.pop(remote_id) for remote_id in ids}
            try:
                answers = await self._ask(ids)
            except Exception as error:  # noqa: BLE001 - it is passed on to the callers
                for future in asked.values():
                    future.set_exception(error)
                    future.exception()  # Perhaps no caller is left to retrieve it.
            else:
                for remote_id, future in asked.items():
                    future.set_result(answers.get(remote_id))
