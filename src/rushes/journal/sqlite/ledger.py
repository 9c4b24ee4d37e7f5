"""The tables of what is reserved and spent, attempt by attempt.

Money is reserved in the transaction that records an attempt, so that two processes cannot both
take the last of it, and settled in the transaction that ends the job. Attempts count rather than
jobs: one whose reply was lost may have been bought, so it keeps its reservation when the job is
sent again or given up. Sums by day, account, provider and backend are stored beside the attempts,
so that a cap is checked in a few rows, however many attempts there were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.journal.ledger import PART, Spending, Tally, amount_of, day_of, today
from rushes.journal.record import ENDED, JobState
from rushes.journal.rows import NAMES, to_column
from rushes.journal.sqlite.rows import fetch, placeholders

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from rushes.journal.ledger import Cap, Entry, Pace, Part, Reservation
    from rushes.journal.record import JobRecord

LAST = "SELECT * FROM reservations WHERE job_id = ? ORDER BY attempt DESC LIMIT 1"
"""The last attempt of a job."""

FIRST_DAY = "1970-01-01"
"""Where a job counts whose date cannot be one."""

# Of jobs of earlier releases, which reserved nothing: what is known without a catalog.
_DAY = f"coalesce(date(created_at, 'unixepoch'), '{FIRST_DAY}')"
_ACCOUNT = "CASE WHEN id >= 'studio-' AND id < 'studio.' THEN folder ELSE '' END"
_FREE = "result IS NULL AND (state = 'failed' OR (state = 'cancelled' AND remote_id IS NULL))"
# Nested, because only CASE promises not to look at the rest of a text that is not JSON.
_COST = """
    CASE WHEN json_valid(result) THEN
        CASE WHEN json_type(result, '$.cost.amount') IN ('integer', 'real')
            AND coalesce(json_extract(result, '$.cost.currency'), 'USD') = 'USD'
            AND json_extract(result, '$.cost.amount') BETWEEN 0 AND 1e15
        THEN json_extract(result, '$.cost.amount') END
    END
"""
KNOWN = f"CASE WHEN {_FREE} THEN 0.0 ELSE {_COST} END"
"""US dollars that a job of an earlier release cost, as far as its row says."""


def spent(db: sqlite3.Connection, account: str) -> float:
    """What an account has reserved and spent, in US dollars."""
    wheres, values = _of_account(account)
    row = db.execute(f"SELECT total(reserved + spent) FROM sums WHERE {wheres}", values).fetchone()
    return max(0.0, round(float(row[0]), 6))


def spending(db: sqlite3.Connection, since: str | None) -> list[Spending]:
    """The sums of every day from one on, oldest first."""
    rows = db.execute(
        "SELECT day, account, provider, backend, reserved, spent FROM sums "
        "WHERE day >= ? ORDER BY day, account, provider, backend",
        (since or "",),
    )
    return [
        Spending(
            day=row["day"],
            account=row["account"],
            provider=row["provider"],
            backend=row["backend"],
            reserved=max(0.0, row["reserved"]),
            spent=max(0.0, row["spent"]),
        )
        for row in rows
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

_USD = "coalesce(json_extract({0}, '$.cost.currency'), 'USD') = 'USD'"
_BILLED = f"""
    CASE
        WHEN state = 'completed' AND json_valid(result) THEN
            coalesce(json_extract(result, '$.cost.estimated') = 0, 0) AND {_USD.format("result")}
        WHEN state IN ('failed', 'cancelled') AND json_valid(error)
            AND json_type(error, '$.cost.amount') IN ('integer', 'real') THEN {_USD.format("error")}
        WHEN state = 'failed' AND json_valid(output)
            AND json_type(output, '$.cost.amount') IN ('integer', 'real')
        THEN {_USD.format("output")}
        ELSE 0
    END
"""
"""Whether what the last attempt at a job counts is what its service said."""

_ATTEMPTS = f"""
    SELECT job_id, day, account, amount, is_open, provider, backend, mode, folder,
        attempt = (SELECT max(attempt) FROM reservations AS others
            WHERE others.job_id = reservations.job_id) AND {_BILLED} AS is_billed
    FROM reservations JOIN jobs ON jobs.id = reservations.job_id WHERE day != ''
"""
"""All attempts that are in the sums."""

_EARLIER = f"""
    SELECT id AS job_id, {_DAY} AS day, {_ACCOUNT} AS account, {KNOWN} AS amount, 0 AS is_open,
        provider, backend, mode, folder, {_BILLED} AS is_billed
    FROM jobs WHERE accounted = 0
