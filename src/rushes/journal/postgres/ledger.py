"""The tables of what is reserved and spent, attempt by attempt.

Money is reserved in the transaction that records an attempt, and settled in the transaction that
ends the job. Requests that are held to the same cap take their turn by its lock (`names_of_caps`),
so that two cannot both take the last of it; others do not wait for each other. Attempts count
rather than jobs: one whose reply was lost may have been bought, so it keeps its reservation when
the job is sent again or given up. Sums by day, account, provider and backend are stored beside the
attempts, so that a cap is checked in a few rows, however many attempts there were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from rushes.journal.ledger import CURRENCY, PART, Spending, Tally, amount_of, believed, day_of
from rushes.journal.postgres.rows import names, text
from rushes.journal.record import ENDED, JobState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rushes.journal.ledger import Cap, Pace, Part, Reservation
    from rushes.journal.postgres.connection import Connection
    from rushes.journal.record import JobRecord

MOST = 1e15
"""US dollars; what a service says that an attempt cost counts as this much at most, so that no sum
is too large to be stored."""

_TODAY = "to_char(transaction_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
"""The day to which attempts count that are made now: in UTC, by the server's clock."""


class _Attempt(NamedTuple):
    number: int
    account: str
    day: str
    estimate: float
    amount: float
    is_open: bool


def names_of_caps(reservations: Iterable[Reservation | None]) -> Iterator[str]:
    """The locks that reservations need before they are held to their caps."""
    for reservation in reservations:
        for cap in () if reservation is None else reservation.caps:
            yield f"cap {cap.account} {cap.backend}"


def keep_pace(db: Connection, job: JobRecord, paces: Sequence[Pace]) -> None:
    """Hold a job that was just recorded to the paces of its library, under the library's lock.

    Raises:
        RateLimited: when as many as are allowed were recorded before it.
    """
    now = job.created_at
    for pace in paces:
        rows = db.rows(
            "SELECT created_at FROM jobs WHERE folder = %s AND state = ANY(%s) "
            "AND created_at > %s AND id <> %s ORDER BY created_at DESC LIMIT %s",
            (text(job.folder), names(JobState), pace.begins(now), job.id, pace.most),
        )
        if len(rows) >= pace.most:
            raise pace.refusal(now, float(rows[-1][0]))


def spent(db: Connection, account: str) -> float:
    """What an account has reserved and spent, in US dollars."""
    wheres, values = _of_account(account)
    (amount,) = db.row(
        f"SELECT coalesce(sum(reserved + spent), 0) FROM sums WHERE {wheres}", values
    )
    return max(0.0, round(float(amount), 6))


def spending(db: Connection, since: str | None) -> list[Spending]:
    """The sums of every day from one on, oldest first."""
    rows = db.rows(
        "SELECT day, account, provider, backend, reserved, spent FROM sums "
        "WHERE day >= %s ORDER BY day, account, provider, backend",
        (since or "",),
    )
    return [
        Spending(
            day=day,
            account=account,
            provider=provider,
            backend=backend,
            reserved=max(0.0, reserved),
            spent=max(0.0, paid),
        )
        for day, account, provider, backend, reserved, paid in rows
    ]


_PARTS: dict[Part, str] = {
    "provider": "provider",
    "backend": "backend",
    "mode": "mode",
    "day": "day",
    "month": "substr(day, 1, 7)",
    "library": "folder",
    "account": "account",
}
"""The expression of each part of a tally."""


def tally(db: Connection, by: Sequence[Part], since: str | None) -> list[Tally]:
    """What attempts count together that have some parts in common, the largest first."""
    parts = "".join(f"{_PARTS[part]}, " for part in by)
    groups = f"GROUP BY {', '.join(str(place) for place, _ in enumerate(by, 1))}" if by else ""
    rows = db.rows(
        f"SELECT {parts} coalesce(sum(amount) FILTER (WHERE NOT is_open AND is_billed), 0), "
        "coalesce(sum(amount) FILTER (WHERE NOT is_open AND NOT is_billed), 0), "
        "coalesce(sum(amount) FILTER (WHERE is_open), 0), count(DISTINCT job_id) "
        "FROM reservations JOIN jobs ON jobs.id = reservations.job_id "
        f"WHERE day >= %s {groups}",
        (since or "",),
    )
    found = [
        Tally(
            key=tuple(key),
            billed=round(billed, 6),
            estimated=round(estimated, 6),
            reserved=round(reserved, 6),
            jobs=jobs,
        )
        for *key, billed, estimated, reserved, jobs in rows
    ]
    return sorted(found, key=lambda row: (-row.billed - row.estimated - row.reserved, row.key))


def reserve(db: Connection, job: JobRecord, reservation: Reservation) -> None:
    """Reserve money for the first attempt at a job, under the locks of its caps.

    Raises:
        RushesError: of the cap that does not allow it.
    """
    _hold_to(db, job, reservation.estimate, reservation.caps)
    _insert(db, job, 1, text(reservation.account or ""), reservation.estimate or 0.0)


def reserve_again(db: Connection, job: JobRecord, reservation: Reservation) -> None:
    """Reserve money for another attempt at a job; the last one may have been bought and counts.

    Raises:
        RushesError: of the cap that does not allow it.
    """
    last = _last(db, job.id)
    if last is None:
        reserve(db, job, reservation)
        return
    # Nothing is known of what it costs where the last one counted nothing either.
    estimate = (last.estimate or None) if reservation.estimate is None else reservation.estimate
    account = last.account if reservation.account is None else text(reservation.account)
    _hold_to(db, job, estimate, reservation.caps)
    _settle(db, job, last, amount=last.amount, is_open=False, is_billed=False)
    _insert(db, job, last.number + 1, account, estimate or 0.0)


