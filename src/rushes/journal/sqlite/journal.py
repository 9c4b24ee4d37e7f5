"""The transactions of the journal, one a method.

What each statement is bound to is in the modules beside this one; what each method promises is in
`rushes.journal.protocol.Journal`.
"""

from __future__ import annotations

import math
import sqlite3
import time
import uuid
from contextlib import suppress
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Unpack

from rushes.contract.errors import JournalError
from rushes.journal.ledger import Reservation
from rushes.journal.record import JobState
from rushes.journal.rows import from_rows
from rushes.journal.sqlite import (
    changes as change,
    contexts,
    jobs,
    ledger,
    opinions,
    origins,
    outbox,
    prompts,
    sweeps,
    uploads,
)
from rushes.journal.sqlite.database import PATIENCE, Database
from rushes.journal.sqlite.leases import Claim, Leases, held
from rushes.journal.vote import contract_media

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from rushes.contract.marks import Judged
    from rushes.journal.context import Context
    from rushes.journal.ledger import Entry, Part, Spending, Tally
    from rushes.journal.prompt import PromptRecord
    from rushes.journal.record import Changes, JobRecord, Json
    from rushes.journal.sweep import CellRecord, Standing, SweepRecord, SweepState
    from rushes.journal.vote import Vote

FILE_NAME = "journal.sqlite3"


