"""Money as the journal counts it: what is reserved for an attempt, and which costs are believed."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rushes.journal.record import JobRecord

CURRENCY = "USD"
"""All accounts are kept in US dollars."""


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """Money for one attempt.

    Attributes:
        account: whose money it is, e.g. a library folder.
        amount: the estimate in US dollars, finite and not negative.
        limit: what the account may spend in all; None for no limit.
    """

    account: str
    amount: float
    limit: float | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a job of an earlier release counts, which reserved nothing.

    Attributes:
        job: the job as it was read.
        account: whose money it was.
        estimate: the price of one attempt, in US dollars.
        amount: what the job counts as it is now, in US dollars.
    """

    job: JobRecord
    account: str
    estimate: float
    amount: float


def believed(cost: object) -> float | None:
    """US dollars of a cost that a service reported, as JSON; None when it is not a valid cost."""
    if not isinstance(cost, dict) or cost.get("currency", CURRENCY) != CURRENCY:
        return None
    amount = cost.get("amount")
    if not isinstance(amount, float | int) or isinstance(amount, bool):
        return None
    return float(amount) if 0 <= amount <= sys.float_info.max else None
