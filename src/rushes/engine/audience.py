"""Who is notified of what happens to jobs: listeners, and callers who wait for a job's end.

What a listener does is not the engine's business: it may read the journal, send to a page or hang.
So each listener has a thread of its own, and the engine only leaves the news for it, which costs
next to nothing. A slow listener gets the latest state of each job in place of every step, and the
end of each job in any case; so does one that asks for a pause between its rounds, as a page that
nobody reads faster does.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from rushes.engine.tracking import plain_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rushes.contract.marks import Judged
    from rushes.engine.tracking import Progress
    from rushes.journal import JobRecord, JobState, Journal

    News = tuple[JobRecord, Progress]
    Listener = Callable[[list[News]], None]

log = logging.getLogger("rushes")

MOST_WAITING = 1000
"""Jobs whose news wait in full for one listener. Of further ones only the end is kept, as an id."""

LAST_NEWS = 1.0
"""Seconds that ending a subscription waits for news that were there before."""


class Audience:
    """All who are notified by an engine.

    Args:
        journal: where the jobs are.
        known: jobs whose state counts as announced.

    Attributes:
        known: by job, the state that was announced last.
        waiting: by job, the futures of those who wait for its end; for the engine's thread.
    """

    def __init__(self, journal: Journal, known: Iterable[JobRecord]) -> None:
        self._journal = journal
        self._seats: list[_Seat] = []
        self._closed = threading.Event()
        self._judged: dict[str, Judged] = {}
        self._judging = threading.Lock()
        self.known: dict[str, JobState] = {job.id: job.state for job in known}
        self.waiting: dict[str, list[Future[JobRecord]]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._seats)

    def listen(self, listener: Listener, pause: float = 0.0) -> Callable[[], None]:
        """Notify a listener from now on.

        Args:
            listener: called with a round of news, of each job the latest.
            pause: seconds between the end of one round and the next one.

        A round in which the listener raises is delivered again, one job at a time, so that a job
        that it cannot handle costs the others nothing.

        Returns:
            A function that ends it. News from before are delivered first, but a listener that
            hangs is not waited for.
        """
        seat = _Seat(listener, pause, self._journal, self._closed)
        self._seats.append(seat)

        def stop() -> None:
            if seat in self._seats:
                self._seats.remove(seat)
                seat.leave()

        return stop

    def notify(
        self, job: JobRecord, progress: Progress | None = None, *, may_wait: bool = False
    ) -> None:
        """Leave news for every listener; returns at once.

        Args:
            job: what became of it.
            progress: how far it is; None says what its state says.
            may_wait: whether they are delivered along with other news, or after `remind`. To wake
                a thread for each line that a service says costs more than to take the line in.
        """
        if not self._seats:
            return
        job, news = self.with_marks(job), progress or plain_progress(job)
        for seat in tuple(self._seats):
            try:
                seat.put(job, news, may_wait=may_wait)
            except RuntimeError:  # no thread can be started; the next news try it again
                log.exception("a listener could not be notified of job %s yet", job.id)

    def remind(self) -> None:
        """Have the news delivered that wait for others."""
        for seat in tuple(self._seats):
            seat.ring()

    def judged(self, job: JobRecord) -> None:
        """Remember how a job was judged: other news of it may be from before."""
        with self._judging:
            latest, judged = self._judged.get(job.id), job.judged
            if judged is not None and (latest is None or latest.at < judged.at):
                self._judged[job.id] = judged

    def with_marks(self, job: JobRecord) -> JobRecord:
        """The record with the latest marks that this process knows of."""
        latest = self._judged.get(job.id)
        if latest is None or (job.marked_at or 0.0) >= latest.at:
            return job
        return replace(job, marks=latest.marks, marked_at=latest.at)

    def changed(self, job: JobRecord) -> None:
        """Announce what another process did to a job that is not at its end."""
        self.known[job.id] = job.state
        self.notify(job)

    def ended(self, job: JobRecord) -> None:
        """Announce that nothing more happens to a job automatically."""
        self.known[job.id] = job.state
        for promise in self.waiting.pop(job.id, ()):
            fulfil(promise, job)
        self.notify(job)

    def lost(self, job_id: str, error: Exception) -> None:
        """Fail those who wait for the end of a job that cannot be read any more."""
        self.known.pop(job_id, None)
        for promise in self.waiting.pop(job_id, ()):
            fail(promise, error)

    def close(self) -> None:
        """Notify no listener any more, and wait for none."""
        self._closed.set()
        for seat in tuple(self._seats):
            seat.wake()

    def leave(self) -> None:
        """After `close`, let listeners return that were being notified; a second is enough.

        A thread that Python stops at its end in the midst of compiled code can take the process
        down with it.
        """
        deadline = time.monotonic() + LAST_NEWS
        for seat in tuple(self._seats):
            seat.wait(deadline - time.monotonic())


class _Seat:
    """One listener, with the news that wait for it."""

    def __init__(
        self, listener: Listener, pause: float, journal: Journal, closed: threading.Event
    ) -> None:
        self._listener = listener
        self._pause = pause
        self._journal = journal
        self._closed = closed
        self._waiting: dict[str, News | None] = {}
        self._is_rung = False
        self._leaving = False
        self._guard = threading.Lock()
        # A condition would wake the thread by way of several more locks, for each step of a job.
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def put(self, job: JobRecord, progress: Progress, *, may_wait: bool) -> None:
        with self._guard:
            if self._leaving or self._closed.is_set():
                return
            if job.id in self._waiting or len(self._waiting) < MOST_WAITING:
                self._waiting[job.id] = (job, progress)
            elif job.is_ended:
                self._waiting[job.id] = None
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="rushes-listener", daemon=True)
                thread.start()
                self._thread = thread
        if not may_wait:
            self.ring()

    def ring(self) -> None:
        """Wake the thread for what waits, unless that was done."""
        with self._guard:
            is_needed = bool(self._waiting) and not self._is_rung
            self._is_rung = self._is_rung or is_needed
        if is_needed:
            self._bell.put(None)

    def wake(self) -> None:
        self._bell.put(None)

    def leave(self) -> None:
        self._leaving = True
        self.wake()
        self.wait(LAST_NEWS)
        with self._guard:
            self._waiting.clear()

    def wait(self, seconds: float) -> None:
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(max(0.0, seconds))

    def _run(self) -> None:
        while found := self._next():
            self._deliver([*self._whole(found)])
            if self._pause:
                self._rest()

    def _rest(self) -> None:
        """Wait for the pause to pass, or for the end."""
        end = time.monotonic() + self._pause
        while not (self._leaving or self._is_over) and (left := end - time.monotonic()) > 0:
            with suppress(Empty):
                self._bell.get(timeout=left)

    def _deliver(self, news: list[News]) -> None:
        try:
            self._listener(news)
        except BaseException:  # a listener that exits ends nothing but its turn
            log.exception("a listener failed")
            for each in news if len(news) > 1 else ():
                self._deliver([each])

    def _next(self) -> dict[str, News | None]:
        """What waits, longest first, by job; empty when there is nothing more to deliver."""
        while not self._is_over:
            with self._guard:
                self._is_rung = False
                if self._waiting:
                    chosen = list(self._waiting)[:MOST_WAITING]
                    return {job_id: self._waiting.pop(job_id) for job_id in chosen}
                if self._leaving:
                    break
            self._bell.get()
        return {}

    def _whole(self, found: dict[str, News | None]) -> Iterator[News]:
        """News in full; a job whose record cannot be read costs its own alone."""
        for job_id, news in found.items():
            if news is not None:
                yield news
                continue
            try:
                job = self._journal.get(job_id)
            except Exception:
                log.exception("the end of job %s cannot be announced", job_id)
            else:
                yield job, plain_progress(job)

    @property
    def _is_over(self) -> bool:
        # When the interpreter ends, the page's connection goes before any exit handler of ours.
        return self._closed.is_set() or not threading.main_thread().is_alive()


class Promises:
    """Futures that were handed out; when the engine ends, none of them is left open.

    An event loop that ends drops what it was asked to do, and a caller who waits for that would
    wait forever.
    """

    def __init__(self) -> None:
        self._open: set[Future[Any]] = set()
        self._lock = threading.Lock()
        self._error: Callable[[], Exception] | None = None

    def make(self) -> Future[Any]:
        """A future that gets its answer from the engine, or else the error of `break_all`."""
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()  # A caller who stops waiting cancels nothing.
        with self._lock:
            error = self._error
            if error is None:
                self._open.add(future)
        if error is not None:
            future.set_exception(error())
        else:
            future.add_done_callback(self._open.discard)
        return future

    def break_all(self, error: Callable[[], Exception]) -> None:
        """End every open future with an error, and each that is made from now on.

        Args:
            error: makes it; each future has one of its own, because raising one adds to it.
        """
        with self._lock:
            self._error = error
            broken = tuple(self._open)
        for future in broken:
            fail(future, error())


def fulfil(promise: Future[Any], value: object) -> None:
    """Answer a promise, unless it has an outcome already."""
    with suppress(InvalidStateError):
        promise.set_result(value)


def fail(promise: Future[Any], error: BaseException) -> None:
    """End a promise with an error, unless it has an outcome already."""
    with suppress(InvalidStateError):
        promise.set_exception(error)
