"""How sure a process is of something that it was told more than once."""

from __future__ import annotations

from rushes.journal.stopwatch import Stopwatch


class Evidence:
    """What a service says of a job again and again, and for how long this process has heard it.

    One answer about money may be wrong: lists lag, and a proxy answers for a service. What decides
    is believed only when it stays so, by the monotonic clock of a process that asked itself. It
    begins anew in a process that takes a job over, and when a clock jumps.
    """

    __slots__ = ("_first", "span", "times")

    def __init__(self) -> None:
        self._first: Stopwatch | None = None
        self.times = 0
        self.span = 0.0

    def add(self, asking: Stopwatch) -> None:
        """Count an answer.

        Args:
            asking: runs since the question: an answer that takes long says nothing of that time.
        """
        if self._first is None or self._first.has_jumped:
            self._first, self.times, self.span = Stopwatch(), 1, 0.0
            return
        self.times += 1
        self.span = max(0.0, self._first.elapsed - asking.elapsed)

    def suffices(self, times: int, span: float) -> bool:
        """Whether there were so many answers, the last so many seconds after the first."""
        return self.times >= times and self.span >= span