"""
"""The jobs of earlier releases, once they are in the sums."""


def tally(db: sqlite3.Connection, by: Sequence[Part], since: str | None) -> list[Tally]:
    """What attempts count together that have some parts in common, the largest first."""
    source = f"{_ATTEMPTS} UNION ALL {_EARLIER}" if _is_counted(db) else _ATTEMPTS
    parts = ", ".join(f"{_PARTS[part]} AS part_{place}" for place, part in enumerate(by))
    groups = ", ".join(f"part_{place}" for place, _ in enumerate(by))
    rows = fetch(
        db,
        f"SELECT {parts}{',' if by else ''} total(amount * (is_open = 0 AND is_billed)) AS billed, "
        "total(amount * (is_open = 0 AND NOT is_billed)) AS estimated, "
        "total(amount * is_open) AS reserved, count(DISTINCT job_id) AS jobs "
        f"FROM ({source}) WHERE day >= ? {'GROUP BY ' + groups if by else ''}",
        (since or "",),
    )
    found = [
        Tally(
            key=tuple(str(part) for part in row[: len(by)]),
            billed=round(row["billed"], 6),
            estimated=round(row["estimated"], 6),
            reserved=round(row["reserved"], 6),
            jobs=row["jobs"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda row: (-row.billed - row.estimated - row.reserved, row.key))


def keep_pace(db: sqlite3.Connection, job: JobRecord, paces: Sequence[Pace]) -> None:
    """Hold a job that was just recorded to the paces of its library.

    Raises:
        RateLimited: when as many as are allowed were recorded before it.
    """
    now = job.created_at
    for pace in paces:
        rows = db.execute(
            f"SELECT created_at FROM jobs WHERE folder = ? AND state IN ({placeholders(JobState)}) "
            "AND created_at > ? AND id <> ? ORDER BY created_at DESC LIMIT ?",
            (job.folder, *JobState, pace.begins(now), job.id, pace.most),
        ).fetchall()
        if len(rows) >= pace.most:
            raise pace.refusal(now, float(rows[-1]["created_at"]))


def reserve(db: sqlite3.Connection, job: JobRecord, reservation: Reservation) -> None:
    """Reserve money for the first attempt at a job, whose row counts as accounted for already.

    Raises:
        RushesError: of the cap that does not allow it.
    """
    _reserve(db, job, reservation.estimate, reservation.account or "", reservation.caps)


def reserve_again(db: sqlite3.Connection, job: JobRecord, reservation: Reservation) -> None:
    """Reserve money for another attempt at a job; the last one may have been bought and counts.

    Raises:
        RushesError: of the cap that does not allow it.
    """
    last = _last(db, job.id)
    estimate, account = reservation.estimate, reservation.account
    if last is not None:
        # Nothing is known of what it costs where the last one counted nothing either.
        estimate = (last["estimate"] or None) if estimate is None else estimate
        account = last["account"] if account is None else account
    _reserve(db, job, estimate, account or "", reservation.caps)
    if last is None:
        _account_for(db, job)
    else:
        _settle(db, job, last, amount=last["amount"], is_open=False)


def _reserve(
    db: sqlite3.Connection,
    job: JobRecord,
    estimate: float | None,
    account: str,
    caps: Sequence[Cap],
) -> None:
    # Once: what is allowed by the sum of a day has to count on that day.
    day = today()
    for cap in caps:
        if estimate is None:
            raise cap.unpriced(job)
        already = _sum(db, cap, day)
        if not cap.allows(already, estimate):
            raise cap.refusal(already, estimate, job)
    amount = estimate or 0.0
    _insert(db, job, account=account, day=day, estimate=amount, amount=amount, is_open=True)


def settle(db: sqlite3.Connection, before: JobRecord, after: JobRecord) -> None:
    """Count a job's last attempt by its new state."""
    last = _last(db, after.id)
    if last is None:
        if _is_counted(db):
            account, day = _account(after), today()
            _insert(db, after, account=account, day=day, estimate=0.0, amount=0.0, is_open=True)
            _account_for(db, after)
            settle(db, before, after)
        return  # Else it is counted with the jobs of earlier releases, as it is then.
    amount = amount_of(before, after, last["estimate"])
    _settle(db, after, last, amount=amount, is_open=after.state not in ENDED)


def count_adopted(db: sqlite3.Connection, job: JobRecord, estimate: float) -> None:
    """Reserve money for a job that was ordered elsewhere, on the day of that."""
    _insert(
        db,
        job,
        account="",
        day=day_of(job.created_at),
        estimate=estimate,
        amount=estimate,
        is_open=True,
    )


# --- jobs of earlier releases -------------------------------------------------------------------


def unpriced(db: sqlite3.Connection, limit: int) -> list[sqlite3.Row]:
    """Rows of jobs that reserved nothing, and whose cost does not stand in the journal."""
    if _is_counted(db):
        return []
    return fetch(
        db, f"SELECT {NAMES} FROM jobs WHERE accounted = 0 AND {KNOWN} IS NULL LIMIT ?", (limit,)
    )


def enter(db: sqlite3.Connection, entry: Entry) -> None:
    """Count a job that reserved nothing, unless it has changed since it was read."""
    job = entry.job
    found = db.execute(
        f"SELECT {_DAY} AS day FROM jobs WHERE id = ? AND accounted = 0 AND state = ?",
        (job.id, job.state),
    ).fetchone()
    if found is not None:
        _insert(
            db,
            job,
            account=_account(job),
            day=found["day"],
            estimate=entry.estimate,
            amount=entry.amount,
            is_open=job.state not in ENDED,
        )
        _account_for(db, job)


