"""The client of a notebook or script."""

from __future__ import annotations

import asyncio
import logging
import os
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from rushes.blocking import seconds
from rushes.contract.errors import InvalidParams, JobNotFound, Problem, RushesError
from rushes.contract.params import plain
from rushes.io.folders import Folders, library_folder, require_writable
from rushes.job import earlier, event
from rushes.journal import JobRecord, JobState
from rushes.observing import Observing
from rushes.plan import Planner

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from rushes.backends.protocol import Backend, Cancellation
    from rushes.catalog import Catalog, ProviderSpec
    from rushes.contract.params import VideoGenParams
    from rushes.contract.results import VideoGenJobEvent, VideoGenResult
    from rushes.engine import Engine, Timing
    from rushes.job import Job
    from rushes.journal import Reservation
    from rushes.plan import Estimate, Plan

log = logging.getLogger("rushes")

WAIT = 1_800.0
"""Default timeout of waits in seconds; services take up to ten minutes, and longer under load."""


LONGEST_KEY = 200
"""Characters of a name that `once` gives."""


class Subscription:
    """A registered callback.

    Args:
        stop: what to do then.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop

    def unsubscribe(self) -> None:
        """Stop the callbacks; calling it again does nothing."""
        self._stop()


class VideoGen(Observing):
    """Generates videos, and records every job in the journal of this machine.

    Unfinished jobs of processes that are gone are taken over as soon as a client exists.

    >>> gen = rushes.VideoGen(backend="preview")
    >>> result = await gen.generate(
    ...     provider="kling-3.0-standard", mode="text-to-video", prompt="A red fox in the snow"
    ... )
    >>> result.path.exists()
    True

    Args:
        backend: the service to use: a name, or a backend object. None uses ``RUSHES_BACKEND``, or
            the first configured service of the provider; the preview is never used unless it is
            selected.
        library: folder for the videos; ``rushes-media`` next to the notebook by default.
        home: folder of the journal; ``RUSHES_HOME`` or the platform's data folder by default.
        timeout: default timeout of waits in seconds; ``math.inf`` for no limit.
        timing: the engine's intervals.

    Raises:
        InvalidParams: if an argument is invalid.
        JournalError: if the journal cannot be used.
        BackendUnavailable: if the environment's certificates or proxy cannot be used, so that no
            service can be reached; the message names the variable. The preview needs neither.

    Warns:
        UserWarning: for every provider file of the user that cannot be read.
    """

    def __init__(
        self,
        backend: str | Backend | None = None,
        *,
        library: str | os.PathLike[str] | None = None,
        home: str | os.PathLike[str] | None = None,
        timeout: float = WAIT,
        timing: Timing | None = None,
    ) -> None:
        # Loaded here, so that naming the class does not load the HTTP client.
        from rushes.engine.engine import borrow  # noqa: PLC0415 - as the comment says

        _check_setup(backend, library=library, home=home)
        self.library = library_folder(library)
        self.timeout = seconds(timeout)
        self._engine = borrow(Folders.find(home), timing)
        self._closed = False
        for broken in self.catalog.broken:
            warnings.warn(str(broken), stacklevel=2)
        self._on_started: list[Callable[[Job], object]] = []
        if not (backend is None or isinstance(backend, str)):
            self._engine.use(backend)
            backend = backend.name
        self._planner = Planner(self._engine, backend)
        try:
            self._planner.must_reach(backend or os.environ.get("RUSHES_BACKEND"))
        except RushesError:
            self.close()
            raise

    # --- making videos -----------------------------------------------------------------------

    async def generate(
        self,
        params: VideoGenParams | Plan | Mapping[str, Any] | None = None,
        /,
        *,
        backend: str | None = None,
        once: bool | str = False,
        timeout: float | None = None,  # noqa: ASYNC109 - part of the public face, as in asyncio.wait_for
        **keywords: Any,
    ) -> VideoGenResult:
        """Generate a video and wait for it.

        Cancelling the wait does not cancel the job.

        Args:
            params: the request as an object, or as a mapping in either spelling.
            backend: the service, if not the client's.
            once: as for `submit`.
            timeout: seconds to wait; None uses the client's default, and ``math.inf`` has no limit.
            keywords: the request, or additions to `params`, in snake_case.

        Raises:
            InvalidParams: every problem of the request; nothing was sent.
            NoBackend: no service for the provider is configured; nothing was sent.
            DeadlineExceeded: the wait timed out; the job continues.
            RushesError: what went wrong at the service.
        """
        limit = seconds(timeout)
        # Not `asyncio.to_thread`: Python refuses it when the main thread has ended.
        job = await self._engine.aside(self._submit, params, keywords, backend, once)
        return await job.wait(limit)

    def generate_sync(
        self,
        params: VideoGenParams | Plan | Mapping[str, Any] | None = None,
        /,
        *,
        backend: str | None = None,
        once: bool | str = False,
        timeout: float | None = None,
        **keywords: Any,
    ) -> VideoGenResult:
        """The blocking twin of `generate`."""
        limit = seconds(timeout)
        return self._submit(params, keywords, backend, once).result(limit)

    def submit(
        self,
        params: VideoGenParams | Plan | Mapping[str, Any] | None = None,
        /,
        *,
        backend: str | None = None,
        once: bool | str = False,
        **keywords: Any,
    ) -> Job:
        """Start a job and return immediately; the job is already recorded.

        Args:
            params: the request as an object, a plan or in the contract's camelCase.
            backend: the service, if not the client's.
            once: whether the same request is made one time only in this library: when a take of
                it exists or is being made, that one is returned, with a note that says so.
                Takes that failed or were cancelled do not count; uncertain ones do. A text names
                one take of several of the same request.
            keywords: the request, or additions to `params`, in snake_case.

        Raises:
            InvalidParams: every problem of the request; nothing was sent.
            NoBackend: no service for the provider is configured; nothing was sent.
            LibraryUnwritable: the library is not writable; nothing was sent.
        """
        return self._submit(params, keywords, backend, once)

    def submit_as(
        self,
        job_id: str,
        params: VideoGenParams | Plan | Mapping[str, Any],
        *,
        backend: str | None = None,
        reserve: Callable[[Plan], Reservation] | None = None,
    ) -> Job:
        """Start a job with a given id; repeating the id returns the same job.

        Args:
            job_id: the id.
            params: the request, or a plan of it.
            backend: the service, if not the client's.
            reserve: called with the plan; returns the money that is reserved in the transaction
                that puts the job on record.

        Raises:
            InvalidParams: every problem of the request; nothing was sent.
            NoBackend: no service for the provider is configured; nothing was sent.
            PolicyDenied: the money cannot be reserved; nothing was sent.
        """
        self._must_be_open()
        plan = self._planner.plan(params, {}, backend)
        require_writable(self.library)
        money = reserve(plan) if reserve else None
        record = self._record(plan, job_id=job_id)
        return self._started(self._engine.submit(record, reserve=money))

    def submit_many(
        self,
        requests: Iterable[VideoGenParams | Plan | Mapping[str, Any]],
        *,
        backend: str | None = None,
        once: bool = False,
    ) -> list[Job]:
        """Start several jobs; all requests are checked before the first one is sent.

        >>> base = {"provider": "kling-3.0-standard", "prompt": "A red fox"}
        >>> jobs = gen.submit_many(base | {"duration_seconds": seconds} for seconds in (3, 5))
        >>> results = [job.result() for job in jobs]

        Args:
            requests: each as `submit` takes it, or a plan.
            backend: the service, if not the client's.
            once: as for `submit`, for each request. Give a name to a single one.

        Raises:
            InvalidParams: all that is wrong with any of them, each problem with the place of its
                request, e.g. ``[2].resolution``; nothing was sent.
            NoBackend: no service for a provider is configured; nothing was sent.
            LibraryUnwritable: the library is not writable; nothing was sent.
        """
        self._must_be_open()
        if _once(once) is not None:
            reason = "several requests cannot have one name; give True, or submit them one by one."
            raise InvalidParams.of([Problem("once", once, reason)])
        plans = self._planner.plan_all(requests, backend)
        require_writable(self.library)
        records = [self._record(plan) for plan in plans]
        if once:
            self._planner.identify(self.library)
        added = self._engine.submit_all(records, once=bool(once))
        return [self._handed(*pair) for pair in zip(records, added, strict=True)]

    def plan(
        self,
        params: VideoGenParams | Plan | Mapping[str, Any] | None = None,
        /,
        *,
        backend: str | None = None,
        copy: bool = True,
        **keywords: Any,
    ) -> Plan:
        """Check a request, freeze its files and price it. Nothing is sent.

        Args:
            params: the request as an object, a plan or in the contract's camelCase.
            backend: the service, if not the client's.
            copy: whether local files are copied to the home folder, so that the plan still means
                the same when it is submitted; without that it is good for looking at.
            keywords: the request, or additions to `params`, in snake_case.

        Raises:
            InvalidParams: every problem of the request.
            NoBackend: no service for the provider is configured.
        """
        self._must_be_open()
        return self._planner.plan(params, keywords, backend, copy=copy)

    def estimate(
        self,
        params: VideoGenParams | Plan | Mapping[str, Any] | None = None,
        /,
        *,
        backend: str | None = None,
        quantity: int = 1,
        **keywords: Any,
    ) -> Estimate:
        """Estimate the cost of a request. Nothing is sent, and no file is copied.

        Args:
            params: as for `plan`.
            backend: the service, if not the client's.
            quantity: how many such videos.
            keywords: as for `plan`.

        Raises:
            InvalidParams: every problem of the request.
            NoBackend: no service for the provider is configured.
        """
        number = plain(quantity)
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            reason = f"{quantity!r} is not a whole number, 1 or more."
            raise InvalidParams.of([Problem("quantity", quantity, reason)])
        return self.plan(params, backend=backend, copy=False, **keywords).cost.times(number)

    def _submit(
        self,
        params: VideoGenParams | Plan | Mapping[str, Any] | None,
        keywords: Mapping[str, Any],
        backend: str | None,
        once: object,
    ) -> Job:
        self._must_be_open()
        key = _once(once)
        plan = self._planner.plan(params, keywords, backend)
        require_writable(self.library)
        record = self._record(plan, once_key=key)
        if once:
            self._planner.identify(self.library)
        return self._handed(record, self._engine.submit(record, once=bool(once)))

    def _record(
        self, plan: Plan, *, job_id: str | None = None, once_key: str | None = None
    ) -> JobRecord:
        """A job of a plan, which nobody has sent."""
        return JobRecord.new(
            plan.params,
            backend=plan.backend,
            folder=str(self.library),
            job_id=job_id,
            notes=plan.notes,
            content_key=plan.key,
            once_key=once_key,
        )

    def _handed(self, wanted: JobRecord, added: JobRecord) -> Job:
        """The job that was put on record, or the one that was there in its place."""
        if added.id == wanted.id:
            return self._started(added)
        if added.content_key != wanted.content_key:
            reason = (
                f"{wanted.once_key!r} names a take of another request in this library, job "
                f"{added.id}; choose another name for this one."
            )
            raise InvalidParams.of([Problem("once", wanted.once_key, reason)])
        return self.job_of(added, earlier(added))

    def _started(self, record: JobRecord) -> Job:
        """A job that is new, after its listeners have been notified."""
        job = self.job_of(record)
        for callback in tuple(self._on_started):
            try:
                callback(job)
            except Exception:
                log.exception("a callback of on_job_started failed")
        return job

    def check(
        self, data: Mapping[str, Any], *, backend: str | None = None, copy: bool = True
    ) -> tuple[VideoGenParams, str]:
        """The params of a plan, and the service that would run them; see `plan`."""
        plan = self.plan(data, backend=backend, copy=copy)
        return plan.params, plan.backend

    def choose(self, spec: ProviderSpec, wanted: str | None = None) -> str:
        """The service that runs a provider's jobs.

        Args:
            spec: the provider.
            wanted: a service's name; None takes the client's, the environment's, or the first
                of the provider's that is set up.

        Raises:
            NoBackend: when there is none; the message says which variables to set, and how to
                ask for the preview.
        """
        return self._planner.choose(spec, wanted)

    # --- what has been made ----------------------------------------------------------------------

    async def get_completed_jobs(self) -> list[VideoGenJobEvent]:
        """Return the event of every job that has ended since the last call, oldest first.

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
            provider: only jobs of this provider.
            client_ref: only requests with this ``client_ref``.
            limit: maximum number of jobs.

        Raises:
            InvalidParams: when there is no such state, or a filter is of a wrong type.
        """
        self._must_be_open()
        found = self._engine.journal.select(
            states=_states(state),
            provider=_text("provider", provider),
            client_ref=_text("client_ref", client_ref),
            limit=_count("limit", limit),
        )
        return [self.job_of(record) for record in found]

    def job(self, job_id: str) -> Job:
        """The job with an id.

        Raises:
            JobNotFound: if there is none.
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
            JobNotFound: when there is none of that id.
        """
        self._must_be_open()
        return await asyncio.wrap_future(self._engine.call(self._engine.cancel(job_id)))

    def cancel_sync(self, job_id: str) -> Cancellation:
        """The blocking twin of `cancel`."""
        return self.job(job_id).cancel()

    def on_job_started(self, callback: Callable[[Job], object]) -> Subscription:
        """Call a function for each job of this client as soon as it is recorded.

        The callback runs in the thread that submits, before anything is sent, with the `Job`; so
        the id of a job is known even when it was made by `generate`.
        """
        self._on_started.append(callback)

        def stop() -> None:
            if callback in self._on_started:
                self._on_started.remove(callback)

        return Subscription(stop)

    @property
    def engine(self) -> Engine:
        """What works on the jobs of this client's home folder."""
        return self._engine

    @property
    def catalog(self) -> Catalog:
        """The providers, with the user's own."""
        return self._engine.catalog

    def _must_be_open(self) -> None:
        if self._closed:
            from rushes.engine.host import CLOSED  # noqa: PLC0415 - as the engine

            raise RushesError(CLOSED)
        self._engine.must_work()

    # --- ending --------------------------------------------------------------------------------

    def close(self) -> None:
        """Release the engine. Unfinished jobs continue at their services."""
        if not self._closed:
            from rushes.engine.engine import give_back  # noqa: PLC0415 - as the engine

            self._closed = True
            give_back(self._engine)

    async def aclose(self) -> None:
        """The awaitable twin of `close`."""
        with suppress(RushesError):  # It has ended already.
            await self._engine.aside(self.close)
        self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def _once(given: object) -> str | None:
    """The name that `once` gives to a take, if it gives one.

    Raises:
        InvalidParams: when it is neither a truth value nor a name.
    """
    if isinstance(given, bool):
        return None
    if isinstance(given, str) and given.strip() and len(given) <= LONGEST_KEY:
        return _text("once", given)
    reason = f"give True, or a name of at most {LONGEST_KEY} characters."
    raise InvalidParams.of([Problem("once", given, reason)])


def _check_setup(backend: object, **folders: object) -> None:
    """Refuse what cannot be a backend or a folder."""
    problems = [
        Problem(name, value, f"a {type(value).__name__} is not a folder; give a path.")
        for name, value in folders.items()
        if not isinstance(value, str | os.PathLike | None)
    ]
    if not (backend is None or isinstance(backend, str) or hasattr(backend, "submit")):
        reason = f"a {type(backend).__name__} is not a backend; give a name or a backend object."
        problems.append(Problem("backend", backend, reason))
    if problems:
        raise InvalidParams.of(problems)


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


def _text(name: str, given: object) -> str | None:
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
