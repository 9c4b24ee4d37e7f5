"""One thread, one event loop, one HTTP client: all work on all jobs of a process.

A cell that computes for ten minutes stops no job, because nothing here runs in the kernel's own
loop. This file starts and ends the thread, and is what clients call; what the thread does is in
`dispatch`, `leases` and `decisions`.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import contextvars
import logging
import os
import sys
import threading
import time
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from rushes.backends.registry import Registry
from rushes.contract.errors import JournalError, RushesError
from rushes.engine.audience import Audience, Promises, fail, fulfil
from rushes.engine.forecast import Forecast, History
from rushes.engine.lanes import LAST_WORDS
from rushes.engine.leases import RECENT, Leases, News
from rushes.engine.providers import Providers
from rushes.engine.threads import Loop, Threads
from rushes.engine.timing import Timing
from rushes.engine.tracking import Progress, live_progress, plain_progress
from rushes.engine.work import Work
from rushes.journal import UNFINISHED, AsyncJournal, JobRecord, JobState, SqliteJournal

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

    import httpx

    from rushes.backends.protocol import Backend, Cancellation
    from rushes.catalog import Catalog
    from rushes.contract.params import VideoGenParams
    from rushes.engine.decisions import Decisions
    from rushes.engine.dispatch import Dispatcher
    from rushes.io.folders import Folders
    from rushes.journal import Journal, Reservation

log = logging.getLogger("rushes")

T = TypeVar("T")

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
        self.backends = Registry(folders.home)
        self.providers = Providers(folders.providers, self.backends, retry=self.timing.retry_most)
        self.journal: Journal = SqliteJournal(folders.home)
        self.journal.heartbeat(self.timing.lease)
        self.started_at = time.time()
        self._promises = Promises()
        self._audience = Audience(self.journal, self.journal.recent(RECENT))
        # Set by the engine's thread before it is ready.
        self._dispatcher: Dispatcher
        self._decisions: Decisions
        self._leases: Leases
        self._history: History
        self._news: News
        # Why it works no more; set once, and under the gate except after a fork.
        self._over = ""
        self._fault: BaseException | None = None
        self._gate = threading.Lock()
        self._ending = threading.Event()
        self._is_released = False
        # Why no service can be reached, as long as the environment stays as it is.
        self.offline: RushesError | None = None
        self._client: httpx.AsyncClient
        self._ready = threading.Event()
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
                self._journal = AsyncJournal(self.journal, self._worker)
                self._aside = Threads("rushes-client", most=AT_ONCE)
                undo.callback(self._aside.shutdown)
                self._loop = Loop(Threads("rushes-engine-aside", most=AT_ONCE))
                undo.callback(self._loop.close)
                self._thread = threading.Thread(
                    target=self._main, name="rushes-engine", daemon=True
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

    @property
    def catalog(self) -> Catalog:
        """The providers that are known now."""
        return self.providers.catalog

    @property
    def announced(self) -> threading.Event:
        """Set while no service is being asked for the first time which providers it announces."""
        return self.providers.announced

    def use(self, backend: Backend) -> None:
        """Run jobs with a backend that the user made; those that wait for it are claimed now."""
        self.backends.add(backend)
        self._set_up(backend.name)

    def refresh(self) -> None:
        """Read the environment and the user's provider files again, where they have changed."""
        changed = self.backends.refresh()
        self.providers.reload()
        if self.offline is not None:
            self._go_online()
        self._set_up(*changed)

    def _set_up(self, *names: str) -> None:
        """Use services that were set up, perhaps anew."""
        for name in self.providers.unasked(names):
            self._soon(self.providers.ask, name)
        self._soon(self._leases.hasten)

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
            self._soon(self._dispatcher.adopt, added)
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
            self._soon(self._start_waiting, job_id, promise)
        return promise

    def record(self, job_id: str) -> JobRecord:
        """A job's record, from memory while this process works on it.

        Raises:
            JobNotFound: when there is no such job.
            RushesError: when the engine has ended.
        """
        self.must_work()
        track = self._dispatcher.tracks.get(job_id)
        return track.job if track is not None else self.journal.get(job_id)

    def progress_of(self, job: JobRecord) -> Progress:
        """How far a job is whose record is at hand."""
        track = self._dispatcher.tracks.get(job.id)
        if track is not None:
            return live_progress(track, time.time())
        progress = plain_progress(job)
        if job.state in UNFINISHED and (reason := self.backends.why_not(job.backend)):
            # Nobody here can continue it, so say what would.
            return replace(progress, text=f"waiting for {job.backend}: {reason}")
        return progress

    def listen(self, listener: Callable[[JobRecord, Progress], None]) -> Callable[[], None]:
        """Notify a listener of every change of a job, in a thread of its own.

        A listener that is slow gets the latest state of a job in place of every step; the end of
        a job it gets in any case. Once the engine is being closed nobody is notified any more.

        Returns:
            A function that ends it, after news that were there before; it waits a second at most.
        """
        return self._audience.listen(listener)

    def forecast_of(self, params: VideoGenParams, backend: str) -> Forecast:
        """How long jobs of this kind take, from the journal or else from the catalog."""
        return self._history.forecast(params, backend)

    def hide(self, job_id: str, *, hidden: bool = True) -> None:
        """Take a job off the lists of takes, or put it back; listeners get its news again."""
        self.journal.hide(job_id, hidden=hidden)
        job = self.record(job_id)
        self._audience.notify(job, self.progress_of(job))

    async def drain(self) -> list[JobRecord]:
        """Hand out the jobs that ended; run with `call`."""
        return await self._journal.drain()

    async def settle(self, job_id: str) -> None:
        """Count a job's outcome as handed out for good; run with `call`."""
        await self._journal.settle(job_id)

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
        self._dispatcher.adopt(job)
        return job

    async def cancel(self, job_id: str) -> Cancellation:
        """Cancel a job as far as that is still possible; run with `call`."""
        job = await self._journal.request_cancel(job_id)
        self._dispatcher.cancelling(job)
        outcome = await self._decisions.cancel(job)
        if job.state is JobState.RUNNING:
            self._dispatcher.schedule(job_id, 0.5)
        return outcome

    def _decided(self, job: JobRecord) -> JobRecord:
        """Act on a decision about a job that was uncertain."""
        if job.state in UNFINISHED:
            self._dispatcher.adopt(job)
        else:
            self._dispatcher.finish(job)
        return job

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
            self._loop.call_soon_threadsafe(self._dispatcher.stop)
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
            self._ending.set()
            self._audience.close()
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
        self._audience.leave()
        self.journal.close()
        self.providers.announced.set()
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
        from rushes.engine.dispatch import Dispatcher  # noqa: PLC0415

        hide_queries()
        self._go_online()
        journal, backends, timing = self._journal, self.backends, self.timing
        try:
            self._history = History(self.journal, journal, self.catalog)
            self._decisions = Decisions(
                journal, backends, self.catalog, self.folders.inputs, timing=timing
            )
            work = Work(
                journal=journal,
                backends=backends,
                catalog=self.catalog,
                decisions=self._decisions,
                audience=self._audience,
                timing=timing,
                ending=self._ending,
            )
            self._dispatcher = Dispatcher(work, self._history)
            self._leases = Leases(journal, backends, self._dispatcher, timing)
            search = Search(journal, backends, self._decisions, self._dispatcher, timing)
            self._news = News(journal, self._audience, self._dispatcher.tracks.keys())
            chores = {
                asyncio.create_task(self._leases.keep()),
                asyncio.create_task(search.keep_on()),
                asyncio.create_task(self._news.watch(timing.watch)),
            }
            for name in self.providers.unasked():
                self.providers.ask(name)
            self._ready.set()
            await self._dispatcher.run()
            for chore in chores:
                chore.cancel()
            await asyncio.gather(*chores, return_exceptions=True)
            await self._dispatcher.close()
        finally:
            await self._client.aclose()

    def _start_waiting(self, job_id: str, promise: Future[JobRecord]) -> None:
        """Fulfil a promise when a job has ended, also if that happened meanwhile."""
        self._audience.waiting[job_id].append(promise)
        if job_id not in self._dispatcher.tracks:
            task = self._loop.create_task(self._recheck(job_id))
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

    async def _recheck(self, job_id: str) -> None:
        job = await self._journal.get(job_id)
        if job.state not in UNFINISHED and job_id not in self._dispatcher.tracks:
            self._audience.ended(job)
