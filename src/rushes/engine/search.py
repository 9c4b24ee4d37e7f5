"""Uncertain jobs are looked up while a process lives, rarely and for a day.

A service may list a job late; when it does the job continues, whichever process had sent it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rushes.backends.protocol import Accepted, Listing, Passing
from rushes.contract.errors import RushesError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

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
        is_ours: whether this process works on such jobs, where several divide the work.
    """

    def __init__(
        self,
        journal: AsyncJournal,
        backends: Registry,
        decisions: Decisions,
        adopter: Adopter,
        timing: Timing,
        *,
        is_ours: Callable[[JobRecord], bool],
    ) -> None:
        self._is_ours = is_ours
        self._journal = journal
        self._backends = backends
        self._decisions = decisions
        self._adopter = adopter
        self._timing = timing
        self._plans = Plans(timing.seek, timing.seek_most)

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
        uncertain = await self._journal.uncertain()
        jobs = [job for job in uncertain if job.backend in usable and self._is_ours(job)]
        together = {name for name in usable if isinstance(self._backends.get(name), Listing)}
        await asyncio.gather(*map(self._seek_all, self._plans.due(jobs, together=together)))

    async def _seek_all(self, jobs: Sequence[JobRecord]) -> None:
        """Look up jobs of one service, many at once: most services list many with one call."""
        # A service that has trouble with the first question is not asked the next ones at once.
        backend = self._backends.get(jobs[0].backend)
        width = backend.most_found if isinstance(backend, Listing) else backend.limits.polls
        chunks = [jobs[start : start + width] for start in range(1, len(jobs), width)]
        for some in (jobs[:1], *chunks):
            self._plans.asked(some)
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


class Plans:
    """When uncertain jobs are looked up: each one rarer and rarer, for a day.

    Where one call answers for all of a service, a job that is due takes the others along, however
    far apart they became uncertain and whatever a busy machine delayed.

    Args:
        first: seconds between the first two times that a job is looked up; then twice as many.
        most: longest time between two, in seconds.
        clock: seconds that pass.
    """

    def __init__(
        self, first: float, most: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._first = first
        self._most = most
        self._clock = clock
        self._plans: dict[str, _Plan] = {}

    def due(self, jobs: Iterable[JobRecord], *, together: Collection[str]) -> list[list[JobRecord]]:
        """The jobs that are looked up now, by service.

        Args:
            jobs: all that are uncertain, at services that can be asked.
            together: services whose jobs are all due when one of them is.
        """
        now, known, self._plans = self._clock(), self._plans, {}
        planned: dict[str, list[JobRecord]] = {}
        due: dict[str, list[JobRecord]] = {}
        for job in jobs:
            plan = known.get(_name(job))
            if plan is None and _is_young(job):
                plan = _Plan(now, self._first)
            if plan is not None:
                self._plans[_name(job)] = plan
                if now - plan.since <= DAY:
                    planned.setdefault(job.backend, []).append(job)
                    if plan.is_due(now):
                        due.setdefault(job.backend, []).append(job)
        return [planned[name] if name in together else due[name] for name in due]

    def asked(self, jobs: Iterable[JobRecord]) -> None:
        """Count jobs as looked up now."""
        now = self._clock()
        for job in jobs:
            plan = self._plans[_name(job)]
            # One that was taken along keeps its own pause.
            if plan.last is not None and plan.is_due(now):
                plan.pause = min(self._most, 2 * plan.pause)
            plan.last = now


@dataclass(slots=True)
class _Plan:
    """When one job is looked up.

    Attributes:
        since: when this process began to.
        pause: seconds until it is looked up again.
        last: when it was looked up last; None before.
    """

    since: float
    pause: float
    last: float | None = None

    def is_due(self, now: float) -> bool:
        return self.last is None or now - self.last >= self.pause


def _name(job: JobRecord) -> str:
    """What a plan is made for: an attempt."""
    return job.token or job.id


def _is_young(job: JobRecord) -> bool:
    """Whether an attempt is so young that its service may still list it."""
    return job.submit_at is not None and time.time() - job.submit_at < WEEK
