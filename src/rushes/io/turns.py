"""A lock that threads get in the order in which they asked for it."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

CHECK = 0.25
"""Seconds after which a thread that waits checks whether the first in line is still there."""


class Turns:
    """A lock for one thread at a time, which may take it again while it holds it.

    Python's own locks go to the thread that asks at the right moment. One that releases a lock and
    asks again at once mostly gets it again, and the others wait until it is done with that.

    An interrupt may come at any line of `acquire`. So call it inside a ``try`` whose ``finally``
    calls `release`, and expect that to raise a `RuntimeError` where nothing was taken.

    Attributes:
        release: ends the turn; raises a `RuntimeError` when this thread does not have the lock.

    >>> turns = Turns()
    >>> turns.acquire(timeout=1.0)
    True
    >>> turns.release()
    """

    def __init__(self) -> None:
        # This excludes; the line only says whose turn it is, so that a mistake there, as an
        # interrupt may leave behind, costs the order and nothing else.
        self._lock = threading.RLock()
        self._line: deque[threading.Lock] = deque()
        # Not a method: an interrupt may come at the call of a function that is written in Python,
        # and the lock would stay taken.
        self.release: Callable[[], None] = self._lock.release

    @property
    def waiting(self) -> int:
        """How many threads wait for their turn."""
        return len(self._line)

    def acquire(self, *, timeout: float = -1) -> bool:
        """Wait for the turn of this thread; whether it came.

        Args:
            timeout: seconds to wait; -1 has no limit.
        """
        if self._lock._is_owned():  # type: ignore[attr-defined]  # noqa: SLF001 - as threading does
            return self._lock.acquire()
        if not self._line and self._lock.acquire(blocking=False):
            return True
        end = math.inf if timeout < 0 else time.monotonic() + timeout
        bell = threading.Lock()
        bell.acquire()
        self._line.append(bell)
        try:
            return self._is_first(bell, end) or self._lock.acquire(timeout=_until(end))
        finally:
            self._leave(bell)

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def _is_first(self, bell: threading.Lock, end: float) -> bool:
        """Wait until a thread is the first in line; True if it got the lock on the way there."""
        stuck: threading.Lock | None = None
        while self._line and (first := self._line[0]) is not bell:
            left = end - time.monotonic()
            if left <= 0:
                return False
            if bell.acquire(timeout=min(CHECK, left)) or not self._lock.acquire(blocking=False):
                stuck = None
            elif stuck is first:
                # The lock is free, and still the first in line did not take it: an interrupt ended
                # its wait at the one line at which it could not leave.
                self._leave(first)
                return True
            else:
                self._lock.release()
                stuck = first
        return False

    def _leave(self, bell: threading.Lock) -> None:
        """Leave the line, and notify the thread that is the first now."""
        with suppress(ValueError):
            self._line.remove(bell)
        with suppress(IndexError, RuntimeError):  # Nobody waits, or it knows.
            self._line[0].release()


def _until(end: float) -> float:
    """The timeout of a wait that ends then."""
    return -1 if end == math.inf else max(0.0, end - time.monotonic())
