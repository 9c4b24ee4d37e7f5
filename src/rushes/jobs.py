"""The jobs of one home folder: listing them, handing out their events, and cancelling them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rushes.contract.errors import InvalidParams, JobNotFound, Problem, RushesError
from rushes.job import Job, event
from rushes.journal import JobState
from rushes.observing import Observing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from rushes.backends.protocol import Cancellation
    from rushes.catalog import Catalog
    from rushes.contract.results import VideoGenJobEvent
    from rushes.engine import Engine

PLUMBING = frozenset(
    {
        *("check", "choose", "engine", "submit_as"),
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


class Jobs(Observing):
    """The part of a client that reads and cancels jobs, and submits nothing.

    Args:
        engine: works on them.
        library: the client's folder for videos.
        timeout: the default limit of a wait, in seconds; None waits without a limit.
    """

    def __init__(self, engine: Engine, library: Path, timeout: float | None) -> None:
        self._engine = engine
        self._closed = False
        self.library = library
        self.timeout = timeout

    # --- what has been made ----------------------------------------------------------------------

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
        client_ref: str | None = None,
        limit: int | None = None,
    ) -> list[Job]:
        """Every job on this machine, newest first.

        Args:
            state: only jobs in this state, or in one of these.
            provider: only jobs of this video model.
            client_ref: only requests with this ``client_ref``.
            limit: the most jobs to return; None returns all.

        Raises:
            InvalidParams: when a state does not exist, or a filter has a wrong type.
        """
        self._must_be_open()
        found = self._engine.journal.select(
            states=_states(state),
            provider=text_of("provider", provider),
            client_ref=text_of("client_ref", client_ref),
            limit=_count("limit", limit),
        )
        return [self.job_of(record) for record in found]

    def job(self, job_id: str) -> Job:
        """The job with an id.

        Raises:
            JobNotFound: when the journal has no job with that id.
        """
        self._must_be_open()
        if not isinstance(job_id, str):
            msg = f"{job_id!r} is not a job id; gen.jobs() lists the existing jobs."
            raise JobNotFound(msg)
        return self.job_of(self._engine.record(job_id))

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


def _states(given: object) -> list[JobState] | None:
    """The states that a filter names; one alone, or several."""
    if given is None:
        return None
    several = [given] if isinstance(given, str) else given
    known = ", ".join(JobState)
    try:
        return [JobState(item) for item in several]  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        reason = f"{given!r} is not a state or a list of states; states are {known}."
        raise InvalidParams.of([Problem("state", given, reason)]) from None


def text_of(name: str, given: object) -> str | None:
    """A text or None, as it was given.

    Raises:
        InvalidParams: when it is something else, or holds half a character.
    """
    if given is None or (isinstance(given, str) and _is_unicode(given)):
        return given
    raise InvalidParams.of([Problem(name, given, f"{given!r} is not a string.")])


def _is_unicode(text: str) -> bool:
    """Whether a text is without halves of characters, which nothing can write down."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _count(name: str, given: object) -> int | None:
    if given is None or (isinstance(given, int) and not isinstance(given, bool) and given >= 0):
        return given
    raise InvalidParams.of([Problem(name, given, f"{given!r} is not a whole number, 0 or more.")])
