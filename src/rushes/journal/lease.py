"""What one process believes of the others' leases, whose ends are dates of a clock that can be set.

A lease is over when its date has passed. That is wrong in two ways when the clock was set: a
living process seems dead until it renews its lease by the new clock, and the lease of a dead one
may end in a year. Both are settled by what this process sees while its own monotonic clock counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.journal.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 300.0
"""Seconds; no process takes a longer lease than this. One that seems longer says nothing."""


class Leases:
    """The leases of all processes, as one of them watches them at each of its heartbeats."""

    def __init__(self) -> None:
        self._length = 0.0
        self._since_beat = Stopwatch()
        self._since_jump: Stopwatch | None = None
        self._unchanged: dict[str, tuple[float, Stopwatch]] = {}

    def beat(self, length: float) -> None:
        """Note a heartbeat of this process, whose leases are so many seconds long."""
        self._length = length
        if self._since_beat.has_jumped:
            self._since_jump = Stopwatch()
        self._since_beat.restart()

    @property
    def are_shaken(self) -> bool:
        """Whether the clock jumped so lately that living processes had no time to renew theirs."""
        if not self._length:
            return False  # This process has no lease either, so it cannot tell.
        if self._since_jump is not None and self._since_jump.elapsed > self._length:
            self._since_jump = None
        return self._since_jump is not None or self._since_beat.has_jumped

    def stale(self, ahead: Mapping[str, float]) -> list[str]:
        """The processes that renew their lease no more, though it seems to last for long.

        Args:
            ahead: by process, the end of each lease that ends later than one taken now would.
        """
        before, self._unchanged = self._unchanged, {}
        for owner, until in ahead.items():
            known, watch = before.get(owner, (None, None))
            unchanged = watch if watch is not None and known == until else Stopwatch()
            self._unchanged[owner] = (until, unchanged)
        return [
            owner
            for owner, (_, unchanged) in self._unchanged.items()
            if unchanged.steady() > self._length
        ]
