"""Reading and writing the journal: one SQLite file, shared by every kernel on this machine.

Why it is built this way (measured in docs/explanation/reliability.md):

- Every write names the fence under which its writer took the job; a process that was asleep
  while another took over cannot overwrite what happened since.
- One lease a process, not one a job: a heartbeat is a single row however many jobs run.
"""

from __future__ import annotations

import json
import math
import os
import socket
import sqlite3
import time
import uuid
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from rushes.catalog.parameter import CONTRACT_MEDIA
from rushes.contract.errors import JobNotFound, JournalError, LeaseLost, RemoteTaken
from rushes.journal import ledger
from rushes.journal.database import BUSY_TIMEOUT, Database
from rushes.journal.lease import LONGEST, Leases
from rushes.journal.record import (
    COLUMNS,
    ENDED,
    REOPENED,
    TRANSITIONS,
    UNFINISHED,
    JobRecord,
    JobState,
    from_row,
    to_column,
)
from rushes.journal.stopwatch import JUMP
from rushes.journal.vote import (
    COLUMNS as VOTE_COLUMNS,
    Vote,
    from_row as vote_from_row,
    to_row as vote_to_row,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

    from rushes.journal.ledger import Entry, Reservation

FILE_NAME = "journal.sqlite3"

LAST_CHARACTER = "\U0010ffff"
"""Sorts after every character of an id."""

_NAMES = ", ".join(COLUMNS)
_MARKS = ", ".join("?" for _ in COLUMNS)
_VOTE_NAMES = ", ".join(VOTE_COLUMNS.values())
_VOTE_MARKS = ", ".join("?" for _ in VOTE_COLUMNS)


class Journal:
    """The journal of one home folder, as one process sees it. Safe to use from any thread.

    Args:
        home: the folder that holds the file; made when it does not exist.
        busy_timeout: seconds to wait for another process's write.

    Raises:
        JournalError: when the folder is on a network file system, cannot be written, holds a
            file of a newer release, or another machine is working in it.
    """

    def __init__(self, home: Path, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        self.owner = uuid.uuid4().hex
        self.host = socket.gethostname()
        self._leases = Leases()
        self._db = Database(home / FILE_NAME, busy_timeout=busy_timeout)
        self.path = self._db.path
        try:
            with self._db.reading() as db:
                self._refuse_other_host(db)
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Give up the lease, so that another process can take the jobs over at once."""
        with self._db.lock:
            # Closed already, or not writable: the lease then runs out by itself.
            with suppress(JournalError, sqlite3.ProgrammingError), self._db.writing() as db:
                db.execute("DELETE FROM owners WHERE id = ?", (self.owner,))
            self._db.close()

    # --- reading ---------------------------------------------------------------------------

    def get(self, job_id: str) -> JobRecord:
        """One job.

        Raises:
            JobNotFound: when there is none of that id.
        """
        with self._db.reading() as db:
            row = db.execute(f"SELECT {_NAMES} FROM jobs WHERE id = ?", (job_id,)).fetchone()  # noqa: S608 - names and marks of this module, never a value
        if row is None:
            msg = (
                f"No job {job_id!r} is in the journal {self.path}; gen.jobs() lists those that are."
            )
            raise JobNotFound(msg, job_id=job_id)
        return from_row(row)

    def select(
        self,
        *,
        states: Collection[JobState] | None = None,
        provider: str | None = None,
        client_ref: str | None = None,
        folder: str | None = None,
        limit: int | None = None,
        with_hidden: bool = True,
    ) -> list[JobRecord]:
        """Jobs that match everything given, newest first.

        Args:
            states: only these states.
            provider: only this provider.
            client_ref: only requests with this ``client_ref``.
            folder: only jobs of this library folder.
            limit: at most so many; a short list costs the same however long the history is.
            with_hidden: whether jobs that were taken off the lists are among them.
        """
        listing = _listing(states, provider, client_ref, folder, limit, with_hidden=with_hidden)
        with self._db.reading() as db:
            rows = db.execute(*listing).fetchall()
        # Parsed without the lock: a heartbeat does not wait for somebody's long list.
        return [from_row(row) for row in rows]

    def named(self, beginning: str, *, limit: int) -> list[JobRecord]:
        """Jobs whose id begins so, at most so many; the one of exactly that id comes first."""
        with self._db.reading() as db:
            rows = db.execute(
                f"SELECT {_NAMES} FROM jobs WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",  # noqa: S608
                (beginning, beginning + LAST_CHARACTER, limit),
            ).fetchall()
        return [from_row(row) for row in rows]

    def durations(self, provider: str, backend: str, mode: str, *, limit: int = 50) -> list[float]:
        """How long the last finished jobs of a kind ran at the service, in seconds."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT done_at - running_at FROM jobs WHERE provider = ? AND backend = ? "
                "AND mode = ? AND done_at IS NOT NULL AND running_at IS NOT NULL "
                "ORDER BY done_at DESC LIMIT ?",
                (provider, backend, mode, limit),
            ).fetchall()
        return [max(0.0, row[0]) for row in rows]

    def stamp(self) -> int | None:
        """A number that is another one after any process wrote; None when that cannot be said."""
        return self._db.stamp()

    def has_changed(self) -> bool:
        """Whether another process has written since this was last asked."""
        return self._db.has_changed()

    def recent(self, seconds: float) -> list[JobRecord]:
        """Jobs that still have a next step, or had one until so many seconds ago."""
        with self._db.reading() as db:
            rows = db.execute(
                f"SELECT {_NAMES} FROM jobs WHERE state IN ({_marks(UNFINISHED)}) "  # noqa: S608
                "OR state = 'uncertain' OR ended_at > ?",
                (*UNFINISHED, time.time() - seconds),
            ).fetchall()
        return [from_row(row) for row in rows]

    def uncertain(self) -> list[JobRecord]:
        """The last thousand jobs of which nobody knows whether their service has them."""
        with self._db.reading() as db:
            rows = db.execute(
                f"SELECT {_NAMES} FROM jobs WHERE state = 'uncertain' "  # noqa: S608
                "ORDER BY created_at DESC LIMIT 1000"
            ).fetchall()
        return [from_row(row) for row in rows]

    def known_remotes(self, backend: str, *, since: float = 0.0) -> set[str]:
        """Ids of the service that already belong to a job here.

        Args:
            backend: the service.
            since: only jobs whose attempt was written down at or after this time, unix seconds.
        """
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT remote_id FROM jobs "
                "WHERE backend = ? AND remote_id IS NOT NULL AND submit_at >= ?",
                (backend, since),
            ).fetchall()
        return {row[0] for row in rows}

    # --- the owner's writes ------------------------------------------------------------------

    def add(self, job: JobRecord, *, reserve: Reservation | None = None) -> JobRecord:
        """Put a new job on record; it is durable when this returns.

        Adding an id that is there already changes nothing and returns what is there, so a
        repeated click makes no second job.

        Args:
            job: nobody has sent it yet.
            reserve: the money for it, which is reserved in the same transaction.

        Raises:
            PolicyDenied: when the money cannot be reserved; nothing was written.
        """
        job = _replace(job, owner=self.owner, fence=1)
        values = [to_column(name, getattr(job, name)) for name in COLUMNS]
        with self._db.writing() as db:
            done = db.execute(
                f"INSERT INTO jobs ({_NAMES}) VALUES ({_MARKS}) ON CONFLICT (id) DO NOTHING",  # noqa: S608
                values,
            )
            if done.rowcount == 1 and reserve is not None:
                ledger.reserve(db, job.id, reserve)
            row = db.execute(f"SELECT {_NAMES} FROM jobs WHERE id = ?", (job.id,)).fetchone()  # noqa: S608
        return from_row(row)

    def write(self, job: JobRecord, state: JobState | None = None, **changes: Any) -> JobRecord:
        """Change a job that this process holds; an end settles what was reserved for it.

        Args:
            job: the record as it was last read; its fence must still be the journal's.
            state: the state to go to; None stays.
            changes: other fields to set.

        Returns:
            The record as it now stands, with what other processes may have set meanwhile.

        Raises:
            LeaseLost: when another process holds the job by now; nothing was written.
            RemoteTaken: when the service's id belongs to another job already.
            JournalError: when the change of state is not one of `TRANSITIONS`.
        """
        return self._write(job, state, changes)

    def _write(
        self,
        job: JobRecord,
        state: JobState | None,
        changes: dict[str, Any],
        again: Callable[[sqlite3.Connection], None] | None = None,
    ) -> JobRecord:
        target = state or job.state
        if job.is_ended or (target != job.state and target not in TRANSITIONS[job.state]):
            msg = f"Job {job.id} cannot go from {job.state} to {target}."
            raise JournalError(msg, job_id=job.id)
        changes["state"] = target
        if target in ENDED:
            changes["ended_at"] = time.time()
        if target not in UNFINISHED:
            changes["owner"] = None
        return self._change(job, changes, again)

    def _change(
        self,
        job: JobRecord,
        changes: dict[str, Any],
        again: Callable[[sqlite3.Connection], None] | None = None,
    ) -> JobRecord:
        """Change a job that still has the fence and the state that its record says.

        Args:
            job: the record as it was read.
            changes: the fields to set.
            again: reserves the money for another attempt, in the same transaction.
        """
        sets = ", ".join(f"{name} = ?" for name in changes)
        values = [to_column(name, value) for name, value in changes.items()]
        with self._db.writing() as db:
            try:
                done = db.execute(
                    f"UPDATE jobs SET {sets} WHERE id = ? AND fence = ? AND state = ?",  # noqa: S608
                    (*values, job.id, job.fence, job.state),
                )
            except sqlite3.IntegrityError as error:
                msg = (
                    f"{changes.get('remote_id')!r} already belongs to another job of "
                    f"{job.backend}; give the id of this one."
                )
                raise RemoteTaken(msg, job_id=job.id) from error
            if done.rowcount != 1:
                msg = f"Job {job.id} was changed by another process."
                raise LeaseLost(msg, job_id=job.id)
            row = db.execute(f"SELECT {_NAMES} FROM jobs WHERE id = ?", (job.id,)).fetchone()  # noqa: S608
            written = from_row(row)
            if again is not None:
                again(db)
            elif written.state is not job.state and not ENDED.isdisjoint(
                (job.state, written.state)
            ):
                ledger.settle(db, job, written)
        return written

    def accept(self, job: JobRecord, remote_id: str, remote: dict[str, Any]) -> JobRecord:
        """Record that the service has the job's current attempt.

        This is evidence, true whoever holds the lease: it is bound to the attempt's token rather
        than to the fence, and takes the job back from a process that took over meanwhile.

        Raises:
            LeaseLost: when the attempt is no longer the job's current one, or is settled already.
            RemoteTaken: when the service's id belongs to another job already.
        """
        now = time.time()
        with self._db.writing() as db:
            try:
                done = db.execute(
                    "UPDATE jobs SET state = 'running', remote_id = ?, remote = ?, running_at = ?, "
                    "error = NULL, owner = ?, fence = fence + 1 "
                    "WHERE id = ? AND token = ? AND state IN ('submitting', 'uncertain')",
                    (remote_id, to_column("remote", remote), now, self.owner, job.id, job.token),
                )
            except sqlite3.IntegrityError as error:
                msg = f"{remote_id!r} already belongs to another job of {job.backend}."
                raise RemoteTaken(msg, job_id=job.id) from error
            if done.rowcount != 1:
                msg = f"Job {job.id} is not waiting for this attempt's answer any more."
                raise LeaseLost(msg, job_id=job.id)
            row = db.execute(f"SELECT {_NAMES} FROM jobs WHERE id = ?", (job.id,)).fetchone()  # noqa: S608
        return from_row(row)

    # --- leases --------------------------------------------------------------------------------

    def heartbeat(self, lease: float) -> None:
        """Say that this process lives, for another `lease` seconds.

        Leases that seem to last for longer than that come from a clock that was set. Those that
        nobody renews while this process watches are removed, so that their jobs can be claimed.
        """
        self._leases.beat(lease)
        now = time.time()
        with self._db.writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO owners (id, host, pid, lease_until) VALUES (?, ?, ?, ?)",
                (self.owner, self.host, os.getpid(), now + lease),
            )
            # A day after its last sign of life a process is only clutter.
            db.execute("DELETE FROM owners WHERE lease_until < ?", (now - 86_400,))
            ahead = db.execute(
                "SELECT id, lease_until FROM owners WHERE id != ? AND lease_until > ?",
                (self.owner, now + max(lease, 0.0) + JUMP),
            )
            stale = self._leases.stale({row["id"]: row["lease_until"] for row in ahead})
            db.executemany("DELETE FROM owners WHERE id = ?", [(owner,) for owner in stale])

    def claim(
        self,
        backends: Collection[str],
        *,
        hold_submitting: float,
        job_id: str | None = None,
    ) -> list[JobRecord]:
        """Take over unfinished jobs whose process is gone, those with expiring links first.

        Right after a jump of the clock nobody seems to have a lease, so nothing is claimed until
        the living had time to renew theirs. Claiming too early does no harm: who takes a job over
        begins anew to look for what the other may have sent, and all writes are fenced.

        Args:
            backends: only jobs of these services.
            hold_submitting: seconds after its intent during which a submitting job is left
                alone, because the request of a process that only seems dead may be under way. An
                intent that lies in the future says that the clock was set back, and holds nothing.
            job_id: only this job.
        """
        if self._leases.are_shaken:
            return []
        now = time.time()
        sql = f"""
            SELECT id FROM jobs
            WHERE state IN ({_marks(UNFINISHED)}) AND backend IN ({_marks(backends)})
            AND (owner IS NULL
                 OR (owner != ? AND owner NOT IN (SELECT id FROM owners WHERE lease_until > ?)))
            AND (state != 'submitting' OR submit_at < ? OR submit_at > ?)
            {"AND id = ?" if job_id else ""}
            ORDER BY CASE state WHEN 'fetching' THEN 0 ELSE 1 END, created_at
            """  # noqa: S608
        values = [*UNFINISHED, *backends, self.owner, now, now - hold_submitting]
        values.append(now + JUMP)
        values += [job_id] if job_id else []
        # Looking first keeps the write lock free while there is nothing to do.
        with self._db.reading() as db:
            if db.execute(sql, values).fetchone() is None:
                return []
        with self._db.writing() as db:
            ids = [row[0] for row in db.execute(sql, values)]
            db.executemany(
                "UPDATE jobs SET owner = ?, fence = fence + 1 WHERE id = ?",
                [(self.owner, found) for found in ids],
            )
            return [
                from_row(db.execute(f"SELECT {_NAMES} FROM jobs WHERE id = ?", (found,)).fetchone())  # noqa: S608
                for found in ids
            ]

    def held(self) -> set[str]:
        """Ids of the unfinished jobs that this process holds."""
        with self._db.reading() as db:
            rows = db.execute(
                f"SELECT id FROM jobs WHERE state IN ({_marks(UNFINISHED)}) AND owner = ?",  # noqa: S608
                (*UNFINISHED, self.owner),
            ).fetchall()
        return {row[0] for row in rows}

    # --- the user's decisions, from any process ------------------------------------------------

    def decide(
        self,
        job_id: str,
        state: JobState,
        *,
        reserve: Reservation | None = None,
        **changes: Any,
    ) -> JobRecord:
        """Move an uncertain job on, and take it over; an earlier wish to cancel is void then.

        Sending it again is one more attempt that may be paid, and the earlier one keeps what was
        reserved for it, because it may have been bought.

        Args:
            job_id: the job.
            state: where it goes.
            reserve: the money for another attempt; None takes as much as for the last one,
                whatever the limit.
            changes: other fields to set.

        Raises:
            JournalError: when the job is not uncertain (any more).
            RemoteTaken: when the service's id belongs to another job already.
            PolicyDenied: when the money cannot be reserved; nothing was written.
        """
        job = self.get(job_id)
        if job.state is not JobState.UNCERTAIN:
            msg = f"Job {job_id} is {job.state}, not uncertain; there is nothing to decide."
            raise JournalError(msg, job_id=job_id)
        again = None
        if state is JobState.QUEUED and reserve is not None:
            again = partial(ledger.reserve, job_id=job_id, reservation=reserve)
        elif state is JobState.QUEUED:
            again = partial(ledger.repeat, job_id=job_id)
        changes |= {
            "owner": self.owner if state in UNFINISHED else None,
            "fence": job.fence + 1,
            "cancel_requested_at": None,
        }
        return self._write(job, state, changes, again)

    def reopen(self, job: JobRecord, state: JobState, **changes: Any) -> JobRecord:
        """Go on with a job that is uncertain, failed or cancelled here: its service has it.

        Only the service's own word reopens a job that had ended. Its news is handed out again
        when it ends anew.

        Args:
            job: the record as it was when the service was asked.
            state: running, or fetching when the video is ready.
            changes: other fields to set.

        Raises:
            LeaseLost: when something else became of the job meanwhile; nothing was written.
            RemoteTaken: when the service's id belongs to another job already.
            JournalError: when the job is in none of these states.
        """
        if job.state not in REOPENED or state not in (JobState.RUNNING, JobState.FETCHING):
            msg = f"Job {job.id} is {job.state} and cannot go on as {state}."
            raise JournalError(msg, job_id=job.id)
        changes |= {
            "state": state,
            "owner": self.owner,
            "fence": job.fence + 1,
            "ended_at": None,
            "error": None,
            "cancel_requested_at": None,
            "handed": 0,
            "handed_to": None,
        }
        return self._change(job, changes)

    def request_cancel(self, job_id: str) -> JobRecord:
        """Record the wish to cancel; a job that was not sent yet ends at once.

        The fence is raised for a queued job, so that its owner cannot send it afterwards.
        """
        now = time.time()
        with self._db.writing() as db:
            done = db.execute(
                "UPDATE jobs SET state = 'cancelled', ended_at = ?, owner = NULL, "
                "fence = fence + 1, cancel_requested_at = ? WHERE id = ? AND state = 'queued'",
                (now, now, job_id),
            )
            db.execute(
                f"UPDATE jobs SET cancel_requested_at = ? WHERE id = ? "  # noqa: S608
                f"AND cancel_requested_at IS NULL AND state IN ({_marks(UNFINISHED)})",
                (now, job_id, *UNFINISHED),
            )
            job = self.get(job_id)
            if done.rowcount == 1:
                ledger.settle(db, job, job)
        return job

    # --- handing out events --------------------------------------------------------------------

    def drain(self) -> list[JobRecord]:
        """Hand out every ended job that no living process has, oldest first.

        What this process drained before is thereby settled. What a process drained and did not
        settle before it died is handed out again: at least once, never lost.
        """
        now = time.time()
        with self._db.writing() as db:
            db.execute(
                "UPDATE jobs SET handed = 2 WHERE handed = 1 AND handed_to = ?", (self.owner,)
            )
            # Two statements, because over both conditions SQLite would go through all that ended.
            rows = db.execute(
                f"SELECT {_NAMES} FROM jobs WHERE handed = 0 AND state IN ({_marks(ENDED)})",  # noqa: S608
                (*ENDED,),
            ).fetchall()
            rows += db.execute(
                f"SELECT {_NAMES} FROM jobs WHERE handed = 1 AND handed_to > '' "  # noqa: S608
                f"AND +state IN ({_marks(ENDED)}) "
                "AND handed_to NOT IN (SELECT id FROM owners WHERE lease_until > ?)",
                (*ENDED, now),
            ).fetchall()
            rows.sort(key=lambda row: (row["ended_at"] or 0.0, row["id"]))
            db.executemany(
                "UPDATE jobs SET handed = 1, handed_to = ? WHERE id = ?",
                [(self.owner, row["id"]) for row in rows],
            )
        return [from_row(row) for row in rows]

    def settle(self, job_id: str | None = None) -> None:
        """Count a job's event, or all that this process drained, as handed out for good."""
        with self._db.writing() as db:
            if job_id is None:
                db.execute(
                    "UPDATE jobs SET handed = 2 WHERE handed = 1 AND handed_to = ?", (self.owner,)
                )
            else:
                db.execute(
                    "UPDATE jobs SET handed = 2, handed_to = ? WHERE id = ? AND handed < 2",
                    (self.owner, job_id),
                )

    # --- money ---------------------------------------------------------------------------------

    def spent(self, account: str) -> float:
        """What an account has reserved and spent, in US dollars."""
        with self._db.reading() as db:
            return ledger.spent(db, account)

    def unaccounted(self, folder: str, *, limit: int) -> list[JobRecord]:
        """Jobs of a library's Studios that nothing was reserved for, at most so many.

        They are of earlier releases; `enter` counts them.
        """
        with self._db.reading() as db:
            rows = db.execute(
                f"SELECT {_NAMES} FROM jobs WHERE folder = ? AND accounted = 0 "  # noqa: S608
                "AND id >= 'studio-' AND id < 'studio.' LIMIT ?",
                (folder, limit),
            ).fetchall()
        return [from_row(row) for row in rows]

    def enter(self, entries: Iterable[Entry]) -> None:
        """Count jobs that nothing was reserved for; one that has changed meanwhile is left."""
        with self._db.writing() as db:
            for entry in entries:
                ledger.enter(db, entry)

    # --- uploads ---------------------------------------------------------------------------

    def upload(self, backend: str, path: str, lifetime: float = math.inf) -> str | None:
        """What stands for a local file at a service; None when no upload of it can be used.

        One that can be used for longer than any `lifetime` is of a clock that was set since.
        """
        now = time.time()
        with self._db.reading() as db:
            row = db.execute(
                "SELECT address FROM uploads WHERE backend = ? AND path = ? "
                "AND usable_until > ? AND usable_until <= ?",
                (backend, path, now, now + lifetime),
            ).fetchone()
        return None if row is None else str(row["address"])

    def keep_upload(self, backend: str, path: str, address: str, usable_until: float) -> None:
        """Note an upload, and drop those that have had their time (unix seconds)."""
        with self._db.writing() as db:
            db.execute("DELETE FROM uploads WHERE usable_until <= ?", (time.time(),))
            db.execute(
                "INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?)",
                (backend, path, address, usable_until),
            )

    def forget_upload(self, backend: str, path: str) -> None:
        """Have a file uploaded again next time."""
        with self._db.writing() as db:
            db.execute("DELETE FROM uploads WHERE backend = ? AND path = ?", (backend, path))

    # --- lists -----------------------------------------------------------------------------

    def hide(self, job_id: str, *, hidden: bool = True) -> None:
        """Take a job off the lists of takes that a Studio shows, or put it back."""
        with self._db.writing() as db:
            if hidden:
                db.execute("INSERT OR IGNORE INTO hidden VALUES (?)", (job_id,))
            else:
                db.execute("DELETE FROM hidden WHERE job_id = ?", (job_id,))

    def is_hidden(self, job_id: str) -> bool:
        """Whether a job is off the lists."""
        with self._db.reading() as db:
            found = db.execute("SELECT 1 FROM hidden WHERE job_id = ?", (job_id,)).fetchone()
        return found is not None

    def hidden(self) -> frozenset[str]:
        """Ids of the jobs that are off the lists."""
        with self._db.reading() as db:
            return frozenset(row["job_id"] for row in db.execute("SELECT job_id FROM hidden"))

    # --- votes ---------------------------------------------------------------------------------

    def add_vote(self, vote: Vote) -> None:
        """Put a vote on record; it is durable when this returns, and the same id counts once."""
        with self._db.writing() as db:
            db.execute(
                f"INSERT INTO votes ({_VOTE_NAMES}) VALUES ({_VOTE_MARKS}) "  # noqa: S608
                "ON CONFLICT (id) DO NOTHING",
                vote_to_row(vote),
            )

    def votes(
        self, media: Callable[[str], Collection[str]] = lambda _: CONTRACT_MEDIA
    ) -> list[Vote]:
        """Every vote on this machine, oldest first, with what tells the jobs' requests apart.

        Args:
            media: by provider, the parameters that hold images, videos or sounds.
        """
        with self._db.reading() as db:
            rows = db.execute(
                f"SELECT {_VOTE_NAMES} FROM votes ORDER BY cast_at, id"  # noqa: S608
            ).fetchall()
            jobs = db.execute(
                "SELECT id, params FROM jobs WHERE id IN "
                "(SELECT left_job FROM votes UNION SELECT right_job FROM votes)"
            ).fetchall()
        requests = {job["id"]: json.loads(job["params"]) for job in jobs}
        return [vote_from_row(row, requests, media) for row in rows]

    # --- inside ----------------------------------------------------------------------------

    def _refuse_other_host(self, db: sqlite3.Connection) -> None:
        row = db.execute(
            "SELECT host FROM owners WHERE host != ? AND lease_until BETWEEN ? AND ?",
            (self.host, now := time.time(), now + LONGEST),
        ).fetchone()
        if row is not None:
            msg = (
                f"Another machine ({row['host']}) is working in the journal {self.path}. SQLite "
                f"cannot be shared between machines: set RUSHES_HOME to a folder of this machine."
            )
            raise JournalError(msg)


