"""Waiting for the engine, with `await` or without, so that it can be stopped within a second."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import asyncio
import math
import signal
import sys
import threading
import time
from contextlib import contextmanager
from functools import wraps
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary, WeakSet

from rushes.contract.errors import InvalidParams, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

T = TypeVar("T")
Stopped = TypeVar("Stopped", bound=BaseException)

TICK = 0.5
"""Seconds after which something that waits looks whether it was stopped.

Jupyter's stop button sends a signal, and ipykernel's handler adds a callback to the loop from the
loop's own thread, which does not wake it. Ctrl-C on Windows does not wake a lock either.
"""

CANCELLING = frozenset({"asyncio.runners", "ipykernel.ipkernel"})
"""Modules whose handler of the signal cancels a task."""


def seconds(timeout: object) -> float | None:
    """Validate a timeout; None means the client's default, infinity no limit.

    Raises:
        InvalidParams: if it is not a number of seconds, 0 or more.
    """
    if timeout is None:
        return None
    if isinstance(timeout, Real) and not isinstance(timeout, bool):
        try:
            number = float(timeout)
        except OverflowError:  # An integer with hundreds of digits.
            number = math.inf if timeout == abs(timeout) else -math.inf
        if number >= 0:  # False for NaN.
            return number
    reason = f"{timeout!r} is not a number of seconds, 0 or more; use math.inf for no limit."
    raise InvalidParams.of([Problem("timeout", timeout, reason)])


def in_one_line(error: Stopped) -> Stopped:
    """An error that IPython shows without the way to it: those who stop a wait know where."""
    words = f"{type(error).__name__}: {error}"
    error._render_traceback_ = lambda: [words]  # type: ignore[attr-defined]
    return error


def wait(future: Future[T], timeout: float | None) -> T:
    """Wait until the engine's thread has an answer.

    In a notebook the kernel's loop is running while a cell blocks. `nest_asyncio2` keeps it
    turning, so that widgets stay alive; a loop that it cannot patch, e.g. uvloop's, stands still
    meanwhile, and the answer comes all the same because the engine has a thread of its own.

    Raises:
        TimeoutError: after `timeout` seconds.
        KeyboardInterrupt: when the user stops it.
        asyncio.CancelledError: when the task is cancelled in which this blocks.
    """
    if timeout is not None and timeout > threading.TIMEOUT_MAX:
        timeout = None  # No lock waits that long: 292 years, or 49 days on Windows.
    try:
        loop, outside = asyncio.get_running_loop(), asyncio.current_task()
    except RuntimeError:
        return _wait_in_thread(future, timeout)
    try:
        _let_nest(loop)
    except (ValueError, RuntimeError):
        return _wait_in_thread(future, timeout)
    waiting = loop.create_task(_wait_nested(future, timeout, outside))
    try:
        with _interruptible():
            return loop.run_until_complete(waiting)
    except BaseException:
        waiting.cancel()
        raise


def _let_nest(loop: asyncio.AbstractEventLoop) -> None:
    """Let a loop that is running be run.

    `asyncio.run` stays Python's where no loop is running. The one of `nest_asyncio2` would leave
    its loop open, with three file descriptors for every thread that calls it.

    Raises:
        ValueError: when the loop cannot be patched.
    """
    import nest_asyncio2  # noqa: PLC0415 - patches asyncio, so only where it is needed

    plain = asyncio.run
    nest_asyncio2.apply(loop)
    nested = asyncio.run
    if nested is plain:
        return

    @wraps(plain)
    def run(*args: Any, **options: Any) -> Any:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return plain(*args, **options)
        return nested(*args, **options)

    asyncio.run = run


def _handler() -> str | None:
    """The module whose handler the stop button calls in this thread; None in any but the main."""
    if threading.current_thread() is not threading.main_thread():
        return None
    # Not `signal.getsignal`: it describes each handler in words that are thrown away, and that of
    # `asyncio.run` with all tasks that wait for its own.
    handler = _signal.getsignal(signal.SIGINT)
    return getattr(getattr(handler, "func", handler), "__module__", None)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Have the stop button raise `KeyboardInterrupt` where a task blocks.

    Handlers that cancel the task stop nothing before it awaits, and ipykernel sends no reply for
    a cell that ends without having done so.
    """
    handler = signal.getsignal(signal.SIGINT)
    if _handler() not in CANCELLING:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def _wait_in_thread(future: Future[T], timeout: float | None) -> T:
    if threading.current_thread() is not threading.main_thread():
        return future.result(timeout)  # Signals are handled in the main thread only.
    end = math.inf if timeout is None else time.monotonic() + timeout
    while True:
        try:
            return future.result(max(0.0, min(TICK, end - time.monotonic())))
        except TimeoutError:
            if future.done() or time.monotonic() >= end:
                return future.result(0)


async def _wait_nested(
    future: Future[T], longest: float | None, outside: asyncio.Task[object] | None
) -> T:
    """Wait inside a task that blocks; cancelling that one takes effect only where it awaits."""
    before = outside.cancelling() if outside else 0
    async with asyncio.timeout(longest):
        inner = asyncio.wrap_future(future)
        while not (await asyncio.wait({inner}, timeout=TICK))[0]:
            if outside and outside.cancelling() > before:
                raise asyncio.CancelledError
        return inner.result()


# --- loops that are awaited in --------------------------------------------------------------------

_waiting: WeakKeyDictionary[asyncio.AbstractEventLoop, int] = WeakKeyDictionary()
_ticking: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


@contextmanager
def awake() -> Iterator[None]:
    """Wake the running loop every `TICK` seconds, once for all that wait in it.

    The handler of `asyncio.run` wakes its loop itself.
    """
    loop = asyncio.get_running_loop()
    if sys.platform != "win32" and _handler() == "asyncio.runners":
        yield
        return
    _waiting[loop] = _waiting.get(loop, 0) + 1
    if loop not in _ticking:
        _ticking.add(loop)
        loop.call_later(TICK, _tick, loop)
    try:
        yield
    finally:
        _waiting[loop] -= 1


def _tick(loop: asyncio.AbstractEventLoop) -> None:
    if _waiting.get(loop):
        loop.call_later(TICK, _tick, loop)
    else:
        _ticking.discard(loop)
