"""Changing jobs: which statement each kind of change is bound to, so that none is lost or doubled.

Each function runs inside a transaction of its caller, which may be made twice: a change that finds
its own outcome has been made.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from psycopg import errors

from rushes.contract.errors import JournalError, LeaseLost, RemoteTaken
from rushes.journal.postgres import jobs, ledger
from rushes.journal.postgres.connection import NOW
from rushes.journal.postgres.locks import hold
from rushes.journal.postgres.rows import ADDED, PLACEHOLDERS, column, new_row, text
from rushes.journal.record import ENDED, UNFINISHED, JobState
from rushes.journal.rows import NAMES, from_row
from rushes.journal.steps import decided, reopened, written

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from rushes.journal.ledger import Entry
    from rushes.journal.postgres.connection import Connection
    from rushes.journal.record import Changes, JobRecord, Json

_OF_THE_SERVER = frozenset({"submit_at", "running_at", "done_at", "ended_at"})
"""Times that are those of the server's clock, whatever clock the process has."""


def add(db: Connection, job: JobRecord, *, owner: str | None) -> JobRecord | None:
    """Insert a job of a process, or of nobody yet; None if there is one of its id."""
    row = db.one(
        f"INSERT INTO jobs ({ADDED}) VALUES ({PLACEHOLDERS}) ON CONFLICT (id) DO NOTHING "
        f"RETURNING {NAMES}",
        new_row(replace(job, owner=owner, fence=1)),
    )
    return None if row is None else from_row(row)


def adopt(db: Connection, entries: Sequence[Entry], *, owner: str) -> list[JobRecord]:
    """Insert jobs that their service has; those that are on record are left out."""
    # Of two processes that adopt the same, one waits.
    hold(db, sorted({f"adopt {entry.job.backend}" for entry in entries}))
    return [job for entry in entries if (job := _adopt(db, entry, owner=owner)) is not None]


def _adopt(db: Connection, entry: Entry, *, owner: str) -> JobRecord | None:
    job = entry.job
    row = db.one(
        f"SELECT {NAMES} FROM jobs WHERE backend = %s AND (remote_id = %s OR token = %s) LIMIT 1",
        (job.backend, text(job.remote_id or ""), text(job.token or "")),
    )
    if row is not None:
        known = from_row(row)
        # Of this process, and untouched since: this very call was made before.
        is_mine = (known.owner, known.fence, known.state) == (owner, 1, job.state)
        return known if is_mine else None
    added = add(db, job, owner=owner) or add(db, job.with_longer_id(), owner=owner)
    if added is not None:
        ledger.count_adopted(db, added, entry.estimate)
    return added


def write(db: Connection, job: JobRecord, state: JobState | None, changes: Changes) -> JobRecord:
    """Change a job that its owner read; an end settles what was reserved for it."""
    return _change(db, job, written(job, state, changes, at=NOW))


def decide(
    db: Connection, job: JobRecord, state: JobState, changes: Changes, *, owner: str
) -> JobRecord:
    """Move an uncertain job to another state for its user; `owner` works on it from now on.

    Going back to queued leaves the reservation as it is, because the attempt may have been bought;
    the caller reserves for another one.

    Raises:
        JournalError: when the job is not uncertain.
    """
    return _change(db, job, decided(job, state, changes, owner=owner, at=NOW))


def reopen(
    db: Connection, job: JobRecord, state: JobState, changes: Changes, *, owner: str
) -> JobRecord:
    """Continue a job that its service has after all.

    Raises:
        JournalError: when the job cannot be continued, or not in this state.
    """
    return _change(db, job, reopened(job, state, changes, owner=owner))


def accept(
    db: Connection, job: JobRecord, remote_id: str, remote: Json, *, owner: str
) -> JobRecord:
    """Record the service's id of the attempt whose token the record has.

    Raises:
        LeaseLost: when the attempt is not the current one any more, or is settled.
        RemoteTaken: when the id belongs to another job.
    """
    try:
        row = db.one(
            f"UPDATE jobs SET state = 'running', remote_id = %s, remote = %s, running_at = {NOW}, "
            "error = NULL, owner = %s, fence = fence + 1 "
            "WHERE id = %s AND token = %s AND state IN ('submitting', 'uncertain') "
            f"RETURNING {NAMES}",
            (text(remote_id), column("remote", remote), owner, job.id, job.token),
        )
    except errors.UniqueViolation as error:
        msg = f"{remote_id!r} already belongs to another job of {job.backend}."
        raise RemoteTaken(msg, job_id=job.id) from error
    if row is not None:
        return from_row(row)
    now = jobs.read(db, job.id)
    if (now.token, now.remote_id, now.owner) == (job.token, text(remote_id), owner):
        return now
    msg = f"Job {job.id} is not waiting for this attempt's answer any more."
    raise LeaseLost(msg, job_id=job.id)


