"""Jobs that their service may or may not have: looking them up, and deciding about them.

A submission whose reply was lost is looked up at its service. What the user decides about such a
job is carried out here as well, for `Job`, the Studio and the command line alike.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from rushes.backends.address import NoAddress
from rushes.backends.key import KeyWithheld
from rushes.backends.protocol import (
    Absent,
    Accepted,
    Attempt,
    Cancellation,
    Done,
    Passing,
    Unknown,
    Working,
    is_id,
)
from rushes.contract.errors import (
    BackendUnavailable,
    JobNotFound,
    JobUncertain,
    LeaseLost,
    RushesError,
)
from rushes.engine.timing import Timing
from rushes.journal import REOPENED, JobState, Output
from rushes.journal.context import Context
from rushes.journal.sweep import STARTED_BY_A_SWEEP

if TYPE_CHECKING:
    from pathlib import Path

    from rushes.backends.protocol import Backend
    from rushes.backends.registry import Registry
    from rushes.catalog import Catalog
    from rushes.engine.money import Money
    from rushes.journal import AsyncJournal, Cap, JobRecord, Journal

log = logging.getLogger("rushes")

SENT_AGAIN = "Sent again by the user while it was uncertain whether an earlier attempt exists."

NOT_ASKED = (KeyWithheld, NoAddress)
"""The service was not asked, and will not be as long as it is set up as it is."""

SAME_TIME = 7 * 86_400.0
"""Seconds before an attempt within which another job's may be mistaken for it: services are asked
for minutes, and the rest is for clocks that are set."""

Found = Accepted | Absent | Passing | Unknown


class Decisions:
    """Looks attempts up at their services, and carries out what the user decides.

    Every decision is written by the journal only if the job is still as it was when it was read.

    Args:
        journal: where every outcome is written.
        backends: the services.
        catalog: the providers, which say what of a request is a file.
        inputs: the folder of the copies of local files.
        money: what attempts may cost.
        timing: the engine's times; the usual ones by default.
    """

    def __init__(
        self,
        journal: AsyncJournal,
        backends: Registry,
        catalog: Catalog,
        inputs: Path,
        money: Money,
        *,
        timing: Timing | None = None,
    ) -> None:
        self._journal = journal
        self._backends = backends
        self._catalog = catalog
        self._inputs = inputs
        self._money = money
        self._timing = timing or Timing()

    # --- looking up ----------------------------------------------------------------------------

    async def find(self, job: JobRecord) -> Found:
        """Look the job's attempt up at its service, but not among other jobs' ids.

        Raises:
            NoBackend: when the service is not set up.
        """
        backend = self._backends.get(job.backend)
        since = (job.submit_at or 0.0) - SAME_TIME
        taken = await self._journal.known_remotes(job.backend, since=since)
        try:
            found = await backend.find(self.attempt(job, frozenset(taken)))
        except NOT_ASKED as error:
            return Unknown(error.message)
        except Exception as error:  # noqa: BLE001 - whatever it is, it settles nothing
            log.warning("job %s: looking it up failed: %s", job.id, type(error).__name__)
            words = f"{type(error).__name__} while looking it up at {job.backend}"
            return Passing(RushesError(words))
        if isinstance(found, Accepted) and not is_id(found.remote_id):
            return Unknown(f"{job.backend} has it under an id that cannot be used")
        return found

    def attempt(self, job: JobRecord, taken: frozenset[str] = frozenset()) -> Attempt:
        """The job's present attempt, as a backend gets it."""
        return Attempt(
            job.id,
            job.token or "",
            job.request or {},
            job.submit_at or 0.0,
            taken,
            {path.name: path for path in self.files(job).values()},
            self._timing.hold_submitting,
        )

    def files(self, job: JobRecord) -> dict[str, Path]:
        """By what the request says, the job's files: frozen copies, wherever the home is now."""
        files = self._catalog.local_files(job.known_params)
        return {str(path): self._inputs / path.name for path in files}

    async def seek(self, job: JobRecord) -> tuple[JobRecord, Found]:
        """Look an uncertain job up once more, and adopt it when it is found.

        Returns:
            The job as it is then, and what the service said.

        Raises:
            LeaseLost: when something else became of the job meanwhile.
            RemoteTaken: when what was found belongs to another job already.
        """
        found = await self.find(job)
        if isinstance(found, Accepted):
            job = await self.accept(job, found)
        return job, found

    async def accept(self, job: JobRecord, accepted: Accepted) -> JobRecord:
        """Record that a service has the attempt of a job.

        Raises:
            LeaseLost: when nobody waits for it any more, e.g. because the user had the job sent
                again; the log says then what the service has and may bill.
            RemoteTaken: when the id belongs to another job already.
            JournalError: when it cannot be written now.
        """
        try:
            return await self._journal.accept(job, accepted.remote_id, accepted.remote)
        except LeaseLost:
            with suppress(RushesError):
                now = await self._journal.get(job.id)
                if now.remote_id != accepted.remote_id:
                    log.warning(
                        "job %s: %s has an attempt at it as %s that nobody waits for any more; "
                        "it may be billed, so look it up in your account there",
                        *(job.id, job.backend, accepted.remote_id),
                    )
            raise

    # --- what the user decides -----------------------------------------------------------------

    async def resolve(self, job_id: str, remote_id: object) -> JobRecord:
        """The user found the job at the service under this id; the service is asked first.

        Raises:
            JobNotFound: when the service does not know the id; the job stays uncertain.
            BackendUnavailable: when it cannot be asked now; the job stays uncertain.
            JournalError: when the job is not uncertain, or the id belongs to another job.
        """
        job = await self._journal.get(job_id)
        if not isinstance(remote_id, str) or not is_id(remote_id.strip()):
            shown = f"{remote_id!r:.60}"
            msg = f"{shown} is not an id of {job.backend}; give the one that its console shows."
            raise JobNotFound(msg, job_id=job.id)
        backend = self._backends.get(job.backend)
        found = backend.locate(remote_id.strip(), job.request or {})
        if job.state is JobState.UNCERTAIN:
            await _require(job, backend, found)
        return await self._journal.decide(
            job.id,
            JobState.RUNNING,
            remote_id=found.remote_id,
            remote=found.remote,
            running_at=job.submit_at,
            error=None,
        )

    async def resubmit(
        self, job_id: str, *, account: str | None = None, caps: tuple[Cap, ...] = ()
    ) -> JobRecord:
        """Send an uncertain job again, knowing that this may pay twice.

        Args:
            job_id: the job.
            account: whose money it is; None for that of the attempt before.
            caps: limits that apply besides the policy's and those of its sweep.

        Raises:
            JournalError: when the job is not uncertain.
            PolicyDenied: when the policy does not allow it; nothing was written.
            CreditsExhausted: when a cap does not allow it; nothing was written.
        """
        job = await self._journal.get(job_id)
        reserve = None
        if job.state is JobState.UNCERTAIN:
            caps += await self._journal.apply(partial(_of_its_sweep, job))
            reserve = await self._money.hold_again(self._journal, job, account=account, caps=caps)
        notes = (*job.notes, SENT_AGAIN)
        return await self._journal.decide(
            job_id, JobState.QUEUED, reserve=reserve, notes=notes, token=None, error=None
        )

    async def abandon(self, job_id: str) -> JobRecord:
        """Give an uncertain job up; it becomes a failed one.

        Raises:
            JournalError: when the job is not uncertain.
        """
        return await self._journal.decide(job_id, JobState.FAILED)

    async def look_again(self, job_id: str) -> JobRecord:
        """Ask the service once more for a job that is uncertain, failed or cancelled here.

        Returns:
            The job; its state is unchanged when the service shows nothing with which it could
            continue.

        Raises:
            BackendUnavailable: when a job that has ended cannot be asked for now: it may exist.
        """
        job = await self._journal.get(job_id)
        try:
            if job.state is JobState.UNCERTAIN:
                job, _ = await self.seek(job)
            elif job.state in REOPENED and job.remote_id is not None:
                job = await self._poll_again(job)
            elif job.state in REOPENED and _was_given_up(job):
                job = await self._seek_ended(job)
        except LeaseLost:  # Another task or process looked meanwhile, and wrote what it found.
            job = await self._journal.get(job_id)
        return job

    async def _seek_ended(self, job: JobRecord) -> JobRecord:
        """Continue a job that had ended here, if its service lists the attempt."""
        found = await self.find(job)
        if isinstance(found, Passing):
            raise _unasked(job, found)
        if not isinstance(found, Accepted) or found.remote_id == job.remote_id:
            return job
        return await self._journal.reopen(
            job,
            JobState.RUNNING,
            remote_id=found.remote_id,
            remote=found.remote,
            running_at=job.submit_at,
        )

    async def cancel(self, job: JobRecord) -> tuple[JobRecord, Cancellation]:
        """Have the service cancel a job whose record says that the user wants that.

        Returns:
            The job as it is then; what came of it, and whether it may be billed.
        """
        if job.state is JobState.RUNNING:
            backend = self._backends.get(job.backend)
            outcome = await backend.cancel(job.remote_id or "", job.remote or {})
            if outcome.remote:
                job = await self._journal.amend_remote(job, outcome.remote)
            if not outcome.reached and job.owner == self._journal.owner:
                # The wish came to nothing; it would otherwise be repeated by the next process.
                with suppress(LeaseLost):
                    job = await self._journal.write(job, cancel_requested_at=None)
            return job, outcome
        if job.state is JobState.CANCELLED and job.remote_id is None:
            words = "It was cancelled before it was sent; nothing is billed."
            return job, Cancellation(reached=True, may_bill=False, message=words)
        return job, _too_late_to_cancel(job)

    async def _poll_again(self, job: JobRecord) -> JobRecord:
        """Continue a job that had ended here, if its service says that it runs or is done."""
        backend = self._backends.get(job.backend)
        match await backend.poll(job.remote_id or "", job.remote or {}):
            case Done(url, seed, cost):
                output = Output.of(url, seed, cost)
                return await self._journal.reopen(
                    job, JobState.FETCHING, done_at=None, output=output
                )
            case Working():
                return await self._journal.reopen(job, JobState.RUNNING, done_at=None)
            case Passing() as passing:
                raise _unasked(job, passing)
            case Absent() if job.token is not None:
                # The id may have been garbled; the attempt's token was chosen here.
                return await self._seek_ended(job)
        return job


