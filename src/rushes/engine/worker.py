"""A thread that runs blocking functions one after another for an event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Worker:
    """Runs the journal's functions in order, off the event loop.

    A pool of `concurrent.futures` would not do: the interpreter shuts its pools down before any
    exit handler runs, and the answer to a paid submission that arrives in that moment could not
    be written down any more. This thread works until `close`.
    """

    def __init__(self, name: str) -> None:
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    async def run(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Run a function in the thread and wait for what it returns or raises."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, error: BaseException | None) -> None:
            if future.cancelled():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)  # type: ignore[arg-type]

        def call() -> None:
            result, error = None, None
            try:
                result = function(*args, **kwargs)
            except BaseException as caught:  # noqa: BLE001 - it is raised where the call was made
                error = caught
            with contextlib.suppress(RuntimeError):  # The loop is closed; nobody waits.
                loop.call_soon_threadsafe(settle, result, error)

        self._calls.put(call)
        return await future

    def close(self) -> None:
        """Finish what was asked for, then end the thread."""
        self._calls.put(None)
        self._thread.join(timeout=10)

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
