"""Reading jobs: every statement is bounded by an index and a limit, or by what is unfinished."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from rushes.contract.errors import JobNotFound
from rushes.journal.record import UNFINISHED, JobState
from rushes.journal.rows import (
    INPUT,
    LAST_CHARACTER,
    LISTED,
    MOST_READ,
    MOST_UNCERTAIN,
    NAMES,
    from_row,
    to_column,
)
from rushes.journal.sqlite.rows import fetch, fetch_cells, placeholders

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection

    from rushes.journal.record import JobRecord

NEWEST_FIRST = "ORDER BY created_at DESC, id"

OLDEST_FIRST = "ORDER BY created_at, id DESC"
"""Exactly the other way round, so that the same indexes serve."""

# Nested, because only CASE promises not to look at the rest of a text that is not JSON.
_MARK = "CASE WHEN json_valid(marks) THEN json_extract(marks, '$.{}') END"
_STARRED = f"{_MARK.format('stars')} >= ?"
_PICKED = f"{_MARK.format('pick')} = ?"
_TAGGED = (
    "CASE WHEN json_valid(marks) THEN EXISTS "
    "(SELECT 1 FROM json_each(marks, '$.tags') WHERE value = ?) END"
)

BY_STATE = "jobs INDEXED BY jobs_by_state"
"""The table, read by state. With statistics of a long history, in which nearly all jobs have the
same one, SQLite would read all of it to find the few that are unfinished."""


def read(db: sqlite3.Connection, job_id: str) -> JobRecord:
    """One job.

    Raises:
        JobNotFound: when there is no job of that id.
        DamagedRecord: when its row cannot be read.
    """
    rows = fetch(db, f"SELECT {NAMES} FROM jobs WHERE id = ?", (job_id,))
    if not rows:
        path = db.execute("PRAGMA database_list").fetchone()["file"]
        msg = f"No job {job_id!r} is in the journal {path}."
        raise JobNotFound(msg, job_id=job_id, advice=LISTED)
    return from_row(rows[0])


def select(
    db: sqlite3.Connection,
    *,
    states: Collection[JobState] | None,
    provider: str | None,
    client_ref: str | None,
    folder: str | None,
    text: str | None,
    since: float | None,
    limit: int | None,
    with_hidden: bool,
    sweep: tuple[str, str] | None,
    tag: str | None,
    pick: bool | None,
    min_stars: int | None,
    parent: str | None,
    oldest_first: bool,
) -> list[tuple[Any, ...]]:
    """Rows that match every filter given, newest first unless the oldest come first.

    Without a limit they come in any order, because SQLite takes long to sort whole rows.

    With a limit each state is queried alone, because an index yields the newest of one state at
    once but of several states only by sorting all of them. A ``+`` keeps SQLite from choosing an
    index by a filter that may match most of the history.
    """
    order = OLDEST_FIRST if oldest_first else NEWEST_FIRST
    wheres: list[str] = []
    values: list[Any] = []
    if sweep is not None:
        wheres.append("id IN (SELECT job_id FROM cells WHERE folder = ? AND sweep = ?)")
        values += sweep
    if judged := {
        clause: value
        for clause, value in ((_TAGGED, tag), (_PICKED, pick), (_STARRED, min_stars))
        if value is not None
    }:
        wheres += [f"{'+' if wheres else ''}mark_number IS NOT NULL", *judged]
        values += judged.values()
    # Few jobs have one of these, and an index finds them.
    is_selective = (client_ref, parent) != (None, None) or bool(wheres)
    filters = {"client_ref": client_ref, "parent": parent, "folder": folder, "provider": provider}
    for name, value in filters.items():
        if value is not None:
            wheres.append(f"{'+' if wheres else ''}{name} = ?")
            values.append(value)
    if not with_hidden:
        wheres.append("NOT EXISTS (SELECT 1 FROM hidden WHERE job_id = jobs.id)")
    if since is not None:
        wheres.append("created_at >= ?")
        values.append(since)
    if text is not None:
        db.create_function("mentions", 2, _mentions, deterministic=True)
        wheres.append("mentions(params, ?)")
        values.append(text.casefold())
    if limit is not None and not is_selective:
        wanted = JobState if states is None else states
        return _by_state(db, wheres, values, wanted, limit=limit, order=order)
    if states is not None:
        wheres.append(f"{'+' if wheres else ''}state IN ({placeholders(states)})")
        values += states
    where = f"WHERE {' AND '.join(wheres)} " if wheres else ""
    ending = "" if limit is None else f"{order} LIMIT {limit:d}"
    return fetch_cells(db, f"SELECT {NAMES} FROM jobs {where}{ending}", values)


def _by_state(
    db: sqlite3.Connection,
    wheres: list[str],
    values: list[Any],
    states: Collection[JobState] | type[JobState],
    *,
    limit: int,
    order: str,
) -> list[tuple[Any, ...]]:
    where = " AND ".join([*wheres, "state = ?"])
    newest = f"SELECT id, created_at FROM jobs WHERE {where} {order} LIMIT ?"
    wanted = list(dict.fromkeys(states))
    if not wanted:
        return []
    parts = " UNION ALL ".join([f"SELECT * FROM ({newest})"] * len(wanted))
    found = f"SELECT id FROM ({parts}) {order} LIMIT ?"
    statement = f"SELECT {NAMES} FROM jobs WHERE id IN ({found}) {order}"
    each = [value for state in wanted for value in (*values, state, limit)]
    return fetch_cells(db, statement, [*each, limit])


def _mentions(params: object, text: str) -> bool:
    """Whether a request's prompt, or that of one of its shots, contains a text in any case."""
    try:
        found = json.loads(params)  # type: ignore[arg-type]
        shots = found.get("multiPrompt") or ()
        said = [found.get("prompt"), *(shot.get("prompt") for shot in shots)]
    except (AttributeError, RecursionError, TypeError, ValueError):
        return False  # The request is damaged.
    return any(isinstance(words, str) and text in words.casefold() for words in said)


