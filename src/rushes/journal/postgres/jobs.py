"""Reading jobs: every statement is bounded by an index and a limit, or by what is unfinished."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rushes.contract.errors import JobNotFound
from rushes.journal.postgres.connection import NOW, UNFINISHED_ROWS
from rushes.journal.postgres.rows import column, names, text
from rushes.journal.record import UNFINISHED, JobState
from rushes.journal.rows import (
    INPUT,
    LAST_CHARACTER,
    LISTED,
    MOST_READ,
    MOST_UNCERTAIN,
    NAMES,
    from_row,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from rushes.journal.postgres.connection import Connection
    from rushes.journal.record import JobRecord

    Rows = list[tuple[Any, ...]]

NEWEST_FIRST = "ORDER BY created_at DESC, id"

OLDEST_FIRST = "ORDER BY created_at, id DESC"
"""Exactly the other way round, so that the same indexes serve."""


def read(db: Connection, job_id: str, *, lock: bool = False) -> JobRecord:
    """One job.

    Args:
        db: in a transaction, if the job is to be locked.
        job_id: the job.
        lock: whether no other transaction may change it until this one has ended.

    Raises:
        JobNotFound: when there is no job of that id.
        DamagedRecord: when its row cannot be read.
    """
    row = db.one(
        f"SELECT {NAMES} FROM jobs WHERE id = %s {'FOR UPDATE' if lock else ''}", (text(job_id),)
    )
    if row is None:
        msg = f"No job {job_id!r} is in the journal."
        raise JobNotFound(msg, job_id=job_id, advice=LISTED)
    return from_row(row)


def select(
    db: Connection,
    *,
    states: Collection[JobState] | None,
    provider: str | None,
    client_ref: str | None,
    folder: str | None,
    words: str | None,
    since: float | None,
    limit: int | None,
    with_hidden: bool,
    sweep: tuple[str, str] | None,
    tag: str | None,
    pick: bool | None,
    min_stars: int | None,
    parent: str | None,
    oldest_first: bool,
) -> Rows:
    """Rows that match every filter given, newest first unless the oldest come first.

    With a limit each state is read alone, because an index has the newest of one state in order,
    but of several states only all of them.
    """
    order = OLDEST_FIRST if oldest_first else NEWEST_FIRST
    wheres: list[str] = []
    values: list[Any] = []
    conditions: dict[str, Any] = {
        "provider = %s": provider,
        "client_ref = %s": client_ref,
        "parent = %s": parent,
        "folder = %s": folder,
        "created_at >= %s": since,
        "strpos(words, %s) > 0": None if words is None else words.casefold(),
        "mark_number IS NOT NULL AND %s = ANY(tags)": tag,
        "mark_number IS NOT NULL AND pick = %s": pick,
        "mark_number IS NOT NULL AND stars >= %s": min_stars,
    }
    for condition, value in conditions.items():
        if value is not None:
            wheres.append(condition)
            values.append(text(value) if isinstance(value, str) else value)
    if sweep is not None:
        wheres.append("id IN (SELECT job_id FROM cells WHERE folder = %s AND sweep = %s)")
        values += map(text, sweep)
    if not with_hidden:
        wheres.append("NOT EXISTS (SELECT 1 FROM hidden WHERE job_id = jobs.id)")
    is_selective = any(each is not None for each in (client_ref, parent, sweep, tag, pick))
    if limit is not None and not is_selective:
        wanted = names(dict.fromkeys(JobState if states is None else states))
        where = " AND ".join(["jobs.state = wanted.state", *wheres])
        each = f"SELECT {NAMES} FROM jobs WHERE {where} {order} LIMIT {limit:d}"
        statement = (
            f"SELECT found.* FROM unnest(%s::text[]) AS wanted (state) "
            f"CROSS JOIN LATERAL ({each}) AS found {order} LIMIT {limit:d}"
        )
        return db.rows(statement, (wanted, *values))
    if states is not None:
        wheres.append("state = ANY(%s)")
        values.append(names(states))
    where = f"WHERE {' AND '.join(wheres)} " if wheres else ""
    ending = "" if limit is None else f" LIMIT {limit:d}"
    return db.rows(f"SELECT {NAMES} FROM jobs {where}{order}{ending}", values)


def ids(db: Connection, folder: str, since: float) -> list[str]:
    """Ids of a library's jobs that were created at a time or later."""
    rows = db.rows(
        "SELECT id FROM jobs WHERE folder = %s AND state = ANY(%s) AND created_at >= %s",
        (column("folder", folder), names(JobState), since),
    )
    return [job_id for (job_id,) in rows]


def under_way(db: Connection, job: JobRecord) -> int:
    """How many other jobs of a job's library are being sent, or are at services."""
    (number,) = db.row(
        "SELECT count(*) FROM jobs WHERE folder = %s AND state = ANY(%s) AND id <> %s",
        (column("folder", job.folder), names(UNFINISHED - {JobState.QUEUED}), job.id),
    )
    return int(number)


