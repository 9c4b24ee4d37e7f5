"""The transactions of the journal on PostgreSQL, one a method.

What each statement is bound to is in the modules beside this one; what each method promises is in
`rushes.journal.protocol.Journal`.
"""

from __future__ import annotations

import math
import time
import uuid
from contextlib import suppress
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, Unpack

from rushes.contract.errors import JournalError
from rushes.journal.lanes import Lanes, lane_of
from rushes.journal.ledger import Reservation
from rushes.journal.postgres import (
    changes as change,
    contexts,
    inputs as input_files,
    jobs,
    lanes,
    leases,
    ledger,
    opinions,
    outbox,
    prompts,
    sweeps,
)
from rushes.journal.postgres.database import PATIENCE, Database
from rushes.journal.postgres.locks import hold
from rushes.journal.postgres.news import SWEEP, News
from rushes.journal.record import JobState
from rushes.journal.rows import from_rows
from rushes.journal.vote import contract_media

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from rushes.contract.marks import Judged
    from rushes.journal.context import Context
    from rushes.journal.lanes import Lane
    from rushes.journal.ledger import Entry, Part, Spending, Tally
    from rushes.journal.postgres.connection import Connection
    from rushes.journal.prompt import PromptRecord
    from rushes.journal.record import Changes, JobRecord, Json
    from rushes.journal.sweep import CellRecord, Standing, SweepRecord, SweepState
    from rushes.journal.vote import Vote


P = ParamSpec("P")
T = TypeVar("T")


