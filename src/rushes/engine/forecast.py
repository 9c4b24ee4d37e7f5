"""When to poll a service.

A status call costs the service and this machine time; asking late costs the user time. Jobs of a
kind take about the same time, so the engine polls rarely until a job may be done and often from
then on. The times come from the journal; before there is a history, from the catalog.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rushes.catalog import Catalog
    from rushes.contract.params import VideoGenParams
    from rushes.journal import AsyncJournal, JobRecord, Journal

ENOUGH = 5
"""Finished jobs of a kind that make a history."""

HISTORY = 50
"""Finished jobs of a kind that count, the latest first."""

LAG_SHARE = 0.0125
"""With a history: time between polls, as a share of the time that the job has taken so far."""

LAG_SHARE_BLIND = 0.027
"""The same without one."""

LAG_BLIND = 1.9
"""Without a history: shortest time between polls at jobs of a minute and more; a thirtieth of the
catalog's value at shorter ones. The catalog guesses, and polling often on a guess is a waste."""

LIKELY = 0.65
"""Without a history: until this share of the catalog's value a job is polled half as often."""

LATE = 1.5
"""A job that takes this many times as long as others is late."""

TRUST = 120.0
"""Longest time between polls of a job whose status stream is alive."""

SPARSE = 20.0
"""Longest time between polls while a job cannot be done yet, so that its state stays live."""


class Forecast:
    """What is known of how long jobs of one kind take.

    Args:
        durations: seconds that finished jobs took, in any order.
        typical: the catalog's value in seconds, used while there are fewer than five.
    """

    __slots__ = ("earliest", "is_history", "likely", "median", "pause", "share")

    def __init__(self, durations: Sequence[float], typical: float | None) -> None:
        known = sorted(durations)
        self.is_history = len(known) >= ENOUGH
        if self.is_history:
            self.median = known[len(known) // 2]
            low = known[math.floor(0.03 * len(known))]
            self.earliest = low - max(0.5, 0.03 * low)
            self.likely = self.pause = 0.0
            self.share = LAG_SHARE
        else:
            self.median = typical or 60.0
            self.earliest = 0.45 * self.median
            self.likely = LIKELY * self.median
            self.pause = min(LAG_BLIND, self.median / 30)
            self.share = LAG_SHARE_BLIND

    def next_poll(
        self, elapsed: float, *, floor: float, first: float, ceiling: float = math.inf
    ) -> float:
        """Seconds from now until the next poll of a job.

        Args:
            elapsed: seconds since the service accepted it.
            floor: shortest time between polls that the service is given.
            first: seconds until the first poll, which finds jobs that fail at once.
            ceiling: longest time between polls.
        """
        return max(floor, min(ceiling, self._rest(elapsed, floor=floor, first=first)))

    def _rest(self, elapsed: float, *, floor: float, first: float) -> float:
        slack = 2.0 if elapsed < self.likely else 1.0
        dense = max(slack * self.pause, min(slack * self.share * elapsed, 30.0))
        # A young job may fail at once: no time between polls is longer than it has lived.
        dense = max(floor, min(dense, max(first, elapsed)))
        if elapsed >= self.earliest:
            return dense
        first = max(floor, min(first, self.median / 4))
        if elapsed < first:
            return max(floor, first - elapsed)
        # From the first poll on the times double, so that an early failure is seen early.
        sparse = max(dense, min(SPARSE, self.earliest / 3, elapsed))
        # Never step over the moment from which the job may be done.
        return max(floor, min(sparse, self.earliest - elapsed))

    def next_check(self, elapsed: float, *, ceiling: float) -> float:
        """Seconds from now until the next poll of a job whose service streams its status.

        Args:
            elapsed: seconds since the service accepted it.
            ceiling: time between polls once the job is late.
        """
        return max(ceiling, min(TRUST, LATE * self.median - elapsed))

    def fraction(self, elapsed: float) -> float:
        """The share of the work that is probably done; it never claims the last twentieth."""
        return min(0.95, elapsed / self.median) if self.median > 0 else 0.95

    def left(self, elapsed: float) -> float:
        """Seconds that are probably left; 0 when the job is late."""
        return max(0.0, self.median - elapsed)


class History:
    """How long jobs of each kind took; read from the journal once, and kept up to date.

    Args:
        journal: where finished jobs are.
        aside: the same journal, for the engine's event loop.
        catalog: says how long jobs take of which there is no history.
    """

    def __init__(self, journal: Journal, aside: AsyncJournal, catalog: Catalog) -> None:
        self._journal = journal
        self._aside = aside
        self._catalog = catalog
        self._durations: dict[tuple[str, str, str], list[float]] = {}
        self._learned: Counter[tuple[str, str, str]] = Counter()

    def learned(self, job: JobRecord) -> int:
        """A number that rises with each job of a kind that is done: forecasts are other ones."""
        return self._learned[job.provider, job.backend, job.mode]

    def forecast(self, params: VideoGenParams, backend: str) -> Forecast:
        """How long such a job takes; may wait for the journal."""
        key = (params.provider, backend, params.mode)
        if key not in self._durations:
            self._durations[key] = self._journal.durations(*key, limit=HISTORY)
        return self._forecast(params, key)

    async def predict(self, params: VideoGenParams, backend: str) -> Forecast:
        """The same, without keeping the event loop waiting."""
        key = (params.provider, backend, params.mode)
        if key not in self._durations:
            self._durations[key] = await self._aside.durations(*key, limit=HISTORY)
        return self._forecast(params, key)

    def learn(self, job: JobRecord) -> None:
        """Count a job that is done as history, as the journal does."""
        known = self._durations.get((job.provider, job.backend, job.mode))
        if known is not None and job.ran_for is not None:
            known.insert(0, job.ran_for)
            del known[HISTORY:]
            self._learned[job.provider, job.backend, job.mode] += 1

    def _forecast(self, params: VideoGenParams, key: tuple[str, str, str]) -> Forecast:
        known = self._durations[key]
        # With a history the catalog is not asked.
        spec = self._catalog.providers.get(params.provider) if len(known) < ENOUGH else None
        return Forecast(known, spec.typical_seconds(params, key[1]) if spec else None)