def complete_until(db: Connection) -> float:
    """A moment by the server's clock: all that was changed before it can be read.

    A transaction that is under way may have changed rows that nobody sees yet, all of them after
    its beginning.
    """
    (moment,) = db.row(
        "SELECT extract(epoch FROM least(clock_timestamp(), min(xact_start)))::double precision "
        "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    return float(moment)


def changed(db: Connection, since: float) -> Rows:
    """Rows that were changed at a moment or later."""
    return db.rows(f"SELECT {NAMES} FROM jobs WHERE changed_at >= %s", (since,))


def named(db: Connection, part: str, limit: int) -> Rows:
    """Rows whose id starts with a text, the one that equals it first, or else ends with it."""
    part = text(part)
    found = db.rows(
        f"SELECT {NAMES} FROM jobs WHERE id >= %s AND id < %s ORDER BY id LIMIT %s",
        (part, part + LAST_CHARACTER, limit),
    )
    if found or not part:
        return found
    # All ids are read for that; they are in an index of their own.
    found_ids = "SELECT id FROM jobs WHERE right(id, length(%s)) = %s ORDER BY id LIMIT %s"
    return db.rows(
        f"SELECT {NAMES} FROM jobs WHERE id IN ({found_ids}) ORDER BY id", (part, part, limit)
    )


def durations(db: Connection, provider: str, backend: str, mode: str, limit: int) -> list[float]:
    """Seconds that the latest finished jobs of a kind ran."""
    rows = db.rows(
        "SELECT done_at - running_at FROM jobs WHERE provider = %s AND backend = %s "
        "AND mode = %s AND done_at IS NOT NULL AND running_at IS NOT NULL "
        "ORDER BY done_at DESC LIMIT %s",
        (text(provider), text(backend), text(mode), limit),
    )
    return [max(0.0, ran) for (ran,) in rows if math.isfinite(ran)]


def recent(db: Connection, seconds: float) -> Rows:
    """Rows of jobs that are unfinished or uncertain, or ended within so many seconds."""
    return db.rows(
        # As an array they are looked up in the index, however many of them the planner expects.
        f"SELECT {NAMES} FROM jobs WHERE id = ANY(ARRAY("
        f"SELECT id FROM jobs WHERE {UNFINISHED_ROWS} "
        f"UNION SELECT id FROM jobs WHERE ended_at > {NOW} - %s "
        f"UNION (SELECT id FROM jobs WHERE state = 'uncertain' {NEWEST_FIRST} LIMIT %s)))",
        (seconds, MOST_UNCERTAIN),
    )


def uncertain(db: Connection) -> Rows:
    """The newest rows of uncertain jobs."""
    return db.rows(
        f"SELECT {NAMES} FROM jobs WHERE state = 'uncertain' {NEWEST_FIRST} LIMIT %s",
        (MOST_UNCERTAIN,),
    )


def known_remotes(db: Connection, backend: str, since: float) -> set[str]:
    """A service's ids that belong to a job whose attempt was made at or after a time."""
    rows = db.rows(
        "SELECT remote_id FROM jobs "
        "WHERE backend = %s AND remote_id IS NOT NULL AND submit_at >= %s",
        (text(backend), since),
    )
    return {remote_id for (remote_id,) in rows}


def mentioned(db: Connection, wanted: Collection[str], after: str) -> tuple[set[str], str | None]:
    """Which names occur in the requests of the next jobs, and where to continue, if anywhere."""
    rows = db.rows(
        "SELECT id, params FROM jobs WHERE id > %s ORDER BY id LIMIT %s", (after, MOST_READ)
    )
    found = {name for _, params in rows for name in INPUT.findall(params) if name in wanted}
    return found, rows[-1][0] if rows else None


def same(db: Connection, job: JobRecord) -> JobRecord | None:
    """The take or the job of the library that a new job would repeat; None when there is none.

    Of several the finished one, else the first. A draft is rendered once in each resolution,
    whichever library it goes to.
    """
    if job.final is not None:
        rows = db.rows(
            f"SELECT {NAMES} FROM jobs WHERE parent = %s AND state NOT IN ('failed', 'cancelled') "
            "ORDER BY state <> 'completed', created_at, id",
            (column("parent", job.parent),),
        )
        return next((other for other in map(from_row, rows) if other.final == job.final), None)
    name = "content_key" if job.once_key is None else "once_key"
    row = db.one(
        f"SELECT {NAMES} FROM jobs WHERE folder = %s AND {name} = %s "
        "AND state NOT IN ('failed', 'cancelled') "
        "ORDER BY state <> 'completed', created_at, id LIMIT 1",
        (column("folder", job.folder), column(name, getattr(job, name))),
    )
    return None if row is None else from_row(row)


def unidentified(db: Connection, folder: str, limit: int) -> Rows:
    """Rows of a library's jobs without a key of their content."""
    return db.rows(
        f"SELECT {NAMES} FROM jobs WHERE folder = %s AND content_key IS NULL LIMIT %s",
        (column("folder", folder), limit),
    )


def identify(db: Connection, keys: dict[str, str]) -> None:
    """Set the keys that are missing."""
    db.many(
        "UPDATE jobs SET content_key = %s WHERE id = %s AND content_key IS NULL",
        [(text(key), text(job_id)) for job_id, key in keys.items()],
    )
