"""The news of ended jobs, each handed out to one process until that process has settled it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rushes.journal.record import ENDED, HANDED, SETTLED
from rushes.journal.rows import NAMES
from rushes.journal.sqlite.rows import fetch, placeholders

if TYPE_CHECKING:
    import sqlite3


def drain(db: sqlite3.Connection, owner: str) -> list[sqlite3.Row]:
    """Hand out to a process what no living process has, oldest first."""
    settle_all(db, owner)
    # Two statements, because for both conditions at once SQLite would read all that ended.
    rows = fetch(
        db,
        f"SELECT {NAMES} FROM jobs WHERE handed = 0 AND state IN ({placeholders(ENDED)})",
        (*ENDED,),
    )
    rows += fetch(
        db,
        f"SELECT {NAMES} FROM jobs WHERE handed = 1 AND handed_to > '' "
        f"AND +state IN ({placeholders(ENDED)}) "
        "AND handed_to NOT IN (SELECT id FROM owners WHERE lease_until > ?)",
        (*ENDED, time.time()),
    )
    rows.sort(key=_by_end)
    db.executemany(
        "UPDATE jobs SET handed = ?, handed_to = ? WHERE id = ?",
        [(HANDED, owner, row["id"]) for row in rows],
    )
    return rows


def _by_end(row: sqlite3.Row) -> tuple[float, str]:
    """Where a row stands; a damaged one may hold anything."""
    ended_at = row["ended_at"]
    return (ended_at if isinstance(ended_at, float | int) else 0.0, str(row["id"]))


def settle(db: sqlite3.Connection, owner: str, job_id: str) -> None:
    """Count a job's news as handed out for good."""
    db.execute(
        "UPDATE jobs SET handed = ?, handed_to = ? WHERE id = ? AND handed < ?",
        (SETTLED, owner, job_id, SETTLED),
    )


def settle_all(db: sqlite3.Connection, owner: str) -> None:
    """Count all that was handed to a process as handed out for good."""
    db.execute(
        "UPDATE jobs SET handed = 2 WHERE handed = 1 AND handed_to = ?",
        (owner,),
    )
