"""The client: what a notebook or a script holds."""

from __future__ import annotations

import asyncio
import os
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self
from weakref import ref

from rushes.accounts import LONGEST, Accounts
from rushes.awaiting import awaited
from rushes.blocking import awake, in_one_line, seconds, wait
from rushes.catalog.given import given
from rushes.contract.errors import InvalidParams, Problem, RushesError
from rushes.contract.params import plain
from rushes.explore.library import Library
from rushes.explore.prompts import NamedPrompts
from rushes.explore.rewriting import Rewriter, Rewrites
from rushes.explore.sweeps import Sweeps
from rushes.filters import text_of
from rushes.io.folders import Folders, library_folder
from rushes.jobs import Subscription
from rushes.plan import Plan, Planner
from rushes.recording import money_of, record_of, remark_on
from rushes.recovered import Recoveries
from rushes.signatures import Requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rushes.backends.protocol import Backend
    from rushes.catalog import ProviderSpec
    from rushes.catalog.catalog import Importer
    from rushes.catalog.importing import Imported
    from rushes.contract.params import VideoGenParams
    from rushes.engine import Engine, Timing
    from rushes.estimate import Estimate
    from rushes.explore.rewriting import Rewrite
    from rushes.job import Job
    from rushes.journal import Cap, JobRecord
    from rushes.signatures import Request

WAIT = 2_700.0
"""The default limit of a wait, in seconds. A job may take 35 minutes when a service is busy."""

STOPPING = 0.5
"""Seconds that a stopped `generate` waits for a submission that has begun."""

PREPARING = (
    "The request is still being checked, and is sent unless something is wrong with it: "
    "gen.jobs(limit=1) shows it, and its cancel() cancels it."
)
"""What a stopped `generate` says if it has not got a job by then."""

LONGEST_KEY = 200
"""Characters of a name that `once` gives."""


