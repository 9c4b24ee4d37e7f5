"""Who is notified of what happens to jobs, each in a thread of their own.

What a listener does is not the engine's business: it may read the journal, send to a page or hang.
So the engine only leaves the news here, which costs it next to nothing. A listener that is slow
gets the latest state of each job in place of every step, and the end of each job in any case.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rushes.engine.tracking import Progress
    from rushes.journal import JobRecord

    News = tuple[JobRecord, Progress]
    Listener = Callable[[JobRecord, Progress], None]

log = logging.getLogger("rushes")

MOST_WAITING = 1000
"""Jobs whose news wait in full for one listener. Of further ones only the end is kept, as an id."""

LAST_NEWS = 1.0
"""Seconds that ending a subscription waits for news that were there before."""


class Audience:
    """All listeners of an engine.

    Args:
        read: reads a job's news anew, by its id.
    """

    def __init__(self, read: Callable[[str], News]) -> None:
        self._read = read
        self._seats: list[_Seat] = []
        self._closed = threading.Event()

    def __len__(self) -> int:
        return len(self._seats)

    def add(self, listener: Listener) -> Callable[[], None]:
        """Notify a listener from now on.

        Returns:
            A function that ends it. News from before are delivered first, but a listener that
            hangs is not waited for.
        """
        seat = _Seat(listener, self._read, self._closed)
        self._seats.append(seat)

        def stop() -> None:
            if seat in self._seats:
                self._seats.remove(seat)
                seat.leave()

        return stop

    def tell(self, job: JobRecord, progress: Progress) -> None:
        """Leave news for everybody; returns at once."""
        for seat in tuple(self._seats):
            seat.put(job, progress)

    def close(self) -> None:
        """Notify nobody any more, and wait for nobody."""
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
        self, listener: Listener, read: Callable[[str], News], closed: threading.Event
    ) -> None:
        self._listener = listener
        self._read = read
        self._closed = closed
        self._waiting: dict[str, News | None] = {}
        self._leaving = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def put(self, job: JobRecord, progress: Progress) -> None:
        with self._changed:
            if self._leaving or self._is_over:
                return
            if job.id in self._waiting or len(self._waiting) < MOST_WAITING:
                self._waiting[job.id] = (job, progress)
            elif job.is_ended:
                self._waiting[job.id] = None
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._deliver, name="rushes-listener", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()

    def wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def leave(self) -> None:
        with self._changed:
            self._leaving = True
            self._changed.notify_all()
        self.wait(LAST_NEWS)
        with self._changed:
            self._waiting.clear()

    def wait(self, seconds: float) -> None:
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(max(0.0, seconds))

    def _deliver(self) -> None:
        while (found := self._next()) is not None:
            job_id, news = found
            try:
                self._listener(*(news or self._read(job_id)))
            except BaseException:  # a listener that exits ends nothing but its turn
                log.exception("a listener failed")

    def _next(self) -> tuple[str, News | None] | None:
        """The job whose news waited longest, with them; None when there is nothing to deliver."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._leaving or self._is_over)
            if self._is_over or not self._waiting:
                return None
            job_id = next(iter(self._waiting))
            return job_id, self._waiting.pop(job_id)

    @property
    def _is_over(self) -> bool:
        # When the interpreter ends, the page's connection goes before any exit handler of ours.
        return self._closed.is_set() or not threading.main_thread().is_alive()
