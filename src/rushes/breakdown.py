"""What was spent, by what jobs have in common."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from rushes.contract.errors import InvalidParams, Problem
from rushes.contract.sheet import Printed, Sheet
from rushes.contract.wording import listed, meant
from rushes.journal import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rushes.journal import Journal, Part, SweepRecord

Group = Literal["provider", "backend", "mode", "day", "month", "sweep", "library"]
"""What amounts can be grouped by."""

GROUPS: tuple[Group, ...] = get_args(Group)

MOST_SWEEPS = 100_000
"""Sweeps whose names are looked up."""

NO_SWEEP = ""
"""The sweep of what was made by none."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Amount:
    """Money that some jobs cost, in US dollars.

    >>> print(gen.spend(by="provider").total)
    $0.00

    Attributes:
        billed: for those that have ended, as their service said.
        estimated: for the others that have ended, because their service said nothing.
        reserved: for those that have not ended, uncertain ones included.
        jobs: the number of jobs.
    """

    billed: float = 0.0
    estimated: float = 0.0
    reserved: float = 0.0
    jobs: int = 0

    @property
    def spent(self) -> float:
        """What has ended, billed or estimated."""
        return round(self.billed + self.estimated, 6)

    @property
    def total(self) -> float:
        """All of it, which caps and budgets count."""
        return round(self.spent + self.reserved, 6)

    def __str__(self) -> str:
        about = "about " if self.estimated else ""
        words = f"{about}${self.spent:,.2f}"
        return f"{words} and ${self.reserved:,.2f} reserved" if self.reserved else words

    def __repr__(self) -> str:
        return f"<Amount {self}>"


class Breakdown(Printed, Mapping[Any, Amount]):
    """Amounts by what the jobs have in common, the largest first. It prints as a table.

    >>> spent = gen.spend(by="provider")
    >>> spent["seedance-2.0"].billed
    0.0
    >>> gen.spend(by=["day", "mode"]).records()[0]["mode"]
    'text-to-video'

    Attributes:
        by: how the amounts are grouped. A key is a value of it; with several it is a tuple.
        since: the first day that counts; None for all.
        total: all of them together.
    """

    def __init__(self, by: tuple[Group, ...], rows: Iterable[Tally], since: dt.date | None) -> None:
        self.by = by
        self.since = since
        groups = defaultdict[tuple[Any, ...], list[Tally]](list)
        for row in rows:
            groups[tuple(map(_typed, by, row.key))].append(row)
        sums = {key: _sum(group) for key, group in groups.items()}
        self._sums = dict(sorted(sums.items(), key=lambda item: self._place(*item)))
        self.total = _sum(row for group in groups.values() for row in group)

    def _place(self, key: tuple[Any, ...], amount: Amount) -> tuple[Any, ...]:
        """Days run from the latest on; everything else from the largest amount."""
        times = [-part.toordinal() for part in key if isinstance(part, dt.date)]
        months = [part for name, part in zip(self.by, key, strict=True) if name == "month"]
        latest = [-int(month.replace("-", "")) for month in months]
        return (*times, *latest, -amount.total, *map(str, key))

    def __getitem__(self, key: Any) -> Amount:
        return self._sums[key if len(self.by) > 1 else (key,)]

    def __iter__(self) -> Iterator[Any]:
        return (key if len(self.by) > 1 else key[0] for key in self._sums)

    def __len__(self) -> int:
        return len(self._sums)

    def records(self) -> list[dict[str, Any]]:
        """A flat row for each amount, e.g. for a data frame.

        >>> sorted(gen.spend(by="mode").records()[0])
        ['billed', 'estimated', 'jobs', 'mode', 'reserved', 'spent']
        """
        return [
            {
                **dict(zip(self.by, key, strict=True)),
                "billed": amount.billed,
                "estimated": amount.estimated,
                "spent": amount.spent,
                "reserved": amount.reserved,
                "jobs": amount.jobs,
            }
            for key, amount in self._sums.items()
        ]

    def sheet(self) -> Sheet:
        """The table that is shown."""
        heads = ("billed", "estimated", "reserved", "jobs")
        rows = [(*map(_shown, self.by, key), *_cells(each)) for key, each in self._sums.items()]
        since = f" since {self.since}" if self.since else ""
        first = len(self.by)
        return Sheet(
            title=f"{self.total}{since}" if rows else "",
            heads=(*self.by, *heads),
            rows=rows,
            first=first,
            right=tuple(range(first, first + len(heads))),
            empty=f"Nothing was spent{since}.",
        )


def groups_of(given: object) -> tuple[Group, ...]:
    """The groups that a user names.

    Raises:
        InvalidParams: when one does not exist, or is given twice.
    """
    several = (given,) if isinstance(given, str) else given
    found = tuple(several) if isinstance(several, list | tuple) else (several,)
    for name in found:
        if name not in GROUPS:
            reason = f"{name!r} is not one of {listed(GROUPS)}.{meant(name, GROUPS)}"
            raise InvalidParams.of([Problem("by", given, reason)])
    if not found or len(set(found)) < len(found):
        reason = f"give one or several of {listed(GROUPS)}, each once."
        raise InvalidParams.of([Problem("by", given, reason)])
    return found


def breakdown_of(journal: Journal, by: tuple[Group, ...], since: dt.date | None) -> Breakdown:
    """What the journal counts; the jobs of earlier releases have to be in its sums.

    Args:
        journal: the journal.
        by: how amounts are grouped.
        since: the first day that counts; None for all.
    """
    # It knows sweeps by their account.
    parts: list[Part] = ["account" if group == "sweep" else group for group in by]
    rows = journal.tally(parts, None if since is None else since.isoformat())
    if "sweep" in by:
        rows = _named(by, rows, journal.sweeps(limit=MOST_SWEEPS))
    return Breakdown(by, rows, since)


def _named(
    by: Sequence[Group], rows: Iterable[Tally], sweeps: Sequence[SweepRecord]
) -> list[Tally]:
    """Rows with the names of sweeps in place of accounts."""
    place = by.index("sweep")
    several = Counter(sweep.name for sweep in sweeps)
    names = {
        sweep.account: sweep.name if several[sweep.name] == 1 else f"{sweep.name} in {sweep.folder}"
        for sweep in sweeps
    }
    found = []
    for row in rows:
        key = list(row.key)
        key[place] = names.get(key[place], NO_SWEEP)
        found.append(replace(row, key=tuple(key)))
    return found


def _sum(rows: Iterable[Tally]) -> Amount:
    billed = estimated = reserved = 0.0
    jobs = 0
    for row in rows:
        billed, estimated = billed + row.billed, estimated + row.estimated
        reserved, jobs = reserved + row.reserved, jobs + row.jobs
    return Amount(
        billed=round(billed, 6),
        estimated=round(estimated, 6),
        reserved=round(reserved, 6),
        jobs=jobs,
    )


def _typed(group: Group, part: str) -> Any:
    return dt.date.fromisoformat(part) if group == "day" else part


def _shown(group: Group, part: Any) -> str:
    return str(part) or ("no sweep" if group == "sweep" else "")


def _cells(amount: Amount) -> tuple[str, ...]:
    sums = (amount.billed, amount.estimated, amount.reserved)
    return (*(f"${each:,.2f}" for each in sums), f"{amount.jobs:,}")
