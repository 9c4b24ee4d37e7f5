"""The tables of what is reserved and spent, attempt by attempt.

Money is reserved in the transaction that records an attempt, so that two processes cannot both
take the last of it, and settled in the transaction that ends the job. Attempts count rather than
jobs: one whose reply was lost may have been bought, so it keeps its reservation when the job is
sent again or given up. The sum of an account is stored beside the attempts, so reading it costs
the same however many there were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.contract.errors import PolicyDenied
from rushes.journal.ledger import believed
from rushes.journal.record import JobState

if TYPE_CHECKING:
    import sqlite3

    from rushes.journal.ledger import Entry, Reservation
    from rushes.journal.record import JobRecord

ROUNDING = 0.0001
"""US dollars by which sums of prices may differ from their exact value."""


def spent(db: sqlite3.Connection, account: str) -> float:
    """What an account has reserved and spent, in US dollars."""
    row = db.execute("SELECT amount FROM spending WHERE account = ?", (account,)).fetchone()
    return 0.0 if row is None else max(0.0, float(row["amount"]))


def reserve(db: sqlite3.Connection, job_id: str, reservation: Reservation) -> None:
    """Reserve money for a job's next attempt.

    Raises:
        PolicyDenied: when the account's limit does not allow it.
    """
    limit = reservation.limit
    if limit is not None:
        already = spent(db, reservation.account)
        if not already + reservation.amount <= limit + ROUNDING:
            msg = (
                f"This take costs about ${reservation.amount:.2f}, and ${already:.2f} of the "
                f"budget of ${limit:.2f} is spent, so nothing was sent. Make a shorter take, or "
                f"raise budget= and run the cell again."
            )
            raise PolicyDenied(msg, job_id=job_id)
    _add(db, job_id, reservation.account, reservation.amount, reservation.amount)


def repeat(db: sqlite3.Connection, job_id: str) -> None:
    """Reserve for one more attempt what was reserved for the last one, whatever the limit."""
    last = _last(db, job_id)
    if last is not None:
        _add(db, job_id, last["account"], last["estimate"], last["estimate"])


def enter(db: sqlite3.Connection, entry: Entry) -> None:
    """Count a job without a reservation, unless it has changed since it was read."""
    done = db.execute(
        "UPDATE jobs SET accounted = 1 WHERE id = ? AND accounted = 0 AND state = ?",
        (entry.job.id, entry.job.state),
    )
    if done.rowcount == 1:
        _add(db, entry.job.id, entry.account, entry.estimate, entry.amount)


def settle(db: sqlite3.Connection, before: JobRecord, after: JobRecord) -> None:
    """Count a job's last attempt by its new state."""
    last = _last(db, after.id)
    if last is None:
        return
    amount = _amount(before, after, last["estimate"])
    _count(db, last["account"], amount - last["amount"])
    db.execute(
        "UPDATE reservations SET amount = ? WHERE job_id = ? AND attempt = ?",
        (amount, after.id, last["attempt"]),
    )


def _amount(before: JobRecord, after: JobRecord, estimate: float) -> float:
    match after.state:
        case JobState.COMPLETED:
            actual = believed((after.result or {}).get("cost"))
            return estimate if actual is None else actual
        case JobState.FAILED if before.state is JobState.FETCHING:
            # The video was made and is billed, though it could not be downloaded.
            actual = believed(after.output.cost if after.output else None)
            return estimate if actual is None else actual
        case JobState.FAILED if before.state is not JobState.UNCERTAIN:
            return 0.0
        case JobState.CANCELLED if after.remote_id is None:
            return 0.0
    return estimate


def _last(db: sqlite3.Connection, job_id: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM reservations WHERE job_id = ? ORDER BY attempt DESC LIMIT 1", (job_id,)
    ).fetchone()
    return row


def _add(db: sqlite3.Connection, job_id: str, account: str, estimate: float, amount: float) -> None:
    last = _last(db, job_id)
    attempt = 1 if last is None else last["attempt"] + 1
    db.execute(
        "INSERT INTO reservations (job_id, attempt, account, estimate, amount) "
        "VALUES (?, ?, ?, ?, ?)",
        (job_id, attempt, account, estimate, amount),
    )
    db.execute("UPDATE jobs SET accounted = 1 WHERE id = ?", (job_id,))
    _count(db, account, amount)


def _count(db: sqlite3.Connection, account: str, change: float) -> None:
    db.execute(
        "INSERT INTO spending (account, amount) VALUES (?, ?) ON CONFLICT (account) "
        "DO UPDATE SET amount = round(amount + excluded.amount, 6)",
        (account, change),
    )