class VideoGen(Requests, Accounts, Recoveries, Sweeps, NamedPrompts, Library):
    """Makes videos, and remembers every job in the journal of this machine.

    As soon as a client exists, it takes over the unfinished jobs of processes that have ended.

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
        journal: the address of a PostgreSQL database that has the journal in place of that
            folder, ``"postgresql://user:password@host:5432/rushes"``. Clients on several machines
            then work on the same jobs; the library has to be a folder that all of them see. Needs
            ``pip install "psycopg[binary]"``.
        timeout: the default limit of a wait, in seconds, 45 minutes if not given; ``math.inf``
            waits without a limit.
        progress: whether waits show how a job proceeds. None uses ``RUSHES_PROGRESS`` (``0`` or
            ``1``), or else shows it where a person sees it: in a notebook, but not where nbconvert
            or papermill runs it, and in a terminal, but not in a pipe.
        timing: the engine's intervals.

    Raises:
        InvalidParams: if an argument is invalid.
        NoBackend: if no backend of that name is installed.
        JournalError: if the journal cannot be used.
        BackendUnavailable: if the environment's certificates or proxy cannot be used, so that no
            service can be reached; the message names the variable. The preview needs neither.
        PolicyDenied: if there is a policy that cannot be used; the message names what is wrong
            with it.

    Warns:
        UserWarning: for every provider file of the user that cannot be read.
    """

    def __init__(
        self,
        backend: str | Backend | None = None,
        *,
        library: str | os.PathLike[str] | None = None,
        home: str | os.PathLike[str] | None = None,
        journal: str | None = None,
        timeout: float = WAIT,
        progress: bool | None = None,
        timing: Timing | None = None,
    ) -> None:
        # Loaded here, so that naming the class does not load the HTTP client.
        from rushes.engine.shared import borrow  # noqa: PLC0415 - as the comment says

        _check_setup(backend, journal, library=library, home=home)
        folder, limit = library_folder(library), seconds(timeout)
        shows = _progress(progress)
        engine = borrow(Folders.find(home), timing, journal)
        super().__init__(engine, folder, limit, progress=shows)
        for broken in self.catalog.broken:
            warnings.warn(str(broken), stacklevel=2)
        if not (backend is None or isinstance(backend, str)):
            self._engine.use(backend)
            backend = backend.name
        self.catalog.importer = _importer(ref(self._engine))
        self._planner = Planner(self._engine, backend)
        try:
            self._planner.must_exist(backend or os.environ.get("RUSHES_BACKEND"))
            self._planner.must_reach(backend or os.environ.get("RUSHES_BACKEND"))
            self._engine.policies.check()
        except RushesError:
            self.close()
            raise
        self._enlist()

    # --- making videos: `Requests` has the methods that take one request ------------------------

    def submit_as(
        self,
        job_id: str,
        params: VideoGenParams | Plan | Mapping[str, Any],
        *,
        backend: str | None = None,
        account: str | None = None,
        caps: tuple[Cap, ...] = (),
    ) -> Job:
        """Start a job under an id that the caller chose; the same id again is the same job.

        Args:
            job_id: the id.
            params: the request, or a plan of it.
            backend: the service, if not the client's.
            account: whose money it takes, e.g. that of a library.
            caps: limits that apply to it besides the policy's.

        Raises:
            InvalidParams: every problem of the request; nothing was sent.
            NoBackend: no service for the provider is configured; nothing was sent.
            PolicyDenied: the policy or a cap does not allow it; nothing was sent.
            CreditsExhausted: a cap of the policy does not allow it; nothing was sent.
        """
        self._must_be_open()
        plan = self._planner.plan(params, {}, backend)
        self._engine.places.require(self.library)
        record = record_of(plan, self.library, job_id=job_id)
        money = money_of(plan, account, caps)
        return self._handed(record, self._engine.submit(record, reserve=money))

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
            LibraryUnwritable: the videos could not be kept; nothing was sent.
            PolicyDenied: the policy does not allow one of them; nothing was sent.
            CreditsExhausted: they do not fit into a cap of the policy; nothing was sent.
        """
        self._must_be_open()
        if _once(once) is not None:
            reason = "several requests cannot have one name; give True, or submit them one by one."
            raise InvalidParams.of([Problem("once", once, reason)])
        plans = self._planner.plan_all(requests, backend)
        self._engine.places.require(self.library)
        records = [record_of(plan, self.library) for plan in plans]
        if once:
            self._planner.identify(self.library)
        money = [money_of(plan) for plan in plans]
        added = self._engine.submit_all(records, reserve=money, once=bool(once))
        return [self._handed(*pair) for pair in zip(records, added, strict=True)]

    def _plan(
        self,
        params: Request,
        keywords: Mapping[str, Any],
        backend: str | None,
        *,
        copy: bool,
        rewrite: Rewrite | None = None,
    ) -> Plan:
        self._must_be_open()
        if rewrite is None:
            plan = self._planner.plan(params, keywords, backend, copy=copy)
            if copy and plan.original is not None:
                Rewrites(self._engine.journal, str(self.library)).keep(
                    plan.original, plan.params.prompt or ""
                )
            return plan
        return self._rewritten(params, keywords, backend, Rewriter(rewrite), copy=copy)

    def _rewritten(
        self,
        params: Request,
        keywords: Mapping[str, Any],
        backend: str | None,
        rewriter: Rewriter,
        *,
        copy: bool,
    ) -> Plan:
        """The plan of a request whose prompt is rewritten."""
        request, at = (
            (params.params, params.backend) if isinstance(params, Plan) else (params, None)
        )
        data = given(request, keywords)
        original = plain(data.get("prompt"))
        if not isinstance(original, str) or not original.strip():
            raise InvalidParams.of([Problem("rewrite", None, "there is no prompt to rewrite.")])
        text = Rewrites(self._engine.journal, str(self.library)).text_of(original, rewriter)
        plan = self._planner.plan(data | {"prompt": text}, {}, backend or at, copy=copy)
        return plan.rewritten_from(original)

    def _estimate(
        self, params: Request, keywords: Mapping[str, Any], backend: str | None, quantity: object
    ) -> Estimate:
        number = plain(quantity)
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            reason = f"{quantity!r} is not a whole number, 1 or more."
            raise InvalidParams.of([Problem("quantity", quantity, reason)])
        return self._plan(params, keywords, backend, copy=False).cost.times(number)

    def _submit(
        self, params: Request, keywords: Mapping[str, Any], backend: str | None, once: object
    ) -> Job:
        self._must_be_open()
        key = _once(once)
        plan = self._planner.plan(params, keywords, backend)
        self._engine.places.require(self.library)
        record = record_of(plan, self.library, once_key=key)
        if once:
            self._planner.identify(self.library)
        added = self._engine.submit(record, reserve=money_of(plan), once=bool(once))
        return self._handed(record, added)

    async def _submit_aside(
        self, params: Request, keywords: Mapping[str, Any], backend: str | None, once: object
    ) -> Job:
        # Not `asyncio.to_thread`: Python refuses it when the main thread has ended.
        started = self._engine.start_aside(self._submit, params, keywords, backend, once)
        submitting = asyncio.wrap_future(started)
        # Its error is raised here, unless the caller has stopped waiting.
        submitting.add_done_callback(lambda done: done.cancelled() or done.exception())
        with awake():
            try:
                return await asyncio.shield(submitting)
            except asyncio.CancelledError:
                # A thread cannot be stopped, so say what it does.
                await asyncio.wait({submitting}, timeout=STOPPING)
                words = PREPARING
                if submitting.done():
                    error = submitting.exception()
                    words = str(error) if error else submitting.result().continuing()
                raise in_one_line(asyncio.CancelledError(words)) from None

    def _handed(self, wanted: JobRecord, added: JobRecord) -> Job:
        """The job that was recorded, or the earlier one in its place."""
        remark = remark_on(wanted, added)
        job = self.job_of(added, remark)
        if remark is None:
            job.announce()
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
            NoBackend: when no service is set up; the message says which variables to set, and how
                to ask for the preview.
        """
        return self._planner.choose(spec, wanted)

    def _payer(self, backend: str | None) -> str:
        return self._planner.payer(backend)

    def on_job_started(self, callback: Callable[[Job], object]) -> Subscription:
        """Call a function with each job of this client as soon as it is recorded.

        The callback runs in the thread that submits, before anything is sent, with the `Job`; so
        the id of a job is known even when it was made by `generate`. What `finalize` of a job or
        a result of this client makes is one of its jobs, too.
        """
        self._on_started.append(callback)

        def stop() -> None:
            if callback in self._on_started:
                self._on_started.remove(callback)

        return Subscription(stop)

    # --- ending --------------------------------------------------------------------------------

    def close(self) -> None:
        """Release the engine. Unfinished jobs continue at their services."""
        if not self._closed:
            from rushes.engine.shared import give_back  # noqa: PLC0415 - as the engine

            self._closed = True
            self._withdraw()
            give_back(self._engine)

    @awaited("close")
    async def aclose(self) -> None:
        """The awaitable twin of `close`."""
        with suppress(RushesError):  # The engine has ended already.
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
        return text_of("once", given)
    reason = f"give True, or a name of at most {LONGEST_KEY} characters."
    raise InvalidParams.of([Problem("once", given, reason)])


