"""The answers that callers of the engine wait for."""

from __future__ import annotations

import threading
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Promises:
    """Futures that were handed out; when the engine ends, none of them is left open.

    An event loop that ends drops what it was asked to do without a word, and whoever waits for
    it would do so for ever.
    """

    def __init__(self) -> None:
        self._open: set[Future[Any]] = set()
        self._lock = threading.Lock()
        self._error: Callable[[], Exception] | None = None

    def make(self) -> Future[Any]:
        """A future that gets its answer from the engine, or else the error of `break_all`."""
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()  # Whoever stops waiting cancels nothing.
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
