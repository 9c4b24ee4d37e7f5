"""What people think of takes: marks, votes, and which they took off the lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rushes.journal.rows import (
    NAMES,
    VOTE_COLUMNS,
    from_vote_rows,
    to_column,
    to_object,
    to_vote_row,
)
from rushes.journal.sqlite import jobs
from rushes.journal.sqlite.rows import fetch, placeholders

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Mapping

    from rushes.contract.marks import Judged
    from rushes.journal.record import JobRecord
    from rushes.journal.vote import Vote

_NAMES = ", ".join(VOTE_COLUMNS.values())


_LAST = "(SELECT coalesce(max(mark_number), 0) FROM jobs WHERE mark_number IS NOT NULL)"
"""The latest number of marks, by the index of those alone."""


def mark(
    db: sqlite3.Connection, job_id: str, changes: Mapping[str, Any], beside: Judged | None
) -> JobRecord:
    """Change the marks of a job under a new number, after those of its sidecar if they are later.

    Raises:
        JobNotFound: when there is no job of that id.
        InvalidParams: when a mark is wrong.
    """
    job = jobs.read(db, job_id)
    judged = job.judged_anew(changes, beside)
    if judged is None:
        return job
    db.execute(
        f"UPDATE jobs SET marks = ?, marked_at = ?, mark_number = 1 + {_LAST} WHERE id = ?",
        (to_column("marks", judged.marks), judged.at, job_id),
    )
    return jobs.read(db, job_id)


def marked(db: sqlite3.Connection, after: int | None, limit: int) -> tuple[list[sqlite3.Row], int]:
    """Rows of jobs whose marks have a later number, and the number from which to continue."""
    if after is None:
        return [], int(db.execute(f"SELECT {_LAST}").fetchone()[0])
    later = "FROM jobs WHERE mark_number > ? ORDER BY mark_number LIMIT ?"
    numbers = db.execute(f"SELECT mark_number {later}", (after, limit)).fetchall()
    if not numbers:
        return [], after
    return fetch(db, f"SELECT {NAMES} {later}", (after, limit)), int(numbers[-1][0])


def add_vote(db: sqlite3.Connection, vote: Vote) -> None:
    """Insert a vote unless there is one of its id."""
    db.execute(
        f"INSERT INTO votes ({_NAMES}) VALUES ({placeholders(VOTE_COLUMNS)}) "
        "ON CONFLICT (id) DO NOTHING",
        to_vote_row(vote),
    )


def votes(db: sqlite3.Connection, media: Callable[[str], Collection[str]]) -> list[Vote]:
    """All votes, oldest first, with how the requests of the two jobs differ."""
    rows = fetch(db, f"SELECT {_NAMES} FROM votes ORDER BY cast_at, id")
    voted = fetch(
        db,
        "SELECT id, params FROM jobs WHERE id IN "
        "(SELECT left_job FROM votes UNION SELECT right_job FROM votes)",
    )
    requests = {job["id"]: to_object(job["params"]) or {} for job in voted}
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
