"""A job, as the user holds it."""

from __future__ import annotations

import asyncio
import os
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from rushes import blocking
from rushes.contract import display
from rushes.contract.errors import (
    DeadlineExceeded,
    InvalidParams,
    JobCancelled,
    JournalError,
    Problem,
    ProviderErrorDetail,
    RushesError,
)
from rushes.contract.results import Cost, VideoGenJobEvent, VideoGenResult
from rushes.contract.wording import on_one_line
from rushes.io.folders import library_folder
from rushes.journal import REOPENED, JobState

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator, Iterator

    from rushes.backends.protocol import Cancellation
    from rushes.contract.params import VideoGenParams
    from rushes.engine import Engine, Progress
    from rushes.journal import JobRecord


PLUMBING = frozenset({"continuing", "engine", "media_names"})
"""What widgets need of a job; completion in a notebook leaves it out."""


class Job:
    """One submission of params. ``await job`` or ``job.result()`` gives the video.

    A job lives in the journal, not in this object: losing the object, the wait or the kernel
    loses nothing, and ``gen.job(job.id)`` is the same job again.

    >>> job.state, job.provider
    (<JobState.COMPLETED: 'completed'>, 'seedance-2.0-fast')
    >>> result = await job
    >>> gen.job(job.id).result().path == result.path
    True

    Args:
        engine: works on it, or sees who does.
        job_id: its id.
        timeout: default timeout of waits in seconds; None for no limit.
        record: the job as it was just read, if it was.
        remark: a note for a caller who got this job in place of a new one.
    """

    def __init__(
        self,
        engine: Engine,
        job_id: str,
        *,
        timeout: float | None,
        record: JobRecord | None = None,
        remark: str | None = None,
    ) -> None:
        self.id = job_id
        self._engine = engine
        self._timeout = timeout
        self._remarks = () if remark is None else (remark,)
        # A completed record never changes again, so a long list is read once.
        self._completed = (
            record if record is not None and record.state is JobState.COMPLETED else None
        )

    # --- what it is -----------------------------------------------------------------------------

    @property
    def engine(self) -> Engine:
        """What works on it, or sees who does."""
        return self._engine

    @property
    def state(self) -> JobState:
        """Its state."""
        return self._record.state

    @property
    def progress(self) -> Progress:
        """Its progress, as text and as a fraction."""
        return self._engine.progress_of(self._record)

    @property
    def params(self) -> VideoGenParams:
        """The request."""
        return self._record.typed_params

    @property
    def media_names(self) -> tuple[str, ...]:
        """The parameters of its provider that hold images, videos or sounds."""
        return self._engine.catalog.media_names(self._record.provider)

    @property
    def provider(self) -> str:
        """The video model."""
        return self._record.provider

    @property
    def backend(self) -> str:
        """The service that runs it."""
        return self._record.backend

    @property
    def remote_id(self) -> str | None:
        """The service's id of it, once accepted."""
        return self._record.remote_id

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know about how the request was carried out."""
        return (*self._record.notes, *self._remarks)

    @property
    def created_at(self) -> datetime:
        """When it was submitted."""
        return datetime.fromtimestamp(self._record.created_at, UTC)

    @property
    def cost(self) -> Cost | None:
        """Its cost, or the estimate from the catalog's prices."""
        record = self._record
        cost = None
        if record.state is JobState.COMPLETED:
            with suppress(JournalError):
                cost = result_of(record).cost
        if cost is not None and cost.is_believable:
            return cost
        spec = self._engine.catalog.providers.get(record.provider)
        return spec.estimate(record.known_params, record.backend) if spec else None

    @property
    def error(self) -> RushesError | None:
        """Why it failed or is uncertain, if it is."""
        record = self._record
        if record.error is not None:
            return record.error.to_error(self.id)
        if record.state is JobState.CANCELLED:
            return JobCancelled(f"Job {self.id} was cancelled.", job_id=self.id)
        return None

    # --- waiting --------------------------------------------------------------------------------

    def __await__(self) -> Generator[Any, None, VideoGenResult]:
        return self.wait().__await__()

    async def wait(self, timeout: float | None = None) -> VideoGenResult:  # noqa: ASYNC109 - part of the public face, as in asyncio.wait_for
        """Wait for the video.

        Args:
            timeout: seconds; None takes the client's, and ``math.inf`` waits without a limit.

        Raises:
            InvalidParams: when the timeout is not a number of seconds.
            DeadlineExceeded: if it takes longer. The job continues and may be billed.
            RushesError: what went wrong, if the job failed, was cancelled or is uncertain.
            asyncio.CancelledError: when the wait is stopped. The job continues, as it says.
        """
        limit = self._limit(timeout)
        try:
            with self._stoppable(), blocking.awake():
                async with asyncio.timeout(limit):
                    record = await asyncio.wrap_future(self._engine.wait(self.id))
        except TimeoutError:
            raise self._deadline(limit) from None
        if record.is_ended:
            # Where that fails, the video is here all the same, and its event is handed out again.
            with suppress(RushesError):
                await asyncio.wrap_future(self._engine.call(self._engine.settle(self.id)))
        return self._noted(outcome(record))

    def result(self, timeout: float | None = None) -> VideoGenResult:
        """The blocking twin of ``await job``; works in scripts and in a running notebook loop."""
        limit = self._limit(timeout)
        try:
            with self._stoppable():
                record = blocking.wait(self._engine.wait(self.id), limit)
        except TimeoutError:
            raise self._deadline(limit) from None
        if record.is_ended:
            with suppress(RushesError):  # As in `wait`.
                self._engine.journal.settle(self.id)
        return self._noted(outcome(record))

    # --- acting ---------------------------------------------------------------------------------

    def cancel(self) -> Cancellation:
        """Ask the service to stop it; the answer says whether it may still be billed."""
        return blocking.wait(self._engine.call(self._engine.cancel(self.id)), 60.0)

    def move_to(self, folder: str | os.PathLike[str]) -> Job:
        """Keep the video in another library, e.g. because the job's own cannot be written.

        The job continues there at once, whichever process works on it; files that exist stay where
        they are. ``job.move_to(gen.library)`` uses the library of a client.

        Args:
            folder: the other library; it is created.

        Raises:
            LibraryUnwritable: if that folder cannot be written; the job was not moved.
            JournalError: if the job is completed; its files can simply be copied.
        """
        if not isinstance(folder, str | os.PathLike) or not os.fspath(folder):
            reason = f"{folder!r} is not a folder; give a path."
            raise InvalidParams.of([Problem("folder", folder, reason)])
        moving = self._engine.move(self.id, library_folder(folder))
        return self._decide(moving)

    def resolve(self, remote_id: str) -> Job:
        """Settle an uncertain job that you found at the service under this id.

        The service is asked first, so that a mistyped id changes nothing.

        Raises:
            JobNotFound: when the service does not know the id; the job stays uncertain.
            BackendUnavailable: if it cannot be asked now; the job stays uncertain.
            JournalError: when the job is not uncertain, or the id belongs to another job.
        """
        return self._decide(self._engine.resolve(self.id, remote_id))

    def resubmit(self) -> Job:
        """Settle an uncertain job by sending it again, which may pay twice.

        Raises:
            JournalError: when the job is not uncertain.
        """
        return self._decide(self._engine.resubmit(self.id))

    def abandon(self) -> Job:
        """Settle an uncertain job by giving it up. It becomes failed.

        Raises:
            JournalError: when the job is not uncertain.
        """
        return self._decide(self._engine.abandon(self.id))

    def look_again(self) -> bool:
        """Ask the service again about a job that is uncertain, failed or cancelled here.

        A job that the service has after all continues, and its video is downloaded; nothing is
        sent. This recovers a finished video for as long as the service keeps it.

        Returns:
            Whether the job continues, or is already completed.
        """
        record = blocking.wait(self._engine.call(self._engine.look_again(self.id)), 60.0)
        return record.state not in REOPENED

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in PLUMBING]

    # --- showing --------------------------------------------------------------------------------

    def __repr__(self) -> str:
        try:
            record = self._record
            words = self._engine.progress_of(record).text
            text = f"{record.provider} at {record.backend}: {words}"
        except RushesError as error:
            text = error.message
        return on_one_line(f"<Job {self.id} {text}>")

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Show the video inline, or how the job stands."""
        return display.bundle(self)

    @property
    def finished(self) -> VideoGenResult | None:
        """The video if it is already available, without waiting.

        Raises:
            JournalError: if it is damaged in the journal.
        """
        record = self._record
        if record.state is not JobState.COMPLETED:
            return None
        return self._noted(result_of(record))

    def _noted(self, result: VideoGenResult) -> VideoGenResult:
        return result.model_copy(update={"notes": self.notes}) if self.notes else result

    def _limit(self, timeout: float | None) -> float | None:
        limit = blocking.seconds(timeout)
        return self._timeout if limit is None else limit

    @property
    def _record(self) -> JobRecord:
        if self._completed is not None:
            return self._completed
        record = self._engine.record(self.id)
        if record.state is JobState.COMPLETED:
            self._completed = record
        return record

    def _decide(self, deciding: Coroutine[Any, Any, JobRecord]) -> Job:
        blocking.wait(self._engine.call(deciding), 60.0)
        return self

    @contextmanager
    def _stoppable(self) -> Iterator[None]:
        """Say in the last line of the traceback what becomes of the job when a wait is stopped.

        Exactly these two classes are raised, because asyncio compares the types of its own.
        """
        try:
            yield
        except KeyboardInterrupt:
            raise KeyboardInterrupt(self.continuing()) from None
        except asyncio.CancelledError:
            raise asyncio.CancelledError(self.continuing()) from None

    def continuing(self) -> str:
        """What someone who stops waiting has to know: what becomes of it, and how to cancel it."""
        same = f"gen.job({self.id!r})"
        try:
            record, cost = self._record, self.cost
        except RushesError:
            return f"Job {self.id} continues; a new VideoGen() has it as {same}."
        if record.is_ended:
            return f"Job {self.id} is {record.state}; {same}.result() says the rest."
        there = f"{record.backend} ({record.remote_id})" if record.remote_id else record.backend
        is_sent = record.state not in (JobState.QUEUED, JobState.SUBMITTING)
        words = f"continues at {there}" if is_sent else f"continues and is sent to {there}"
        if cost is None or cost.amount > 0:
            words += ", and may be billed"
        return on_one_line(
            f"Job {self.id} {words}; do not submit it again. {same}.result() waits for it, and "
            f"{same}.cancel() cancels it."
        )

    def _deadline(self, limit: float | None) -> DeadlineExceeded:
        words = f"Job {self.id} was not done within {limit:g} s. {self.continuing()}"
        return DeadlineExceeded(words, job_id=self.id)


def earlier(record: JobRecord) -> str:
    """A note on a job that is returned in place of a new one."""
    when = datetime.fromtimestamp(record.created_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    words = f"Nothing was sent: this is the take of the same request of {when}, job {record.id}."
    if record.state is JobState.UNCERTAIN:
        return f"{words} It is not known whether {record.backend} has it."
    if record.state is not JobState.COMPLETED:
        return f"{words} It is still being made."
    try:
        path = result_of(record).path
    except JournalError as error:
        return f"{words} {error.message}"
    if path is not None and not path.exists():
        return f'{words} Its file is not in the library any more; once="a name" makes another.'
    return words


def outcome(record: JobRecord) -> VideoGenResult:
    """The video of a job that has ended or is uncertain.

    Raises:
        RushesError: what went wrong, if there is none.
    """
    if record.state is JobState.COMPLETED:
        return result_of(record)
    if record.error is not None:
        raise record.error.to_error(record.id)
    if record.state is not JobState.CANCELLED:
        msg = f"Job {record.id} is {record.state}; the reason is damaged in the journal."
        raise RushesError(msg, job_id=record.id)
    words = f"Job {record.id} was cancelled."
    raise JobCancelled(words, job_id=record.id)


def event(record: JobRecord) -> VideoGenJobEvent:
    """The event of an ended job."""
    try:
        return VideoGenJobEvent(
            job_id=record.id,
            status="completed",
            params=record.known_params,
            result=outcome(record),
        )
    except RushesError as error:
        detail = error.error_detail
        if record.state is JobState.CANCELLED:
            detail = (detail or ProviderErrorDetail()).model_copy(update={"type": "cancelled"})
        return VideoGenJobEvent(
            job_id=record.id,
            status="failed",
            params=record.known_params,
            error=error.message,
            code=error.code,
            error_detail=detail,
        )


def result_of(record: JobRecord) -> VideoGenResult:
    """The video of a completed job.

    Raises:
        JournalError: if it is damaged in the journal, and the video's sidecar is missing, too.
    """
    try:
        return VideoGenResult.model_validate(record.result)
    except ValidationError:
        pass
    from rushes.media.library import video_path  # noqa: PLC0415 - rarely needed
    from rushes.media.sidecar import facts_beside  # noqa: PLC0415

    path = video_path(record)
    result, _ = facts_beside(path)
    if result is None or not path.exists():
        msg = (
            f"The result of job {record.id} is damaged in the journal. It was paid; its video is "
            f"{path}, unless it was moved."
        )
        raise JournalError(msg, job_id=record.id)
    return result
