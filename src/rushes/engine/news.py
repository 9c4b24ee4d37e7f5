"""What other processes do to the jobs of the journal that this one shares with them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from rushes.contract.errors import JournalError
from rushes.journal import ENDED, UNFINISHED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, KeysView

    from rushes.journal import AsyncJournal, JobRecord

RECENT = 60.0
"""Seconds for which a job that another process ended counts as news."""


class News:
    """Notices what changed in the journal without this process, and tells of each change once.

    Args:
        journal: where all processes write.
        known: jobs whose state counts as told.
        own: ids of the jobs that this process works on, as they are at any time.
        awaited: ids of the jobs that somebody here waits for, likewise.
        changed: called with a job that has another state than was told.
        ended: called with a job that ended, or is uncertain; it then calls `note`.
    """

    def __init__(
        self,
        journal: AsyncJournal,
        known: Iterable[JobRecord],
        *,
        own: KeysView[str],
        awaited: KeysView[str],
        changed: Callable[[JobRecord], None],
        ended: Callable[[JobRecord], None],
    ) -> None:
        self._journal = journal
        self._own = own
        self._awaited = awaited
        self._changed = changed
        self._ended = ended
        self._told = {job.id: job.state for job in known}

    def note(self, job: JobRecord) -> None:
        """Count a job's state as told."""
        self._told[job.id] = job.state

    async def watch(self, pause: float) -> None:
        """Look whenever another process has written, for ever.

        Args:
            pause: seconds between two looks.
        """
        is_due = False
        while True:
            await asyncio.sleep(pause)
            with contextlib.suppress(JournalError):
                is_due = await self._journal.has_changed() or is_due
                if is_due:
                    await self.look()
                    is_due = False

    async def look(self) -> None:
        """Compare the journal with what was told."""
        # While the journal is read, a job may get on or end here; what was read is old then.
        own, told = set(self._own), dict(self._told)
        jobs = {job.id: job for job in await self._journal.recent(RECENT)}
        open_ = {job_id for job_id, state in told.items() if state not in ENDED}
        for job_id in (open_ | self._awaited) - jobs.keys():
            jobs[job_id] = await self._journal.get(job_id)
        own |= self._own
        for job in jobs.values():
            is_news = self._told.get(job.id) is not job.state
            if job.id in own:
                continue
            if job.state not in UNFINISHED and (is_news or job.id in self._awaited):
                self._ended(job)
            elif is_news:
                self.note(job)
                self._changed(job)
        for job_id in told.keys() - jobs.keys():
            del self._told[job_id]