class SqliteJournal:
    """The journal of one home folder: a file that every process of this machine shares.

    Args:
        home: the folder that holds the file; created when it does not exist.
        patience: seconds that a call waits for other processes and threads.

    Attributes:
        owner: names this process among all that use the journal.
        path: the file.

    Raises:
        JournalError: when the folder is on a network file system or cannot be written, when a
            newer release wrote the file, or when another machine is working in it.
    """

    def __init__(self, home: Path, *, patience: float = PATIENCE) -> None:
        self.owner = uuid.uuid4().hex
        self._leases = Leases(self.owner)
        self._db = Database(home / FILE_NAME, patience=patience)
        self.path = self._db.path
        try:
            with self._db.reading() as db:
                self._leases.refuse_other_machine(db, self.path)
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Release the lease and close the file."""
        with self._db.lock:
            # Closed already, or not writable: the lease then expires.
            with suppress(JournalError, sqlite3.ProgrammingError), self._db.writing() as db:
                self._leases.release(db)
            self._db.close()

    # --- reading ---------------------------------------------------------------------------
    # Rows are parsed after the lock is released, so a heartbeat never waits for a long list.

    def get(self, job_id: str) -> JobRecord:
        """One job, by its primary key."""
        with self._db.reading() as db:
            return jobs.read(db, job_id)

    def select(
        self,
        *,
        states: Collection[JobState] | None = None,
        provider: str | None = None,
        client_ref: str | None = None,
        folder: str | None = None,
        text: str | None = None,
        since: float | None = None,
        limit: int | None = None,
        with_hidden: bool = True,
        sweep: tuple[str, str] | None = None,
        tag: str | None = None,
        pick: bool | None = None,
        min_stars: int | None = None,
        parent: str | None = None,
        oldest_first: bool = False,
    ) -> list[JobRecord]:
        """Jobs that match every filter given, newest first; a limit bounds what is read."""
        with self._db.reading() as db:
            rows = jobs.select(
                db,
                states=states,
                provider=provider,
                client_ref=client_ref,
                folder=folder,
                text=text,
                since=since,
                limit=limit,
                with_hidden=with_hidden,
                sweep=sweep,
                tag=tag,
                pick=pick,
                min_stars=min_stars,
                parent=parent,
                oldest_first=oldest_first,
            )
        found = from_rows(rows)
        if limit is None:  # The rows are in any order, because SQLite takes long to sort all.
            found.sort(key=lambda job: job.id, reverse=oldest_first)
            found.sort(key=lambda job: job.created_at, reverse=not oldest_first)
        return found

    def ids(self, folder: str, *, since: float) -> list[str]:
        """The ids of a library's jobs, by the index of libraries."""
        with self._db.reading() as db:
            return jobs.ids(db, folder, since)

    def named(self, part: str, *, limit: int) -> list[JobRecord]:
        """Jobs whose id starts with a text, by a range of the primary key, or else ends with it."""
        with self._db.reading() as db:
            rows = jobs.named(db, part, limit)
        return from_rows(rows)

    def durations(self, provider: str, backend: str, mode: str, *, limit: int = 50) -> list[float]:
        """How long the latest finished jobs of a kind ran, in seconds."""
        with self._db.reading() as db:
            return jobs.durations(db, provider, backend, mode, limit)

    def recent(self, seconds: float) -> list[JobRecord]:
        """Jobs that are unfinished or uncertain, or ended within so many seconds."""
        with self._db.reading() as db:
            rows = jobs.recent(db, time.time() - seconds)
        return from_rows(rows)

    def uncertain(self) -> list[JobRecord]:
        """The latest 1,000 uncertain jobs."""
        with self._db.reading() as db:
            rows = jobs.uncertain(db)
        return from_rows(rows)

    def known_remotes(self, backend: str, *, since: float = 0.0) -> set[str]:
        """The service's ids that belong to a job here, from an index alone."""
        with self._db.reading() as db:
            return jobs.known_remotes(db, backend, since)

    def is_unchanged(self) -> bool:
        """By the date of the file, which is one system call."""
        return self._db.is_unchanged()

    def has_changed(self) -> bool:
        """Whether another process may have written; mostly a question of the file's date."""
        return self._db.has_changed()

    # --- the owner's writes ----------------------------------------------------------------

    def add(
        self, job: JobRecord, *, reserve: Reservation | None = None, once: bool = False
    ) -> JobRecord:
        """Insert the job and its reservation in one transaction, unless it exists already."""
        with self._db.writing() as db:
            return self._add(db, job, reserve=reserve, once=once)

    def add_all(
        self,
        added: Sequence[JobRecord],
        *,
        reserve: Sequence[Reservation] = (),
        once: bool = False,
    ) -> list[JobRecord]:
        """Insert jobs in one transaction; a repeated request finds the one before it."""
        with self._db.writing() as db:
            return [
                self._add(db, job, reserve=money, once=once)
                for job, money in zip_longest(added, reserve)
            ]

    def _add(
        self, db: sqlite3.Connection, job: JobRecord, *, reserve: Reservation | None, once: bool
    ) -> JobRecord:
        # Two kernels may ask for the same final of a draft, and neither needs a second one.
        is_once = once or job.final is not None
        if is_once and (earlier := jobs.same(db, job)) is not None:
            return earlier
        added = change.add(db, job, owner=self.owner, is_accounted=reserve is not None)
        if added is None:
            return jobs.read(db, job.id)
        if reserve is not None:
            ledger.keep_pace(db, added, reserve.paces)
            ledger.reserve(db, added, reserve)
        return added

    def adopt(self, entries: Sequence[Entry]) -> list[JobRecord]:
        """Insert accepted jobs that are not on record, in one transaction."""
        with self._db.writing() as db:
            found = [change.adopt(db, entry, owner=self.owner) for entry in entries]
        return [job for job in found if job is not None]

    def write(
        self, job: JobRecord, state: JobState | None = None, **changes: Unpack[Changes]
    ) -> JobRecord:
        """Change a job under its fence, and settle its reservation when it ends."""
        with self._db.writing() as db:
            return change.write(db, job, state, changes)

    def accept(self, job: JobRecord, remote_id: str, remote: Json) -> JobRecord:
        """Record the service's id under the attempt's token."""
        with self._db.writing() as db:
            return change.accept(db, job, remote_id, remote, owner=self.owner)

    # --- leases ----------------------------------------------------------------------------

    def heartbeat(self, lease: float) -> None:
        """Renew this process's lease: one row, however many jobs it works on."""
        with self._db.writing() as db:
            self._leases.heartbeat(db, lease)

    def claim(
        self, backends: Collection[str], *, hold_submitting: float, job_id: str | None = None
    ) -> list[JobRecord]:
        """Take over jobs without a living owner, for whose lease nobody waits if it is known dead.

        Right after a jump of the clock every lease seems to have ended, so nothing is claimed
        until living processes had time to renew theirs.
        """
        if self._leases.are_unreliable:
            return []
        claim = Claim(self.owner, backends, hold_submitting, job_id)
        with self._db.reading() as db:
            dead = self._leases.dead(db)
            if not dead and not claim.finds_any(db):
                return []
        with self._db.writing() as db:
            self._leases.drop(db, dead)
            return claim.take(db)

    def held(self) -> set[str]:
        """Ids of the unfinished jobs that this process owns."""
        with self._db.reading() as db:
            return held(db, self.owner)

    # --- the user's decisions, from any process --------------------------------------------

    def decide(
        self,
        job_id: str,
        state: JobState,
        *,
        reserve: Reservation | None = None,
        **changes: Unpack[Changes],
    ) -> JobRecord:
        """Move an uncertain job to another state, with the money for another attempt."""
        with self._db.writing() as db:
            job = jobs.read(db, job_id)
            after = change.decide(db, job, state, changes, owner=self.owner)
            if state is JobState.QUEUED:
                ledger.reserve_again(db, job, reserve or Reservation())
        return after

    def reopen(self, job: JobRecord, state: JobState, **changes: Unpack[Changes]) -> JobRecord:
        """Continue a job that its service has after all, under the fence of its record."""
        with self._db.writing() as db:
            return change.reopen(db, job, state, changes, owner=self.owner)

    def request_cancel(self, job_id: str) -> JobRecord:
        """Note the wish to cancel, or end a job that was not sent."""
        with self._db.writing() as db:
            change.request_cancel(db, job_id)
            return jobs.read(db, job_id)

    def move(self, job_id: str, folder: str) -> JobRecord:
        """Change the folder of a job that is not completed."""
        with self._db.writing() as db:
            change.move(db, job_id, folder)
            return jobs.read(db, job_id)

    def amend_remote(self, job: JobRecord, facts: Mapping[str, Any]) -> JobRecord:
        """Add facts about a job at its service, whichever process holds the lease."""
        with self._db.writing() as db:
            change.amend_remote(db, job, facts)
            return jobs.read(db, job.id)

    # --- handing out events ----------------------------------------------------------------

    def drain(self) -> list[JobRecord]:
        """Hand out the ended jobs that no living process was handed, oldest first."""
        with self._db.writing() as db:
            rows = outbox.drain(db, self.owner)
        return from_rows(rows)

    def settle(self, job_id: str | None = None) -> None:
        """Count a job's event, or all that this process drained, as handed out for good."""
        with self._db.writing() as db:
            if job_id is None:
                outbox.settle_all(db, self.owner)
            else:
                outbox.settle(db, self.owner, job_id)

    # --- money -----------------------------------------------------------------------------

    def spent(self, account: str) -> float:
        """What an account has reserved and spent, in US dollars; a row a day and model."""
        with self._db.reading() as db:
            return ledger.spent(db, account)

    def spending(self, since: str | None = None) -> list[Spending]:
        """The sums by day, account, provider and backend, from a day on."""
        with self._db.reading() as db:
            return ledger.spending(db, since)

    def tally(self, by: Sequence[Part], since: str | None = None) -> list[Tally]:
        """The sums of attempts, from their rows."""
        with self._db.reading() as db:
            return ledger.tally(db, by, since)

    def unpriced(self, *, limit: int) -> list[JobRecord]:
        """Jobs of earlier releases whose cost does not stand in the journal."""
        with self._db.reading() as db:
            rows = ledger.unpriced(db, limit)
        return from_rows(rows)

    def unidentified(self, folder: str, *, limit: int) -> list[JobRecord]:
        """Jobs of a library without a key of their content, from an index of those alone."""
        with self._db.reading() as db:
            rows = jobs.unidentified(db, folder, limit)
        return from_rows(rows)

    def identify(self, keys: Mapping[str, str]) -> None:
        """Set the keys that are missing."""
        with self._db.writing() as db:
            db.executemany(
                "UPDATE jobs SET content_key = ? WHERE id = ? AND content_key IS NULL",
                [(key, job_id) for job_id, key in keys.items()],
            )

    def enter(self, entries: Iterable[Entry]) -> None:
        """Count jobs without a reservation."""
        with self._db.writing() as db:
            for entry in entries:
                ledger.enter(db, entry)

    def count_earlier(self) -> None:
        """Add the jobs of earlier releases to the sums, in one statement."""
        with self._db.reading() as db:
            if ledger.is_counted(db):
                return
        with self._db.writing() as db:
            ledger.count_earlier(db)

    # --- uploads ---------------------------------------------------------------------------

    def upload(self, backend: str, path: str, lifetime: float = math.inf) -> str | None:
        """What stands for a local file at a service, while it can be used."""
        with self._db.reading() as db:
            return uploads.find(db, backend, path, lifetime)

    def keep_upload(self, backend: str, path: str, address: str, usable_until: float) -> None:
        """Remember an upload until a time in unix seconds."""
        with self._db.writing() as db:
            uploads.keep(db, backend, path, address, usable_until)

    def forget_upload(self, backend: str, path: str) -> None:
        """Have a file uploaded again the next time."""
        with self._db.writing() as db:
            uploads.forget(db, backend, path)

    # --- inputs ----------------------------------------------------------------------------

    def origin(self, inputs: Iterable[str]) -> str | None:
        """The job whose take is the first of some copied inputs that is one."""
        with self._db.reading() as db:
            return origins.find(db, inputs)

    def keep_origin(self, item: str, job_id: str) -> None:
        """Remember whose take a copied input is, unless that is known."""
        if self.origin([item]) != job_id:
            with self._db.writing() as db:
                origins.keep(db, item, job_id)

    def mentioned(self, names: Collection[str]) -> set[str]:
        """Which inputs are needed; others may use the file between two pieces."""
        with self._db.reading() as db:
            found = sweeps.mentioned(db, names)
        place: int | None = 0
        while place is not None:
            with self._db.reading() as db:
                more, place = jobs.mentioned(db, names, place)
            found |= more
        return found

    # --- sweeps ----------------------------------------------------------------------------

    def put_sweep(self, sweep: SweepRecord, cells: Sequence[CellRecord]) -> int:
        """Record or extend a sweep in one transaction."""
        with self._db.writing() as db:
            return sweeps.put(db, sweep, cells)

    def sweep(self, folder: str, name: str) -> SweepRecord | None:
        """The sweep of a name."""
        with self._db.reading() as db:
            return sweeps.get(db, folder, name)

    def sweeps(
        self, *, folder: str | None = None, state: SweepState | None = None, limit: int
    ) -> list[SweepRecord]:
        """Sweeps that match every filter given, newest first."""
        with self._db.reading() as db:
            return sweeps.select(db, folder, state, limit)

    def set_sweep(self, sweep: SweepRecord, state: SweepState, reason: str | None = None) -> None:
        """Start or stop making takes of a sweep."""
        with self._db.writing() as db:
            sweeps.set_state(db, sweep, state, reason)

    def stop_sweep(self, sweep: SweepRecord, state: SweepState, reason: str | None = None) -> bool:
        """Start no more takes of a sweep, unless it changed; whether that was done."""
        with self._db.writing() as db:
            return sweeps.stop(db, sweep, state, reason)

    def cells(self, sweep: SweepRecord) -> list[CellRecord]:
        """All cells of a sweep, in their order."""
        with self._db.reading() as db:
            return sweeps.cells(db, sweep)

    def waiting_cells(
        self, sweep: SweepRecord, *, backends: Collection[str], limit: int
    ) -> list[CellRecord]:
        """The next cells of a sweep that have no job, by an index of those alone."""
        with self._db.reading() as db:
            return sweeps.waiting(db, sweep, backends, limit)

    def start_cell(
        self,
        sweep: SweepRecord,
        cell: CellRecord,
        job: JobRecord,
        *,
        reserve: Reservation | None = None,
        once: bool = False,
    ) -> JobRecord | None:
        """Record the job of a cell of a sweep that runs, in one transaction."""
        with self._db.writing() as db:
            if not sweeps.may_start(db, sweep, cell):
                return None
            added = self._add(db, job, reserve=reserve, once=once)
            sweeps.assign(db, sweep, cell, added.id)
            return added

    def reopen_cells(self, sweep: SweepRecord, job_ids: Collection[str]) -> int:
        """Let the cells that have one of these jobs wait for another one; how many."""
        with self._db.writing() as db:
            return sweeps.reopen(db, sweep, job_ids)

    def sweep_jobs(self, sweep: SweepRecord) -> list[JobRecord]:
        """The jobs of the cells of a sweep."""
        with self._db.reading() as db:
            rows = sweeps.job_rows(db, sweep)
        return from_rows(rows)

    def standing(self, sweep: SweepRecord) -> Standing:
        """How many cells of a sweep are in which state, and what it has cost."""
        with self._db.reading() as db:
            return sweeps.standing(db, sweep)

    def made(self, folder: str, keys: Sequence[str]) -> dict[tuple[str, str], str]:
        """The jobs of a library that requests would repeat, by the index of their content."""
        with self._db.reading() as db:
            return sweeps.made(db, folder, keys)

    # --- prompts ---------------------------------------------------------------------------

    def name_prompt(self, folder: str, name: str, text: str) -> PromptRecord:
        """The version of a prompt that has a wording, recorded if it is new."""
        with self._db.writing() as db:
            return prompts.name(db, folder, name, text)

    def prompt_versions(self, folder: str, name: str) -> list[PromptRecord]:
        """Every version of a prompt, oldest first."""
        with self._db.reading() as db:
            return prompts.versions(db, folder, name)

    def latest_prompts(self, folder: str) -> list[PromptRecord]:
        """The latest version of every prompt of a library, newest first."""
        with self._db.reading() as db:
            return prompts.latest(db, folder)

    def prompt_jobs(self, folder: str, text: str) -> list[JobRecord]:
        """The jobs that were made from a wording, by an index of how prompts begin."""
        with self._db.reading() as db:
            rows = prompts.job_rows(db, folder, text)
        return from_rows(rows)

    def keep_rewrite(self, folder: str, original: str, rewriter: str, text: str) -> None:
        """Remember what became of a prompt."""
        with self._db.writing() as db:
            prompts.keep_rewrite(db, folder, original, rewriter, text)

    def rewrite(self, folder: str, original: str, rewriter: str) -> str | None:
        """What a rewriter last made of a prompt."""
        with self._db.reading() as db:
            return prompts.rewrite(db, folder, original, rewriter)

    def originals(self, folder: str, text: str) -> list[tuple[str, str]]:
        """The prompts of which rewriters made a text."""
        with self._db.reading() as db:
            return prompts.originals(db, folder, text)

    def contexts(self, job_ids: Collection[str]) -> dict[str, Context]:
        """What is known of jobs besides their records, in one statement per kind."""
        with self._db.reading() as db:
            return contexts.contexts(db, job_ids)

    # --- marks, votes and hidden takes --------------------------------------------------

    def mark(
        self, job_id: str, changes: Mapping[str, Any], *, beside: Judged | None = None
    ) -> JobRecord:
        """Change the marks of a job, and nothing else of it."""
        with self._db.writing() as db:
            return opinions.mark(db, job_id, changes, beside)

    def marked(self, after: int | None = None, *, limit: int = 1000) -> tuple[list[JobRecord], int]:
        """The next jobs by the number of their marks, from an index of those alone."""
        with self._db.reading() as db:
            rows, last = opinions.marked(db, after, limit)
        return from_rows(rows), last

    def hide(self, job_id: str, *, hidden: bool = True) -> None:
        """Take a job off the lists of takes, or put it back."""
        with self._db.writing() as db:
            opinions.hide(db, job_id, hidden=hidden)

    def is_hidden(self, job_id: str) -> bool:
        """Whether a job is off the lists of takes."""
        with self._db.reading() as db:
            return opinions.is_hidden(db, job_id)

    def add_vote(self, vote: Vote) -> None:
        """Record a vote; the same id counts once."""
        with self._db.writing() as db:
            opinions.add_vote(db, vote)

    def votes(self, media: Callable[[str], Collection[str]] = contract_media) -> list[Vote]:
        """Every vote, oldest first."""
        with self._db.reading() as db:
            return opinions.votes(db, media)