class PostgresJournal:
    """The journal of several machines: a database that all of their processes share.

    Times in its records are those of the server's clock; the time at which a process made a job is
    corrected where its own clock clearly differs.

    Args:
        url: the address of the database, as `libpq` reads it:
            ``postgresql://user:password@host:5432/rushes``. The user needs all rights on it.
        patience: seconds that a call waits for a server that does not answer.
        sweep: seconds after which a change by another process is assumed, because the
            notification of it may have been lost.

    Attributes:
        owner: names this process among all that use the journal.
        place: the address without user and password, for people.

    Raises:
        JournalError: when the server cannot be reached or refuses the address, or when a newer
            release made the tables.
    """

    def __init__(self, url: str, *, patience: float = PATIENCE, sweep: float = SWEEP) -> None:
        self.owner = uuid.uuid4().hex
        self._db = Database(url, patience=patience)
        self.place = self._db.place
        self._news = News(self.owner, self._db.connect, sweep=sweep)
        self._clock = leases.Clock()
        self._drained: list[str] = []
        # None until this process takes part in dividing the work.
        self._lanes: Lanes | None = None
        self._surplus: frozenset[Lane] = frozenset()

    def close(self) -> None:
        """Release the lease and close the connections."""
        with suppress(JournalError):  # The lease then expires.
            self._db.write_at_once(leases.release, self.owner)
            self._news.wrote()
        self._news.close()
        self._db.close()

    # --- reading ---------------------------------------------------------------------------

    def get(self, job_id: str) -> JobRecord:
        """One job, by its primary key."""
        return self._db.read(jobs.read, job_id)

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
        rows = self._db.read(
            jobs.select,
            states=states,
            provider=provider,
            client_ref=client_ref,
            folder=folder,
            words=text,
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
        return from_rows(rows)

    def ids(self, folder: str, *, since: float) -> list[str]:
        """The ids of a library's jobs, by the index of libraries."""
        return self._db.read(jobs.ids, folder, since)

    def named(self, part: str, *, limit: int) -> list[JobRecord]:
        """Jobs whose id starts with a text, by a range of the primary key, or else ends with it."""
        return from_rows(self._db.read(jobs.named, part, limit))

    def durations(self, provider: str, backend: str, mode: str, *, limit: int = 50) -> list[float]:
        """How long the latest finished jobs of a kind ran, in seconds."""
        return self._db.read(jobs.durations, provider, backend, mode, limit)

    def recent(self, seconds: float) -> list[JobRecord]:
        """Jobs that are unfinished or uncertain, or ended within so many seconds."""
        return from_rows(self._db.read(jobs.recent, seconds))

    def uncertain(self) -> list[JobRecord]:
        """The latest 1,000 uncertain jobs."""
        return from_rows(self._db.read(jobs.uncertain))

    def known_remotes(self, backend: str, *, since: float = 0.0) -> set[str]:
        """The service's ids that belong to a job here, from an index alone."""
        return self._db.read(jobs.known_remotes, backend, since)

    def is_unchanged(self) -> bool:
        """Whether no notification came and none is assumed; asks nobody."""
        return self._news.is_unchanged()

    def has_changed(self) -> bool:
        """Whether a notification of another process came, or may have been lost."""
        return self._news.has_changed()

    # --- the owner's writes ----------------------------------------------------------------

    def add(
        self, job: JobRecord, *, reserve: Reservation | None = None, once: bool = False
    ) -> JobRecord:
        """Insert the job and its reservation in one transaction, unless it exists already."""
        (added,) = self.add_all([job], reserve=[reserve] if reserve else (), once=once)
        return added

    def add_all(
        self,
        added: Sequence[JobRecord],
        *,
        reserve: Sequence[Reservation] = (),
        once: bool = False,
    ) -> list[JobRecord]:
        """Insert jobs in one transaction; a repeated request finds the one before it."""
        return self._write(self._add_all, added, reserve, once=once)

    def _add_all(
        self,
        db: Connection,
        added: Sequence[JobRecord],
        reserve: Sequence[Reservation],
        *,
        once: bool,
    ) -> list[JobRecord]:
        self._hold(db, added, reserve, once=once)
        return [self._add(db, job, money, once=once) for job, money in zip_longest(added, reserve)]

    @staticmethod
    def _hold(
        db: Connection,
        added: Sequence[JobRecord],
        reserve: Sequence[Reservation | None],
        *,
        once: bool,
    ) -> None:
        """Keep apart what is held to the same caps, or asks for the same."""
        names = list(ledger.names_of_caps(reserve))
        names += [f"once {job.final}" for job in added if job.final is not None]
        for job, money in zip_longest(added, reserve):
            if money is not None and money.paces:
                names.append(f"pace {job.folder}")
        if once:
            names += [f"once {job.folder} {job.once_key or job.content_key}" for job in added]
        hold(db, names)

    def _add(
        self, db: Connection, job: JobRecord, money: Reservation | None, *, once: bool
    ) -> JobRecord:
        # Two processes may ask for the same final of a draft, and neither needs a second one.
        is_once = once or job.final is not None
        if is_once and (earlier := jobs.same(db, job)) is not None:
            return earlier
        dated = replace(job, created_at=self._clock.corrected(job.created_at))
        is_here = self._lanes is None or self.lanes.has(job)
        added = change.add(db, dated, owner=self.owner if is_here else None)
        if added is None:
            return jobs.read(db, job.id)
        if money is not None:
            ledger.keep_pace(db, added, money.paces)
            ledger.reserve(db, added, money)
        return added

    def adopt(self, entries: Sequence[Entry]) -> list[JobRecord]:
        """Insert accepted jobs that are not on record, in one transaction."""
        return self._write(change.adopt, entries, owner=self.owner)

    def write(
        self, job: JobRecord, state: JobState | None = None, **changes: Unpack[Changes]
    ) -> JobRecord:
        """Change a job under its fence, and settle its reservation when it ends."""
        return self._write(change.write, job, state, changes)

    def accept(self, job: JobRecord, remote_id: str, remote: Json) -> JobRecord:
        """Record the service's id under the attempt's token."""
        return self._write(change.accept, job, remote_id, remote, owner=self.owner)

    # --- leases ----------------------------------------------------------------------------

    def heartbeat(self, lease: float) -> None:
        """Renew this process's lease: one row, however many jobs it works on.

        It has a connection of its own, so that a process that is busy does not seem dead.
        """
        asked_at = time.monotonic()
        server = self._db.write_at_once(leases.heartbeat, self.owner, lease)
        self._clock.note(server, asked_at, lease)

    def claim(
        self, backends: Collection[str], *, hold_submitting: float, job_id: str | None = None
    ) -> list[JobRecord]:
        """Take over jobs without a living owner, a bite in each transaction.

        Right after a jump of the server's clock every lease seems to have ended, so nothing is
        claimed until living processes had time to renew theirs.
        """
        if self._clock.is_unreliable:
            return []
        if dead := self._db.read(leases.dead, self.owner):
            self._db.write(leases.drop, dead)
        claimed: list[JobRecord] = []
        of: leases.Condition = ("backend = ANY(%s)", [list(backends)])
        if self._lanes is not None:
            of = lanes.condition(self.lanes, backends)
        if not self._db.read(leases.finds_any, self.owner, of, hold_submitting):
            return claimed
        while True:
            bite = self._write(leases.take, self.owner, of, hold_submitting, job_id)
            claimed += bite
            if len(bite) < leases.BITE:
                return leases.in_turn(claimed)

    def held(self) -> set[str]:
        """Ids of the unfinished jobs that this process owns."""
        return self._db.read(leases.held, self.owner)

    @property
    def lanes(self) -> Lanes:
        """The lanes of this process, without those that others should have."""
        held = self._lanes or Lanes()
        return Lanes(held.divided, held.held - self._surplus)

    def take_lanes(self, backends: Collection[str], divided: Mapping[str, int]) -> Lanes:
        """Take part in the work, and take what this process should have."""
        if self._clock.is_unreliable and self._lanes is not None:
            return self.lanes
        self._lanes, self._surplus = self._db.write(lanes.take, self.owner, backends, divided)
        return self.lanes

    def changed(self, since: float | None) -> tuple[list[JobRecord], float]:
        """The jobs that were changed since a moment, and the moment to ask from next."""
        until = self._db.read(jobs.complete_until)
        found = [] if since is None else from_rows(self._db.read(jobs.changed, since))
        return found, until

    def begin(self, job: JobRecord, *, most: int, **changes: Unpack[Changes]) -> JobRecord | None:
        """Write the intent to send a job, unless enough of its library are under way."""
        return self._write(self._begin, job, most, changes)

    @staticmethod
    def _begin(db: Connection, job: JobRecord, most: int, changes: Changes) -> JobRecord | None:
        hold(db, [f"line {job.folder}"])
        if jobs.under_way(db, job) >= most:
            return None
        return change.write(db, job, JobState.SUBMITTING, changes)

    def free(self, busy: Iterable[JobRecord], idle: Collection[str]) -> None:
        """Hand over jobs, and the lanes in which nothing is under way here."""
        if idle:
            self._write(lanes.hand_over, self.owner, idle)
        divided = self.lanes.divided
        kept = {lane_of(job, divided.get(job.backend, 1)) for job in busy}
        if done := self._surplus - kept:
            self._write(lanes.release, self.owner, done)
            self._surplus -= done

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
        return self._write(self._decide, job_id, state, reserve or Reservation(), changes)

    def _decide(
        self,
        db: Connection,
        job_id: str,
        state: JobState,
        reserve: Reservation,
        changes: Changes,
    ) -> JobRecord:
        hold(db, ledger.names_of_caps([reserve]))
        job = jobs.read(db, job_id, lock=True)
        after = change.decide(db, job, state, changes, owner=self.owner)
        if state is JobState.QUEUED:
            ledger.reserve_again(db, job, reserve)
        return after

    def reopen(self, job: JobRecord, state: JobState, **changes: Unpack[Changes]) -> JobRecord:
        """Continue a job that its service has after all, under the fence of its record."""
        return self._write(change.reopen, job, state, changes, owner=self.owner)

    def request_cancel(self, job_id: str) -> JobRecord:
        """Note the wish to cancel, or end a job that was not sent."""
        return self._write(change.request_cancel, job_id)

    def move(self, job_id: str, folder: str) -> JobRecord:
        """Change the folder of a job that is not completed."""
        return self._write(change.move, job_id, folder)

    def amend_remote(self, job: JobRecord, facts: Mapping[str, Any]) -> JobRecord:
        """Add facts about a job at its service, whichever process holds the lease."""
        return self._write(change.amend_remote, job, facts)

    # --- handing out events ----------------------------------------------------------------

    def drain(self) -> list[JobRecord]:
        """Hand out the ended jobs that no living process was handed, oldest first."""
        rows = self._db.write(outbox.drain, self.owner, self._drained)
        found = from_rows(rows)
        self._drained = [job.id for job in found]
        return found

    def settle(self, job_id: str | None = None) -> None:
        """Count a job's event, or all that this process drained, as handed out for good."""
        if job_id is not None:
            self._db.write(outbox.settle, self.owner, job_id)
        elif self._drained:
            self._db.write(outbox.settle_all, self.owner, self._drained)
            self._drained = []

    # --- money -----------------------------------------------------------------------------

    def spent(self, account: str) -> float:
        """What an account has reserved and spent, in US dollars; a row a day and model."""
        return self._db.read(ledger.spent, account)

    def spending(self, since: str | None = None) -> list[Spending]:
        """The sums by day, account, provider and backend, from a day on."""
        return self._db.read(ledger.spending, since)

    def tally(self, by: Sequence[Part], since: str | None = None) -> list[Tally]:
        """The sums of attempts, from their rows."""
        return self._db.read(ledger.tally, by, since)

    def unpriced(self, *, limit: int) -> list[JobRecord]:  # noqa: ARG002 - as the protocol says
        """None: no earlier release has written to such a journal."""
        return []

    def unidentified(self, folder: str, *, limit: int) -> list[JobRecord]:
        """Jobs of a library without a key of their content, from an index of those alone."""
        return from_rows(self._db.read(jobs.unidentified, folder, limit))

    def identify(self, keys: Mapping[str, str]) -> None:
        """Set the keys that are missing."""
        self._db.write(jobs.identify, dict(keys))

    def enter(self, entries: Iterable[Entry]) -> None:
        """Count no job, as `unpriced` returns none."""

    def count_earlier(self) -> None:
        """Count no job, as there is none of an earlier release."""

    # --- uploads ---------------------------------------------------------------------------

    def upload(self, backend: str, path: str, lifetime: float = math.inf) -> str | None:
        """What stands for a local file at a service, while it can be used."""
        return self._db.read(input_files.find_upload, backend, path, lifetime)

    def keep_upload(self, backend: str, path: str, address: str, usable_until: float) -> None:
        """Remember an upload until a time in unix seconds."""
        self._db.write(input_files.keep_upload, backend, path, address, usable_until)

    def forget_upload(self, backend: str, path: str) -> None:
        """Have a file uploaded again the next time."""
        self._db.write(input_files.forget_upload, backend, path)

    # --- inputs ----------------------------------------------------------------------------

    def origin(self, inputs: Iterable[str]) -> str | None:
        """The job whose take is the first of some copied inputs that is one."""
        return self._db.read(input_files.find_origin, list(inputs))

    def keep_origin(self, item: str, job_id: str) -> None:
        """Remember whose take a copied input is, unless that is known."""
        if self.origin([item]) != job_id:
            self._db.write(input_files.keep_origin, item, job_id)

    def mentioned(self, names: Collection[str]) -> set[str]:
        """Which inputs are needed; others may use the database between two pieces."""
        found = self._db.read(sweeps.mentioned, names)
        place: str | None = ""
        while place is not None:
            more, place = self._db.read(jobs.mentioned, names, place)
            found |= more
        return found

    # --- sweeps ----------------------------------------------------------------------------

    def put_sweep(self, sweep: SweepRecord, cells: Sequence[CellRecord]) -> int:
        """Record or extend a sweep in one transaction."""
        return self._write(sweeps.put, sweep, cells)

    def sweep(self, folder: str, name: str) -> SweepRecord | None:
        """The sweep of a name."""
        return self._db.read(sweeps.get, folder, name)

    def sweeps(
        self, *, folder: str | None = None, state: SweepState | None = None, limit: int
    ) -> list[SweepRecord]:
        """Sweeps that match every filter given, newest first."""
        return self._db.read(sweeps.select, folder, state, limit)

    def set_sweep(self, sweep: SweepRecord, state: SweepState, reason: str | None = None) -> None:
        """Start or stop making takes of a sweep."""
        self._write(sweeps.set_state, sweep, state, reason)

    def stop_sweep(self, sweep: SweepRecord, state: SweepState, reason: str | None = None) -> bool:
        """Start no more takes of a sweep, unless it changed; whether that was done."""
        return self._write(sweeps.stop, sweep, state, reason)

    def cells(self, sweep: SweepRecord) -> list[CellRecord]:
        """All cells of a sweep, in their order."""
        return self._db.read(sweeps.cells, sweep)

    def waiting_cells(
        self, sweep: SweepRecord, *, backends: Collection[str], limit: int
    ) -> list[CellRecord]:
        """The next cells of a sweep that have no job, by an index of those alone."""
        return self._db.read(sweeps.waiting, sweep, backends, limit)

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
        return self._write(self._start_cell, sweep, cell, job, reserve, once=once)

    def _start_cell(
        self,
        db: Connection,
        sweep: SweepRecord,
        cell: CellRecord,
        job: JobRecord,
        reserve: Reservation | None,
        *,
        once: bool,
    ) -> JobRecord | None:
        self._hold(db, [job], [reserve], once=once)
        if not sweeps.may_start(db, sweep, cell):
            return None
        added = self._add(db, job, reserve, once=once)
        sweeps.assign(db, sweep, cell, added.id)
        return added

    def reopen_cells(self, sweep: SweepRecord, job_ids: Collection[str]) -> int:
        """Let the cells that have one of these jobs wait for another one; how many."""
        return self._write(sweeps.reopen, sweep, job_ids)

    def sweep_jobs(self, sweep: SweepRecord) -> list[JobRecord]:
        """The jobs of the cells of a sweep."""
        return from_rows(self._db.read(sweeps.job_rows, sweep))

    def standing(self, sweep: SweepRecord) -> Standing:
        """How many cells of a sweep are in which state, and what it has cost."""
        return self._db.read(sweeps.standing, sweep)

    def made(self, folder: str, keys: Sequence[str]) -> dict[tuple[str, str], str]:
        """The jobs of a library that requests would repeat, by the index of their content."""
        return self._db.read(sweeps.made, folder, keys)

    # --- prompts ---------------------------------------------------------------------------

    def name_prompt(self, folder: str, name: str, text: str) -> PromptRecord:
        """The version of a prompt that has a wording, recorded if it is new."""
        return self._db.write(prompts.name, folder, name, text)

    def prompt_versions(self, folder: str, name: str) -> list[PromptRecord]:
        """Every version of a prompt, oldest first."""
        return self._db.read(prompts.versions, folder, name)

    def latest_prompts(self, folder: str) -> list[PromptRecord]:
        """The latest version of every prompt of a library, newest first."""
        return self._db.read(prompts.latest, folder)

    def prompt_jobs(self, folder: str, text: str) -> list[JobRecord]:
        """The jobs that were made from a wording, by an index of prompts."""
        return from_rows(self._db.read(prompts.job_rows, folder, text))

    def keep_rewrite(self, folder: str, original: str, rewriter: str, text: str) -> None:
        """Remember what became of a prompt."""
        self._db.write(prompts.keep_rewrite, folder, original, rewriter, text)

    def rewrite(self, folder: str, original: str, rewriter: str) -> str | None:
        """What a rewriter last made of a prompt."""
        return self._db.read(prompts.rewrite, folder, original, rewriter)

    def originals(self, folder: str, text: str) -> list[tuple[str, str]]:
        """The prompts of which rewriters made a text."""
        return self._db.read(prompts.originals, folder, text)

    def contexts(self, job_ids: Collection[str]) -> dict[str, Context]:
        """What is known of jobs besides their records, in one statement per kind."""
        return self._db.read(contexts.contexts, job_ids)

    # --- marks, votes and hidden takes --------------------------------------------------

    def mark(
        self, job_id: str, changes: Mapping[str, Any], *, beside: Judged | None = None
    ) -> JobRecord:
        """Change the marks of a job, and nothing else of it."""
        return self._write(opinions.mark, job_id, changes, beside)

    def marked(self, after: int | None = None, *, limit: int = 1000) -> tuple[list[JobRecord], int]:
        """The next jobs by the number of their marks, from an index of those alone."""
        rows, last = self._db.read(opinions.marked, after, limit)
        return from_rows(rows), last

    def hide(self, job_id: str, *, hidden: bool = True) -> None:
        """Take a job off the lists of takes, or put it back."""
        self._write(opinions.hide, job_id, hidden=hidden)

    def is_hidden(self, job_id: str) -> bool:
        """Whether a job is off the lists of takes."""
        return self._db.read(opinions.is_hidden, job_id)

    def add_vote(self, vote: Vote) -> None:
        """Record a vote; the same id counts once."""
        self._write(opinions.add_vote, vote)

    def votes(self, media: Callable[[str], Collection[str]] = contract_media) -> list[Vote]:
        """Every vote, oldest first."""
        return self._db.read(opinions.votes, media)

    # --- writing ---------------------------------------------------------------------------

    def _write(
        self,
        work: Callable[Concatenate[Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a transaction of which other processes are notified."""
        found = self._db.write(work, *args, **kwargs)
        self._news.wrote()
        return found
