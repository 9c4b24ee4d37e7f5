"""One thread, one event loop, one HTTP client: all work on all jobs of a process.

A cell that computes for ten minutes stops no job, because nothing here runs in the kernel's own
loop. One agenda holds the time at which each job is due; when it is, the job goes into a lane,
which does one kind of work for one service, so many at once and so often a second.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import contextvars
import logging
import os
import random
import sys
import threading
import time
from collections import defaultdict
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from rushes.backends.protocol import Announcing, Cancellation
from rushes.backends.registry import Registry
from rushes.catalog import Catalog
from rushes.contract.errors import JournalError, LeaseLost, RateLimited, RushesError
from rushes.engine.agenda import Agenda
from rushes.engine.announcement import take_in
from rushes.engine.audience import Audience
from rushes.engine.forecast import HISTORY, Forecast
from rushes.engine.lanes import Lane
from rushes.engine.news import RECENT, News
from rushes.engine.promises import Promises, fail, fulfil
from rushes.engine.threads import Loop, Threads
from rushes.engine.timing import Timing
from rushes.engine.tracking import Progress, Track, live_progress, plain_progress
from rushes.journal import UNFINISHED, AsyncJournal, JobRecord, JobState, SqliteJournal

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from concurrent.futures import Future
    from pathlib import Path

    import httpx

    from rushes.backends.protocol import Backend
    from rushes.contract.params import VideoGenParams
    from rushes.io.folders import Folders
    from rushes.journal import Journal, Reservation

log = logging.getLogger("rushes")

T = TypeVar("T")

JITTER = 0.1
"""Times between status calls vary by this share, so that jobs sent together spread out."""

LAST_WORDS = 3.0
"""Seconds for which `close` waits for the answers to submissions that are under way. Jupyter
gives a kernel five seconds to shut down."""

LAST_TASKS = 2.0
"""Seconds for which tasks that are cancelled at the end may take to end."""

AT_ONCE = min(32, (os.cpu_count() or 1) + 4)
"""So many blocking calls at once off the loop, as in asyncio; most wait for a disk."""

CLOSED = "This client is closed; make a new VideoGen() to continue. No job is lost."

LEFT = "The client was closed while waiting; the job continues at its service."

FORKED = (
    "This client was made before this process was forked from another one, and works only there. "
    "Make a new VideoGen() here; gen.job(id) is the same job. No job is lost."
)


class Engine:
    """Works on the jobs of one home folder, in a thread of its own.

    Args:
        folders: where the journal and the user's provider files are.
        timing: how long things may take.

    Raises:
        JournalError: when the journal cannot be used.
    """

    def __init__(self, folders: Folders, *, timing: Timing | None = None) -> None:
        self.folders = folders
        self.timing = timing or Timing()
        self.catalog = Catalog.load(folders.providers)
        self._files = _stamps(folders.providers)
        self._announced: dict[str, list[Mapping[str, Any]]] = {}
        self.backends = Registry(folders.home)
        self.journal: Journal = SqliteJournal(folders.home)
        self.journal.heartbeat(self.timing.lease)
        self.started_at = time.time()
        self._tracks: dict[str, Track] = {}
        self._agenda = Agenda()
        self._lanes: dict[tuple[str, str], Lane[Track]] = {}
        self._durations: dict[tuple[str, str, str], list[float]] = {}
        self._waiters: dict[str, list[Future[JobRecord]]] = defaultdict(list)
        self._promises = Promises()
        self._listeners = Audience(self._standing)
        # Why it works no more; set once, and under the gate except after a fork.
        self._over = ""
        self._fault: BaseException | None = None
        self._gate = threading.Lock()
        self._is_released = False
        # Why no service can be reached, as long as the environment stays as it is.
        self.offline: RushesError | None = None
        self._client: httpx.AsyncClient
        self._ready = threading.Event()
        # Set while no service is being asked for the first time which providers it announces.
        self.announced = threading.Event()
        self.announced.set()
        self._unheard: set[str] = set()
        self._asked: set[str] = set()
        self._chores: set[asyncio.Task[None]] = set()
        self._calls: set[asyncio.Task[None]] = set()
        try:
            self._start()
        except BaseException:
            self.journal.close()
            raise

    def _start(self) -> None:
        """Start the threads, and wait until the loop works or has failed."""
        with contextlib.ExitStack() as undo:
            try:
                self._worker = Threads("rushes-journal")
                undo.callback(self._worker.shutdown)
                self._store = AsyncJournal(self.journal, self._worker)
                self._aside = Threads("rushes-client", most=AT_ONCE)
                undo.callback(self._aside.shutdown)
                self._loop = Loop(Threads("rushes-engine-aside", most=AT_ONCE))
                undo.callback(self._loop.close)
                self._thread = threading.Thread(
                    target=self._main, name="rushes-engine", daemon=True
                )
                self._news = News(
                    self._store,
                    self.journal.recent(RECENT),
                    own=self._tracks.keys(),
                    awaited=self._waiters.keys(),
                    changed=lambda job: self._tell(job, _plain(job)),
                    ended=self._finish,
                )
                self._thread.start()
            except RuntimeError as error:
                msg = (
                    f"A client needs threads, and Python does not start them ({error}). When the "
                    f"main thread has ended, Python shuts down: make the VideoGen() before that, "
                    f"and have the main thread wait for the others with join(). Nothing was sent."
                )
                raise RushesError(msg) from error
            undo.pop_all()
        self._ready.wait()
        if self._over:
            self.refuse()
        self._at_exit()

    def _at_exit(self) -> None:
        """Close when the process ends, so that the next one can take its jobs over at once."""
        atexit.register(self.close)
        process = sys.modules.get("multiprocessing.process")
        if process is not None and process.parent_process() is not None:
            # Up to Python 3.12 its children run no other exit handlers than its own.
            from multiprocessing.util import Finalize  # noqa: PLC0415 - only where it is at work

            Finalize(None, self.close, exitpriority=0)

    # --- from any thread -------------------------------------------------------------------------

    def use(self, backend: Backend) -> None:
        """Run jobs with a backend that the user made."""
        self.backends.add(backend)
        if isinstance(backend, Announcing):
            self._ask(backend.name)

    def refresh(self) -> None:
        """Read the environment and the user's provider files again, where they have changed."""
        changed = self.backends.refresh()
        for name in self.backends.usable():
            is_news = name in changed or name not in self._asked
            if is_news and isinstance(self.backends.get(name), Announcing):
                self._ask(name)
        files = _stamps(self.folders.providers)
        if files != self._files:
            self._files, catalog = files, Catalog.load(self.folders.providers)
            for name, announced in self._announced.items():
                take_in(catalog, name, announced)
            self.catalog.replace(catalog)
        if self.offline is not None:
            self._go_online()

    def _ask(self, name: str) -> None:
        """Have a service asked which providers it announces."""
        self._asked.add(name)
        self._unheard.add(name)
        self.announced.clear()
        self._soon(self._hear_out, name)

    def _go_online(self) -> None:
        """Open the client for HTTP, or note why the environment does not let it be opened."""
        from rushes.engine.network import no_client, open_client  # noqa: PLC0415 - brings httpx

        try:
            self._client, self.offline = open_client(), None
        except RushesError as error:
            # The preview works all the same.
            self._client, self.offline = no_client(error), error
        self.backends.connect(self._client)

    def submit(self, job: JobRecord, *, reserve: Reservation | None = None) -> JobRecord:
        """Put a job on record and start on it; the record is durable when this returns.

        Args:
            job: nobody has sent it yet.
            reserve: the money for it, which is reserved in the same transaction.

        Raises:
            PolicyDenied: when the money cannot be reserved; nothing was sent.
            RushesError: when the engine has ended.
        """
        self.must_work()
        added = self.journal.add(job, reserve=reserve)
        with contextlib.suppress(RushesError):  # It is on record, and the next engine sends it.
            self._soon(self._adopt, added)
        return added

    def call(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine in the engine's loop.

        Raises:
            RushesError: when the engine has ended; when it ends later, the future has it.
        """
        if self._over:
            coroutine.close()
            self.refuse()
        promise: Future[T] = self._promises.make()

        async def keep() -> None:
            try:
                fulfil(promise, await coroutine)
            except Exception as error:  # noqa: BLE001 - it is raised where the answer is read
                fail(promise, error)

        def begin() -> None:
            task = self._loop.create_task(keep())
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

        try:
            self._soon(begin)
        except RushesError:
            coroutine.close()
            raise
        return promise

    async def aside(self, function: Callable[..., T], *args: Any) -> T:
        """Run a blocking function off the caller's loop, in a thread that outlives the main one.

        Raises:
            RushesError: when the engine has ended.
        """
        self.must_work()
        context = contextvars.copy_context()
        try:
            running = self._aside.submit(context.run, function, *args)
        except RuntimeError:  # It has ended since.
            self.refuse()
        return await asyncio.wrap_future(running)

    def wait(self, job_id: str) -> Future[JobRecord]:
        """A future of the job's record once nothing more happens to it by itself.

        Raises:
            JobNotFound: when there is no such job.
            RushesError: when the engine has ended; when it ends later, the future has it.
        """
        self.must_work()
        job = self.journal.get(job_id)
        promise: Future[JobRecord] = self._promises.make()
        if job.state not in UNFINISHED:
            fulfil(promise, job)
        else:
            self._soon(self._add_waiter, job_id, promise)
        return promise

    def record(self, job_id: str) -> JobRecord:
        """A job's record, from memory while this process works on it.

        Raises:
            JobNotFound: when there is no such job.
            RushesError: when the engine has ended.
        """
        self.must_work()
        track = self._tracks.get(job_id)
        return track.job if track is not None else self.journal.get(job_id)

    def progress_of(self, job: JobRecord) -> Progress:
        """How far a job is whose record is at hand."""
        track = self._tracks.get(job.id)
        if track is not None:
            return live_progress(track, time.time())
        if job.state in UNFINISHED and (reason := self.backends.why_not(job.backend)):
            # Nobody here can go on with it, so say what would let it go on.
            return replace(_plain(job), text=f"waiting for {job.backend}: {reason}")
        return _plain(job)

    def listen(self, listener: Callable[[JobRecord, Progress], None]) -> Callable[[], None]:
        """Notify a listener of every change of a job, in a thread of its own.

        A listener that is slow gets the latest state of a job in place of every step; the end of
        a job it gets in any case. Once the engine is being closed nobody is notified any more.

        Returns:
            A function that ends it, after news that were there before; it waits a second at most.
        """
        return self._listeners.add(listener)

    def forecast_of(self, params: VideoGenParams, backend: str) -> Forecast:
        """How long jobs of this kind take, from the journal or else from the catalog."""
        key = (params.provider, backend, params.mode)
        if key not in self._durations:
            self._durations[key] = self.journal.durations(*key, limit=HISTORY)
        spec = self.catalog.providers.get(params.provider)
        typical = spec.typical_seconds(params, backend) if spec else None
        return Forecast(self._durations[key], typical)

    def _learn(self, job: JobRecord) -> None:
        """Count a job that is done as history, as the journal does."""
        known = self._durations.get((job.provider, job.backend, job.mode))
        if known is not None and job.ran_for is not None:
            known.insert(0, job.ran_for)
            del known[HISTORY:]

    def hide(self, job_id: str, *, hidden: bool = True) -> None:
        """Take a job off the lists of takes, or put it back; listeners get its news again."""
        self.journal.hide(job_id, hidden=hidden)
        self._tell(*self._standing(job_id))

    async def drain(self) -> list[JobRecord]:
        """Hand out the jobs that ended; run with `call`."""
        return await self._store.drain()

    async def settle(self, job_id: str) -> None:
        """Count a job's outcome as handed out for good; run with `call`."""
        await self._store.settle(job_id)

    async def resolve(self, job_id: str, remote_id: object) -> JobRecord:
        """Continue an uncertain job under the id that the user found; run with `call`.

        Raises:
            JobNotFound: when the service does not know the id; the job stays uncertain.
            BackendUnavailable: when it cannot be asked now; likewise.
            JournalError: when the job is not uncertain, or the id belongs to another job.
        """
        return self._decided(await self._decisions.resolve(job_id, remote_id))

    async def resubmit(self, job_id: str, *, reserve: Reservation | None = None) -> JobRecord:
        """Send an uncertain job again, knowing that this may pay twice; run with `call`.

        Args:
            job_id: the job.
            reserve: the money for another attempt; None takes as much as for the last one.

        Raises:
            JournalError: when the job is not uncertain.
            PolicyDenied: when the money cannot be reserved; nothing was written.
        """
        return self._decided(await self._decisions.resubmit(job_id, reserve=reserve))

    async def abandon(self, job_id: str) -> JobRecord:
        """Give an uncertain job up, which makes it a failed one; run with `call`.

        Raises:
            JournalError: when the job is not uncertain.
        """
        return self._decided(await self._decisions.abandon(job_id))

    async def look_again(self, job_id: str) -> JobRecord:
        """Ask for a job that is uncertain or failed at its service once more; run with `call`."""
        job = await self._decisions.look_again(job_id)
        self._adopt(job)
        return job

    def _decided(self, job: JobRecord) -> JobRecord:
        """Act on a decision about a job that was uncertain."""
        if job.state in UNFINISHED:
            self._adopt(job)
        else:
            self._finish(job)
        return job

    async def cancel(self, job_id: str) -> Cancellation:
        """Cancel a job as far as that is still possible; run with `call`."""
        job = await self._store.request_cancel(job_id)
        track = self._tracks.get(job_id)
        if job.state is JobState.CANCELLED and job.remote_id is None:
            self._finish(job)
            words = "It was cancelled before it was sent; nothing is billed."
            return Cancellation(reached=True, may_bill=False, message=words)
        if track is not None and track.job.fence == job.fence:
            track.job = job
        if job.state is JobState.RUNNING:
            backend = self.backends.get(job.backend)
            outcome = await backend.cancel(job.remote_id or "", job.remote or {})
            self._schedule(job_id, 0.5)
            return outcome
        return _too_late_to_cancel(job)

    # --- the end -----------------------------------------------------------------------------

    @property
    def is_closed(self) -> bool:
        """Whether it has ended: it was closed, or failed, or belongs to the parent process."""
        return bool(self._over)

    def must_work(self) -> None:
        """Refuse what nobody would do any more.

        Raises:
            RushesError: when the engine has ended; the message says why, and how to continue.
        """
        if self._over:
            self.refuse()

    def refuse(self) -> NoReturn:
        """Say why the engine does not work any more."""
        raise self._refusal(self._over)

    def _refusal(self, words: str) -> RushesError:
        if isinstance(self._fault, RushesError):
            error: RushesError = copy(self._fault)
        else:
            error = RushesError(words)
        error.__cause__ = self._fault
        return error

    def close(self) -> None:
        """Stop working. Jobs go on at their services, and the next process picks them up."""
        if not self._end(CLOSED):
            return
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._agenda.close)
        if threading.current_thread() is not self._thread:
            self._thread.join(LAST_WORDS + LAST_TASKS + 3.0)
            self._release()

    def forget(self) -> None:
        """Be of no more use in a forked child, which has none of the threads.

        No lock is taken, because a thread of the parent may have held it, and nothing is closed:
        the journal's file, the lease and the sockets are the parent's.
        """
        self._over = self._over or FORKED
        atexit.unregister(self.close)

    def __reduce__(self) -> NoReturn:
        msg = (
            "A VideoGen and its jobs work in the process that made them and cannot be sent to "
            "another one. Make a VideoGen() there; send job.id, and gen.job(id) is the same job."
        )
        raise TypeError(msg)

    def _end(self, why: str) -> bool:
        """Accept nothing more; False when it had ended already."""
        if self._over:
            return False
        with self._gate:
            first, self._over = not self._over, self._over or why
        if first:
            self._listeners.close()
        return first

    def _release(self) -> None:
        """Give up what other processes wait for, then notify all who wait here."""
        with self._gate:
            if self._is_released:
                return
            self._is_released = True
        atexit.unregister(self.close)
        # What a service has answered is written down first.
        self._worker.shutdown()
        self._aside.shutdown(wait=False)
        with contextlib.suppress(JournalError):
            self.journal.settle()
        self._listeners.leave()
        self.journal.close()
        self.announced.set()
        self._promises.break_all(
            lambda: self._refusal(LEFT if self._over is CLOSED else self._over)
        )

    # --- in the engine's thread ------------------------------------------------------------------

    def _soon(self, function: Callable[..., object], *args: object) -> None:
        """Have a function called in the loop; what gets in is called before the loop ends.

        Raises:
            RushesError: when the engine has ended.
        """
        self.must_work()
        with self._gate:
            if not self._over:
                self._loop.call_soon_threadsafe(function, *args)
                return
        self.refuse()

    def _main(self) -> None:
        """The thread: whatever ends it, nobody is left waiting."""
        try:
            self._loop.run_until_complete(self._live())
        except BaseException as error:
            self._fault = error
            words = (
                f"The engine of this process stopped ({type(error).__name__} inside rushes). "
                f"No job is lost: a new VideoGen() continues them all, and its job(id) is the "
                f"same job."
            )
            if self._end(words) and self._ready.is_set():
                log.exception("%s", words)
        finally:
            try:
                self._loop.run_until_complete(self._stop_tasks())
                self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            except BaseException:
                log.debug("a task did not end", exc_info=True)
            finally:
                self._loop.close()
                self._release()
                self._ready.set()

    async def _stop_tasks(self) -> None:
        """Cancel what still runs, e.g. calls whose answers nobody can be given any more."""
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=LAST_TASKS)

    async def _live(self) -> None:
        # What brings httpx is loaded here, so that importing the package does not wait for it.
        from rushes.backends.logs import hide_queries  # noqa: PLC0415 - as the comment says
        from rushes.engine.decisions import Decisions, Search  # noqa: PLC0415
        from rushes.engine.streams import Streams  # noqa: PLC0415
        from rushes.engine.work import Work  # noqa: PLC0415

        hide_queries()
        self._go_online()
        self._decisions = Decisions(self._store, self.backends, self.catalog, self.folders.inputs)
        try:
            self._work = Work(
                journal=self._store,
                backends=self.backends.get,
                catalog=self.catalog,
                timing=self.timing,
                decisions=self._decisions,
                emit=self._emit,
                is_ending=lambda: self.is_closed,
            )
            self._streams = Streams(
                self.backends.get,
                turn=lambda track: self._lane(track.job).rate.wait(),
                hear=self._work.hear,
                begun=self._plan,
                ended=self._after_stream,
            )
            search = Search(
                self._store,
                self.backends,
                self._decisions,
                adopt=self._adopt,
                timing=self.timing,
            )
            self._chores |= {
                asyncio.create_task(self._beat()),
                asyncio.create_task(search.keep_on()),
                asyncio.create_task(self._news.watch(self.timing.watch)),
            }
            for name in self.backends.usable():
                if name not in self._asked and isinstance(self.backends.get(name), Announcing):
                    self._ask(name)
            self._ready.set()
            async for job_id in self._agenda:
                self._enqueue(job_id)
            for chore in self._chores:
                chore.cancel()
            await asyncio.gather(*self._chores, return_exceptions=True)
            await self._streams.close()
            await asyncio.gather(*(lane.close() for lane in self._lanes.values()))
        finally:
            await self._client.aclose()

    def _enqueue(self, job_id: str) -> None:
        """Put a job that is due into its lane."""
        track = self._tracks.get(job_id)
        if track is None or track.busy:
            return
        try:
            lane = self._lane(track.job)
        except RushesError as error:
            # Its service is not set up any more; the job waits for a process that has it.
            track.trouble = error.message
            self._schedule(job_id, self.timing.retry_most)
            return
        track.busy = True
        lane.put(track)

    def _lane(self, job: JobRecord) -> Lane[Track]:
        limits = self.backends.get(job.backend).limits
        if job.state is JobState.RUNNING:
            kind, width, most = "poll", limits.polls, limits.polls_per_second
        elif job.state is JobState.FETCHING:
            kind, width, most = "download", limits.downloads, float("inf")
        else:
            kind, width, most = "submit", limits.submits, limits.submits_per_second
        key = (job.backend, kind)
        if key not in self._lanes:
            patience = LAST_WORDS if kind == "submit" else 0.0
            self._lanes[key] = Lane(self._step, width=width, most=most, patience=patience)
        return self._lanes[key]

    async def _step(self, track: Track, lane: Lane[Track]) -> None:
        """Do the next thing about a job, and put it on the agenda again."""
        job_id = track.job.id
        if self._tracks.get(job_id) is not track:
            return  # It was dropped, and perhaps taken up anew, while it waited in the lane.
        work = self._work
        steps = {
            JobState.QUEUED: work.send,
            JobState.SUBMITTING: work.reconcile,
            JobState.RUNNING: work.look,
            JobState.FETCHING: work.fetch,
        }
        try:
            track.forecast = self.forecast_of(track.job.typed_params, track.job.backend)
            before = track.job.state
            delay = await steps[before](track)
            if before is JobState.RUNNING and track.job.ran_for is not None:
                self._learn(track.job)
            if track.objection is not None:
                lane.rate.object(track.objection)
                track.objection = None
        except LeaseLost as error:
            log.info("%s", error.message)
            delay = await self._review(track)
        except RushesError as error:
            delay = work.trouble(track, error)
        except BaseException as error:
            if self.is_closed and isinstance(error, asyncio.CancelledError):
                raise
            delay = self._after_fault(track, error)
        finally:
            track.busy = False
        if delay is None:
            self._finish(track.job)
        elif self._tracks.get(job_id) is track:
            self._schedule(job_id, delay)
            self._streams.follow(track)

    def _after_fault(self, track: Track, error: BaseException) -> float:
        """Go on after a step that nobody foresaw, whatever it raised.

        That may be no `Exception`, e.g. a panic of a library in Rust, and nobody else would take
        the job up again.

        Returns:
            Seconds until the next try.
        """
        if not self.is_closed:  # Else the journal knows where to continue.
            log.error("job %s: a step failed and is tried again", track.job.id, exc_info=error)
        return self._work.trouble(track, RushesError(f"{type(error).__name__} inside rushes"))

    async def _review(self, track: Track) -> float | None:
        """Find out whose a job is by now, after a write with an old record was refused.

        Another process may have taken it over and given it up again while this one held on to
        what it knew before.

        Returns:
            Seconds until this process looks at it again; None when nothing more happens to it.
        """
        try:
            job = await self._store.get(track.job.id)
        except RushesError as error:
            return self._work.trouble(track, error)
        if job.state in UNFINISHED:
            self._forget(job.id)
            self._adopt(job)
            return 0.0
        track.job = job
        return None

    def _after_stream(self, track: Track, broken_by: Exception | None) -> None:
        """Ask for a job whose service has no more to say, or poll it as if it had no stream."""
        if isinstance(broken_by, RateLimited):
            self._lane(track.job).rate.object(broken_by.retry_after)
        if broken_by is None:
            self._schedule(track.job.id, 0.0)
        else:
            self._plan(track)

    def _plan(self, track: Track) -> None:
        """Poll a running job when it is worth it, as far as is known now."""
        self._schedule(track.job.id, self._work.next_look(track))

    def _schedule(self, job_id: str, delay: float) -> None:
        self._agenda.put(job_id, delay * random.uniform(1 - JITTER, 1 + JITTER))

    def _adopt(self, job: JobRecord) -> None:
        """Work on a job from now on."""
        if (
            job.state in UNFINISHED
            and job.id not in self._tracks
            and job.owner == self.journal.owner
        ):
            self._tracks[job.id] = track = Track(job)
            self._emit(track)
            self._agenda.put(job.id, 0.0)

    def _forget(self, job_id: str) -> None:
        track = self._tracks.pop(job_id, None)
        if track is not None:
            track.stop_stream()

    def _finish(self, job: JobRecord) -> None:
        """Nothing more happens to a job by itself."""
        self._forget(job.id)
        self._news.note(job)
        for promise in self._waiters.pop(job.id, ()):
            fulfil(promise, job)
        self._tell(job, _plain(job))

    def _add_waiter(self, job_id: str, promise: Future[JobRecord]) -> None:
        self._waiters[job_id].append(promise)
        if job_id not in self._tracks:
            # It may have ended between the question and now.
            job = self.journal.get(job_id)
            if job.state not in UNFINISHED:
                self._finish(job)

    def _emit(self, track: Track) -> None:
        # `_finish` notifies of an end, once.
        if len(self._listeners) and track.job.state in UNFINISHED:
            self._tell(track.job, live_progress(track, time.time()))

    def _tell(self, job: JobRecord, progress: Progress) -> None:
        self._listeners.tell(job, progress)

    def _standing(self, job_id: str) -> tuple[JobRecord, Progress]:
        job = self.record(job_id)
        return job, self.progress_of(job)

    async def _beat(self) -> None:
        """Say that this process lives, and take over the jobs of those that do not."""
        while True:
            try:
                await self._store.heartbeat(self.timing.lease)
                hold = self.timing.hold_submitting
                for job in await self._store.claim(self.backends.usable(), hold_submitting=hold):
                    self._adopt(job)
                # A job that a living process holds is out of reach for all others.
                for job_id in await self._store.held() - self._tracks.keys():
                    self._adopt(await self._store.get(job_id))
            except RushesError as error:
                log.warning("%s", error.message)
            except Exception:
                log.exception("a heartbeat failed and will be tried again")
            await asyncio.sleep(self.timing.heartbeat)

    def _hear_out(self, name: str) -> None:
        """Take in the providers that a service announces, now or as soon as it can be asked."""
        task = asyncio.get_running_loop().create_task(self._take_in(name))
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    async def _take_in(self, name: str) -> None:
        while name in self._unheard:
            try:
                backend = self.backends.get(name)
                if isinstance(backend, Announcing):
                    self._announced[name] = announced = list(await backend.announced())
                    take_in(self.catalog, name, announced)
                self._unheard.discard(name)
            except RushesError as error:
                log.warning("%s", error.message)
            except Exception:
                log.exception("what %s announces cannot be used", name)
                self._unheard.discard(name)
            # Nobody waits for a service that cannot be asked now.
            self.announced.set()
            if name in self._unheard:
                await asyncio.sleep(self.timing.retry_most)


def _stamps(folder: Path) -> set[tuple[Path, int, int]]:
    """What tells whether a provider file was added, changed or removed."""
    found = set()
    for path in folder.glob("*.toml"):
        with contextlib.suppress(OSError):
            status = path.stat()
            found.add((path, status.st_mtime_ns, status.st_size))
    return found


def _plain(job: JobRecord) -> Progress:
    return plain_progress(job.state, (job.ended_at or time.time()) - job.created_at)


def _too_late_to_cancel(job: JobRecord) -> Cancellation:
    match job.state:
        case JobState.SUBMITTING:
            words = "It is being sent right now and is cancelled as soon as it is accepted."
            return Cancellation(reached=True, may_bill=True, message=words)
        case JobState.UNCERTAIN:
            words = "It is uncertain whether it was sent: use resolve(), resubmit() or abandon()."
            return Cancellation(reached=False, may_bill=True, message=words)
        case JobState.FETCHING | JobState.COMPLETED:
            words = "It is finished already and is billed."
            return Cancellation(reached=False, may_bill=True, message=words)
    words = f"It ended already: {job.state}."
    return Cancellation(reached=False, may_bill=False, message=words)
