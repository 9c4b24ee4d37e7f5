"""Which processes are alive, and which jobs have no living owner.

All leases are dated by the server's clock, so the clocks of machines are never compared. That
clock can be set as well, or another server with another clock takes over; a process notices that
at its heartbeats, by its own monotonic clock, and claims nothing until all had time to renew
their leases.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeAlias

from rushes.io.machine import Machine
from rushes.io.process import Process
from rushes.io.stopwatch import JUMP
from rushes.journal.postgres.connection import NOW, UNFINISHED_ROWS
from rushes.journal.rows import NAMES, from_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rushes.journal.postgres.connection import Connection
    from rushes.journal.record import JobRecord

LONGEST = 3600.0
"""Seconds; no process takes a longer lease. One that seems longer was dated by a wrong clock."""

REMEMBERED = 86_400.0
"""Seconds for which the row of a process is kept after its lease has ended."""

BITE = 500
"""Jobs that are claimed in one transaction: others wait for none that is longer."""

ALIVE = f"(SELECT id FROM owners WHERE lease_until > {NOW} AND lease_until <= {NOW} + {LONGEST})"
"""The processes that have a lease."""

Condition: TypeAlias = "tuple[str, Sequence[object]]"
"""What is true of some jobs, and the values of that."""

_CLAIMABLE = f"""
    {UNFINISHED_ROWS} AND {{where}}
    AND (owner IS NULL OR (owner <> %s AND owner NOT IN {ALIVE}))
    AND (state <> 'submitting' OR submit_at IS NULL OR submit_at < {NOW} - %s
        OR submit_at > {NOW} + {JUMP})
"""
"""Unfinished jobs that a process may take over. An intent that lies in the future shows that the
clock was set back, and is not waited for."""


class Clock:
    """The server's clock, as a process knows it from its last heartbeat.

    Attributes:
        is_unreliable: whether it jumped so recently that living processes could not renew their
            leases yet.
    """

    def __init__(self) -> None:
        # The server's time at a moment of the monotonic clock.
        self._seen: tuple[float, float] | None = None
        self._reliable_from = 0.0

    @property
    def is_unreliable(self) -> bool:
        """Whether it jumped so recently that living processes could not renew their leases yet."""
        return time.monotonic() < self._reliable_from

    def note(self, server: float, asked_at: float, lease: float) -> None:
        """Take in the server's time.

        Args:
            server: its unix seconds.
            asked_at: when it was asked, by the monotonic clock of this process.
            lease: seconds that leases last.
        """
        if self._seen is not None:
            before, at = self._seen
            passed, most = server - before, time.monotonic() - at
            if not asked_at - at - JUMP < passed < most + JUMP:
                self._reliable_from = time.monotonic() + lease
        self._seen = (server, asked_at)

    def corrected(self, moment: float) -> float:
        """A moment by this process's clock, by that of the server if the two clearly differ."""
        if self._seen is None:
            return moment
        server, at = self._seen
        ahead = time.time() - (server + time.monotonic() - at)
        return moment if abs(ahead) < JUMP else moment - ahead


def heartbeat(db: Connection, owner: str, lease: float) -> float:
    """Renew a process's lease; the server's time."""
    here = (owner, str(Machine.here()), str(Process.here()), lease)
    row = db.row(
        "INSERT INTO owners (id, host, pid, lease_until) "
        f"VALUES (%s, %s, %s, {NOW} + %s) ON CONFLICT (id) DO UPDATE SET "
        f"lease_until = excluded.lease_until RETURNING {NOW}",
        here,
    )
    db.run(f"DELETE FROM owners WHERE lease_until < {NOW} - {REMEMBERED}")
    return float(row[0])


def release(db: Connection, owner: str) -> None:
    """End a process's lease; its jobs have no owner then, which others see without looking for it.

    Their fences rise when they are claimed.
    """
    db.run("DELETE FROM owners WHERE id = %s", (owner,))
    db.run("UPDATE lanes SET owner = NULL WHERE owner = %s", (owner,))
    db.run(f"UPDATE jobs SET owner = NULL WHERE owner = %s AND {UNFINISHED_ROWS}", (owner,))


def dead(db: Connection, owner: str) -> list[str]:
    """The owners whose lease lasts, though their process on this machine has certainly ended.

    What it sent last may still be on its way; so a job that was being sent is held for a while.
    """
    here = Machine.here()
    found = db.rows(
        f"SELECT id, host, pid FROM owners WHERE id <> %s AND lease_until > {NOW}", (owner,)
    )
    return [
        other
        for other, host, pid in found
        if Process.parse(pid).is_gone() and here.shares_kernel(Machine.parse(host))
    ]


def drop(db: Connection, owners: Iterable[str]) -> None:
    """End the leases of dead owners."""
    db.run("DELETE FROM owners WHERE id = ANY(%s)", (list(owners),))


def finds_any(db: Connection, owner: str, of: Condition, hold_submitting: float) -> bool:
    """Whether there is a job to be claimed; most of the time there is none."""
    where, values = of
    statement = f"SELECT EXISTS (SELECT 1 FROM jobs WHERE {_CLAIMABLE.format(where=where)})"
    return bool(db.row(statement, (*values, owner, hold_submitting))[0])


def take(
    db: Connection,
    owner: str,
    of: Condition,
    hold_submitting: float,
    job_id: str | None,
) -> list[JobRecord]:
    """Take over a bite of jobs, those being fetched first; another process takes other ones."""
    only, last = ("AND id = %s", [job_id]) if job_id else ("", [])
    where, values = of
    rows = db.rows(
        f"""
        UPDATE jobs SET owner = %s, fence = fence + 1 WHERE id IN (
            SELECT id FROM jobs WHERE {_CLAIMABLE.format(where=where)} {only}
            ORDER BY state <> 'fetching', created_at LIMIT {BITE} FOR UPDATE SKIP LOCKED
        ) RETURNING {NAMES}
        """,
        (owner, *values, owner, hold_submitting, *last),
    )
    return in_turn(from_rows(rows))


def in_turn(jobs: Iterable[JobRecord]) -> list[JobRecord]:
    """Claimed jobs in the order in which they are worked on."""
    return sorted(jobs, key=lambda job: (job.state.value != "fetching", job.created_at))


def held(db: Connection, owner: str) -> set[str]:
    """Ids of the unfinished jobs of a process."""
    rows = db.rows(f"SELECT id FROM jobs WHERE {UNFINISHED_ROWS} AND owner = %s", (owner,))
    return {job_id for (job_id,) in rows}
