"""The jobs of one home folder: listing them, handing out their events, and cancelling them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from rushes.awaiting import awaited
from rushes.contract.errors import JobNotFound, RushesError
from rushes.filters import (
    count,
    folder_of,
    job_of,
    known_provider,
    moment,
    states_of,
    text_of,
)
from rushes.joblist import JobList
from rushes.marking import Marking
from rushes.observing import Observing
from rushes.outcome import event

if TYPE_CHECKING:
    import datetime as dt
    import os
    from collections.abc import Callable, Collection

    from rushes.backends.protocol import Cancellation
    from rushes.catalog import Catalog
    from rushes.contract.results import VideoGenJobEvent, VideoGenResult
    from rushes.engine import Engine
    from rushes.explore.takes import Take
    from rushes.job import Job
    from rushes.journal import JobRecord, JobState
    from rushes.journal.protocol import Journal

PLUMBING = frozenset(
    {
        *("check", "choose", "engine", "of", "progress", "submit_as"),
        *(name for name in vars(Observing) if not name.startswith("_")),
    }
)
"""What widgets and other programs need of a client; completion in a notebook leaves it out."""


class Subscription:
    """Ends the calls of a listener.

    Args:
        stop: ends them.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop

    def unsubscribe(self) -> None:
        """End the calls; calling it again does nothing."""
        self._stop()


class Jobs(Observing, Marking):
    """The part of a client that reads, judges and cancels jobs, and submits nothing.

    Args:
        engine: works on them.
        library: the client's folder for videos.
        timeout: the default limit of a wait, in seconds; None waits without a limit.
        progress: whether waits show how a job proceeds; None where a person sees it.
    """

    def __init__(
        self,
        engine: Engine,
        library: Path,
        timeout: float | None,
        *,
        progress: bool | None = None,
    ) -> None:
        self._engine = engine
        self._on_started = []
        self._closed = False
        self.library = library
        self.timeout = timeout
        self.progress = progress

    @classmethod
    def of(cls, job: Job) -> Jobs:
        """The jobs of the journal and the library that a job is in.

        Raises:
            JobNotFound: when the journal no longer has the job.
        """
        return Jobs(job.engine, Path(job.engine.record(job.id).folder), None)

    # --- what has been made ----------------------------------------------------------------------

    @awaited("get_completed_jobs_sync")
    async def get_completed_jobs(self) -> list[VideoGenJobEvent]:
        """Return the event of every job that ended since the last call, oldest first.

        This includes jobs that ended while no kernel was running. Each is returned once; jobs
        whose result `generate`, ``await job`` or `Job.result` returned are not included. If the
        process dies before it calls this again or closes the client, its last batch is returned
        again: at least once, never lost.
        """
        self._must_be_open()
        records = await asyncio.wrap_future(self._engine.call(self._engine.drain()))
        return [event(record) for record in records]

    def get_completed_jobs_sync(self) -> list[VideoGenJobEvent]:
        """The blocking twin of `get_completed_jobs`."""
        self._must_be_open()
        return [event(record) for record in self._engine.journal.drain()]

    def jobs(
        self,
        *,
        state: JobState | str | Collection[JobState | str] | None = None,
        provider: str | None = None,
        text: str | None = None,
        since: dt.date | dt.timedelta | str | None = None,
        library: str | os.PathLike[str] | None = None,
        client_ref: str | None = None,
        parent: Job | Take | VideoGenResult | str | None = None,
        limit: int | None = None,
    ) -> JobList:
        """Every job on this machine, newest first. The list prints as a table.

        >>> len(gen.jobs(text="fox", since="2026-01-01", state="done"))
        2

        Args:
            state: only jobs in this state, or in one of these; ``"done"`` is ``"completed"``.
            provider: only jobs of this video model.
            text: only jobs whose prompt contains it, in upper or lower case.
            since: only jobs that were submitted at this time or later: a day or a time, here in
                local time, e.g. ``"2026-11-27"`` or ``"2026-11-27 14:30"``; words, e.g.
                ``"today"``, ``"last week"`` (the last 7 days) or ``"3 days"``; or a ``timedelta``
                before now.
            library: only jobs whose video goes to this folder, e.g. ``gen.library``.
            client_ref: only requests with this ``client_ref``.
            parent: only jobs that are made from the take of this job, e.g. extend it: the job,
                its take, its result or its id.
            limit: the most jobs to return; None returns all.

        Raises:
            InvalidParams: when a filter is wrong: a state or provider does not exist, or a value
                has a wrong type.
        """
        self._must_be_open()
        found = self._engine.journal.select(
            states=states_of(state),
            provider=known_provider(provider, self.catalog, self._engine.journal),
            client_ref=text_of("client_ref", client_ref),
            folder=folder_of(library),
            text=text_of("text", text),
            since=moment("since", since),
            parent=job_of("parent", parent),
            limit=count("limit", limit),
        )
        return JobList(self.job_of(record) for record in found)

    def job(self, job_id: str) -> Job:
        """The job with an id, or with one that begins or ends like this.

        >>> gen.job(job.id[-8:]).id == job.id
        True

        Raises:
            JobNotFound: when the journal has no such job, or several, which it names.
        """
        self._must_be_open()
        if not isinstance(job_id, str):
            msg = f"{job_id!r} is not a job id."
            raise JobNotFound(msg, advice="gen.jobs() lists the existing jobs.")
        try:
            return self.job_of(self._engine.record(job_id))
        except JobNotFound:
            return self.job_of(the_one(self._engine.journal, job_id))

    @awaited("cancel_sync")
    async def cancel(self, job_id: str) -> Cancellation:
        """Cancel a job at its service.

        Returns:
            Whether the service was reached, and whether the job may still be billed.

        Raises:
            JobNotFound: when the journal has no job with that id.
        """
        self._must_be_open()
        return await asyncio.wrap_future(self._engine.call(self._engine.cancel(job_id)))

    def cancel_sync(self, job_id: str) -> Cancellation:
        """The blocking twin of `cancel`."""
        return self.job(job_id).cancel()

    @property
    def engine(self) -> Engine:
        """What works on the jobs of this client's home folder."""
        return self._engine

    @property
    def catalog(self) -> Catalog:
        """The providers, with the user's own."""
        return self._engine.catalog

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in PLUMBING]

    # --- inside --------------------------------------------------------------------------------

    def _must_be_open(self) -> None:
        if self._closed:
            from rushes.engine.host import CLOSED  # noqa: PLC0415 - as the engine

            raise RushesError(CLOSED)
        self._engine.must_work()


MOST_NAMED = 6
"""Jobs that an ambiguous id names, and one."""


def the_one(journal: Journal, part: str) -> JobRecord:
    """The only job whose id begins, or ends, with a text.

    Raises:
        JobNotFound: if there is none, or more than one; the message names them.
    """
    found = journal.named(part, limit=MOST_NAMED) if part else []
    if len(found) == 1 or (found and found[0].id == part):
        return found[0]
    if not found:
        msg = f"No job has the id {part!r}, or an id that begins or ends with it."
        advice = "gen.jobs() and `rushes jobs` list the jobs."
        raise JobNotFound(msg, job_id=part, advice=advice)
    names = ", ".join(record.id for record in found[: MOST_NAMED - 1])
    more = " and others" if len(found) == MOST_NAMED else ""
    msg = f"Several job ids begin or end with {part!r}: {names}{more}. Give more of the id."
    raise JobNotFound(msg, job_id=part)
