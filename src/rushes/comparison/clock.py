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


@dataclass(frozen=True)
class Clock:
    """A range of the common clock.

    Attributes:
        start: in seconds.
        end: in seconds; later than the start.
        rate: frames per second: the highest of the takes.
    """

    start: Fraction
    end: Fraction
    rate: Fraction

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
        return cls(first, last, min(FASTEST, max(take.rate for take in takes)))

    @property
    def count(self) -> int:
        """The number of frames."""
        return ceil((self.end - self.start) * self.rate)

    def moments(self) -> Iterator[Fraction]:
        """The moment of each frame."""
        return (self.start + number / self.rate for number in range(self.count))

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
