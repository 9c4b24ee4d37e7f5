"""How many calls a second a service gets."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SLOW_START = 20.0
"""Calls a second at the beginning; doubled each second while the service does not object."""

RECOVERY = 1.02
"""Growth a second after the service objected once."""

BACK_OFF = 0.6
"""Share of the rate that is kept when the service objects."""

WHOLE = 1.0 - 1e-6
"""A token; sums of fractions seldom make exactly one."""


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
