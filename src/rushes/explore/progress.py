"""How far a sweep is, and what it would buy, in numbers and in words."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rushes.contract.wording import listed, shortened
from rushes.estimate import Estimate
from rushes.journal import CellRecord, SweepState
from rushes.journal.sweep import is_over
from rushes.plan import time_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LONGEST_NEWS = 80
"""Characters of what is new in a sweep."""


@dataclass(frozen=True, kw_only=True)
class SweepProgress:
    """How far a sweep is.

    >>> sweep = gen.sweep("A {animal}", animal=["fox"], provider="kling-3.0-standard", name="one")
    >>> sweep.progress.waiting
    1

    Attributes:
        state: whether takes are being started; None if it was not run yet.
        reason: why not, if that is not what the user asked for.
        total: its takes.
        done: finished ones.
        failed: failed or cancelled ones.
        uncertain: those that the user has to decide about.
        under_way: those that were sent, or are about to be.
        waiting: those that were not started.
        spent: US dollars that it has cost.
        reserved: US dollars that are reserved for what is under way.
        waiting_cost: US dollars that those cost at most which were not started; None if unknown.
        time_left: seconds until all of them are done, about; None if unknown.
    """

    state: SweepState | None
    reason: str | None
    total: int
    done: int
    failed: int
    uncertain: int
    under_way: int
    waiting: int
    spent: float
    reserved: float
    waiting_cost: float | None = None
    time_left: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it automatically."""
        return self.state is None or is_over(self.state, self.under_way, self.waiting)

    @property
    def fraction(self) -> float:
        """How much of it has ended, from 0 to 1."""
        return (self.done + self.failed + self.uncertain) / max(1, self.total)


def planned(
    found: SweepProgress,
    left: Sequence[CellRecord],
    recorded: Sequence[CellRecord],
    *,
    is_again: bool,
    others: int,
    made: int,
    cost: Estimate,
    seconds: float | None,
) -> Iterator[str]:
    """What running it would buy, in a few words each.

    Args:
        found: how far it is.
        left: cells that would be added, or made again.
        recorded: cells that were added earlier.
        is_again: whether takes that exist are made again.
        others: takes that wait besides these, and would start, too.
        made: how many of `left` exist.
        cost: of the others.
        seconds: that they take about; None if that is not known.
    """
    if found.state is None:
        yield count_of(len(left), "take")
    elif is_again:
        yield f"{count_of(len(left), 'take')} again, besides {found.total:,}"
    else:
        yield f"{count_of(len(left), 'new take')} besides {found.total:,}"
        yield f"new: {_news(left, recorded)}"
    if others:
        yield f"{others:,} of these {'waits' if others == 1 else 'wait'} and would start, too"
    if made:
        words = "exists and costs" if made == 1 else "exist and cost"
        yield f"{made:,} of them {words} nothing"
    yield str(cost)
    if seconds is not None:
        yield f"about {time_in_words(seconds)}"
    yield "nothing sent yet" if found.state is None else "nothing of these sent yet"


def going(
    found: SweepProgress, cap: float | None, stuck: Mapping[str, tuple[int, str]]
) -> Iterator[str]:
    """How far it is, in a few words each.

    Args:
        found: the numbers.
        cap: US dollars that its takes may cost together; None if there is no limit.
        stuck: by service, how many takes this process cannot start, and why.
    """
    yield f"{found.done:,} of {count_of(found.total, 'take')} done"
    money = found.spent + found.reserved
    if money or cap is not None:
        yield f"${money:.2f}" + ("" if cap is None else f" of ${cap:.2f}")
    if found.state is SweepState.RUNNING and not found.is_over and found.time_left:
        yield f"about {time_in_words(found.time_left)} left"
    if found.uncertain:
        yield f"{found.uncertain:,} {'needs' if found.uncertain == 1 else 'need'} you"
    if found.failed:
        yield f"{found.failed:,} failed"
    if found.waiting and found.state is SweepState.RUNNING:
        for backend, (count, reason) in stuck.items():
            yield f"{count:,} wait{'s' if count == 1 else ''} for {backend}: {reason}"
    elif found.waiting:
        cost = f" for about ${found.waiting_cost:.2f}" if found.waiting_cost else ""
        yield f"{found.state}, {found.waiting:,} left{cost}"
    if found.reason:
        yield found.reason


def quoted(text: str) -> str:
    """A prompt on one line, shortened."""
    return repr(shortened(" ".join(text.split()), LONGEST_NEWS))


def _news(left: Sequence[CellRecord], recorded: Sequence[CellRecord]) -> str:
    """The values that no take of a sweep had before, by axis."""
    known = {pair for cell in recorded for pair in cell.values.items()}
    found = defaultdict[str, dict[str, None]](dict)
    for cell in left:
        for name, value in cell.values.items():
            if (name, value) not in known:
                found[name][value] = None
    axes = [f"{name} {listed(values)}" for name, values in found.items()]
    return shortened("; ".join(axes) or "other combinations", LONGEST_NEWS)


def cost_of(cells: Sequence[CellRecord]) -> Estimate:
    """What cells cost together; not known if it is not known of one of them."""
    high = [cell.estimate for cell in cells]
    low = [cell.least for cell in cells]
    unknown = sum(value is None for value in high)
    if unknown:
        reason = f"No price of {count_of(unknown, 'take')} is known."
        return Estimate(low=None, high=None, exact=False, reason=reason, quantity=len(cells))
    most = round(math.fsum(value for value in high if value is not None), 6)
    least = round(math.fsum(value for value in low if value is not None), 6)
    return Estimate(
        low=least,
        high=most,
        exact=least == most,
        reason="the sum of the takes",
        quantity=len(cells),
    )


def count_of(number: int, word: str) -> str:
    """A number with its noun."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"
