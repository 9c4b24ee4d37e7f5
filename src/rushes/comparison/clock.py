"""The common clock of all takes of a comparison."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from rushes.comparison.footage import exact
from rushes.contract.errors import InvalidParams

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rushes.comparison.footage import Footage

FASTEST = Fraction(60)
"""Maximum frame rate of an export; a higher one only makes files larger."""

CLOSEST = Fraction(1, 120)
"""Seconds from one frame to the next of an export whose frames are not evenly spaced, at least.
What changes sooner changes that much later."""


@dataclass(frozen=True)
class Clock:
    """A range of the common clock.

    Attributes:
        start: in seconds.
        end: in seconds; later than the start.
        rate: frames per second: the highest of the takes.
        is_even: whether frames are evenly spaced; they are unless those of a take are not.
    """

    start: Fraction
    end: Fraction
    rate: Fraction
    is_even: bool = True

    @classmethod
    def over(cls, takes: Sequence[Footage], start: float, end: float | None) -> Clock:
        """The range from start to end; the default end is that of the longest take.

        Raises:
            InvalidParams: if the range is empty.
        """
        first = exact("start", start)
        longest = max(take.end for take in takes)
        last = longest if end is None else min(longest, exact("end", end))
        if first < 0:
            msg = f"start: {start!r} is negative; give 0 or more seconds."
            raise InvalidParams(msg)
        if last <= first:
            msg = (
                f"There is nothing from {float(first):g} s to {float(last):g} s; the longest take "
                f"ends at {float(longest):g} s."
            )
            raise InvalidParams(msg)
        rate = min(FASTEST, max(take.rate for take in takes))
        return cls(first, last, rate, all(take.is_steady for take in takes))

    @property
    def count(self) -> int:
        """The number of frames, if they are evenly spaced."""
        return ceil((self.end - self.start) * self.rate)

    @property
    def seconds(self) -> Fraction:
        """The length of a film of it."""
        return self.count / self.rate if self.is_even else self.end - self.start

    def shown(self, takes: Sequence[Footage]) -> Iterator[tuple[Fraction, Fraction]]:
        """From when to when each frame of a film is shown.

        A take whose frames last differently has each at its time: then there is a frame whenever
        one of the takes changes, else at an even rate.

        Args:
            takes: opened takes; they are read as the moments are.
        """
        if self.is_even:
            for number in range(self.count):
                yield self.start + number / self.rate, self.start + (number + 1) / self.rate
            return
        moment = self.start
        while moment < self.end:
            changes = [take.change_after(moment) for take in takes]
            following = min((change for change in changes if change is not None), default=self.end)
            until = min(self.end, max(following, moment + CLOSEST))
            yield moment, until
            moment = until

    def spread(self, count: int) -> list[Fraction]:
        """A number of moments, evenly spaced from the first frame to the last."""
        last = self.start + (self.count - 1) / self.rate
        if count == 1:
            return [(self.start + last) / 2]
        return [self.start + (last - self.start) * number / (count - 1) for number in range(count)]


def timecode(moment: Fraction) -> str:
    """A moment as minutes, seconds and hundredths, e.g. ``"0:02.50"``."""
    hundredths = round(moment * 100)
    return f"{hundredths // 6000}:{hundredths // 100 % 60:02}.{hundredths % 100:02}"
