"""Elapsed time for decisions about money, which no change of the wall clock may shorten."""

from __future__ import annotations

import time

JUMP = 5.0
"""Seconds by which the wall clock may drift from the monotonic one. A larger difference is a jump:
the clock was set, or the machine slept (the monotonic clock of Linux and macOS stops then)."""


class Stopwatch:
    """Measures seconds by the monotonic clock, and detects when the wall clock disagrees.

    A monotonic clock means nothing to another process, so a stopwatch is never stored: a process
    that takes a job over measures from zero.
    """

    __slots__ = ("_monotonic", "_wall")

    def __init__(self) -> None:
        self._wall, self._monotonic = time.time(), time.monotonic()

    def restart(self) -> None:
        """Measure from zero."""
        self._wall, self._monotonic = time.time(), time.monotonic()

    @property
    def has_jumped(self) -> bool:
        """Whether the wall clock was set, or the machine slept, since the start."""
        return abs((time.time() - self._wall) - self.elapsed) > JUMP

    @property
    def elapsed(self) -> float:
        """Monotonic seconds since the start."""
        return time.monotonic() - self._monotonic

    def steady(self) -> float:
        """Seconds since the start or since the last jump; detecting a jump restarts."""
        if self.has_jumped:
            self.restart()
        return self.elapsed
