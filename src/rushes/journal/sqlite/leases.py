"""Which processes are alive, and which jobs have no living owner.

A lease ends at a date, and dates come from a clock that can be set. That is wrong in two ways: a
living process seems dead until it renews its lease by the new clock, and the lease of a dead one
may end in a year. `Leases` settles both by what this process observes while its own monotonic
clock runs.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from rushes.contract.errors import JournalError
from rushes.io.machine import Machine
from rushes.io.process import Process
from rushes.io.stopwatch import JUMP, Stopwatch
from rushes.journal.record import UNFINISHED
from rushes.journal.rows import NAMES, from_rows
from rushes.journal.sqlite import jobs
from rushes.journal.sqlite.rows import fetch, placeholders

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from rushes.journal.record import JobRecord

LONGEST = 300.0
"""Seconds; no process takes a longer lease. One that seems longer was dated by a wrong clock."""

REMEMBERED = 86_400.0
"""Seconds for which the row of a process is kept after its lease has ended."""


class Leases:
    """The leases of all processes, as one of them observes them at its heartbeats.

    Args:
        owner: names this process.
    """

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._machine = Machine.here()
        self._length = 0.0
        self._since_beat = Stopwatch()
        self._since_jump: Stopwatch | None = None
        self._unchanged: dict[str, tuple[float, Stopwatch]] = {}

    def refuse_other_machine(self, db: sqlite3.Connection, path: Path) -> None:
        """Refuse a file in which a process of another machine is alive.

        Raises:
            JournalError: when there is one; SQLite's locks do not reach across machines.
        """
        now = time.time()
        for row in db.execute(
            "SELECT DISTINCT host FROM owners WHERE lease_until BETWEEN ? AND ?",
            (now, now + LONGEST),
        ):
            other = Machine.parse(str(row["host"]))
            if not self._machine.is_same(other):
                msg = (
                    f"Another machine ({other.name}) is working in the journal {path}. SQLite "
                    f"cannot be shared between machines: set RUSHES_HOME to a folder of this "
                    f"machine."
                )
                raise JournalError(msg)

    def heartbeat(self, db: sqlite3.Connection, lease: float) -> None:
        """Renew this process's lease, and drop those that only a wrong clock keeps alive.

        A lease that ends later than one taken now was dated by a clock that was set. When nobody
        renews it while this process watches, its owner is dead.
        """
        self._note_beat(lease)
        now = time.time()
        db.execute(
            "INSERT OR REPLACE INTO owners (id, host, pid, lease_until) VALUES (?, ?, ?, ?)",
            (self._owner, str(self._machine), str(Process.here()), now + lease),
        )
        db.execute("DELETE FROM owners WHERE lease_until < ?", (now - REMEMBERED,))
        ahead = db.execute(
            "SELECT id, lease_until FROM owners WHERE id != ? AND lease_until > ?",
            (self._owner, now + max(lease, 0.0) + JUMP),
        )
        stale = self._stale({row["id"]: row["lease_until"] for row in ahead})
        db.executemany("DELETE FROM owners WHERE id = ?", [(owner,) for owner in stale])

    def dead(self, db: sqlite3.Connection) -> list[str]:
        """The owners whose lease lasts, though their process on this machine has certainly ended.

        What it sent last may still be on its way: see `Claim`.
        """
        found = db.execute(
            "SELECT id, host, pid FROM owners WHERE id != ? AND lease_until > ?",
            (self._owner, time.time()),
        )
        return [
            row["id"]
            for row in found
            if Process.parse(row["pid"]).is_gone()
            and self._machine.shares_kernel(Machine.parse(str(row["host"])))
        ]

    @staticmethod
    def drop(db: sqlite3.Connection, owners: Collection[str]) -> None:
        """End the leases of dead owners."""
        db.executemany("DELETE FROM owners WHERE id = ?", [(owner,) for owner in owners])

    def release(self, db: sqlite3.Connection) -> None:
        """End this process's lease."""
        db.execute("DELETE FROM owners WHERE id = ?", (self._owner,))

    @property
    def are_unreliable(self) -> bool:
        """Whether the clock jumped so recently that living processes could not renew theirs yet."""
        if not self._length:
            return False  # This process has no lease either, so it cannot tell.
        if self._since_jump is not None and self._since_jump.elapsed > self._length:
            self._since_jump = None
        return self._since_jump is not None or self._since_beat.has_jumped

    def _note_beat(self, length: float) -> None:
        self._length = length
        if self._since_beat.has_jumped:
            self._since_jump = Stopwatch()
        self._since_beat.restart()

    def _stale(self, ahead: Mapping[str, float]) -> list[str]:
        """The owners that do not renew their lease, though it seems to last for long.

        Args:
            ahead: by owner, the end of each lease that ends later than one taken now would.
        """
        before, self._unchanged = self._unchanged, {}
        for owner, until in ahead.items():
            known, watch = before.get(owner, (None, None))
            unchanged = watch if watch is not None and known == until else Stopwatch()
            self._unchanged[owner] = (until, unchanged)
        return [
            owner
            for owner, (_, unchanged) in self._unchanged.items()
            if unchanged.steady() > self._length
        ]


class Claim:
    """The unfinished jobs that a process may take over.

    An intent that lies in the future shows that the clock was set back, and is not waited for.

    Args:
        owner: the process.
        backends: only jobs of these services.
        hold_submitting: seconds after its intent for which a submitting job is left alone.
        job_id: only this job.
    """

    def __init__(
        self, owner: str, backends: Collection[str], hold_submitting: float, job_id: str | None
    ) -> None:
        now = time.time()
        self._owner = owner
        self._statement = f"""
            SELECT {NAMES} FROM {jobs.BY_STATE}
            WHERE state IN ({placeholders(UNFINISHED)}) AND backend IN ({placeholders(backends)})
            AND (owner IS NULL
                 OR (owner != ? AND owner NOT IN (SELECT id FROM owners WHERE lease_until > ?)))
            AND (state != 'submitting' OR submit_at < ? OR submit_at > ?)
            {"AND id = ?" if job_id else ""}
            ORDER BY CASE state WHEN 'fetching' THEN 0 ELSE 1 END, created_at
            """
        self._values = [*UNFINISHED, *backends, owner, now, now - hold_submitting, now + JUMP]
        self._values += [job_id] if job_id else []

    def finds_any(self, db: sqlite3.Connection) -> bool:
        """Whether there is such a job; reading first keeps the write lock free."""
        return any(from_rows([row]) for row in fetch(db, self._statement, self._values))

    def take(self, db: sqlite3.Connection) -> list[JobRecord]:
        """Take them over, those being fetched first."""
        found = from_rows(fetch(db, self._statement, self._values))
        db.executemany(
            "UPDATE jobs SET owner = ?, fence = fence + 1 WHERE id = ?",
            [(self._owner, job.id) for job in found],
        )
        return [replace(job, owner=self._owner, fence=job.fence + 1) for job in found]


def held(db: sqlite3.Connection, owner: str) -> set[str]:
    """Ids of the unfinished jobs of a process."""
    rows = db.execute(
        f"SELECT id FROM {jobs.BY_STATE} WHERE state IN ({placeholders(UNFINISHED)}) AND owner = ?",
        (*UNFINISHED, owner),
    )
    return {row["id"] for row in rows}
