"""What the steps of a job have in common.

A job is worked on in steps. Each one reads the record, does one thing at the service, writes the
outcome down and says when the next one is due: `Sending`, `Polling` and `Fetching`. A step that
dies in the middle leaves the record in a state from which the next process continues;
docs/explanation/reliability.md lists every point at which it may die.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

from rushes.contract.errors import JournalError, RateLimited, RushesError
from rushes.engine.line import Full
from rushes.engine.tracking import live_progress
from rushes.io.stopwatch import Stopwatch
from rushes.journal import UNFINISHED, Failure, JobState
from rushes.journal.lanes import Laned

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from rushes.backends.registry import Registry
    from rushes.catalog import Catalog
    from rushes.contract.results import Cost
    from rushes.engine.audience import Audience
    from rushes.engine.decisions import Decisions
    from rushes.engine.timing import Timing
    from rushes.engine.tracking import Track
    from rushes.io.folders import Places
    from rushes.journal import AsyncJournal, Changes, JobRecord, Journal

log = logging.getLogger("rushes")

JOURNAL_RETRY = 5.0
"""Longest delay in seconds after the journal could not be written. Trying it again costs nobody
anything, and it is usually held for a moment only."""


@dataclass(slots=True, kw_only=True)
class Work:
    """What all steps of all jobs use.

    Attributes:
        journal: where every outcome is written.
        backends: the services.
        catalog: the providers.
        decisions: look attempts up.
        audience: is notified of every change.
        places: libraries that were just seen to be writable.
        timing: the engine's times.
        ending: set when the engine stops, so that nothing new is sent.
        most_of: how many jobs of a job's library may be at services at once, where several
            processes send them; None where this one alone does.
    """

    journal: AsyncJournal
    backends: Registry
    catalog: Catalog
    decisions: Decisions
    audience: Audience
    places: Places
    timing: Timing
    ending: threading.Event
    most_of: Callable[[JobRecord], int | None] | None = None

    @property
    def is_ending(self) -> bool:
        """Whether the engine stops."""
        return self.ending.is_set()

    def estimate(self, job: JobRecord, length: float | None = None) -> Cost | None:
        """What the job costs by the catalog's prices.

        Args:
            job: its record.
            length: seconds of the finished video, which tell those of the given one where the two
                are the same.
        """
        spec = self.catalog.providers.get(job.provider)
        if spec is None:
            return None
        params = job.known_params
        seconds = length if spec.duration_of(params) is None else None
        return spec.estimate(params, job.backend, input_seconds=seconds)

    def notify(self, track: Track, *, may_wait: bool = False) -> None:
        """Announce how far a job is; its end is announced once, by `Dispatcher.finish`.

        Args:
            track: the job.
            may_wait: as for `Audience.notify`.
        """
        if len(self.audience) and track.job.state in UNFINISHED:
            progress = live_progress(track, time.time())
            self.audience.notify(track.job, progress, may_wait=may_wait)

    async def write(
        self, track: Track, state: JobState | None = None, **changes: Unpack[Changes]
    ) -> None:
        """Write a step's outcome down.

        Raises:
            LeaseLost: when another process holds the job by now.
            JournalError: when it cannot be written now.
        """
        track.job = await self.journal.write(track.job, state, **changes)
        track.read = Stopwatch()

    async def begin(self, track: Track, **changes: Unpack[Changes]) -> None:
        """Write the intent to send a job.

        Raises:
            Full: when as many jobs of its library as may be are at services; nothing was written.
            LeaseLost: when another process holds the job by now.
            JournalError: when it cannot be written now.
        """
        most = None if self.most_of is None else self.most_of(track.job)
        if most is None:
            await self.write(track, JobState.SUBMITTING, **changes)
            return
        job = track.job

        def begin(journal: Journal) -> JobRecord | None:
            assert isinstance(journal, Laned)  # noqa: S101 - only there several divide the work
            return journal.begin(job, most=most, **changes)

        begun = await self.journal.apply(begin)
        if begun is None:
            msg = "As many jobs of the library as may be are at services."
            raise Full(msg, job_id=job.id)
        track.job = begun
        track.read = Stopwatch()

    async def end(
        self,
        track: Track,
        state: JobState,
        error: RushesError,
        *,
        may_bill: bool = False,
        cost: Cost | None = None,
    ) -> float | None:
        """End a job without a video; there is no next step.

        Args:
            track: the job.
            state: failed, cancelled or uncertain.
            error: why.
            may_bill: whether a failed job may have been billed, because its service did not
                report that it failed.
            cost: what its service billed anyway, if it said so.
        """
        try:
            await self.write(track, state, error=Failure.of(error, may_bill=may_bill, cost=cost))
        except RushesError:
            raise
        except Exception as fault:
            # An end that cannot be described in the service's words is an end all the same.
            log.exception("job %s: the reason why it ended cannot be recorded", track.job.id)
            words = (
                f"{track.job.backend} gave a reason for ending the job that cannot be recorded "
                f"({type(fault).__name__})."
            )
            plain = type(error)(words, status=error.status, job_id=track.job.id)
            await self.write(track, state, error=Failure.of(plain, may_bill=may_bill, cost=cost))
        self.notify(track)
        return None

    def trouble(self, track: Track, error: RushesError) -> float:
        """Note a passing trouble; the delay until the next try."""
        track.failures += 1
        track.trouble = error.message
        self.notify(track)
        if isinstance(error, RateLimited):
            # The lane makes all jobs of the service wait; this one keeps its place.
            track.objection = 2.0 if error.retry_after is None else error.retry_after
            return 0.0
        delay = self.timing.backoff(track.failures)
        return min(delay, JOURNAL_RETRY) if isinstance(error, JournalError) else delay