def _listing(
    states: Collection[JobState] | None,
    provider: str | None,
    client_ref: str | None,
    folder: str | None,
    limit: int | None,
    *,
    with_hidden: bool,
) -> tuple[str, list[Any]]:
    """The statement that lists jobs, newest first, and its values.

    With a limit each state is looked up by itself, because an index yields the newest of one
    state at once but of several only by sorting all of them. A ``+`` keeps SQLite from choosing
    an index by a filter that may fit most of the history.
    """
    order = "ORDER BY created_at DESC, id"
    filters = {"client_ref": client_ref, "folder": folder, "provider": provider}
    given = {name: value for name, value in filters.items() if value is not None}
    wheres = [f"{'+' if place else ''}{name} = ?" for place, name in enumerate(given)]
    values: list[Any] = list(given.values())
    if not with_hidden:
        wheres.append("NOT EXISTS (SELECT 1 FROM hidden WHERE job_id = jobs.id)")
    if limit is not None and client_ref is None:
        parts, part_values = list[str](), list[Any]()
        for state in dict.fromkeys(JobState if states is None else states):
            where = " AND ".join([*wheres, "state = ?"])
            newest = f"SELECT id, created_at FROM jobs WHERE {where} {order} LIMIT ?"  # noqa: S608
            parts.append(f"SELECT * FROM ({newest})")  # noqa: S608
            part_values += [*values, state, limit]
        if not parts:
            return f"SELECT {_NAMES} FROM jobs WHERE 0", []  # noqa: S608
        found = f"SELECT id FROM ({' UNION ALL '.join(parts)}) {order} LIMIT ?"  # noqa: S608
        return f"SELECT {_NAMES} FROM jobs WHERE id IN ({found}) {order}", [*part_values, limit]  # noqa: S608
    if states is not None:
        wheres.append(f"{'+' if given else ''}state IN ({_marks(states)})")
        values += states
    where = f"WHERE {' AND '.join(wheres)} " if wheres else ""
    most = -1 if limit is None else limit
    return f"SELECT {_NAMES} FROM jobs {where}{order} LIMIT ?", [*values, most]  # noqa: S608


def _marks(values: Collection[Any]) -> str:
    return ", ".join("?" for _ in values)


def _replace(job: JobRecord, **changes: Any) -> JobRecord:
    return JobRecord(**{name: getattr(job, name) for name in COLUMNS} | changes)
