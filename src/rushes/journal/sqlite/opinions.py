"""Votes on takes, and the takes that they took off the lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.journal.sqlite.rows import (
    VOTE_COLUMNS,
    fetch,
    from_vote_rows,
    marks,
    to_object,
    to_vote_row,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection

    from rushes.journal.vote import Vote

_NAMES = ", ".join(VOTE_COLUMNS.values())


def add_vote(db: sqlite3.Connection, vote: Vote) -> None:
    """Insert a vote unless there is one of its id."""
    db.execute(
        f"INSERT INTO votes ({_NAMES}) VALUES ({marks(VOTE_COLUMNS)}) ON CONFLICT (id) DO NOTHING",
        to_vote_row(vote),
    )


def votes(db: sqlite3.Connection, media: Callable[[str], Collection[str]]) -> list[Vote]:
    """All votes, oldest first, with how the requests of the two jobs differ."""
    rows = fetch(db, f"SELECT {_NAMES} FROM votes ORDER BY cast_at, id")
    jobs = fetch(
        db,
        "SELECT id, params FROM jobs WHERE id IN "
        "(SELECT left_job FROM votes UNION SELECT right_job FROM votes)",
    )
    requests = {job["id"]: to_object(job["params"]) or {} for job in jobs}
    return from_vote_rows(rows, requests, media)


def hide(db: sqlite3.Connection, job_id: str, *, hidden: bool) -> None:
    """Take a job off the lists, or put it back."""
    if hidden:
        db.execute("INSERT OR IGNORE INTO hidden VALUES (?)", (job_id,))
    else:
        db.execute("DELETE FROM hidden WHERE job_id = ?", (job_id,))


def is_hidden(db: sqlite3.Connection, job_id: str) -> bool:
    """Whether a job is off the lists."""
    found = db.execute("SELECT 1 FROM hidden WHERE job_id = ?", (job_id,)).fetchone()
    return found is not None