def _hold_to(db: Connection, job: JobRecord, estimate: float | None, caps: Sequence[Cap]) -> None:
    for cap in caps:
        if estimate is None:
            raise cap.unpriced(job)
        already = _sum(db, cap)
        if not cap.allows(already, estimate):
            raise cap.refusal(already, estimate, job)


def settle(db: Connection, before: JobRecord, after: JobRecord) -> None:
    """Count a job's last attempt by its new state."""
    last = _last(db, after.id)
    if last is None:  # Nothing was reserved for it.
        _insert(db, after, 1, "", 0.0)
        last = _last(db, after.id)
        assert last is not None  # noqa: S101 - it has just been inserted
    _settle(
        db,
        after,
        last,
        amount=min(MOST, amount_of(before, after, last.estimate)),
        is_open=after.state not in ENDED,
        is_billed=_is_billed(after),
    )


def _is_billed(job: JobRecord) -> bool:
    """Whether what the last attempt counts is what its service said."""
    if job.state is JobState.COMPLETED:
        cost = (job.result or {}).get("cost")
        return (
            isinstance(cost, dict)
            and cost.get("estimated") is False
            and cost.get("currency", CURRENCY) == CURRENCY
        )
    if job.state not in (JobState.FAILED, JobState.CANCELLED):
        return False
    if job.error is not None and believed(job.error.cost) is not None:
        return True
    is_of_output = job.state is JobState.FAILED and job.output is not None
    return is_of_output and believed(job.output.cost if job.output else None) is not None


# --- rows ---------------------------------------------------------------------------------------


def _of_account(account: str) -> tuple[str, list[Any]]:
    """The condition for what an account and its parts count, with its values."""
    first = f"{text(account)}{PART}"
    return (
        "(account = %s OR (account >= %s AND account < %s))",
        [text(account), first, f"{first[:-1]}{chr(ord(PART) + 1)}"],
    )


def _sum(db: Connection, cap: Cap) -> float:
    """What counts against a cap, in US dollars."""
    wheres, values = ["true"], list[Any]()
    if cap.daily:
        wheres.append(f"day = {_TODAY}")
    if cap.backend is not None:
        wheres.append("backend = %s")
        values.append(text(cap.backend))
    if cap.account is not None:
        where, more = _of_account(cap.account)
        wheres.append(where)
        values += more
    (amount,) = db.row(
        f"SELECT coalesce(sum(reserved + spent), 0) FROM sums WHERE {' AND '.join(wheres)}", values
    )
    return max(0.0, round(float(amount), 6))


def _last(db: Connection, job_id: str) -> _Attempt | None:
    row = db.one(
        "SELECT attempt, account, day, estimate, amount, is_open FROM reservations "
        "WHERE job_id = %s ORDER BY attempt DESC LIMIT 1",
        (job_id,),
    )
    return None if row is None else _Attempt(*row)


def count_adopted(db: Connection, job: JobRecord, estimate: float) -> None:
    """Reserve money for a job that was ordered elsewhere, on the day of that."""
    _insert(db, job, 1, "", estimate, day=day_of(job.created_at))


def _insert(
    db: Connection,
    job: JobRecord,
    number: int,
    account: str,
    estimate: float,
    *,
    day: str | None = None,
) -> None:
    """Add an open attempt to those of a job; its day is today unless it is given."""
    (day,) = db.row(
        "INSERT INTO reservations (job_id, attempt, account, day, estimate, amount, is_open) "
        f"VALUES (%s, %s, %s, coalesce(%s, {_TODAY}), %s, %s, true) RETURNING day",
        (job.id, number, account, day, estimate, estimate),
    )
    _count(db, job, day, account, reserved=estimate, paid=0.0)


def _settle(
    db: Connection,
    job: JobRecord,
    last: _Attempt,
    *,
    amount: float,
    is_open: bool,
    is_billed: bool,
) -> None:
    """Change what an attempt counts, and whether that is reserved or spent."""
    db.run(
        "UPDATE reservations SET amount = %s, is_open = %s, is_billed = %s "
        "WHERE job_id = %s AND attempt = %s",
        (amount, is_open, is_billed, job.id, last.number),
    )
    before = (last.amount, 0.0) if last.is_open else (0.0, last.amount)
    after = (amount, 0.0) if is_open else (0.0, amount)
    reserved, paid = (now - earlier for now, earlier in zip(after, before, strict=True))
    _count(db, job, last.day, last.account, reserved=reserved, paid=paid)


def _count(
    db: Connection, job: JobRecord, day: str, account: str, *, reserved: float, paid: float
) -> None:
    """Add amounts to the sums of a day, account, provider and backend."""
    db.run(
        "INSERT INTO sums (day, account, provider, backend, reserved, spent) "
        "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (day, account, provider, backend) "
        "DO UPDATE SET "
        "reserved = round((sums.reserved + excluded.reserved)::numeric, 6)::double precision, "
        "spent = round((sums.spent + excluded.spent)::numeric, 6)::double precision",
        (day, account, job.provider, job.backend, float(reserved), float(paid)),
    )