async def _require(job: JobRecord, backend: Backend, found: Accepted) -> None:
    """Ask a service whether it has a job under an id.

    Raises:
        JobNotFound: when it does not know the id.
        BackendUnavailable: when it cannot be asked now.
    """
    match await backend.poll(found.remote_id, found.remote):
        case Absent():
            msg = (
                f"{job.backend} knows no job {found.remote_id!r}, so nothing was changed: job "
                f"{job.id} stays uncertain. Check the id in your account there."
            )
            raise JobNotFound(msg, job_id=job.id)
        case Passing(error=trouble):
            msg = (
                f"{job.backend} cannot be asked for {found.remote_id!r} now, so nothing was "
                f"changed; try it again. ({trouble.message})"
            )
            raise BackendUnavailable(msg, status=trouble.status, job_id=job.id)


def _unasked(job: JobRecord, passing: Passing) -> BackendUnavailable:
    """The error for a job that ended here, and that its service says nothing of now."""
    msg = (
        f"{job.backend} cannot be asked now whether it has job {job.id}, which may exist and be "
        f"billed. Nothing was sent or changed; try it again later. ({passing.error.message})"
    )
    return BackendUnavailable(msg, status=passing.error.status, job_id=job.id)


def _of_its_sweep(job: JobRecord, journal: Journal) -> tuple[Cap, ...]:
    """The cap of the sweep that started a job, as it is now; a Studio's budget is the Studio's."""
    if not job.id.startswith(STARTED_BY_A_SWEEP):
        return ()
    context = journal.contexts([job.id]).get(job.id, Context())
    sweeps = [journal.sweep(place.folder, place.sweep) for place in context.places]
    return tuple(
        cap
        for sweep in sweeps
        if sweep is not None
        for cap in sweep.caps
        if cap.account == sweep.account
    )


def _was_given_up(job: JobRecord) -> bool:
    """Whether the user gave an uncertain job up; of any other the service never had it."""
    given_up = job.error is not None and job.error.code == JobUncertain.code
    return given_up and job.token is not None


def _too_late_to_cancel(job: JobRecord) -> Cancellation:
    match job.state:
        case JobState.SUBMITTING:
            words = "It is being sent right now and is cancelled as soon as it is accepted."
            return Cancellation(reached=True, may_bill=True, message=words)
        case JobState.UNCERTAIN:
            words = (
                "It is uncertain whether it was sent, so there is nothing to cancel yet. Find it "
                "at the service, send it again or give it up."
            )
            return Cancellation(reached=False, may_bill=True, message=words)
        case JobState.FETCHING | JobState.COMPLETED:
            words = "It is finished already and is billed."
            return Cancellation(reached=False, may_bill=True, message=words)
    words = f"It ended already: {job.state}."
    return Cancellation(reached=False, may_bill=False, message=words)
