"""Time that has surely passed, for decisions about money."""

from __future__ import annotations

import time

JUMP = 5.0
"""Seconds by which the wall clock may drift from the monotonic one. More is a jump: somebody set
the clock, or the machine slept (the monotonic clock of Linux and macOS stands still then)."""


class Stopwatch:
    """Counts seconds of this process by the monotonic clock, and notices when the clocks disagree.

    Values of a monotonic clock mean nothing to another process, so a stopwatch is never written
    down: a process that takes a job over counts from zero.
    """

    __slots__ = ("_steady", "_wall")

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Count from zero."""
        self._wall, self._steady = time.time(), time.monotonic()

    @property
    def has_jumped(self) -> bool:
        """Whether the wall clock was set, or the machine slept, since the start."""
        return abs((time.time() - self._wall) - self.elapsed) > JUMP

    @property
    def elapsed(self) -> float:
        """Monotonic seconds since the start."""
        return time.monotonic() - self._steady

    def steady(self) -> float:
        """Seconds since the start or the last jump of a clock; a jump that is noticed restarts."""
        if self.has_jumped:
            self.restart()
        return self.elapsed