def ids(db: sqlite3.Connection, folder: str, since: float) -> list[str]:
    """Ids of a library's jobs that were created at a time or later."""
    rows = fetch(
        db,
        f"SELECT id FROM jobs WHERE folder = ? AND state IN ({placeholders(JobState)}) "
        "AND created_at >= ?",
        (folder, *JobState, since),
    )
    return [row["id"] for row in rows]


def named(db: sqlite3.Connection, part: str, limit: int) -> list[sqlite3.Row]:
    """Rows whose id starts with a text, the one that equals it first, or else ends with it."""
    select = f"SELECT {NAMES} FROM jobs WHERE"
    beginning = (part, part + LAST_CHARACTER, limit)
    found = fetch(db, f"{select} id >= ? AND id < ? ORDER BY id LIMIT ?", beginning)
    if found or not part:
        return found
    # All ids are read for that; they are in an index of their own.
    ids = "SELECT id FROM jobs WHERE substr(id, -length(?)) = ? ORDER BY id LIMIT ?"
    return fetch(db, f"{select} id IN ({ids}) ORDER BY id", (part, part, limit))


def durations(
    db: sqlite3.Connection, provider: str, backend: str, mode: str, limit: int
) -> list[float]:
    """Seconds that the latest finished jobs of a kind ran."""
    rows = db.execute(
        "SELECT done_at - running_at FROM jobs WHERE provider = ? AND backend = ? "
        "AND mode = ? AND done_at IS NOT NULL AND running_at IS NOT NULL "
        "ORDER BY done_at DESC LIMIT ?",
        (provider, backend, mode, limit),
    )
    return [max(0.0, row[0]) for row in rows if math.isfinite(row[0])]


def recent(db: sqlite3.Connection, since: float) -> list[sqlite3.Row]:
    """Rows of jobs that are unfinished or uncertain, or ended after a time."""
    return fetch(
        db,
        f"SELECT {NAMES} FROM jobs WHERE id IN ("
        f"SELECT id FROM {BY_STATE} WHERE state IN ({placeholders(UNFINISHED)}) "
        "UNION SELECT id FROM jobs WHERE ended_at > ? "
        "UNION SELECT id FROM (SELECT id FROM jobs WHERE state = 'uncertain' "
        f"{NEWEST_FIRST} LIMIT ?))",
        (*UNFINISHED, since, MOST_UNCERTAIN),
    )


def uncertain(db: sqlite3.Connection) -> list[sqlite3.Row]:
    """The newest rows of uncertain jobs."""
    return fetch(
        db,
        f"SELECT {NAMES} FROM jobs WHERE state = 'uncertain' {NEWEST_FIRST} LIMIT ?",
        (MOST_UNCERTAIN,),
    )


def known_remotes(db: sqlite3.Connection, backend: str, since: float) -> set[str]:
    """A service's ids that belong to a job whose attempt was made at or after a time."""
    rows = db.execute(
        "SELECT remote_id FROM jobs WHERE backend = ? AND remote_id IS NOT NULL AND submit_at >= ?",
        (backend, since),
    )
    return {row[0] for row in rows}


def mentioned(
    db: sqlite3.Connection, names: Collection[str], after: int
) -> tuple[set[str], int | None]:
    """Which names occur in the requests of the next jobs, and where to continue, if anywhere."""
    rows = fetch(
        db,
        "SELECT rowid, params FROM jobs WHERE rowid > ? ORDER BY rowid LIMIT ?",
        (after, MOST_READ),
    )
    found = {
        name
        for row in rows
        if isinstance(row["params"], str)
        for name in INPUT.findall(row["params"])
        if name in names
    }
    return found, rows[-1]["rowid"] if rows else None


def same(db: sqlite3.Connection, job: JobRecord) -> JobRecord | None:
    """The take or the job of the library that a new job would repeat; None when there is none.

    Of several the finished one, else the first. A draft is rendered once in each resolution,
    whichever library it goes to.
    """
    if job.final is not None:
        return _same_final(db, job)
    column = "content_key" if job.once_key is None else "once_key"
    rows = fetch(
        db,
        f"SELECT {NAMES} FROM jobs WHERE folder = ? AND {column} = ? "
        "AND state NOT IN ('failed', 'cancelled') "
        "ORDER BY state != 'completed', created_at, id LIMIT 1",
        (to_column("folder", job.folder), to_column(column, getattr(job, column))),
    )
    return from_row(rows[0]) if rows else None


def _same_final(db: sqlite3.Connection, job: JobRecord) -> JobRecord | None:
    rows = fetch(
        db,
        f"SELECT {NAMES} FROM jobs WHERE parent = ? AND state NOT IN ('failed', 'cancelled') "
        "ORDER BY state != 'completed', created_at, id",
        (to_column("parent", job.parent),),
    )
    return next((other for other in map(from_row, rows) if other.final == job.final), None)


def unidentified(db: sqlite3.Connection, folder: str, limit: int) -> list[sqlite3.Row]:
    """Rows of a library's jobs without a key of their content."""
    return fetch(
        db,
        f"SELECT {NAMES} FROM jobs WHERE folder = ? AND content_key IS NULL LIMIT ?",
        (folder, limit),
    )
