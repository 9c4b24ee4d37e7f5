"""What a store of jobs promises, whatever it keeps them in.

The engine, the client and the widgets work against `Journal`; `SqliteJournal` implements it for
the processes of one machine, `PostgresJournal` for those of several. `tests/journal/contract.py`
holds every implementation to the same rules.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol, Unpack

from rushes.contract.errors import JournalError
from rushes.journal.vote import contract_media

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from rushes.contract.marks import Judged
    from rushes.journal.context import Context
    from rushes.journal.ledger import Entry, Part, Reservation, Spending, Tally
    from rushes.journal.prompt import PromptRecord
    from rushes.journal.record import Changes, JobRecord, JobState, Json
    from rushes.journal.sweep import CellRecord, Standing, SweepRecord, SweepState
    from rushes.journal.vote import Vote


class Unreachable(JournalError):
    """The server that has the journal is away, and may come back."""


class Journal(Protocol):
    """The durable record of all jobs, as one process sees it. Safe to use from any thread.

    Four rules hold for every method:

    **Atomic and durable.** A method that writes is one transaction. When it returns, what it wrote
    survives a power cut; when it raises, nothing was written. A store on another machine can be
    lost in the very moment in which it commits. It finds out which of the two happened as soon as
    it can be reached again; if that takes longer than a call waits, the method raises, and making
    the same call again is making it once.

    **Fenced.** A job has one owner at a time, and a number, the fence, that rises whenever the
    owner changes. A write names the fence that its writer read, and is refused with `LeaseLost`
    once another process has taken the job over. Evidence and the user's decisions do not depend on
    who owns a job; their methods say what they depend on instead.

    **Bounded.** A read costs what it returns, however many jobs have ended before. What it
    returns is bounded by `limit`, or by the number of jobs that are unfinished.

    **One clock.** Leases, and the age of an intent that nobody answers for, are measured by the
    store's own clock, so the clocks of two processes are never compared. Times in a record are
    unix seconds, of the store's clock where it has one and of the process that wrote them
    otherwise; they order lists and are shown to people.

    Every method raises `JournalError` when the store cannot be reached, read or written.

    Attributes:
        owner: names this process among all that use the journal; a new one for each process.
    """

    owner: str

    def close(self) -> None:
        """Release the lease, so that another process can claim the jobs at once."""

    # --- reading ---------------------------------------------------------------------------

    def get(self, job_id: str) -> JobRecord:
        """One job.

        Raises:
            JobNotFound: when the journal has no job of that id.
            DamagedRecord: when its entry cannot be read.
        """

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
        """Jobs that match every filter given, newest first.

        Args:
            states: only jobs in these states.
            provider: only jobs of this provider.
            client_ref: only requests with this ``client_ref``.
            folder: only jobs of this library folder.
            text: only jobs whose prompt, or the prompt of a shot, contains it in any case.
            since: only jobs created at this time or later, in unix seconds.
            limit: the most jobs to return; None returns all.
            with_hidden: whether to include jobs that `hide` took off the lists.
            sweep: only jobs of the cells of a sweep: its folder and name.
            tag: only jobs that are marked with it.
            pick: only jobs that are picked, or rejected if it is False.
            min_stars: only jobs with so many stars or more.
            parent: only jobs that are made from the take of this job.
            oldest_first: whether the order is the other way round.
        """

    def ids(self, folder: str, *, since: float) -> list[str]:
        """The ids of a library's jobs that were created at a time or later, from an index alone."""

    def named(self, part: str, *, limit: int) -> list[JobRecord]:
        """Jobs whose id starts with a text, or else ends with it, up to `limit`, by their ids."""

    def durations(self, provider: str, backend: str, mode: str, *, limit: int = 50) -> list[float]:
        """How long the latest finished jobs of a kind ran at the service, in seconds."""

    def recent(self, seconds: float) -> list[JobRecord]:
        """Jobs that are unfinished or uncertain, or ended within so many seconds."""

    def uncertain(self) -> list[JobRecord]:
        """The latest 1,000 jobs for which it is unknown whether their service has them."""

    def known_remotes(self, backend: str, *, since: float = 0.0) -> set[str]:
        """The service's ids that belong to a job of this journal already.

        Args:
            backend: the service.
            since: only attempts made at or after this time, unix seconds. Callers allow days for
                clocks that disagree.
        """

    def is_unchanged(self) -> bool:
        """Whether certainly nobody has written since `has_changed` was called last.

        It returns at once; False if that is not known.
        """

    def has_changed(self) -> bool:
        """Whether another process may have written since the last call.

        It may report a change that did not happen, may report one a moment late, and never misses
        one. Cheap enough to call every second.
        """

    # --- the owner's writes ----------------------------------------------------------------

    def add(
        self, job: JobRecord, *, reserve: Reservation | None = None, once: bool = False
    ) -> JobRecord:
        """Record a new job, owned by this process.

        Adding an id that exists changes nothing and returns the existing job, so a repeated click
        makes one job.

        Args:
            job: a job that has not been sent.
            reserve: the money for its first attempt, reserved in the same transaction.
            once: whether a job of the same library with the same `once_key`, or with the same
                `content_key` when this one has no `once_key`, is returned in its place; a draft
                that is rendered in full is so always, by draft and resolution. Jobs that
                failed or were cancelled do not count, uncertain ones do. Of two processes that
                add the same at the same time, one adds it.

        Raises:
            RushesError: of the cap that does not allow the reservation; nothing was written.
        """

    def add_all(
        self,
        added: Sequence[JobRecord],
        *,
        reserve: Sequence[Reservation] = (),
        once: bool = False,
    ) -> list[JobRecord]:
        """Record several new jobs, or none of them.

        Args:
            added: jobs that have not been sent.
            reserve: the money for each of them; together they have to fit.
            once: as for `add`.

        Raises:
            RushesError: as `add`.
        """

    def adopt(self, entries: Sequence[Entry]) -> list[JobRecord]:
        """Record jobs that their service has already, owned by this process.

        A job is left out if the service's id, or the token of its attempt, is on record. One whose
        own id belongs to another job, e.g. to another attempt of the same, gets a longer id. What
        they count is reserved on the days on which they were created, whatever the caps: it has
        been ordered.

        Args:
            entries: running jobs, with `token`, `remote_id` and `submit_at`.

        Returns:
            Those that are new.
        """

    def write(
        self, job: JobRecord, state: JobState | None = None, **changes: Unpack[Changes]
    ) -> JobRecord:
        """Change a job that this process owns. Fenced.

        Reaching an end settles the job's reservation in the same transaction.

        Args:
            job: the record as it was last read; its fence and its state must still be current.
            state: the next state; None keeps the present one.
            changes: other fields to set.

        Returns:
            The record as it is now, with what other processes set in the meantime.

        Raises:
            LeaseLost: when another process owns the job or has changed its state.
            RemoteTaken: when the service's id belongs to another job.
            JournalError: when the change of state is not one of `TRANSITIONS`.
        """

    def accept(self, job: JobRecord, remote_id: str, remote: Json) -> JobRecord:
        """Record that the service has the job's current attempt.

        This is evidence, true whichever process owns the job, so it is bound to the attempt's
        token in place of the fence. It also takes the job back from a process that claimed it in
        the meantime.

        Args:
            job: the record with the attempt's token.
            remote_id: the service's id.
            remote: what else the backend needs to ask about the job.

        Raises:
            LeaseLost: when the attempt is not the current one any more, or is settled.
            RemoteTaken: when the service's id belongs to another job.
        """

    # --- leases ----------------------------------------------------------------------------

    def heartbeat(self, lease: float) -> None:
        """Extend this process's lease: it counts as alive for another `lease` seconds.

        One lease covers all jobs of a process.
        """

    def claim(
        self, backends: Collection[str], *, hold_submitting: float, job_id: str | None = None
    ) -> list[JobRecord]:
        """Take over unfinished jobs that have no living owner, those being fetched first.

        Raises the fence of each. Claiming too early does no harm: every write is fenced, and a
        process that claims a job looks for what the earlier owner may have sent.

        Args:
            backends: only jobs of these services.
            hold_submitting: seconds after its intent for which a submitting job is not claimed,
                because the request of an owner that only seems dead may still be on its way.
            job_id: only this job.
        """

    def held(self) -> set[str]:
        """Ids of the unfinished jobs that this process owns."""

    # --- the user's decisions, from any process --------------------------------------------

    def decide(
        self,
        job_id: str,
        state: JobState,
        *,
        reserve: Reservation | None = None,
        **changes: Unpack[Changes],
    ) -> JobRecord:
        """Move an uncertain job to another state, and take it over.

        An earlier wish to cancel is void. Going back to queued makes one more attempt that may be
        paid; the earlier one keeps its reservation, because it may have been bought.

        Args:
            job_id: the job.
            state: the next state.
            reserve: the money for another attempt; None reserves as much as for the last one,
                whatever the caps.
            changes: other fields to set.

        Raises:
            JobNotFound: when the journal has no job of that id.
            JournalError: when the job is not uncertain (any more).
            RemoteTaken: when the service's id belongs to another job.
            RushesError: of the cap that does not allow the reservation.
        """

    def reopen(self, job: JobRecord, state: JobState, **changes: Unpack[Changes]) -> JobRecord:
        """Continue a job that is uncertain, failed or cancelled here and alive at its service.

        Only the service's word reopens a job. Its event is handed out again at its next end.

        Args:
            job: the record as it was when the service was asked.
            state: running, or fetching when the video is ready.
            changes: other fields to set.

        Raises:
            LeaseLost: when the job has changed since it was read.
            RemoteTaken: when the service's id belongs to another job.
            JournalError: when the job is in none of these states.
        """

    def request_cancel(self, job_id: str) -> JobRecord:
        """Record the wish to cancel. A queued job ends at once, and its owner cannot send it.

        Raises:
            JobNotFound: when the journal has no job of that id.
        """

    def move(self, job_id: str, folder: str) -> JobRecord:
        """Have the video of a job that is not completed go to another library folder.

        Its owner need not be asked: it reads the folder again before it downloads the video.

        Raises:
            JobNotFound: when the journal has no job of that id.
            JournalError: when the job is completed; its video stays where it is.
        """

    def amend_remote(self, job: JobRecord, facts: Mapping[str, Any]) -> JobRecord:
        """Add to what is known of an accepted job at its service.

        Like `accept` this is evidence, true whichever process holds the lease; it is bound to the
        service's id of the job. Nothing is written if the job has ended or has another id there
        by now.

        Raises:
            JobNotFound: when the journal has no job of that id.
        """

    # --- handing out events ----------------------------------------------------------------

    def drain(self) -> list[JobRecord]:
        """Hand out every ended job that no living process was handed, oldest first.

        Draining also settles what this process drained before. What a process drained and had
        not settled when it died is handed out again: at least once, never lost.
        """

    def settle(self, job_id: str | None = None) -> None:
        """Count a job's event, or all that this process drained, as handed out for good."""

    # --- money -----------------------------------------------------------------------------

    def spent(self, account: str) -> float:
        """What an account has reserved and spent, in US dollars."""

    def spending(self, since: str | None = None) -> list[Spending]:
        """What was reserved and spent by day, account, provider and backend, oldest day first.

        Args:
            since: the first day, ISO 8601; None for all.
        """

    def tally(self, by: Sequence[Part], since: str | None = None) -> list[Tally]:
        """What was billed, estimated and reserved, by what jobs have in common; the largest first.

        It adds up to what `spending` says, but reads all attempts since that day.

        Args:
            by: how amounts are grouped.
            since: the first day, ISO 8601; None for all.
        """

    def unpriced(self, *, limit: int) -> list[JobRecord]:
        """Jobs of earlier releases, which reserved nothing, whose cost is not on record.

        None is left once `count_earlier` was called.
        """

    def unidentified(self, folder: str, *, limit: int) -> list[JobRecord]:
        """Jobs of a library without a `content_key`, which earlier releases made."""

    def identify(self, keys: Mapping[str, str]) -> None:
        """Set the `content_key` of jobs that have none, by job id."""

    def enter(self, entries: Iterable[Entry]) -> None:
        """Count jobs without a reservation; one that has changed since it was read is skipped."""

    def count_earlier(self) -> None:
        """Count all other jobs without a reservation by the cost on record; only the first time.

        Called before the sums are read. It takes one statement, however many jobs there are.
        """

    # --- uploads ---------------------------------------------------------------------------

    def upload(self, backend: str, path: str, lifetime: float = math.inf) -> str | None:
        """What stands for a local file at a service, or None when there is no usable upload.

        Args:
            backend: the service.
            path: names the file.
            lifetime: seconds for which an upload can be used at most. One that claims to last
                longer was dated by a wrong clock and is not used.
        """

    def keep_upload(self, backend: str, path: str, address: str, usable_until: float) -> None:
        """Remember an upload until a time in unix seconds."""

    def forget_upload(self, backend: str, path: str) -> None:
        """Have a file uploaded again the next time."""

    # --- inputs ----------------------------------------------------------------------------

    def origin(self, inputs: Iterable[str]) -> str | None:
        """The job whose take is the first of some copied inputs that is one, or None."""

    def keep_origin(self, item: str, job_id: str) -> None:
        """Remember whose take a copied input is, or was cut from."""

    def mentioned(self, names: Collection[str]) -> set[str]:
        """Which of these names of copied inputs occur in the request of any job or waiting cell.

        It reads all jobs, in pieces, so it is called once a day.
        """

    # --- sweeps ----------------------------------------------------------------------------

    def put_sweep(self, sweep: SweepRecord, cells: Sequence[CellRecord]) -> int:
        """Record a sweep, or extend the one of its name in its folder; takes may be started.

        Cells that it has already keep their jobs, unless the `spec` says ``again``: then each of
        the cells gets another job. Those that had none get the job that is given. Cells of a
        cancelled sweep that were not started are dropped, but those among `cells`.

        Returns:
            The number of cells that are new.
        """

    def sweep(self, folder: str, name: str) -> SweepRecord | None:
        """The sweep of a name."""

    def sweeps(
        self, *, folder: str | None = None, state: SweepState | None = None, limit: int
    ) -> list[SweepRecord]:
        """Sweeps that match every filter given, newest first."""

    def set_sweep(self, sweep: SweepRecord, state: SweepState, reason: str | None = None) -> None:
        """Start or stop making takes of a sweep."""

    def stop_sweep(self, sweep: SweepRecord, state: SweepState, reason: str | None = None) -> bool:
        """Start no more takes of a sweep; whether that was done.

        It is not done, in one transaction with the check, if the sweep does not run any more, if
        it was run again with another cap or description than those given, or if all its takes are
        said to be started and one is not.
        """

    def cells(self, sweep: SweepRecord) -> list[CellRecord]:
        """All cells of a sweep, in their order."""

    def waiting_cells(
        self, sweep: SweepRecord, *, backends: Collection[str], limit: int
    ) -> list[CellRecord]:
        """The next cells of a sweep that have no job, of some services."""

    def start_cell(
        self,
        sweep: SweepRecord,
        cell: CellRecord,
        job: JobRecord,
        *,
        reserve: Reservation | None = None,
        once: bool = False,
    ) -> JobRecord | None:
        """Record the job of a cell that has none, as `add` does, and note it for the cell.

        All of that is one transaction, with the check that the sweep runs as it is known here. So
        nothing is bought for a sweep that was paused, cancelled or given another cap, and
        a process that cancels it finds every job that it has.

        Args:
            sweep: as it was read.
            cell: as it was read.
            job: nobody has sent it yet.
            reserve: as for `add`.
            once: as for `add`.

        Returns:
            The job; None when the sweep does not run, is not what it was, or has a job for the
            cell, or waits for another attempt at it.

        Raises:
            RushesError: of the cap that does not allow the reservation; nothing was written.
        """

    def reopen_cells(self, sweep: SweepRecord, job_ids: Collection[str]) -> int:
        """Let the cells that have one of these jobs wait for another one; how many.

        A job that is neither failed nor cancelled any more, because its service has it after all,
        stays the job of its cell.
        """

    def sweep_jobs(self, sweep: SweepRecord) -> list[JobRecord]:
        """The jobs of the cells of a sweep."""

    def standing(self, sweep: SweepRecord) -> Standing:
        """How many cells of a sweep are in which state, and what it has cost."""

    def made(self, folder: str, keys: Sequence[str]) -> dict[tuple[str, str], str]:
        """The jobs of a library that requests would repeat: their ids by `content_key` and service.

        Jobs that failed or were cancelled do not count, as for `add` with `once`.
        """

    # --- prompts ---------------------------------------------------------------------------

    def name_prompt(self, folder: str, name: str, text: str) -> PromptRecord:
        """The version of a library's prompt that has this wording.

        A wording that the prompt did not have yet is recorded as its next version.
        """

    def prompt_versions(self, folder: str, name: str) -> list[PromptRecord]:
        """Every version of a prompt, oldest first; none if there is no prompt of the name."""

    def latest_prompts(self, folder: str) -> list[PromptRecord]:
        """The latest version of every prompt of a library, newest first."""

    def prompt_jobs(self, folder: str, text: str) -> list[JobRecord]:
        """The jobs of a library that were made from a wording, newest first.

        Their prompt is this text, was rewritten from it, or was made from it as a template.
        """

    def keep_rewrite(self, folder: str, original: str, rewriter: str, text: str) -> None:
        """Remember what a rewriter made of a prompt, so that it need not do so again.

        Args:
            folder: the library.
            original: the prompt.
            rewriter: what names the rewriter; empty for a person.
            text: what became of it.
        """

    def rewrite(self, folder: str, original: str, rewriter: str) -> str | None:
        """What a rewriter last made of a prompt; None if nothing is on record."""

    def originals(self, folder: str, text: str) -> list[tuple[str, str]]:
        """The prompts of which rewriters made a text, each with the rewriter, newest first.

        At most a few; what a person rewrote is not among them.
        """

    def contexts(self, job_ids: Collection[str]) -> dict[str, Context]:
        """What is known of jobs besides their records, by id, however many they are.

        Jobs without anything of that are left out.
        """

    # --- marks, votes and hidden takes ----------------------------------------------------

    def mark(
        self, job_id: str, changes: Mapping[str, Any], *, beside: Judged | None = None
    ) -> JobRecord:
        """Change the marks of a job in any state, of any owner.

        Nothing else of the job changes, so that its owner's next write succeeds.

        Args:
            job_id: the job.
            changes: as for `Marks.changed`.
            beside: the marks in its sidecar. If they are later than those on record, which can be
                of another journal, they are taken over first, under their own time.

        Returns:
            The record as it is now.

        Raises:
            InvalidParams: names each mark that is wrong.
            JobNotFound: when the journal has no job of that id.
        """

    def marked(self, after: int | None = None, *, limit: int = 1000) -> tuple[list[JobRecord], int]:
        """Jobs that were marked lately, by any process, oldest mark first.

        Args:
            after: the number that an earlier call returned; None returns no job.
            limit: the most jobs to return.

        Returns:
            The jobs, and the number from which to continue.
        """

    def hide(self, job_id: str, *, hidden: bool = True) -> None:
        """Take a job off the lists of takes, or put it back; doing it twice is doing it once."""

    def is_hidden(self, job_id: str) -> bool:
        """Whether a job is off the lists of takes."""

    def add_vote(self, vote: Vote) -> None:
        """Record a vote; the same id counts once."""

    def votes(self, media: Callable[[str], Collection[str]] = contract_media) -> list[Vote]:
        """Every vote, oldest first, with how the two requests differ where both jobs are known.

        Args:
            media: by provider, the parameters that hold images, videos or sounds.
        """
