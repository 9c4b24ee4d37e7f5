"""A thread with an event loop of its own: how it starts, is called, and ends."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import contextvars
import logging
import os
import sys
import threading
from abc import ABC, abstractmethod
from copy import copy
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from rushes.contract.errors import RushesError
from rushes.engine.audience import Promises, fail, fulfil
from rushes.engine.lanes import LAST_WORDS
from rushes.engine.threads import Loop, Threads

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

log = logging.getLogger("rushes")

T = TypeVar("T")

LAST_TASKS = 2.0
"""Seconds for which tasks that are cancelled at the end may take to end."""

AT_ONCE = min(32, (os.cpu_count() or 1) + 4)
"""Blocking calls at once off the loop, as in asyncio; most wait for a disk."""

CLOSED = "This client is closed; make a new VideoGen() to continue. No job is lost."

LEFT = "The client was closed while waiting; the job continues at its service."

FORKED = (
    "This client was made before this process was forked from another one, and works only there. "
    "Make a new VideoGen() here; gen.job(id) is the same job. No job is lost."
)


class Host(ABC):
    """Runs `live` in a thread of its own until it is closed, and leaves no caller waiting.

    Attributes:
        ending: set when nothing new is to be begun.
    """

    def __init__(self) -> None:
        self.ending = threading.Event()
        # Why it no longer works; set once, and under the gate except after a fork.
        self._over = ""
        self._fault: BaseException | None = None
        self._gate = threading.Lock()
        self._is_released = False
        self._ready = threading.Event()
        self._promises = Promises()
        self._calls: set[asyncio.Task[None]] = set()

    @abstractmethod
    async def live(self) -> None:
        """What the thread does; it calls `ready` once, and returns some time after `stop`."""

    @abstractmethod
    def stop(self) -> None:
        """Have `live` return; called in the loop."""

    @abstractmethod
    def mute(self) -> None:
        """Notify nobody outside any more; called as soon as it ends, in any thread."""

    @abstractmethod
    def release(self) -> None:
        """Give up what others wait for; called once, when all that was submitted is done."""

    # --- the start -----------------------------------------------------------------------------

    def start(self) -> None:
        """Start the threads, and wait until the loop works or has failed.

        Raises:
            RushesError: when Python starts no threads, or `live` failed before it was ready.
        """
        with contextlib.ExitStack() as undo:
            try:
                self.worker = Threads("rushes-journal")
                undo.callback(self.worker.shutdown)
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

    def ready(self) -> None:
        """Let `start` return."""
        self._ready.set()

    # --- from any thread -----------------------------------------------------------------------

    def call(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine in the engine's loop.

        Raises:
            RushesError: when the engine has ended; when it ends later, the future has it.
        """
        if self._over:
            coroutine.close()
            self.refuse()
        promise: Future[T] = self._promises.make()

        async def answer() -> None:
            try:
                fulfil(promise, await coroutine)
            except Exception as error:  # noqa: BLE001 - it is raised where the answer is read
                fail(promise, error)

        try:
            self.soon(lambda: self.keep(answer()))
        except RushesError:
            coroutine.close()
            raise
        return promise

    def start_aside(self, function: Callable[..., T], *args: Any) -> Future[T]:
        """Have a blocking function run in a thread that outlives the main one.

        Raises:
            RushesError: when the engine has ended.
        """
        self.must_work()
        context = contextvars.copy_context()
        try:
            return self._aside.submit(context.run, function, *args)
        except RuntimeError:  # It has ended since.
            self.refuse()

    async def aside(self, function: Callable[..., T], *args: Any) -> T:
        """Run a blocking function off the caller's loop; see `start_aside`."""
        return await asyncio.wrap_future(self.start_aside(function, *args))

    def soon(self, function: Callable[..., object], *args: object) -> None:
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

    def keep(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine in the loop that no caller waits for; called in the loop."""
        task = self._loop.create_task(coroutine)
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

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
        """Stop working. Jobs continue at their services, and the next process picks them up."""
        if not self._end(CLOSED):
            return
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self.stop)
        if threading.current_thread() is not self._thread:
            self._thread.join(LAST_WORDS + LAST_TASKS + 3.0)
            self._release()

    def forget(self) -> None:
        """Stop working in a forked child, which has none of the threads.

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
            self.ending.set()
            self.mute()
        return first

    def _release(self) -> None:
        """Give up what other processes wait for, then notify all who wait here."""
        with self._gate:
            if self._is_released:
                return
            self._is_released = True
        atexit.unregister(self.close)
        # What a service has answered is written down first.
        self.worker.shutdown()
        self._aside.shutdown(wait=False)
        self.release()
        self._promises.break_all(
            lambda: self._refusal(LEFT if self._over is CLOSED else self._over)
        )

    # --- the thread ----------------------------------------------------------------------------

    def _main(self) -> None:
        """The thread: whatever ends it, nobody is left waiting."""
        try:
            self._loop.run_until_complete(self.live())
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
