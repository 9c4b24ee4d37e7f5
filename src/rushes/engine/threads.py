"""Threads that run blocking functions for event loops, to the very end of the process."""

from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, TypeVarTuple, Unpack

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

P = ParamSpec("P")
T = TypeVar("T")
Ts = TypeVarTuple("Ts")

LONGEST_END = 10.0
"""Seconds for which `Threads.shutdown` waits for a call that is under way."""


class Threads:
    """Daemon threads that run functions in the order in which they are submitted.

    The threads of `concurrent.futures` would not do: Python stops all of its pools when the main
    thread ends, which is before any exit handler runs and while other threads may still be at
    work. Names of hosts could not be looked up any more, and the answer to a paid submission
    could not be written down. These work until `shutdown`.

    What was submitted is carried out, also when the task that waits for it is cancelled.

    Args:
        name: name of the threads.
        most: threads at once. The first one starts here; where Python starts no further
            one, because it is about to end or the system has no room, the others do the work.

    Raises:
        RuntimeError: when Python cannot start the first thread.
    """

    def __init__(self, name: str, most: int = 1) -> None:
        self._name = name
        self._most = most
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._members: list[threading.Thread] = []
        self._unfinished = 0
        self._is_over = False
        self._guard = threading.Lock()
        self._add()

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a function run; the future has what it returns or raises, and cannot be cancelled.

        Raises:
            RuntimeError: after `shutdown`.
        """
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        self._put(partial(_settle, future), partial(function, *args, **kwargs))
        return future

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function in one of the threads and wait for what it returns or raises.

        Raises:
            RuntimeError: after `shutdown`.
        """
        return await self.start(asyncio.get_running_loop(), partial(function, *args, **kwargs))

    def start(
        self, loop: asyncio.AbstractEventLoop, function: Callable[[], T]
    ) -> asyncio.Future[T]:
        """Have a function run; the future has what it returns or raises.

        The future is the loop's own: one that threads can wait for costs several times as much,
        and a job takes ten of these calls.

        Raises:
            RuntimeError: after `shutdown`.
        """
        answer: asyncio.Future[T] = loop.create_future()
        self._put(partial(_settle_in, loop, answer), function)
        return answer

    def _put(self, settle: Callable[[Any, BaseException | None], None], call: Any) -> None:
        with self._guard:
            if self._is_over:
                msg = f"the threads {self._name!r} have ended"
                raise RuntimeError(msg)
            self._unfinished += 1
            if len(self._members) < min(self._unfinished, self._most):
                try:
                    self._add()
                except RuntimeError:
                    self._most = len(self._members)
            self._calls.put(partial(self._carry_out, settle, call))

    def shutdown(self, *, wait: bool = True) -> None:
        """Accept nothing more, and end when all that was submitted is done.

        Args:
            wait: whether to wait for that, for a few seconds at most.
        """
        with self._guard:
            if not self._is_over:
                self._is_over = True
                for _ in self._members:
                    self._calls.put(None)
        for thread in self._members if wait else ():
            if thread is not threading.current_thread():
                thread.join(LONGEST_END)

    def _add(self) -> None:
        thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
        thread.start()
        self._members.append(thread)

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
            del call  # It holds what it returned while the thread waits for the next one.

    def _carry_out(
        self, settle: Callable[[Any, BaseException | None], None], call: Callable[[], Any]
    ) -> None:
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001 - it is raised where the call was made
            self._count_down()
            settle(None, error)
        else:
            self._count_down()
            settle(result, None)

    def _count_down(self) -> None:
        with self._guard:
            self._unfinished -= 1


def _settle(future: Future[T] | asyncio.Future[T], result: T, error: BaseException | None) -> None:
    if future.done():
        return  # The task that waited was cancelled.
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def _settle_in(
    loop: asyncio.AbstractEventLoop,
    future: asyncio.Future[T],
    result: T,
    error: BaseException | None,
) -> None:
    with suppress(RuntimeError):  # The loop is closed, and nobody waits there any more.
        loop.call_soon_threadsafe(_settle, future, result, error)


if sys.platform == "win32":
    _SystemsLoop = asyncio.ProactorEventLoop
else:
    _SystemsLoop = asyncio.SelectorEventLoop


class Loop(_SystemsLoop):
    """An event loop that works, and ends, when Python starts no threads any more.

    Args:
        threads: run what a loop leaves to a pool: looking names up, `asyncio.to_thread`. They
            end with it.
    """

    def __init__(self, threads: Threads) -> None:
        super().__init__()
        self._threads = threads

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run a function in a pool, or in the loop's own threads."""
        if executor is not None:
            return super().run_in_executor(executor, func, *args)
        return self._threads.start(self, partial(func, *args))

    def close(self) -> None:
        """End, with the threads."""
        super().close()
        self._threads.shutdown(wait=False)
