"""How many jobs a person may submit in a minute and in a day."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rushes.contract.errors import RateLimited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rushes.gateway.callers import Caller
    from rushes.gateway.rules import Tier

MINUTE, DAY = 60.0, 86_400.0


class Pace:
    """Counts the jobs of each person.

    Minutes are counted in memory, from the start of the process; days by the journal.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._latest: dict[str, deque[float]] = defaultdict(deque)

    @contextmanager
    def submitting(
        self, caller: Caller, tier: Tier, made_since: Callable[[float], int]
    ) -> Iterator[None]:
        """Submit one job within the limits; it counts if the block ends without an error.

        Args:
            caller: who submits it.
            tier: the limits.
            made_since: how many jobs the caller has made since a time in unix seconds.

        Raises:
            RateLimited: when a limit is reached; `retry_after` says when it is not.
        """
        with self._lock:
            lock = self._locks[caller.account]
        with lock:
            latest, now = self._latest[caller.account], time.monotonic()
            while latest and now - latest[0] >= MINUTE:
                latest.popleft()
            if tier.per_minute is not None and len(latest) >= tier.per_minute:
                wait = MINUTE - (now - latest[-tier.per_minute])
                limit = f"{tier.per_minute} jobs a minute"
                raise refusal(limit, wait)
            if tier.per_day is not None:
                today = time.time() // DAY * DAY
                if made_since(today) >= tier.per_day:
                    limit = f"{tier.per_day} jobs a day (UTC)"
                    raise refusal(limit, today + DAY - time.time())
            yield
            latest.append(now)


def refusal(limit: str, wait: float) -> RateLimited:
    """The error for a job beyond a limit, with the seconds until it is not."""
    wait = max(1.0, wait)
    when = f"{wait:.0f} s" if wait < 2 * MINUTE else f"{wait / MINUTE:.0f} minutes"
    error = RateLimited(
        f"Your tier allows only {limit}. Nothing was sent; try again in {when}.",
        status=429,
    )
    error.retry_after = wait
    return error
