"""The news of ended jobs, each handed out to one process until that process has settled it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rushes.journal.postgres.leases import ALIVE
from rushes.journal.postgres.rows import text
from rushes.journal.record import HANDED, SETTLED
from rushes.journal.rows import NAMES

if TYPE_CHECKING:
    from collections.abc import Collection

    from rushes.journal.postgres.connection import Connection

_ENDED = "state IN ('completed', 'failed', 'cancelled')"


def drain(db: Connection, owner: str, settled: Collection[str]) -> list[tuple[Any, ...]]:
    """Hand out to a process what no living process has, oldest first.

    Args:
        db: in a transaction.
        owner: the process.
        settled: what it drained before, and has dealt with by now. Anything else that is handed to
            it never reached it, because the connection broke, and is handed out again.
    """
    settle_all(db, owner, settled)
    return db.rows(
        f"WITH waiting AS ("
        f"SELECT id FROM jobs WHERE handed = 0 AND {_ENDED} FOR UPDATE SKIP LOCKED), "
        f"abandoned AS (SELECT id FROM jobs WHERE handed = 1 AND {_ENDED} "
        f"AND (handed_to = %s OR handed_to NOT IN {ALIVE}) FOR UPDATE SKIP LOCKED), "
        f"drained AS (UPDATE jobs SET handed = {HANDED}, handed_to = %s WHERE id = ANY("
        f"ARRAY(SELECT id FROM waiting UNION ALL SELECT id FROM abandoned)) RETURNING {NAMES}) "
        f"SELECT {NAMES} FROM drained ORDER BY ended_at, id",
        (owner, owner),
    )


def settle(db: Connection, owner: str, job_id: str) -> None:
    """Count a job's news as handed out for good."""
    db.run(
        f"UPDATE jobs SET handed = {SETTLED}, handed_to = %s WHERE id = %s AND handed < {SETTLED}",
        (owner, text(job_id)),
    )


def settle_all(db: Connection, owner: str, drained: Collection[str]) -> None:
    """Count what a process drained as handed out for good."""
    if drained:
        db.run(
            f"UPDATE jobs SET handed = {SETTLED} "
            f"WHERE handed = {HANDED} AND handed_to = %s AND id = ANY(%s)",
            (owner, list(drained)),
        )
