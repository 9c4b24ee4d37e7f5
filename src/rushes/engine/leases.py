"""The other processes on the same journal: whose jobs are whose, and what the others do.

A process holds a lease while it lives, and takes over the jobs of those that have ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from rushes.contract.errors import DamagedRecord, JobNotFound, JournalError, RushesError
from rushes.journal import ENDED, UNFINISHED
from rushes.journal.lanes import Laned, Lanes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, KeysView, Mapping

    from rushes.backends.registry import Registry
    from rushes.engine.audience import Audience
    from rushes.engine.timing import Timing
    from rushes.journal import AsyncJournal, JobRecord, Journal

log = logging.getLogger("rushes")

RECENT = 60.0
"""Seconds for which a job that another process ended counts as news."""

MOST_MARKED = 1000
"""Jobs that were marked and are read at once."""

FULL_EVERY = 60.0
"""Seconds after which all jobs are compared again, and not only those that were changed."""

AT_A_TIME = 50
"""Jobs that are taken up before the event loop does anything else."""


@dataclass(frozen=True)
class Share:
    """What a process works on, where several divide the work of a journal.

    Attributes:
        only: services; None for all that are set up, none to leave the work to other processes.
        divided: into how many parts the jobs of services are divided from now on.
    """

    only: frozenset[str] | None = None
    divided: Mapping[str, int] = field(default_factory=dict)

    def of(self, backends: Collection[str]) -> frozenset[str]:
        """The services that it works on."""
        return frozenset(backends) if self.only is None else self.only & frozenset(backends)


class Adopter(Protocol):
    """Works on jobs."""

    @property
    def tracks(self) -> Collection[str]:
        """Ids of the jobs that it works on."""

    def adopt(self, job: JobRecord) -> None:
        """Work on a job from now on, if this process holds it."""

    def leave(self, is_ours: Callable[[JobRecord], bool]) -> tuple[list[JobRecord], list[str]]:
        """Drop the jobs of others; those that cannot be dropped yet, and the ids of the others."""


class Leases:
    """Renews this process's lease, and claims the jobs of processes that are gone.

    Args:
        journal: where the leases are.
        backends: only jobs of services that are set up are claimed.
        adopter: gets what was claimed.
        timing: the engine's times.
        share: what this process works on, where several divide the work; None where each works on
            what it recorded and on what others left.
    """

    def __init__(
        self,
        journal: AsyncJournal,
        backends: Registry,
        adopter: Adopter,
        timing: Timing,
        share: Share | None = None,
    ) -> None:
        self._share = share
        self._lanes = Lanes()
        self._journal = journal
        self._backends = backends
        self._adopter = adopter
        self._timing = timing
        self._due = asyncio.Event()

    def hasten(self) -> None:
        """Claim now: a service has been set up, and its jobs may wait for a process that has it."""
        self._due.set()

    def is_ours(self, job: JobRecord) -> bool:
        """Whether a job without an owner is for this process."""
        return self._share is None or self._lanes.has(job)

    @property
    def lanes(self) -> Lanes:
        """What this process works on, where several divide the work."""
        return self._lanes

    async def keep(self) -> None:
        """Renew the lease and claim jobs, forever."""
        while True:
            self._due.clear()
            try:
                await self._beat()
            except RushesError as error:
                log.warning("%s", error.message)
            except Exception:
                log.exception("a heartbeat failed and will be retried")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._timing.heartbeat):
                    await self._due.wait()

    async def _beat(self) -> None:
        usable = self._backends.usable()

        def renew(journal: Journal) -> tuple[list[JobRecord], set[str]]:
            journal.heartbeat(self._timing.lease)
            if self._share is not None and isinstance(journal, Laned):
                self._lanes = journal.take_lanes(self._share.of(usable), self._share.divided)
            claimed = journal.claim(usable, hold_submitting=self._timing.hold_submitting)
            return claimed, journal.held()

        claimed, held = await self._journal.apply(renew)
        for number, job in enumerate(claimed, 1):
            self._adopter.adopt(job)
            if number % AT_A_TIME == 0:
                await asyncio.sleep(0)
        # A job that a living process holds is out of reach for all others.
        for job_id in held - set(self._adopter.tracks):
            # One whose record is damaged is left as it is, and must not hold the others up.
            with contextlib.suppress(DamagedRecord, JobNotFound):
                self._adopter.adopt(await self._journal.get(job_id))
        if self._share is not None:
            busy, idle = self._adopter.leave(self.is_ours)

            def free(journal: Journal) -> None:
                if isinstance(journal, Laned):
                    journal.free(busy, idle)

            await self._journal.apply(free)


class News:
    """Notices what other processes did in the journal, and announces each change once.

    Args:
        journal: where all processes write.
        audience: is notified, and knows what was announced before.
        own: ids of the jobs that this process works on, as they are at any time.
        marked: announces how a job was judged.
        last_mark: the number of the latest marks that are known.
        is_ours: whether this process would claim a job that has no owner.
        released: has such jobs claimed, without waiting for a heartbeat.
        is_divided: whether several processes divide the work; there may be very many jobs then.
    """

    def __init__(
        self,
        journal: AsyncJournal,
        audience: Audience,
        own: KeysView[str],
        marked: Callable[[JobRecord], None],
        *,
        last_mark: int,
        is_ours: Callable[[JobRecord], bool],
        released: Callable[[], None],
        is_divided: bool,
    ) -> None:
        self._is_divided = is_divided
        # From when on changes were not read yet, by the store's clock.
        self._since: float | None = None
        self._full_at = 0.0
        self._is_ours = is_ours
        self._journal = journal
        self._audience = audience
        self._own = own
        self._marked = marked
        self._last_mark = last_mark
        self._released = released

    async def watch(self, pause: float) -> None:
        """Read the journal whenever another process has written, forever.

        Args:
            pause: seconds between two questions whether any has.
        """
        is_due = False
        while True:
            await asyncio.sleep(pause)
            self._audience.remind()
            with contextlib.suppress(JournalError):
                is_due = await self._journal.has_changed() or is_due
                if is_due:
                    await self.read()
                    is_due = False

    async def read(self) -> None:
        """Compare the journal with what was announced."""
        now = time.monotonic()
        if self._since is not None and now < self._full_at:
            await self._read_changed()
        else:
            self._full_at = now + FULL_EVERY
            await self._read_all()
        await self._read_marks()

    async def _read_all(self) -> None:
        known, waiting = self._audience.known, self._audience.waiting
        # While the journal is read, a job may get on or end here; what was read is old then.
        own, before = set(self._own), dict(known)
        if self._is_divided:
            _, self._since = await self._changed(None)
        jobs = {job.id: job for job in await self._journal.recent(RECENT)}
        unfinished = {job_id for job_id, state in before.items() if state not in ENDED}
        for job_id in (unfinished | waiting.keys()) - jobs.keys():
            try:
                jobs[job_id] = await self._journal.get(job_id)
            except (DamagedRecord, JobNotFound) as error:
                self._audience.lost(job_id, error)
        self._announce(jobs.values(), own | self._own)
        for job_id in before.keys() - jobs.keys():
            known.pop(job_id, None)

    async def _read_changed(self) -> None:
        """As `_read_all`, of the jobs alone that were changed since: others may be very many."""
        own = set(self._own)
        found, until = await self._changed(self._since)
        self._since = until
        # A job that ended long ago can be changed, too, e.g. when its news are handed out.
        jobs = [job for job in found if (job.ended_at or until) > until - RECENT]
        self._announce(jobs, own | self._own)

    async def _changed(self, since: float | None) -> tuple[list[JobRecord], float]:
        def read(journal: Journal) -> tuple[list[JobRecord], float]:
            assert isinstance(journal, Laned)  # noqa: S101 - only there several divide the work
            return journal.changed(since)

        return await self._journal.apply(read)

    def _announce(self, jobs: Collection[JobRecord], own: Collection[str]) -> None:
        known, waiting = self._audience.known, self._audience.waiting
        for job in jobs:
            is_news = known.get(job.id) is not job.state
            if job.id in own:
                continue
            if job.state not in UNFINISHED and (is_news or job.id in waiting):
                self._audience.ended(job)
            elif is_news:
                self._audience.changed(job)
        free = [job for job in jobs if job.owner is None and job.state in UNFINISHED]
        if any(map(self._is_ours, free)):
            self._released()

    async def _read_marks(self) -> None:
        before = None
        while self._last_mark != before:
            before = self._last_mark
            judged, self._last_mark = await self._journal.marked(before, limit=MOST_MARKED)
            for job in judged:
                self._marked(job)
