"""The part of a client that brings back jobs which this machine has lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from rushes.awaiting import awaited
from rushes.blocking import wait
from rushes.contract.wording import listed
from rushes.joblist import JobList
from rushes.part import Part

if TYPE_CHECKING:
    from concurrent.futures import Future

    from rushes.contract.sheet import Sheet
    from rushes.engine.recovery import Recovery

LONGEST = 600.0
"""Seconds that a list of all jobs may take."""

WORDS = {
    "completed": (
        "1 is finished and is being downloaded",
        "{} are finished and are being downloaded",
    ),
    "running": ("1 is being made", "{} are being made"),
    "queued": ("1 waits in line", "{} wait in line"),
    "failed": ("1 had failed", "{} had failed"),
}
"""The words for one job, and for several, in each status."""


class Recovered(JobList):
    """The jobs that `VideoGen.recover` recorded, newest first. It prints as a table.

    >>> recovered = await gen.recover()  # doctest: +SKIP
    >>> recovered.known  # doctest: +SKIP
    3

    Attributes:
        backend: the service that had them.
        known: how many others of the person's jobs were on record here already.
        summary: what was found, in a sentence or two.
    """

    backend: str = ""
    known: int = 0
    summary: str = ""

    def sheet(self) -> Sheet:
        """The table that is shown, under the summary."""
        return replace(super().sheet(), title=self.summary, empty=self.summary)


class Recoveries(Part):
    """The part of a client that brings back jobs."""

    @awaited("recover_sync")
    async def recover(self, backend: str | None = None) -> Recovered:
        """Record every job that a gateway keeps for you and this machine does not have.

        For a new laptop, or an empty home folder. Finished videos are downloaded to the client's
        library, running jobs continue, and what belongs together stays together: parents, sweeps
        and names given by `once`. Running it again changes nothing, and it may be stopped at any
        time. Nothing is bought.

        >>> try:
        ...     await gen.recover()
        ... except rushes.NoBackend as error:
        ...     print(error.code)
        NO_BACKEND

        Args:
            backend: the service; the only configured one that keeps jobs if not given.

        Returns:
            The jobs that are new here. Their videos arrive as they are downloaded; wait for one
            with `Job.result`.

        Raises:
            NoBackend: if no service is configured that keeps jobs.
            LibraryUnwritable: if the videos could not be kept; nothing was recorded.
            RushesError: if the service refuses it, or cannot be reached; what was recorded by then
                stays, so call it again.
        """
        return self._recovered(await asyncio.wrap_future(self._recover(backend)))

    def recover_sync(self, backend: str | None = None) -> Recovered:
        """The blocking twin of `recover`."""
        return self._recovered(wait(self._recover(backend), LONGEST))

    def _recover(self, backend: str | None) -> Future[Recovery]:
        self._must_be_open()
        return self._engine.call(self._engine.recover(backend, self.library))

    def _recovered(self, found: Recovery) -> Recovered:
        jobs = Recovered(self.job_of(record) for record in reversed(found.new))
        jobs.backend, jobs.known = found.backend, found.known
        jobs.summary = _summary(found, str(self.library))
        return jobs


def _summary(found: Recovery, library: str) -> str:
    """What was found, for people."""
    new, known = len(found.new), found.known
    place = "the gateway" if found.backend == "gateway" else found.backend
    if not new and not known and not found.unreadable:
        return f"You have no jobs at {place}."
    lines = []
    if new:
        parts = [
            _said(words, found.by_status[status])
            for status, words in WORDS.items()
            if found.by_status[status]
        ]
        lines.append(f"Recovered {_jobs(new)} from {place}: {listed(parts)}.")
        if known:
            have = "1 other was" if known == 1 else f"{known:,} others were"
            lines.append(f"{have} here already.")
        if found.by_status["completed"]:
            lines.append(f"The videos go to {library}.")
    elif known:
        be = "is" if known == 1 else "are"
        lines.append(f"Nothing to recover: your {_counted(known)} at {place} {be} on record here.")
    if unreadable := found.unreadable:
        lines.append(
            f"{_jobs(len(unreadable)).capitalize()} cannot be read by this release of rushes, "
            f"e.g. {unreadable[0]}; update it and call recover() again."
        )
    return " ".join(lines)


def _said(words: tuple[str, str], number: int) -> str:
    return words[0] if number == 1 else words[1].format(f"{number:,}")


def _counted(number: int) -> str:
    return "only job" if number == 1 else _jobs(number)


def _jobs(number: int) -> str:
    return "1 job" if number == 1 else f"{number:,} jobs"
