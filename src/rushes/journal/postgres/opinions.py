"""What people think of takes: marks, votes, and which they took off the lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rushes.journal.postgres import jobs
from rushes.journal.postgres.locks import hold
from rushes.journal.postgres.rows import column, text
from rushes.journal.rows import (
    NAMES,
    VOTE_COLUMNS,
    from_row,
    from_vote_rows,
    to_object,
    to_vote_row,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from rushes.contract.marks import Judged
    from rushes.journal.postgres.connection import Connection
    from rushes.journal.record import JobRecord
    from rushes.journal.vote import Vote

_NAMES = ", ".join(VOTE_COLUMNS.values())

_LAST = "(SELECT coalesce(max(mark_number), 0) FROM jobs WHERE mark_number IS NOT NULL)"
"""The latest number of marks, by the index of those alone."""


def mark(
    db: Connection, job_id: str, changes: Mapping[str, Any], beside: Judged | None
) -> JobRecord:
    """Change the marks of a job under a new number, after those of its sidecar if they are later.

    The lock lasts until the number can be seen, so nobody sees a later one before it.

    Raises:
        JobNotFound: when there is no job of that id.
        InvalidParams: when a mark is wrong.
    """
    hold(db, ["marks"])
    job = jobs.read(db, job_id, lock=True)
    judged = job.judged_anew(changes, beside)
    if judged is None:
        return job
    row = db.row(
        "UPDATE jobs SET marks = %s, marked_at = %s, stars = %s, pick = %s, tags = %s, "
        f"mark_number = 1 + {_LAST} WHERE id = %s RETURNING {NAMES}",
        (
            column("marks", judged.marks),
            judged.at,
            judged.marks.stars,
            judged.marks.pick,
            [text(tag) for tag in judged.marks.tags],
            job.id,
        ),
    )
    return from_row(row)


def marked(db: Connection, after: int | None, limit: int) -> tuple[list[tuple[Any, ...]], int]:
    """Rows of jobs whose marks have a later number, and the number from which to continue."""
    if after is None:
        return [], int(db.row(f"SELECT {_LAST}")[0])
    rows = db.rows(
        f"SELECT {NAMES}, mark_number FROM jobs WHERE mark_number > %s "
        "ORDER BY mark_number LIMIT %s",
        (after, limit),
    )
    return [row[:-1] for row in rows], int(rows[-1][-1]) if rows else after


def add_vote(db: Connection, vote: Vote) -> None:
    """Insert a vote unless there is one of its id."""
    values = [text(value) if isinstance(value, str) else value for value in to_vote_row(vote)]
    places = ", ".join("%s" for _ in values)
    db.run(f"INSERT INTO votes ({_NAMES}) VALUES ({places}) ON CONFLICT (id) DO NOTHING", values)


def votes(db: Connection, media: Callable[[str], Collection[str]]) -> list[Vote]:
    """All votes, oldest first, with how the requests of the two jobs differ."""
    rows = db.rows(f"SELECT {_NAMES} FROM votes ORDER BY cast_at, id")
    named = [dict(zip(VOTE_COLUMNS.values(), row, strict=True)) for row in rows]
    voted = db.rows(
        "SELECT id, params FROM jobs WHERE id IN "
        "(SELECT left_job FROM votes UNION SELECT right_job FROM votes)"
    )
    requests = {job_id: to_object(params) or {} for job_id, params in voted}
    return from_vote_rows(named, requests, media)


def hide(db: Connection, job_id: str, *, hidden: bool) -> None:
    """Take a job off the lists, or put it back."""
    if hidden:
        db.run("INSERT INTO hidden VALUES (%s) ON CONFLICT DO NOTHING", (text(job_id),))
    else:
        db.run("DELETE FROM hidden WHERE job_id = %s", (text(job_id),))


def is_hidden(db: Connection, job_id: str) -> bool:
    """Whether a job is off the lists."""
    return db.one("SELECT 1 FROM hidden WHERE job_id = %s", (text(job_id),)) is not None
