"""Uncertain jobs are looked up while a process lives, rarely and for a day.

A service may list a job late; when it does the job continues, whichever process had sent it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from rushes.backends.protocol import Accepted, Passing
from rushes.contract.errors import RushesError
from rushes.journal.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rushes.backends.registry import Registry
    from rushes.engine.decisions import Decisions
    from rushes.engine.leases import Adopter
    from rushes.engine.timing import Timing
    from rushes.journal import AsyncJournal, JobRecord

log = logging.getLogger("rushes")

DAY = 86_400.0
"""Seconds for which a process looks an uncertain job up."""

WEEK = 7 * DAY
"""Seconds after its intent until which a process begins to: a job of Friday is found on Monday.
The clock that dated the intent may have been set since, by a day or so."""


class Search:
    """Looks uncertain jobs up while a process lives; a service may list them late.

    Nothing is sent and nothing is given up here. A job that is found is adopted, unless its user
    or another process decided about it meanwhile: the attempt's token fences that.

    Args:
        journal: where the jobs are.
        backends: the services.
        decisions: look one job up.
        adopter: gets a job that was found.
        timing: the engine's times.
    """

    def __init__(
        self,
        journal: AsyncJournal,
        backends: Registry,
        decisions: Decisions,
        adopter: Adopter,
        timing: Timing,
    ) -> None:
        self._journal = journal
        self._backends = backends
        self._decisions = decisions
        self._adopter = adopter
        self._timing = timing
        self._plans: dict[str, _Plan] = {}

    async def keep_on(self) -> None:
        """Look jobs up whenever it is time, forever."""
        while True:
            await asyncio.sleep(self._timing.seek)
            try:
                await self._round()
            except RushesError as error:
                log.warning("%s", error.message)
            except Exception:
                log.exception("looking up uncertain jobs failed and will be retried")

    async def _round(self) -> None:
        usable = set(self._backends.usable())
        jobs = await self._journal.uncertain()
        known, self._plans = self._plans, {}
        for job in jobs:
            name = job.token or job.id
            plan = known.get(name) or _Plan(self._timing.seek)
            if job.backend in usable and (name in known or _is_young(job)) and not plan.is_over:
                self._plans[name] = plan
        due: dict[str, list[JobRecord]] = {}
        for job in jobs:
            planned = self._plans.get(job.token or job.id)
            if planned is not None and planned.is_due:
                due.setdefault(job.backend, []).append(job)
        await asyncio.gather(*map(self._seek_all, due.values()))

    async def _seek_all(self, jobs: Sequence[JobRecord]) -> None:
        """Look up jobs of one service, many at once: most services list many with one call."""
        # A service that has trouble with the first question is not asked the next ones at once.
        width = self._backends.get(jobs[0].backend).limits.polls
        chunks = [jobs[start : start + width] for start in range(1, len(jobs), width)]
        for some in (jobs[:1], *chunks):
            for job in some:
                self._plans[job.token or job.id].postpone(self._timing.seek_most)
            if not all(await asyncio.gather(*map(self._seek, some))):
                return

    async def _seek(self, job: JobRecord) -> bool:
        """Look one job up; whether its service could be asked."""
        try:
            job, answer = await self._decisions.seek(job)
        except RushesError as error:
            log.info("%s", error.message)
            return True
        except Exception:
            log.exception("job %s: looking it up failed", job.id)
            return True
        if isinstance(answer, Accepted):
            log.info("job %s: found at %s after all", job.id, job.backend)
            self._adopter.adopt(job)
        return not isinstance(answer, Passing)


class _Plan:
    """When one job is looked up.

    Args:
        pause: seconds until it is looked up again; doubled each time.
    """

    def __init__(self, pause: float) -> None:
        self._since = Stopwatch()
        self._last: Stopwatch | None = None
        self._pause = pause

    @property
    def is_due(self) -> bool:
        return self._last is None or self._last.elapsed >= self._pause

    @property
    def is_over(self) -> bool:
        return self._since.elapsed > DAY

    def postpone(self, most: float) -> None:
        if self._last is not None:
            self._pause = min(most, 2 * self._pause)
        self._last = Stopwatch()


def _is_young(job: JobRecord) -> bool:
    """Whether an attempt is so young that its service may still list it."""
    return job.submit_at is not None and time.time() - job.submit_at < WEEK