def _progress(given: object) -> bool | None:
    """Whether waits show how a job proceeds, as the argument or else the environment says.

    Raises:
        InvalidParams: when one of them says something else.
    """
    if given is None and (said := os.environ.get("RUSHES_PROGRESS")):
        if said not in ("0", "1"):
            reason = f"RUSHES_PROGRESS is {said!r}; set it to 0 or 1."
            raise InvalidParams.of([Problem("progress", said, reason)])
        return said == "1"
    if given is None or isinstance(given, bool):
        return given
    raise InvalidParams.of([Problem("progress", given, f"{given!r} is not True, False or None.")])


def _check_setup(backend: object, journal: object, **folders: object) -> None:
    """Refuse what cannot be a backend, the address of a database or a folder."""
    from rushes.journal.opening import is_address  # noqa: PLC0415 - as the engine

    problems = [
        Problem(name, value, f"a {type(value).__name__} is not a folder; give a path.")
        for name, value in folders.items()
        if not isinstance(value, str | os.PathLike | None)
    ]
    if not (backend is None or isinstance(backend, str) or hasattr(backend, "submit")):
        reason = f"a {type(backend).__name__} is not a backend; give a name or a backend object."
        problems.append(Problem("backend", backend, reason))
    if not (journal is None or (isinstance(journal, str) and is_address(journal))):
        reason = 'it is not the address of a database; give "postgresql://user@host/name".'
        problems.append(Problem("journal", type(journal).__name__, reason))
    if problems:
        raise InvalidParams.of(problems)


def _importer(engine: ref[Engine]) -> Importer:
    """What the engine's catalog asks for another model; it does not keep the engine alive."""

    def add(address: str, *, name: str | None, replace: bool) -> Imported:
        working = engine()
        if working is None:
            msg = "Its client was closed. Make a new VideoGen()."
            raise RushesError(msg)
        return wait(
            working.call(working.import_provider(address, name=name, replace=replace)), LONGEST
        )

    return add