def request_cancel(db: Connection, job_id: str) -> JobRecord:
    """Note the wish to cancel; end a queued job, and raise its fence so that nobody sends it."""
    job = jobs.read(db, job_id, lock=True)
    if job.state is JobState.QUEUED:
        row = db.row(
            f"UPDATE jobs SET state = 'cancelled', ended_at = {NOW}, owner = NULL, "
            f"fence = fence + 1, cancel_requested_at = {NOW} WHERE id = %s RETURNING {NAMES}",
            (job.id,),
        )
        after = from_row(row)
        ledger.settle(db, after, after)
        return after
    if job.state in UNFINISHED and job.cancel_requested_at is None:
        row = db.row(
            f"UPDATE jobs SET cancel_requested_at = {NOW} WHERE id = %s RETURNING {NAMES}",
            (job.id,),
        )
        return from_row(row)
    return job


def move(db: Connection, job_id: str, folder: str) -> JobRecord:
    """Change the folder that the video of a job goes to.

    Raises:
        JobNotFound: when there is no job of that id.
        JournalError: when the job is completed.
    """
    row = db.one(
        f"UPDATE jobs SET folder = %s WHERE id = %s AND state <> 'completed' RETURNING {NAMES}",
        (column("folder", folder), text(job_id)),
    )
    if row is None:
        job = jobs.read(db, job_id)
        msg = (
            f"Job {job_id} is completed, and its video is in {job.folder}; copy the files from "
            f"there."
        )
        raise JournalError(msg, job_id=job_id)
    return from_row(row)


def amend_remote(db: Connection, job: JobRecord, facts: Mapping[str, Any]) -> JobRecord:
    """Add facts about a job at its service, while it runs there under the same id."""
    now = jobs.read(db, job.id, lock=True)
    if now.remote_id is None or now.remote_id != job.remote_id or now.state not in UNFINISHED:
        return now
    row = db.row(
        f"UPDATE jobs SET remote = %s WHERE id = %s RETURNING {NAMES}",
        (column("remote", (now.remote or {}) | dict(facts)), job.id),
    )
    return from_row(row)


def _change(db: Connection, job: JobRecord, fields: Mapping[str, Any]) -> JobRecord:
    """Set fields of a job that still has the fence and the state of its record.

    When that leads to an end, or away from one, the job's reservation is settled.

    Raises:
        LeaseLost: when it has another one by now.
        RemoteTaken: when the service's id belongs to another job.
    """
    is_now = {name for name in _OF_THE_SERVER & fields.keys() if fields[name] is not None}
    values = {name: column(name, fields[name]) for name in fields if name not in is_now}
    sets = [f"{name} = {NOW}" for name in sorted(is_now)] + [f"{name} = %s" for name in values]
    try:
        row = db.one(
            f"UPDATE jobs SET {', '.join(sets)} "
            f"WHERE id = %s AND fence = %s AND state = %s RETURNING {NAMES}",
            (*map(_plain, values.values()), job.id, job.fence, job.state.value),
        )
    except errors.UniqueViolation as error:
        msg = (
            f"{fields.get('remote_id')!r} already belongs to another job of "
            f"{job.backend}; give the id of this one."
        )
        raise RemoteTaken(msg, job_id=job.id) from error
    if row is None:
        return _made_before(db, job, is_now, values)
    after = from_row(row)
    if after.state is not job.state and not ENDED.isdisjoint((job.state, after.state)):
        ledger.settle(db, job, after)
    return after


def _made_before(
    db: Connection, job: JobRecord, is_now: Collection[str], values: Mapping[str, Any]
) -> JobRecord:
    """The record, if this very change was made by a transaction whose end was not known.

    It counts as made now: what is due some time after it is not due earlier.

    Raises:
        LeaseLost: when another process changed the job.
    """
    wanted = {"fence": job.fence} | dict(values)
    sets = ", ".join(f"{name} = {NOW}" for name in sorted(is_now)) or "fence = fence"
    wheres = " AND ".join(f"{name} IS NOT DISTINCT FROM %s" for name in wanted)
    row = db.one(
        f"UPDATE jobs SET {sets} WHERE id = %s AND {wheres} RETURNING {NAMES}",
        (job.id, *map(_plain, wanted.values())),
    )
    if row is None:
        msg = f"Job {job.id} was changed by another process."
        raise LeaseLost(msg, job_id=job.id)
    return from_row(row)


def _plain(value: Any) -> Any:
    """A value without the type that Python gave it."""
    return value.value if isinstance(value, JobState) else value
