"""Money as the journal counts it: caps, reservations of attempts, and which costs are believed."""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from rushes.contract.errors import CreditsExhausted, PolicyDenied, RateLimited
from rushes.journal.record import JobState

if TYPE_CHECKING:
    from rushes.contract.errors import RushesError
    from rushes.journal.record import JobRecord

CURRENCY = "USD"
"""All accounts are kept in US dollars."""

PART = "\n"
"""What stands between an account and a part of it, which counts in both."""

ROUNDING = 0.0001
"""US dollars by which sums of prices may differ from their exact value."""


@dataclass(frozen=True, kw_only=True)
class Cap:
    """A sum that attempts may not exceed together.

    Attributes:
        name: how a refusal names it, e.g. ``"the budget of $20.00"``.
        limit: US dollars, finite and not negative.
        account: whose attempts count; None for all of the journal.
        backend: the service whose attempts count; None for all.
        daily: whether only attempts of the same day (UTC) count.
        advice: what the user can do when it is reached.
        error: what a refusal is.
    """

    name: str
    limit: float
    account: str | None = None
    backend: str | None = None
    daily: bool = False
    advice: str = ""
    error: type[RushesError] = CreditsExhausted

    def allows(self, already: float, amount: float) -> bool:
        """Whether an amount fits on top of what counts already; what is free always does."""
        return amount == 0 or already + amount <= self.limit + ROUNDING

    def refusal(self, already: float, amount: float, job: JobRecord) -> RushesError:
        """The error for an amount that does not fit."""
        words = (
            f"This take costs about ${amount:.2f}, and ${already:.2f} of {self.name} is spent or "
            f"reserved, so nothing was sent. {self.advice}"
        )
        return self.error(words.strip(), job_id=job.id)

    def unpriced(self, job: JobRecord) -> RushesError:
        """The error for an attempt whose price is not known."""
        words = (
            f"The price of {job.provider} at {job.backend} in US dollars is not known, so "
            f"it cannot be counted against {self.name}; nothing was sent. Add a price to the "
            f"provider's file, or set assumedCost in the policy."
        )
        return PolicyDenied(words, job_id=job.id)


MINUTE, DAY = 60.0, 86_400.0


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How many jobs of one library may be recorded in a minute, or in a day (UTC).

    >>> Pace(most=6, daily=False).begins(1000.0)
    940.0

    Attributes:
        most: jobs, 1 or more.
        daily: whether those of the same day count, rather than those of the last minute.
    """

    most: int
    daily: bool

    def begins(self, now: float) -> float:
        """The time from which jobs count against one that is recorded at `now`, unix seconds."""
        return now // DAY * DAY if self.daily else now - MINUTE

    def refusal(self, now: float, earliest: float) -> RateLimited:
        """The error for one job more, with the seconds until it is accepted.

        Args:
            now: when the job was to be recorded.
            earliest: when the first of those that count was.
        """
        ends = now // DAY * DAY + DAY if self.daily else earliest + MINUTE
        wait = max(1.0, ends - now)
        limit = f"{self.most} jobs {'a day (UTC)' if self.daily else 'a minute'}"
        when = f"{wait:.0f} s" if wait < 2 * MINUTE else f"{wait / MINUTE:.0f} minutes"
        error = RateLimited(
            f"Your tier allows only {limit}. Nothing was sent; try again in {when}.", status=429
        )
        error.retry_after = wait
        return error


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """Money for one attempt, and what has to hold for it to be made.

    Attributes:
        estimate: what it is expected to cost in US dollars, finite and not negative; None if
            unknown. Another attempt at a job then counts as much as the last one.
        account: whose money it is, besides the journal's; None leaves it as it is for the job.
        caps: sums that may not be exceeded.
        paces: how many jobs of its library may be recorded; only for a job that is new.
    """

    estimate: float | None = None
    account: str | None = None
    caps: tuple[Cap, ...] = field(default=())
    paces: tuple[Pace, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.estimate is not None and not 0 <= self.estimate < math.inf:
            object.__setattr__(self, "estimate", None)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a job counts that reserved nothing here: of an earlier release, or recovered.

    Attributes:
        job: the job as it was read, or as it is to be recorded.
        estimate: the price of one attempt, in US dollars.
        amount: what the job counts as it is now, in US dollars.
    """

    job: JobRecord
    estimate: float
    amount: float


@dataclass(frozen=True, kw_only=True)
class Spending:
    """What attempts of one day, account, provider and backend count together, in US dollars.

    Attributes:
        day: the day on which they were reserved, in UTC, ISO 8601.
        account: whose money it was, besides the journal's; empty for nobody's.
        provider: the video model.
        backend: the service.
        reserved: for attempts that have not ended, uncertain ones included.
        spent: for the others.
    """

    day: str
    account: str
    provider: str
    backend: str
    reserved: float
    spent: float


def studio_cap(library: str, limit: float) -> Cap:
    """What all takes of a library's Studios may cost together.

    Args:
        library: the folder, which is their account.
        limit: US dollars.
    """
    return Cap(
        name=f"the budget of ${limit:.2f}",
        limit=limit,
        account=library,
        advice="Make a shorter take, or raise budget= and run the cell again.",
    )


Part = Literal["provider", "backend", "mode", "day", "month", "library", "account"]
"""What amounts can be grouped by."""

PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What some attempts count together, in US dollars.

    Attributes:
        key: what they have in common, in the order in which that was asked.
        billed: for those that have ended, as their service said.
        estimated: for the others that have ended.
        reserved: for those that have not ended, uncertain ones included.
        jobs: the number of their jobs.
    """

    key: tuple[str, ...]
    billed: float
    estimated: float
    reserved: float
    jobs: int


def today() -> str:
    """The day to which attempts count that are made now: in UTC, by this machine's clock."""
    return day_of(time.time())


def day_of(moment: float) -> str:
    """The day to which an attempt counts that was made at a time, in unix seconds."""
    return time.strftime("%Y-%m-%d", time.gmtime(moment))


def believed(cost: object) -> float | None:
    """US dollars of a cost that a service reported, as JSON; None when it is not a valid cost."""
    if not isinstance(cost, dict) or cost.get("currency", CURRENCY) != CURRENCY:
        return None
    amount = cost.get("amount")
    if not isinstance(amount, float | int) or isinstance(amount, bool):
        return None
    return float(amount) if 0 <= amount <= sys.float_info.max else None


def amount_of(before: JobRecord, after: JobRecord, estimate: float) -> float:
    """What a job's last attempt counts in its new state, in US dollars.

    Args:
        before: the job as it was.
        after: the job as it is.
        estimate: what the attempt reserved.
    """
    if after.state in (JobState.FAILED, JobState.CANCELLED) and after.error is not None:
        billed = believed(after.error.cost)
        if billed is not None:
            return billed
    match after.state:
        case JobState.COMPLETED:
            actual = believed((after.result or {}).get("cost"))
            return estimate if actual is None else actual
        case JobState.FAILED if before.state is JobState.FETCHING:
            # The video was made and is billed, though it could not be downloaded.
            actual = believed(after.output.cost if after.output else None)
            return estimate if actual is None else actual
        case JobState.FAILED if after.error is not None and after.error.may_bill:
            return estimate
        case JobState.FAILED if before.state is not JobState.UNCERTAIN:
            return 0.0
        case JobState.CANCELLED if after.remote_id is None:
            return 0.0
    return estimate
