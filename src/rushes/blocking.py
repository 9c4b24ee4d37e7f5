"""Waiting for the engine without `await`, in a script or in a notebook's running loop."""

from __future__ import annotations

import asyncio
import math
import threading
from numbers import Real
from typing import TYPE_CHECKING, TypeVar

from rushes.contract.errors import InvalidParams, Problem

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")


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


def wait(future: Future[T], timeout: float | None) -> T:
    """Wait until the engine's thread has an answer.

    In a notebook the kernel's loop is running while a cell blocks. `nest_asyncio2` keeps it
    turning, so that widgets stay alive; a loop that it cannot patch, e.g. uvloop's, stands still
    meanwhile, and the answer comes all the same because the engine has a thread of its own.

    Raises:
        TimeoutError: after `timeout` seconds.
    """
    if timeout is not None and timeout > threading.TIMEOUT_MAX:
        timeout = None  # No lock waits that long: 292 years, or 49 days on Windows.
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