def count_earlier(db: sqlite3.Connection) -> None:
    """Count all jobs that reserved nothing and whose cost stands in the journal; once."""
    if _is_counted(db):
        return
    db.execute(
        f"""
        INSERT INTO sums (day, account, provider, backend, reserved, spent)
        SELECT {_DAY}, {_ACCOUNT}, provider, backend, 0.0, round(total({KNOWN}), 6)
        FROM jobs WHERE accounted = 0 GROUP BY 1, 2, 3, 4
        ON CONFLICT (day, account, provider, backend)
        DO UPDATE SET spent = round(spent + excluded.spent, 6)
        """
    )
    db.execute("INSERT INTO earlier (is_counted) VALUES (1)")


def is_counted(db: sqlite3.Connection) -> bool:
    """Whether the jobs of earlier releases are in the sums."""
    return _is_counted(db)


def _is_counted(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM earlier").fetchone() is not None


def _account(job: JobRecord) -> str:
    """Whose money an earlier release's job was: that of its library, when a Studio sent it."""
    return job.folder if job.id.startswith("studio-") else ""


# --- rows ---------------------------------------------------------------------------------------


def _of_account(account: str) -> tuple[str, list[str]]:
    """The condition for what an account and its parts count, with its values."""
    first = f"{_text(account)}{PART}"
    return (
        "(account = ? OR (account >= ? AND account < ?))",
        [_text(account), first, f"{first[:-1]}{chr(ord(PART) + 1)}"],
    )


def _sum(db: sqlite3.Connection, cap: Cap, day: str) -> float:
    """What counts against a cap, in US dollars."""
    wheres, values = ["1"], list[str]()
    for name, value in (("day", day if cap.daily else None), ("backend", cap.backend)):
        if value is not None:
            wheres.append(f"{name} = ?")
            values.append(_text(value))
    if cap.account is not None:
        where, more = _of_account(cap.account)
        wheres.append(where)
        values += more
    row = db.execute(
        f"SELECT total(reserved + spent) FROM sums WHERE {' AND '.join(wheres)}", values
    ).fetchone()
    return max(0.0, round(float(row[0]), 6))


def _last(db: sqlite3.Connection, job_id: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(LAST, (job_id,)).fetchone()
    return row


def _insert(
    db: sqlite3.Connection,
    job: JobRecord,
    *,
    account: str,
    day: str,
    estimate: float,
    amount: float,
    is_open: bool,
) -> None:
    """Add an attempt to those of a job, and to the sums."""
    account = _text(account)
    db.execute(
        "INSERT INTO reservations (job_id, attempt, account, estimate, amount, day, is_open) "
        "SELECT ?, coalesce(max(attempt), 0) + 1, ?, ?, ?, ?, ? FROM reservations WHERE job_id = ?",
        (job.id, account, estimate, amount, day, is_open, job.id),
    )
    _count(db, job, (day, account), _parts(amount, is_open=is_open))


def _account_for(db: sqlite3.Connection, job: JobRecord) -> None:
    """Note that what a job costs is in its attempts."""
    db.execute("UPDATE jobs SET accounted = 1 WHERE id = ?", (job.id,))


def _settle(
    db: sqlite3.Connection, job: JobRecord, row: sqlite3.Row, *, amount: float, is_open: bool
) -> None:
    """Change what an attempt counts, and whether that is reserved or spent."""
    day, (reserved, paid) = row["day"], _parts(amount, is_open=is_open)
    if day:
        before = _parts(row["amount"], is_open=bool(row["is_open"]))
        reserved, paid = reserved - before[0], paid - before[1]
    else:
        # A kernel of the release before has reserved it, and not in these sums.
        day = today()
    _count(db, job, (day, row["account"]), (reserved, paid))
    db.execute(
        "UPDATE reservations SET day = ?, amount = ?, is_open = ? WHERE job_id = ? AND attempt = ?",
        (day, amount, is_open, row["job_id"], row["attempt"]),
    )


def _parts(amount: float, *, is_open: bool) -> tuple[float, float]:
    """What an amount adds to what is reserved, and to what is spent."""
    return (amount, 0.0) if is_open else (0.0, amount)


def _count(
    db: sqlite3.Connection, job: JobRecord, place: tuple[str, str], parts: tuple[float, float]
) -> None:
    """Add to what is reserved and to what is spent on a day by an account, for a job."""
    db.execute(
        "INSERT INTO sums (day, account, provider, backend, reserved, spent) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (day, account, provider, backend) DO UPDATE SET "
        "reserved = round(reserved + excluded.reserved, 6), "
        "spent = round(spent + excluded.spent, 6)",
        (*place, job.provider, job.backend, *parts),
    )


def _text(value: str) -> str:
    text: str = to_column("account", value)
    return text
