"""A job, as the user holds it."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes import blocking
from rushes.awaiting import awaited
from rushes.contract import display
from rushes.contract.errors import (
    DeadlineExceeded,
    InvalidParams,
    JobCancelled,
    Problem,
    RushesError,
)
from rushes.contract.wording import on_one_line
from rushes.io.folders import library_folder
from rushes.journal import REOPENED, UNFINISHED, JobState
from rushes.outcome import cost_of, outcome, result_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Generator, Iterator

    from rushes.backends.protocol import Cancellation
    from rushes.contract.marks import Marks, Note, Pick, Stars, Tags
    from rushes.contract.params import VideoGenParams
    from rushes.contract.results import Cost, VideoGenResult
    from rushes.engine import Engine, Progress
    from rushes.journal import JobRecord


log = logging.getLogger("rushes")

PLUMBING = frozenset(
    {"announce", "continuing", "engine", "is_over", "media_names", "record", "shows_progress"}
)
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
        progress: whether waits show how it proceeds; None where a person sees it.
        record: the job as it was just read, if it was.
        remark: a note for a caller who got this job in place of a new one.
        library: where its video is looked for, besides its own library, if it was moved.
        listeners: called with each job that is made of it, as `VideoGen.on_job_started` says.
    """

    def __init__(
        self,
        engine: Engine,
        job_id: str,
        *,
        timeout: float | None,
        progress: bool | None = None,
        record: JobRecord | None = None,
        remark: str | None = None,
        library: Path | None = None,
        listeners: Collection[Callable[[Job], object]] = (),
    ) -> None:
        self.id = job_id
        self._engine = engine
        self._timeout = timeout
        self._library = library
        self._listeners = listeners
        self.shows_progress = progress
        self._remarks = () if remark is None else (remark,)
        # Only the marks of a completed record change, so a long list is read once.
        self._completed = (
            record if record is not None and record.state is JobState.COMPLETED else None
        )

    # --- what it is -----------------------------------------------------------------------------

    @property
    def engine(self) -> Engine:
        """What works on it, or sees who does."""
        return self._engine

    @property
    def record(self) -> JobRecord:
        """The job as the journal has it."""
        return self._record

    @property
    def state(self) -> JobState:
        """Its state."""
        return self._record.state

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it automatically."""
        return self.state not in UNFINISHED

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
    def parent(self) -> str | None:
        """The id of the job whose take it is made from, e.g. extended; None if from none."""
        return self._record.parent

    @property
    def path(self) -> Path | None:
        """The file of its video; None while there is none."""
        return None if (result := self.finished) is None else result.path

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know about how the request was carried out."""
        return (*self._record.notes, *self._remarks)

    @property
    def created_at(self) -> datetime:
        """When it was submitted."""
        return datetime.fromtimestamp(self._record.created_at, UTC)

    @property
    def cost(self) -> Cost:
        """Its cost as the service billed it, or else the estimate from the catalog's prices.

        A job that failed at its service, or was cancelled before it was sent, costs nothing; one
        that may have been billed anyway counts its estimate. Costs add up, also if some of
        them are not known:

        >>> print(sum(job.cost for job in gen.jobs()))
        $0.00
        """
        return cost_of(self._record, self._engine.catalog)

    @property
    def error(self) -> RushesError | None:
        """Why it failed or is uncertain, if it is."""
        record = self._record
        if record.error is not None:
            return record.error.to_error(self.id)
        if record.state is JobState.CANCELLED:
            return JobCancelled(f"Job {self.id} was cancelled.", job_id=self.id)
        return None

    @property
    def marks(self) -> Marks:
        """How it was judged, in whichever notebook.

        >>> job.mark(pick=True, stars=5, tags=(), note=None)
        <Marks picked, 5 stars>
        >>> job.marks.stars
        5
        """
        return self._engine.journal.get(self.id).marks

    # --- waiting --------------------------------------------------------------------------------

    def __await__(self) -> Generator[Any, None, VideoGenResult]:
        return self.wait().__await__()

    @awaited("result")
    async def wait(
        self,
        timeout: float | None = None,  # noqa: ASYNC109 - part of the public face, as in asyncio.wait_for
        *,
        progress: bool | None = None,
    ) -> VideoGenResult:
        """Wait for the video; a cell or a terminal shows meanwhile how it proceeds.

        Args:
            timeout: seconds; None takes the client's, and ``math.inf`` waits without a limit.
            progress: whether that is shown; None takes the client's.

        Raises:
            InvalidParams: when the timeout is not a number of seconds.
            DeadlineExceeded: if it takes longer. The job continues and may be billed.
            RushesError: what went wrong, if the job failed, was cancelled or is uncertain.
            asyncio.CancelledError: when the wait is stopped. The job continues, as it says.
        """
        limit = self._limit(timeout)
        with self._watched(limit, progress=progress), blocking.awake():
            async with asyncio.timeout(limit):
                record = await asyncio.wrap_future(self._engine.wait(self.id))
        if record.is_ended:
            # Where that fails, the video is here all the same, and its event is handed out again.
            with suppress(RushesError):
                await asyncio.wrap_future(self._engine.call(self._engine.settle(self.id)))
        return self._handed_out(record)

    def result(
        self, timeout: float | None = None, *, progress: bool | None = None
    ) -> VideoGenResult:
        """The blocking twin of ``await job``; works in scripts and in a running notebook loop."""
        limit = self._limit(timeout)
        with self._watched(limit, progress=progress):
            record = blocking.wait(self._engine.wait(self.id), limit)
        if record.is_ended:
            with suppress(RushesError):  # As in `wait`.
                self._engine.journal.settle(self.id)
        return self._handed_out(record)

    # --- acting ---------------------------------------------------------------------------------

    def cancel(self) -> Cancellation:
        """Ask the service to stop it; the answer says whether it may still be billed."""
        return blocking.wait(self._engine.call(self._engine.cancel(self.id)), 60.0)

    def mark(
        self, *, pick: Pick = ..., stars: Stars = ..., tags: Tags = ..., note: Note = ...
    ) -> Marks:
        """Judge the take; what is not given stays as it is, and the marks are durable at once.

        >>> job.mark(pick=False, stars=None, tags=(), note="hands are wrong")
        <Marks rejected: hands are wrong>

        Args:
            pick: True if it is picked, False if it is rejected, None if it is neither.
            stars: 1 to 5, or None.
            tags: in place of all earlier ones, e.g. ``{"hero", "night"}``.
            note: a text, or None.

        Returns:
            All its marks as they are now.

        Raises:
            InvalidParams: names each mark that is wrong; none was changed.
        """
        changes = {"pick": pick, "stars": stars, "tags": tags, "note": note}
        return self._engine.mark(self.id, changes).marks

    def finalize(self, resolution: str | None = None) -> Job:
        """Render the draft in full: its service makes the same video, larger and at its price.

        The draft has to be finished, and a service keeps it for some days only. It is rendered
        once: the same call again, also of another kernel, returns the job that exists.

        >>> draft = gen.submit(provider="seedance-2.5", prompt="A red fox", draft=True)
        >>> small = await draft
        >>> final = draft.finalize()
        >>> final.parent == draft.id, (await final).height
        (True, 1080)

        Args:
            resolution: that of the final video; None takes the usual one, see `Drafts.finals`.

        Returns:
            The job of the final video, at once; ``await`` it, or take its `result`. It goes to the
            library of the draft.

        Raises:
            InvalidParams: if this is not a draft that can be rendered in full: it is not finished,
                too old, or was made elsewhere. Nothing was sent.
            PolicyDenied: if the policy does not allow it; nothing was sent.
            CreditsExhausted: if a cap of the policy does not allow it; nothing was sent.
        """
        from rushes.recording import finalize  # noqa: PLC0415 - rarely needed

        record, remark = finalize(self._engine, self.id, resolution)
        final = Job(
            self._engine,
            record.id,
            timeout=self._timeout,
            progress=self.shows_progress,
            remark=remark,
            library=self._library,
            listeners=self._listeners,
        )
        if remark is None:
            final.announce()
        return final

    def announce(self) -> None:
        """Call the listeners with this job, which was just recorded."""
        for listener in tuple(self._listeners):
            try:
                listener(self)
            except Exception:
                log.exception("a callback of on_job_started failed")

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

        Raises:
            BackendUnavailable: when the service cannot be asked now about a job that has ended.
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
        """Show the video inline, or the job's status."""
        return display.bundle(self)

    def _ipython_display_(self) -> None:
        """Show how the job proceeds, until its video, where a cell ends with it."""
        display.show(self)

    @property
    def finished(self) -> VideoGenResult | None:
        """The video if it is already available, without waiting.

        Raises:
            JournalError: if it is damaged in the journal.
        """
        record = self._record
        if record.state is not JobState.COMPLETED:
            return None
        marks = record.marks
        with suppress(RushesError):  # The video is here also when the journal is closed.
            marks = self.marks
        return self._noted(result_of(record), record, marks)

    def _handed_out(self, record: JobRecord) -> VideoGenResult:
        """The video of a job that was just seen to have ended.

        Raises:
            RushesError: what went wrong, if there is none.
        """
        result = outcome(record)
        self._completed = record
        return self._noted(result, record, record.marks)

    def _noted(self, result: VideoGenResult, record: JobRecord, marks: Marks) -> VideoGenResult:
        """A result as it is handed out, with what the job knows besides."""
        if result.path is not None and not result.path.exists():
            from rushes.media.found import Folder, relocated  # noqa: PLC0415 - rarely needed

            places = dict.fromkeys(
                place for place in (self._library, Path(record.folder)) if place is not None
            )
            result = relocated(result, record, map(Folder, places))
        cost = result.cost
        if cost is None or not cost.is_believable:
            cost = cost_of(record, self._engine.catalog)
        params = record.known_params
        more = {"notes": self.notes, "params": params, "cost": cost, "marks": marks}
        return result.model_copy(update=more)

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
    def _watched(self, limit: float | None, *, progress: bool | None) -> Iterator[None]:
        """Show how the job proceeds, and say what becomes of it when a wait is stopped.

        Args:
            limit: seconds after which the wait ends with a `TimeoutError`.
            progress: whether it is shown; None takes the client's.
        """
        shows = self.shows_progress if progress is None else progress
        with display.watch(self, progress=shows), self._stoppable(limit):
            yield

    @contextmanager
    def _stoppable(self, limit: float | None) -> Iterator[None]:
        """Say in the last line of the traceback what becomes of the job when a wait is stopped.

        Exactly these two classes are raised, because asyncio compares the types of its own.
        """
        try:
            yield
        except TimeoutError:
            raise self._deadline(limit) from None
        except KeyboardInterrupt:
            raise blocking.in_one_line(KeyboardInterrupt(self.continuing())) from None
        except asyncio.CancelledError:
            raise blocking.in_one_line(asyncio.CancelledError(self.continuing())) from None

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
        if cost.unknown or cost.amount > 0:
            words += ", and may be billed"
        return on_one_line(
            f"Job {self.id} {words}; do not submit it again. {same}.result() waits for it, and "
            f"{same}.cancel() cancels it."
        )

    def _deadline(self, limit: float | None) -> DeadlineExceeded:
        words = f"Job {self.id} was not done within {limit:g} s. {self.continuing()}"
        return DeadlineExceeded(words, job_id=self.id)
