"""The common clock that all takes of a comparison are watched by."""

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
"""Frames per second of an export at most; more are seen by nobody and paid for in bytes."""


@dataclass(frozen=True)
class Clock:
    """A stretch of the common time.

    Attributes:
        start: in seconds.
        end: likewise; later than the start.
        rate: frames per second: the highest of the takes.
    """

    start: Fraction
    end: Fraction
    rate: Fraction

    @classmethod
    def over(cls, takes: Sequence[Footage], start: float, end: float | None) -> Clock:
        """The time from start to end, which is that of the take that is over last by default.

        Raises:
            InvalidParams: when nothing lies between the two.
        """
        first = exact("start", start)
        longest = max(take.end for take in takes)
        last = longest if end is None else min(longest, exact("end", end))
        if first < 0:
            msg = f"start: {start!r} is before the beginning; give 0 or more seconds."
            raise InvalidParams(msg)
        if last <= first:
            msg = (
                f"There is nothing from {float(first):g} s to {float(last):g} s; the last take is "
                f"over at {float(longest):g} s."
            )
            raise InvalidParams(msg)
        return cls(first, last, min(FASTEST, max(take.rate for take in takes)))

    @property
    def count(self) -> int:
        """How many frames it has."""
        return ceil((self.end - self.start) * self.rate)

    def moments(self) -> Iterator[Fraction]:
        """The moment of each frame."""
        return (self.start + number / self.rate for number in range(self.count))

    def spread(self, count: int) -> list[Fraction]:
        """So many moments, evenly from the first frame to the last."""
        last = self.start + (self.count - 1) / self.rate
        if count == 1:
            return [(self.start + last) / 2]
        return [self.start + (last - self.start) * number / (count - 1) for number in range(count)]


def timecode(moment: Fraction) -> str:
    """A moment as minutes, seconds and hundredths, e.g. ``"0:02.50"``."""
    hundredths = round(moment * 100)
    return f"{hundredths // 6000}:{hundredths // 100 % 60:02}.{hundredths % 100:02}"
