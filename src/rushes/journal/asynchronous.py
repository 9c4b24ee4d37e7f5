"""The journal for coroutines: the same methods, awaited, off the event loop."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, Unpack

from rushes.journal.vote import contract_media

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence

    from rushes.contract.marks import Judged
    from rushes.journal.context import Context
    from rushes.journal.ledger import Entry, Part, Reservation, Spending, Tally
    from rushes.journal.prompt import PromptRecord
    from rushes.journal.protocol import Journal
    from rushes.journal.record import Changes, JobRecord, JobState, Json
    from rushes.journal.sweep import CellRecord, Standing, SweepRecord, SweepState
    from rushes.journal.vote import Vote

P = ParamSpec("P")
T = TypeVar("T")


class Runs(Protocol):
    """Runs functions elsewhere, as the engine's `Threads` do."""

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function, and wait for what it returns or raises."""


class AsyncJournal:
    """A journal whose methods are coroutines.

    A call that was made is carried out even if the caller is cancelled: what a service
    has answered is written down.

    Args:
        journal: does the work, and says what each method promises.
        threads: runs its methods. One thread keeps the order of the calls.

    Attributes:
        owner: names this process among all that use the journal.
    """

    def __init__(self, journal: Journal, threads: Runs) -> None:
        self.owner = journal.owner
        self._journal = journal
        self._threads = threads

    def _run(
        self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, T]:
        return self._threads.run(function, *args, **kwargs)

    async def get(self, job_id: str) -> JobRecord:
        """One job; see `Journal.get`."""
        return await self._run(self._journal.get, job_id)

    async def select(
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
        """Jobs that match every filter given, newest first; see `Journal.select`."""
        return await self._run(
            self._journal.select,
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

    async def ids(self, folder: str, *, since: float) -> list[str]:
        """The ids of a library's jobs; see `Journal.ids`."""
        return await self._run(self._journal.ids, folder, since=since)

    async def named(self, part: str, *, limit: int) -> list[JobRecord]:
        """Jobs whose id starts, or else ends, with a text; see `Journal.named`."""
        return await self._run(self._journal.named, part, limit=limit)

    async def durations(
        self, provider: str, backend: str, mode: str, *, limit: int = 50
    ) -> list[float]:
        """How long the latest finished jobs of a kind ran; see `Journal.durations`."""
        return await self._run(self._journal.durations, provider, backend, mode, limit=limit)

    async def recent(self, seconds: float) -> list[JobRecord]:
        """Jobs that are unfinished, uncertain or ended lately; see `Journal.recent`."""
        return await self._run(self._journal.recent, seconds)

    async def uncertain(self) -> list[JobRecord]:
        """The latest uncertain jobs; see `Journal.uncertain`."""
        return await self._run(self._journal.uncertain)

    async def known_remotes(self, backend: str, *, since: float = 0.0) -> set[str]:
        """The service's ids that belong to a job already; see `Journal.known_remotes`."""
        return await self._run(self._journal.known_remotes, backend, since=since)

    async def has_changed(self) -> bool:
        """Whether another process may have written; see `Journal.has_changed`."""
        if self._journal.is_unchanged():
            return False
        return await self._run(self._journal.has_changed)

    async def add(
        self, job: JobRecord, *, reserve: Reservation | None = None, once: bool = False
    ) -> JobRecord:
        """Record a new job; see `Journal.add`."""
        return await self._run(self._journal.add, job, reserve=reserve, once=once)

    async def add_all(
        self,
        added: Sequence[JobRecord],
        *,
        reserve: Sequence[Reservation] = (),
        once: bool = False,
    ) -> list[JobRecord]:
        """Record several new jobs, or none; see `Journal.add_all`."""
        return await self._run(self._journal.add_all, added, reserve=reserve, once=once)

    async def adopt(self, entries: Sequence[Entry]) -> list[JobRecord]:
        """Record jobs that their service has already; see `Journal.adopt`."""
        return await self._run(self._journal.adopt, entries)

    async def write(
        self, job: JobRecord, state: JobState | None = None, **changes: Unpack[Changes]
    ) -> JobRecord:
        """Change a job that this process owns; see `Journal.write`."""
        return await self._run(self._journal.write, job, state, **changes)

    async def accept(self, job: JobRecord, remote_id: str, remote: Json) -> JobRecord:
        """Record that the service has the current attempt; see `Journal.accept`."""
        return await self._run(self._journal.accept, job, remote_id, remote)

    async def heartbeat(self, lease: float) -> None:
        """Extend this process's lease; see `Journal.heartbeat`."""
        await self._run(self._journal.heartbeat, lease)

    async def claim(
        self, backends: Collection[str], *, hold_submitting: float, job_id: str | None = None
    ) -> list[JobRecord]:
        """Take over jobs without a living owner; see `Journal.claim`."""
        return await self._run(
            self._journal.claim, backends, hold_submitting=hold_submitting, job_id=job_id
        )

    async def held(self) -> set[str]:
        """Ids of the unfinished jobs of this process; see `Journal.held`."""
        return await self._run(self._journal.held)

    async def decide(
        self,
        job_id: str,
        state: JobState,
        *,
        reserve: Reservation | None = None,
        **changes: Unpack[Changes],
    ) -> JobRecord:
        """Move an uncertain job to another state; see `Journal.decide`."""
        return await self._run(self._journal.decide, job_id, state, reserve=reserve, **changes)

    async def reopen(
        self, job: JobRecord, state: JobState, **changes: Unpack[Changes]
    ) -> JobRecord:
        """Continue a job that its service has after all; see `Journal.reopen`."""
        return await self._run(self._journal.reopen, job, state, **changes)

    async def request_cancel(self, job_id: str) -> JobRecord:
        """Record the wish to cancel; see `Journal.request_cancel`."""
        return await self._run(self._journal.request_cancel, job_id)

    async def move(self, job_id: str, folder: str) -> JobRecord:
        """Have a job's video go to another folder; see `Journal.move`."""
        return await self._run(self._journal.move, job_id, folder)

    async def amend_remote(self, job: JobRecord, facts: Mapping[str, Any]) -> JobRecord:
        """Add to what is known of a job at its service; see `Journal.amend_remote`."""
        return await self._run(self._journal.amend_remote, job, facts)

    async def drain(self) -> list[JobRecord]:
        """Hand out the events of ended jobs; see `Journal.drain`."""
        return await self._run(self._journal.drain)

    async def settle(self, job_id: str | None = None) -> None:
        """Count events as handed out for good; see `Journal.settle`."""
        await self._run(self._journal.settle, job_id)

    async def spent(self, account: str) -> float:
        """What an account has reserved and spent; see `Journal.spent`."""
        return await self._run(self._journal.spent, account)

    async def spending(self, since: str | None = None) -> list[Spending]:
        """The sums by day, account, provider and backend; see `Journal.spending`."""
        return await self._run(self._journal.spending, since)

    async def tally(self, by: Sequence[Part], since: str | None = None) -> list[Tally]:
        """What was billed, estimated and reserved, by kinds; see `Journal.tally`."""
        return await self._run(self._journal.tally, by, since)

    async def unpriced(self, *, limit: int) -> list[JobRecord]:
        """Jobs of earlier releases without a known cost; see `Journal.unpriced`."""
        return await self._run(self._journal.unpriced, limit=limit)

    async def unidentified(self, folder: str, *, limit: int) -> list[JobRecord]:
        """Jobs of a library without a `content_key`; see `Journal.unidentified`."""
        return await self._run(self._journal.unidentified, folder, limit=limit)

    async def identify(self, keys: Mapping[str, str]) -> None:
        """Set the `content_key` of jobs; see `Journal.identify`."""
        await self._run(self._journal.identify, keys)

    async def enter(self, entries: Iterable[Entry]) -> None:
        """Count jobs without a reservation; see `Journal.enter`."""
        await self._run(self._journal.enter, entries)

    async def count_earlier(self) -> None:
        """Count the other jobs without a reservation; see `Journal.count_earlier`."""
        await self._run(self._journal.count_earlier)

    async def apply(self, work: Callable[[Journal], T]) -> T:
        """Run several calls in a row, in one thread, with the journal itself."""
        return await self._run(work, self._journal)

    async def put_sweep(self, sweep: SweepRecord, cells: Sequence[CellRecord]) -> int:
        """Record or extend a sweep; see `Journal.put_sweep`."""
        return await self._run(self._journal.put_sweep, sweep, cells)

    async def sweep(self, folder: str, name: str) -> SweepRecord | None:
        """The sweep of a name; see `Journal.sweep`."""
        return await self._run(self._journal.sweep, folder, name)

    async def sweeps(
        self, *, folder: str | None = None, state: SweepState | None = None, limit: int
    ) -> list[SweepRecord]:
        """Sweeps that match every filter given; see `Journal.sweeps`."""
        return await self._run(self._journal.sweeps, folder=folder, state=state, limit=limit)

    async def set_sweep(
        self, sweep: SweepRecord, state: SweepState, reason: str | None = None
    ) -> None:
        """Start or stop making takes of a sweep; see `Journal.set_sweep`."""
        await self._run(self._journal.set_sweep, sweep, state, reason)

    async def stop_sweep(
        self, sweep: SweepRecord, state: SweepState, reason: str | None = None
    ) -> bool:
        """Start no more takes of a sweep, unless it changed; see `Journal.stop_sweep`."""
        return await self._run(self._journal.stop_sweep, sweep, state, reason)

    async def cells(self, sweep: SweepRecord) -> list[CellRecord]:
        """All cells of a sweep; see `Journal.cells`."""
        return await self._run(self._journal.cells, sweep)

    async def waiting_cells(
        self, sweep: SweepRecord, *, backends: Collection[str], limit: int
    ) -> list[CellRecord]:
        """The next cells that have no job; see `Journal.waiting_cells`."""
        return await self._run(self._journal.waiting_cells, sweep, backends=backends, limit=limit)

    async def start_cell(
        self,
        sweep: SweepRecord,
        cell: CellRecord,
        job: JobRecord,
        *,
        reserve: Reservation | None = None,
        once: bool = False,
    ) -> JobRecord | None:
        """Record the job of a cell; see `Journal.start_cell`."""
        return await self._run(
            self._journal.start_cell, sweep, cell, job, reserve=reserve, once=once
        )

    async def reopen_cells(self, sweep: SweepRecord, job_ids: Collection[str]) -> int:
        """Let cells wait for another job; see `Journal.reopen_cells`."""
        return await self._run(self._journal.reopen_cells, sweep, job_ids)

    async def sweep_jobs(self, sweep: SweepRecord) -> list[JobRecord]:
        """The jobs of the cells of a sweep; see `Journal.sweep_jobs`."""
        return await self._run(self._journal.sweep_jobs, sweep)

    async def standing(self, sweep: SweepRecord) -> Standing:
        """How many cells of a sweep are in which state; see `Journal.standing`."""
        return await self._run(self._journal.standing, sweep)

    async def made(self, folder: str, keys: Sequence[str]) -> dict[tuple[str, str], str]:
        """The jobs that requests would repeat; see `Journal.made`."""
        return await self._run(self._journal.made, folder, keys)

    async def name_prompt(self, folder: str, name: str, text: str) -> PromptRecord:
        """The version of a prompt that has a wording; see `Journal.name_prompt`."""
        return await self._run(self._journal.name_prompt, folder, name, text)

    async def prompt_versions(self, folder: str, name: str) -> list[PromptRecord]:
        """Every version of a prompt; see `Journal.prompt_versions`."""
        return await self._run(self._journal.prompt_versions, folder, name)

    async def latest_prompts(self, folder: str) -> list[PromptRecord]:
        """The latest version of every prompt; see `Journal.latest_prompts`."""
        return await self._run(self._journal.latest_prompts, folder)

    async def prompt_jobs(self, folder: str, text: str) -> list[JobRecord]:
        """The jobs that were made from a wording; see `Journal.prompt_jobs`."""
        return await self._run(self._journal.prompt_jobs, folder, text)

    async def keep_rewrite(self, folder: str, original: str, rewriter: str, text: str) -> None:
        """Remember what became of a prompt; see `Journal.keep_rewrite`."""
        await self._run(self._journal.keep_rewrite, folder, original, rewriter, text)

    async def rewrite(self, folder: str, original: str, rewriter: str) -> str | None:
        """What a rewriter last made of a prompt; see `Journal.rewrite`."""
        return await self._run(self._journal.rewrite, folder, original, rewriter)

    async def originals(self, folder: str, text: str) -> list[tuple[str, str]]:
        """The prompts of which rewriters made a text; see `Journal.originals`."""
        return await self._run(self._journal.originals, folder, text)

    async def contexts(self, job_ids: Collection[str]) -> dict[str, Context]:
        """What is known of jobs besides their records; see `Journal.contexts`."""
        return await self._run(self._journal.contexts, job_ids)

    async def upload(self, backend: str, path: str, lifetime: float = math.inf) -> str | None:
        """What stands for a local file at a service; see `Journal.upload`."""
        return await self._run(self._journal.upload, backend, path, lifetime)

    async def keep_upload(self, backend: str, path: str, address: str, usable_until: float) -> None:
        """Remember an upload; see `Journal.keep_upload`."""
        await self._run(self._journal.keep_upload, backend, path, address, usable_until)

    async def forget_upload(self, backend: str, path: str) -> None:
        """Have a file uploaded again; see `Journal.forget_upload`."""
        await self._run(self._journal.forget_upload, backend, path)

    async def origin(self, inputs: Iterable[str]) -> str | None:
        """The job whose take an input is; see `Journal.origin`."""
        return await self._run(self._journal.origin, inputs)

    async def keep_origin(self, item: str, job_id: str) -> None:
        """Remember whose take an input is; see `Journal.keep_origin`."""
        await self._run(self._journal.keep_origin, item, job_id)

    async def mentioned(self, names: Collection[str]) -> set[str]:
        """Which inputs are needed; see `Journal.mentioned`."""
        return await self._run(self._journal.mentioned, names)

    async def mark(
        self, job_id: str, changes: Mapping[str, Any], *, beside: Judged | None = None
    ) -> JobRecord:
        """Change the marks of a job; see `Journal.mark`."""
        return await self._run(self._journal.mark, job_id, changes, beside=beside)

    async def marked(
        self, after: int | None = None, *, limit: int = 1000
    ) -> tuple[list[JobRecord], int]:
        """Jobs that were marked lately; see `Journal.marked`."""
        return await self._run(self._journal.marked, after, limit=limit)

    async def hide(self, job_id: str, *, hidden: bool = True) -> None:
        """Take a job off the lists, or put it back; see `Journal.hide`."""
        await self._run(self._journal.hide, job_id, hidden=hidden)

    async def is_hidden(self, job_id: str) -> bool:
        """Whether a job is off the lists; see `Journal.is_hidden`."""
        return await self._run(self._journal.is_hidden, job_id)

    async def add_vote(self, vote: Vote) -> None:
        """Record a vote; see `Journal.add_vote`."""
        await self._run(self._journal.add_vote, vote)

    async def votes(self, media: Callable[[str], Collection[str]] = contract_media) -> list[Vote]:
        """Every vote, oldest first; see `Journal.votes`."""
        return await self._run(self._journal.votes, media)
