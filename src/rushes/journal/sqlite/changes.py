"""Changing jobs: which statement each kind of change is bound to, so that none is lost or doubled.

Each function runs inside a transaction of its caller.
"""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING, Any

from rushes.contract.errors import JournalError, LeaseLost, RemoteTaken
from rushes.journal.record import ENDED, UNFINISHED, JobState
from rushes.journal.rows import NAMES, from_row, to_column, to_row
from rushes.journal.sqlite import jobs, ledger
from rushes.journal.sqlite.rows import PLACEHOLDERS, placeholders
from rushes.journal.steps import decided, reopened, written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rushes.journal.ledger import Entry
    from rushes.journal.record import Changes, JobRecord, Json


def add(
    db: sqlite3.Connection, job: JobRecord, *, owner: str, is_accounted: bool
) -> JobRecord | None:
    """Insert a job of a process, and return it as it is read from now on.

    Args:
        db: the connection.
        job: the job.
        owner: the process.
        is_accounted: whether money is reserved for it.

    Returns:
        None when there is one of its id already.
    """
    row = to_row(job, owner=owner, fence=1)
    done = db.execute(
        f"INSERT INTO jobs ({NAMES}, accounted) VALUES ({PLACEHOLDERS}, ?) "
        "ON CONFLICT (id) DO NOTHING",
        (*row, is_accounted),
    )
    return from_row(row) if done.rowcount == 1 else None


def adopt(db: sqlite3.Connection, entry: Entry, *, owner: str) -> JobRecord | None:
    """Insert a job that its service has; None if it is on record."""
    job = entry.job
    known = db.execute(
        "SELECT 1 FROM jobs WHERE backend = ? AND remote_id = ? "
        "UNION ALL SELECT 1 FROM jobs WHERE token = ? AND backend = ?",
        (job.backend, job.remote_id, job.token, job.backend),
    ).fetchone()
    if known is not None:
        return None
    added = add(db, job, owner=owner, is_accounted=True)
    if added is None:
        added = add(db, job.with_longer_id(), owner=owner, is_accounted=True)
    if added is not None:
        ledger.count_adopted(db, added, entry.estimate)
    return added


def write(
    db: sqlite3.Connection, job: JobRecord, state: JobState | None, changes: Changes
) -> JobRecord:
    """Change a job that its owner read; an end settles what was reserved for it."""
    return _change(db, job, written(job, state, changes, at=time.time()))


def decide(
    db: sqlite3.Connection, job: JobRecord, state: JobState, changes: Changes, *, owner: str
) -> JobRecord:
    """Move an uncertain job to another state for its user; `owner` works on it from now on.

    Going back to queued leaves the reservation as it is, because the attempt may have been bought;
    the caller reserves for another one.

    Raises:
        JournalError: when the job is not uncertain.
    """
    return _change(db, job, decided(job, state, changes, owner=owner, at=time.time()))


def reopen(
    db: sqlite3.Connection, job: JobRecord, state: JobState, changes: Changes, *, owner: str
) -> JobRecord:
    """Continue a job that its service has after all.

    Raises:
        JournalError: when the job cannot be continued, or not in this state.
    """
    return _change(db, job, reopened(job, state, changes, owner=owner))


def accept(
    db: sqlite3.Connection, job: JobRecord, remote_id: str, remote: Json, *, owner: str
) -> JobRecord:
    """Record the service's id of the attempt whose token the record has.

    Raises:
        LeaseLost: when the attempt is not the current one any more, or is settled.
        RemoteTaken: when the id belongs to another job.
    """
    try:
        done = db.execute(
            "UPDATE jobs SET state = 'running', remote_id = ?, remote = ?, running_at = ?, "
            "error = NULL, owner = ?, fence = fence + 1 "
            "WHERE id = ? AND token = ? AND state IN ('submitting', 'uncertain')",
            (remote_id, to_column("remote", remote), time.time(), owner, job.id, job.token),
        )
    except sqlite3.IntegrityError as error:
        msg = f"{remote_id!r} already belongs to another job of {job.backend}."
        raise RemoteTaken(msg, job_id=job.id) from error
    if done.rowcount != 1:
        msg = f"Job {job.id} is not waiting for this attempt's answer any more."
        raise LeaseLost(msg, job_id=job.id)
    return jobs.read(db, job.id)


def request_cancel(db: sqlite3.Connection, job_id: str) -> None:
    """Note the wish to cancel; end a queued job, and raise its fence so that nobody sends it."""
    now = time.time()
    done = db.execute(
        "UPDATE jobs SET state = 'cancelled', ended_at = ?, owner = NULL, "
        "fence = fence + 1, cancel_requested_at = ? WHERE id = ? AND state = 'queued'",
        (now, now, job_id),
    )
    if done.rowcount == 1:
        job = jobs.read(db, job_id)
        ledger.settle(db, job, job)
        return
    db.execute(
        f"UPDATE jobs SET cancel_requested_at = ? WHERE id = ? "
        f"AND cancel_requested_at IS NULL AND state IN ({placeholders(UNFINISHED)})",
        (now, job_id, *UNFINISHED),
    )


def move(db: sqlite3.Connection, job_id: str, folder: str) -> None:
    """Change the folder that the video of a job goes to.

    Raises:
        JobNotFound: when there is no job of that id.
        JournalError: when the job is completed.
    """
    done = db.execute(
        "UPDATE jobs SET folder = ? WHERE id = ? AND state != 'completed'",
        (to_column("folder", folder), job_id),
    )
    if done.rowcount != 1:
        job = jobs.read(db, job_id)
        msg = (
            f"Job {job_id} is completed, and its video is in {job.folder}; copy the files from "
            f"there."
        )
        raise JournalError(msg, job_id=job_id)


def amend_remote(db: sqlite3.Connection, job: JobRecord, facts: Mapping[str, Any]) -> None:
    """Add facts about a job at its service, while it runs there under the same id."""
    remote = (jobs.read(db, job.id).remote or {}) | dict(facts)
    db.execute(
        f"UPDATE jobs SET remote = ? WHERE id = ? AND remote_id = ? "
        f"AND state IN ({placeholders(UNFINISHED)})",
        (to_column("remote", remote), job.id, job.remote_id, *UNFINISHED),
    )


def _change(db: sqlite3.Connection, job: JobRecord, fields: Mapping[str, Any]) -> JobRecord:
    """Set fields of a job that still has the fence and the state of its record.

    When that leads to an end, or away from one, the job's reservation is settled.

    Raises:
        LeaseLost: when it has another one by now.
        RemoteTaken: when the service's id belongs to another job.
    """
    sets = ", ".join(f"{name} = ?" for name in fields)
    values = [to_column(name, value) for name, value in fields.items()]
    try:
        done = db.execute(
            f"UPDATE jobs SET {sets} WHERE id = ? AND fence = ? AND state = ?",
            (*values, job.id, job.fence, job.state),
        )
    except sqlite3.IntegrityError as error:
        msg = (
            f"{fields.get('remote_id')!r} already belongs to another job of "
            f"{job.backend}; give the id of this one."
        )
        raise RemoteTaken(msg, job_id=job.id) from error
    if done.rowcount != 1:
        msg = f"Job {job.id} was changed by another process."
        raise LeaseLost(msg, job_id=job.id)
    after = jobs.read(db, job.id)
    if after.state is not job.state and not ENDED.isdisjoint((job.state, after.state)):
        ledger.settle(db, job, after)
    return after
