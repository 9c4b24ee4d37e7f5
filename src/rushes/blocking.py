"""Waiting for the engine without `await`, in a script or inside a running notebook loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")


def wait(future: Future[T], timeout: float | None) -> T:
    """Wait until the engine's thread has an answer.

    In a notebook the kernel's loop is running while a cell blocks. `nest_asyncio2` keeps it
    turning, so that widgets stay alive; a loop that it cannot patch, e.g. uvloop's, stands still
    meanwhile, and the answer comes all the same because the engine has a thread of its own.

    Raises:
        TimeoutError: after `timeout` seconds.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return future.result(timeout)
    import nest_asyncio2  # noqa: PLC0415 - patches asyncio, so only where it is needed

    try:
        nest_asyncio2.apply(loop)
    except (ValueError, RuntimeError):
        return future.result(timeout)
    waiting = asyncio.wait_for(asyncio.wrap_future(future, loop=loop), timeout)
    return loop.run_until_complete(waiting)
