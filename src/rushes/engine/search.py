"""Looking seldom, and for a day, for jobs that are uncertain."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from rushes.backends.protocol import Accepted, Passing
from rushes.contract.errors import RushesError
from rushes.engine.tracking import Track
from rushes.journal.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from rushes.backends.protocol import Absent, Unknown
    from rushes.engine.timing import Timing
    from rushes.journal import JobRecord, Journal

log = logging.getLogger("rushes")

DAY = 86_400.0
"""Seconds after its intent for which an uncertain job is looked for without being asked to."""


class Search:
    """Looks for uncertain jobs while a process lives; a service may list them late.

    Nothing is sent and nothing is given up here. A job that is found is adopted, unless its user
    or another process decided about it meanwhile: the attempt's token fences that.

    Args:
        journal: where the jobs are.
        run: runs a blocking function of the journal off the event loop.
        usable: the services that are set up.
        find: looks for one job, and writes down that it was found.
        found: called with a job that was found.
        timing: the engine's times.
    """

    def __init__(
        self,
        journal: Journal,
        run: Callable[..., Awaitable[Any]],
        *,
        usable: Callable[[], Collection[str]],
        find: Callable[[Track], Awaitable[Accepted | Absent | Passing | Unknown]],
        found: Callable[[JobRecord], None],
        timing: Timing,
    ) -> None:
        self._journal = journal
        self._run = run
        self._usable = usable
        self._find = find
        self._found = found
        self._timing = timing
        self._plans: dict[str, _Plan] = {}

    async def keep_on(self) -> None:
        """Look whenever it is time, for ever."""
        while True:
            await asyncio.sleep(self._timing.seek)
            try:
                await self._look()
            except RushesError as error:
                log.warning("%s", error.message)
            except Exception:
                log.exception("looking for uncertain jobs failed and will be tried again")

    async def _look(self) -> None:
        usable = set(self._usable())
        jobs: list[JobRecord] = await self._run(self._journal.uncertain)
        known, self._plans = self._plans, {}
        for job in jobs:
            name = job.token or job.id
            plan = known.get(name) or _Plan(self._timing.seek)
            if job.backend in usable and (name in known or _is_young(job)) and not plan.is_over:
                self._plans[name] = plan
        asleep = set[str]()
        for job in jobs:
            due = self._plans.get(job.token or job.id)
            if due is None or job.backend in asleep or not due.is_due:
                continue
            due.postpone(self._timing.seek_most)
            if await self._has_no_time(job):
                # Whoever has trouble with one question is not asked the next one at once.
                asleep.add(job.backend)

    async def _has_no_time(self, job: JobRecord) -> bool:
        """Look for one job; whether its service could not be asked."""
        track = Track(job)
        try:
            answer = await self._find(track)
        except RushesError as error:
            log.info("%s", error.message)
            return False
        except Exception:
            log.exception("job %s: looking for it failed", job.id)
            return False
        if isinstance(answer, Accepted):
            log.info("job %s: found at %s after all", job.id, job.backend)
            self._found(track.job)
        return isinstance(answer, Passing)


class _Plan:
    """When one job is looked for.

    Args:
        pause: seconds until it is looked for again; doubled each time.
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
    """Whether an attempt is of the last day, as far as the clock can be believed."""
    return job.submit_at is not None and time.time() - job.submit_at < DAY
