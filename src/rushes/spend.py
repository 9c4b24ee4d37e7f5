"""What was spent, as a user sees it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from rushes.contract import display
from rushes.contract.errors import InvalidParams, Problem
from rushes.contract.sheet import Sheet
from rushes.filters import said
from rushes.journal import today

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from rushes.journal import Cap, Spending

Key = TypeVar("Key")


@dataclass(frozen=True, kw_only=True, repr=False)
class Sum:
    """Amounts of money in US dollars.

    >>> print(gen.spend().today)
    $0.00

    Attributes:
        spent: what the videos that have ended cost: as the service billed them, or else as
            estimated. Failed ones cost nothing; an attempt that may have been billed counts.
        reserved: the estimates of jobs that have not ended, including uncertain ones.
    """

    spent: float = 0.0
    reserved: float = 0.0

    @property
    def total(self) -> float:
        """The sum of both, which caps and budgets count."""
        return round(self.spent + self.reserved, 6)

    def __str__(self) -> str:
        words = f"${self.spent:,.2f}"
        return f"{words} and ${self.reserved:,.2f} reserved" if self.reserved else words

    def __repr__(self) -> str:
        return f"<Sum {self}>"


@dataclass(frozen=True, kw_only=True, repr=False)
class Spend:
    """What was spent and is reserved for all jobs of a home folder.

    >>> spend = gen.spend()
    >>> spend.total.spent
    0.0
    >>> sorted(spend.by_provider)
    []

    Attributes:
        total: all of it.
        today: what was submitted today. Days begin at 00:00 UTC.
        by_day: by the day of submission, the latest first.
        by_provider: by video model, the largest first.
        by_backend: by service, the largest first.
        left: US dollars that the policy's caps leave for today; None without such a cap.
        since: the first day that counts; None for all.
    """

    total: Sum
    today: Sum
    by_day: Mapping[dt.date, Sum]
    by_provider: Mapping[str, Sum]
    by_backend: Mapping[str, Sum]
    left: float | None = None
    since: dt.date | None = None

    def __repr__(self) -> str:
        when = f"since {self.since}" if self.since else "in all"
        left = f", ${self.left:,.2f} left" if self.left is not None else ""
        return f"<Spend today {self.today}{left}; {when} {self.total}>"

    def __str__(self) -> str:
        rows = list(self.rows())
        width = max(len(name) for _, name, _ in rows)
        lines, last = [], ""
        for group, name, amount in rows:
            if group != last:
                lines.append(group)
                last = group
            lines.append(f"  {name:{width}}  {amount}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON, in US dollars.

        >>> gen.spend().to_dict()["total"]
        {'spent': 0.0, 'reserved': 0.0}
        """
        groups = {"by_provider": self.by_provider, "by_backend": self.by_backend}
        return {
            "total": asdict(self.total),
            "today": asdict(self.today),
            "left": self.left,
            "since": None if self.since is None else self.since.isoformat(),
            "by_day": {day.isoformat(): asdict(amount) for day, amount in self.by_day.items()},
            **{
                name: {key: asdict(amount) for key, amount in sums.items()}
                for name, sums in groups.items()
            },
        }

    def sheet(self) -> Sheet:
        """The table that is shown."""
        rows, last = [], ""
        for group, name, amount in self.rows():
            rows.append((group if group != last else "", name, amount))
            last = group
        return Sheet(rows=rows, right=(2,))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {**display.bundle(self.sheet()), "text/plain": repr(self)}

    def rows(self) -> Iterator[tuple[str, str, str]]:
        """The table that is shown: group, name and amount."""
        yield "sum", "today (UTC)", str(self.today)
        if self.left is not None:
            yield "sum", "left for today", f"${self.left:,.2f}"
        yield "sum", f"since {self.since}" if self.since else "in all", str(self.total)
        groups = {
            "by provider": self.by_provider.items(),
            "by backend": self.by_backend.items(),
            "by day": [(str(name), amount) for name, amount in self.by_day.items()],
        }
        for group, sums in groups.items():
            for name, amount in sums:
                yield group, name, str(amount)


def spend_of(
    rows: Iterable[Spending], caps: Iterable[Cap] = (), since: dt.date | None = None
) -> Spend:
    """What the sums of a journal add up to.

    Args:
        rows: the sums from a day on, which must include today's.
        caps: those of the policies.
        since: the first day that counts.
    """
    now = today()
    counted = [row for row in rows if row.reserved or row.spent]
    of_today = _sum(row for row in counted if row.day == now)
    counted = [row for row in counted if since is None or row.day >= since.isoformat()]
    limits = [cap.limit for cap in caps if cap.daily and cap.account is cap.backend is None]
    return Spend(
        total=_sum(counted),
        today=of_today,
        by_day=_grouped(counted, lambda row: dt.date.fromisoformat(row.day), key=_latest),
        by_provider=_grouped(counted, lambda row: row.provider, key=_largest),
        by_backend=_grouped(counted, lambda row: row.backend, key=_largest),
        left=max(0.0, round(min(limits) - of_today.total, 6)) if limits else None,
        since=since,
    )


def day(name: str, given: object) -> dt.date | None:
    """A day that a user names.

    Raises:
        InvalidParams: when it is not one.
    """
    if given is None:
        return None
    now = dt.datetime.now(dt.UTC)
    if isinstance(given, str):
        given = said(given, now.date()) or given
    if isinstance(given, dt.timedelta):
        given = now - given
    if isinstance(given, dt.datetime):
        return given.astimezone(dt.UTC).date()
    if isinstance(given, dt.date):
        return given
    try:
        return dt.date.fromisoformat(given)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        reason = f"{given!r} is not a day; give a date, or a text like '2026-11-27' or 'last week'."
        raise InvalidParams.of([Problem(name, given, reason)]) from None


def _sum(rows: Iterable[Spending]) -> Sum:
    spent = reserved = 0.0
    for row in rows:
        spent += row.spent
        reserved += row.reserved
    return Sum(spent=round(spent, 6), reserved=round(reserved, 6))


def _grouped(
    rows: Iterable[Spending],
    name: Callable[[Spending], Key],
    key: Callable[[tuple[Key, Sum]], float],
) -> Mapping[Key, Sum]:
    groups: dict[Key, list[Spending]] = defaultdict(list)
    for row in rows:
        groups[name(row)].append(row)
    sums = {each: _sum(group) for each, group in groups.items()}
    return MappingProxyType(dict(sorted(sums.items(), key=key)))


def _latest(item: tuple[dt.date, Sum]) -> float:
    return -item[0].toordinal()


def _largest(item: tuple[str, Sum]) -> float:
    return -item[1].total
