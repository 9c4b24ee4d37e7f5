"""Works on all jobs of a process: one thread, one event loop, one HTTP client.

A cell that computes for ten minutes stops no job, because nothing here runs in the kernel's own
loop. This file is what clients call; what the thread does is in `dispatch`, `leases` and
`decisions`, and how it starts and ends in `host`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from rushes.backends.protocol import Balancing
from rushes.backends.registry import Registry
from rushes.contract.errors import JournalError, NoBackend, RushesError
from rushes.engine import marking
from rushes.engine.audience import Audience, fail, fulfil
from rushes.engine.clearing import keep_clear
from rushes.engine.forecast import Forecast, History
from rushes.engine.host import Host
from rushes.engine.leases import RECENT, Leases, News, Share
from rushes.engine.line import Line
from rushes.engine.money import Money
from rushes.engine.providers import Providers
from rushes.engine.timing import Timing
from rushes.engine.tracking import Progress, live_progress, plain_progress
from rushes.engine.work import Work
from rushes.io.folders import Places
from rushes.journal import (
    UNFINISHED,
    AsyncJournal,
    JobRecord,
    JobState,
    Reservation,
    open_journal,
)
from rushes.policy import Policies

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    import httpx

    from rushes.backends.protocol import Backend, Balance, Cancellation
    from rushes.catalog import Catalog
    from rushes.catalog.importing import Imported
    from rushes.contract.params import VideoGenParams
    from rushes.engine.decisions import Decisions
    from rushes.engine.dispatch import Dispatcher
    from rushes.engine.line import Limits
    from rushes.engine.recovery import Recovery
    from rushes.engine.sweeping import Sweeping
    from rushes.io.folders import Folders
    from rushes.journal import Cap, CellRecord, Journal, SweepRecord, SweepState
    from rushes.journal.lanes import Lanes


NOT_MOVED = "Give another folder; the job was not moved."

NOT_RECOVERED = "Give another library=; no job was recorded."


class Engine(Host):
    """Works on the jobs of one journal, in a thread of its own.

    Args:
        folders: where the journal and the user's provider files are.
        timing: how long things may take.
        has_policy_file: whether the policy file of the user or the machine applies; a gateway
            has policies of its own.
        limits: how many jobs may be at services at once, and whose turn it is then; None for no
            limit.
        journal: the address of a database that has the journal in place of the home folder.
        share: what this process works on, where several divide the work on such a journal.

    Raises:
        JournalError: when the journal cannot be used.
    """

    def __init__(
        self,
        folders: Folders,
        *,
        timing: Timing | None = None,
        has_policy_file: bool = True,
        limits: Limits | None = None,
        journal: str | None = None,
        share: Share | None = None,
    ) -> None:
        super().__init__()
        self.folders = folders
        self.timing = timing or Timing()
        self.backends = Registry(folders.home)
        self.providers = Providers(folders.providers, self.backends, retry=self.timing.retry_most)
        self.policies = Policies(
            folders.config if has_policy_file else None,
            self.catalog,
            lambda: self.providers.is_pending,
            announced=self.providers.policies,
        )
        self.money = Money(self.catalog, self.policies)
        self.places = Places()
        self._limits = limits
        self._share = share
        self.started_at = time.time()
        # Why no service can be reached, as long as the environment stays as it is.
        self.offline: RushesError | None = None
        self.journal: Journal = open_journal(folders.home, journal)
        try:
            self.journal.heartbeat(self.timing.lease)
            self._audience = Audience(self.journal, self.journal.recent(RECENT))
            _, self._last_mark = self.journal.marked()
            # The thread sets these before it is ready.
            self._client: httpx.AsyncClient
            self._store: AsyncJournal
            self._history: History
            self._decisions: Decisions
            self._dispatcher: Dispatcher
            self._leases: Leases
            self._news: News
            self._sweeping: Sweeping
            self.start()
        except BaseException:
            self.journal.close()
            raise

    # --- from any thread -------------------------------------------------------------------------

    @property
    def catalog(self) -> Catalog:
        """The providers that are known now."""
        return self.providers.catalog

    @property
    def lanes(self) -> Lanes:
        """What this process works on now, where several divide the work."""
        return self._leases.lanes

    @property
    def announced(self) -> threading.Event:
        """Set while no service is being asked for the first time which providers it announces."""
        return self.providers.announced

    def use(self, backend: Backend) -> None:
        """Run jobs with a backend that the user made; those that wait for it are claimed now."""
        self.backends.add(backend)
        self._set_up(backend.name)

    def refresh(self) -> None:
        """Read the environment and the user's provider files again, where they have changed."""
        changed = self.backends.refresh()
        self.providers.reload()
        if self.offline is not None:
            self._go_online()
        self._set_up(*changed)

    def _set_up(self, *names: str) -> None:
        """Use services that were set up, perhaps again."""
        for name in self.providers.unasked(names):
            self.soon(self.providers.ask, name)
        self.soon(self._leases.hasten)

    def _go_online(self) -> None:
        """Open the client for HTTP, or note why the environment does not let it be opened."""
        from rushes.engine.network import no_client, open_client  # noqa: PLC0415 - brings httpx

        try:
            self._client, self.offline = open_client(), None
        except RushesError as error:
            # The preview works all the same.
            self._client, self.offline = no_client(error), error
        self.backends.connect(self._client)

    def submit(
        self, job: JobRecord, *, reserve: Reservation | None = None, once: bool = False
    ) -> JobRecord:
        """Put a job on record and start on it; the record is durable when this returns.

        Args:
            job: nobody has sent it yet.
            reserve: the money for it, which is reserved in the same transaction, held to the caps
                of the policy as well as to its own.
            once: whether an earlier job of the same request is returned in its place.

        Raises:
            PolicyDenied: when the policy does not allow it; nothing was sent.
            CreditsExhausted: when a cap does not allow it; nothing was sent.
            RushesError: when the engine has ended.
        """
        self.must_work()
        money = self.money.hold(self.journal, job, reserve or Reservation())
        added = self.journal.add(job, reserve=money, once=once)
        with contextlib.suppress(RushesError):  # It is on record, and the next engine sends it.
            self.soon(self._dispatcher.adopt, added)
        return added

    def submit_all(
        self, jobs: Sequence[JobRecord], *, reserve: Sequence[Reservation], once: bool = False
    ) -> list[JobRecord]:
        """Put several jobs on record, all or none, and start on them; see `submit`."""
        self.must_work()
        money = [self.money.hold(self.journal, *pair) for pair in zip(jobs, reserve, strict=True)]
        added = self.journal.add_all(jobs, reserve=money, once=once)
        with contextlib.suppress(RushesError):  # They are on record, as above.
            for job in added:
                self.soon(self._dispatcher.adopt, job)
        return added

    def sweep(self, sweep: SweepRecord, cells: Sequence[CellRecord]) -> int:
        """Put a sweep on record and start on its takes; the number of cells that are new."""
        self.must_work()
        added = self.journal.put_sweep(sweep, cells)
        with contextlib.suppress(RushesError):  # It is on record, and the next engine starts it.
            self.soon(self._sweeping.hasten)
        return added

    def start_cell(
        self,
        sweep: SweepRecord,
        cell: CellRecord,
        job: JobRecord,
        *,
        reserve: Reservation,
        once: bool,
    ) -> JobRecord | None:
        """Put the job of a cell on record and start on it, if its sweep runs; see `submit`."""
        self.must_work()
        money = self.money.hold(self.journal, job, reserve)
        added = self.journal.start_cell(sweep, cell, job, reserve=money, once=once)
        if added is not None:
            with contextlib.suppress(RushesError):  # It is on record, as above.
                self.soon(self._dispatcher.adopt, added)
        return added

    def set_sweep(self, sweep: SweepRecord, state: SweepState) -> None:
        """Start or stop making takes of a sweep that is on record."""
        self.must_work()
        self.journal.set_sweep(sweep, state)
        with contextlib.suppress(RushesError):
            self.soon(self._sweeping.hasten)

    async def sweep_over(self, sweep: SweepRecord, within: float) -> bool:
        """As `Sweeping.over`; run with `call`."""
        return await self._sweeping.over(sweep, within)

    def wait(self, job_id: str) -> Future[JobRecord]:
        """A future of the job's record once nothing more happens to it automatically.

        Raises:
            JobNotFound: when there is no such job.
            RushesError: when the engine has ended; when it ends later, the future has it.
        """
        self.must_work()
        # What this process works on has not ended; if it does now, `_start_waiting` sees that.
        job = None if job_id in self._dispatcher.tracks else self.journal.get(job_id)
        promise: Future[JobRecord] = self._promises.make()
        if job is not None and job.state not in UNFINISHED:
            fulfil(promise, job)
        else:
            self.soon(self._start_waiting, job_id, promise)
        return promise

    def record(self, job_id: str) -> JobRecord:
        """A job's record, from memory while this process works on it.

        Raises:
            JobNotFound: when there is no such job.
            RushesError: when the engine has ended.
        """
        self.must_work()
        track = self._dispatcher.tracks.get(job_id)
        return self._audience.with_marks(track.job) if track else self.journal.get(job_id)

    def progress_of(self, job: JobRecord) -> Progress:
        """How far a job is whose record is at hand."""
        track = self._dispatcher.tracks.get(job.id)
        if track is not None:
            return live_progress(track, time.time())
        progress = plain_progress(job)
        if job.state in UNFINISHED and (reason := self.backends.why_not(job.backend)):
            # Nobody here can continue it, so say what would.
            return replace(progress, text=f"waiting for {job.backend}: {reason}")
        return progress

    def listen(
        self, listener: Callable[[list[tuple[JobRecord, Progress]]], None], pause: float = 0.0
    ) -> Callable[[], None]:
        """Notify a listener of every change of a job, in a thread of its own.

        A listener that is slow gets the latest state of a job in place of every step; the end of
        a job it gets in any case. What a service reports about a running job comes along with
        other news, or after `Timing.watch`. Once the engine is being closed nobody is notified.

        Args:
            listener: called with a round of news: jobs, each with its progress.
            pause: seconds between two rounds of news, for a listener that needs no more.

        Returns:
            A function that ends it, after news that were there before; it waits a second at most.
        """
        return self._audience.listen(listener, pause)

    def forecast_of(self, params: VideoGenParams, backend: str) -> Forecast:
        """How long jobs of this kind take, from the journal or else from the catalog."""
        return self._history.forecast(params, backend)

    def hide(self, job_id: str, *, hidden: bool = True) -> None:
        """Take a job off the lists of takes, or put it back; listeners get its news again."""
        self.journal.hide(job_id, hidden=hidden)
        job = self.record(job_id)
        self._audience.notify(job, self.progress_of(job))

    def mark(self, job_id: str, changes: Mapping[str, Any], video: Path | None = None) -> JobRecord:
        """Judge a take; the marks are durable when this returns, and in its sidecar.

        Args:
            job_id: the job.
            changes: as for `Marks.changed`.
            video: its file, if that is known to be elsewhere than the journal says.

        Raises:
            InvalidParams: names each mark that is wrong; none was changed.
            JobNotFound: when there is no such job.
        """
        self.must_work()
        job = marking.mark(self.journal, job_id, changes, video)
        self._marked(job)
        marking.keep_beside(self.journal, job, video)
        return job

    def take_over_marks(self, jobs: Sequence[JobRecord]) -> list[JobRecord]:
        """The records, with marks that were made in their sidecars elsewhere.

        They are in the journal then, too. A list costs one question to the system a job.
        """
        self.must_work()
        return [self.mark(job.id, {}) if marking.is_judged_elsewhere(job) else job for job in jobs]

    def _marked(self, job: JobRecord) -> None:
        """Announce how a job was judged, here or in another process."""
        self._audience.judged(job)
        track = self._dispatcher.tracks.get(job.id)
        self._audience.notify(job if track is None else track.job, self.progress_of(job))

    async def drain(self) -> list[JobRecord]:
        """Hand out the jobs that ended; run with `call`."""
        return await self._store.drain()

    async def settle(self, job_id: str) -> None:
        """Count a job's outcome as handed out for good; run with `call`."""
        await self._store.settle(job_id)

    async def resolve(self, job_id: str, remote_id: object) -> JobRecord:
        """As `Decisions.resolve`; run with `call`."""
        return self._decided(await self._decisions.resolve(job_id, remote_id))

    async def resubmit(
        self, job_id: str, *, account: str | None = None, caps: tuple[Cap, ...] = ()
    ) -> JobRecord:
        """As `Decisions.resubmit`; run with `call`."""
        return self._decided(await self._decisions.resubmit(job_id, account=account, caps=caps))

    async def abandon(self, job_id: str) -> JobRecord:
        """As `Decisions.abandon`; run with `call`."""
        return self._decided(await self._decisions.abandon(job_id))

    async def look_again(self, job_id: str) -> JobRecord:
        """Ask for a job that is uncertain or failed at its service once more; run with `call`."""
        job = await self._decisions.look_again(job_id)
        self._dispatcher.adopt(job)
        return job

    async def move(self, job_id: str, folder: Path) -> JobRecord:
        """Have a job's video go to another folder; run with `call`.

        Raises:
            LibraryUnwritable: when the folder cannot be written; nothing was changed.
            JournalError: when the job is completed.
        """
        await self.aside(partial(self.places.require, folder, advice=NOT_MOVED))
        job = await self._store.move(job_id, str(folder))
        self._dispatcher.moved(job)
        return job

    async def import_provider(self, address: str, *, name: str | None, replace: bool) -> Imported:
        """Make a provider of a service's schema, and write its file; run with `call`.

        Raises:
            RushesError: what `rushes.engine.importing.add` raises.
        """
        from rushes.engine.importing import add  # noqa: PLC0415 - brings two services

        found = await add(address, self._client, self.folders, name=name, replace=replace)
        self.providers.reload()
        return found

    async def balance(self, name: str) -> Balance:
        """What is left on the account at a service; run with `call`.

        Raises:
            NoBackend: when the service is not configured, or does not offer that.
            RushesError: what the service answered.
        """
        backend = self.backends.get(name)
        if not isinstance(backend, Balancing):
            msg = f"The balance is not offered by {name}; look it up in your account there."
            raise NoBackend(msg)
        return await backend.balance()

    async def recover(self, name: str | None, folder: Path) -> Recovery:
        """Record all jobs that a service keeps for the person, and work on them; run with `call`.

        Args:
            name: the service; None for the only one that keeps any.
            folder: the library that the videos go to.

        Raises:
            NoBackend: when no service keeps them.
            LibraryUnwritable: when the folder cannot be written; nothing was recorded.
            RushesError: when the service refuses it, or cannot be reached now.
        """
        from rushes.engine.recovery import recover, recovering  # noqa: PLC0415 - brings a backend

        chosen = recovering(self.backends, name)
        await self.aside(partial(self.places.require, folder, advice=NOT_RECOVERED))
        return await recover(
            chosen,
            str(folder),
            journal=self._store,
            backends=self.backends,
            money=self.money,
            adopt=self._dispatcher.adopt,
        )

    async def cancel(self, job_id: str) -> Cancellation:
        """Cancel a job as far as that is still possible; run with `call`."""
        job = await self._store.request_cancel(job_id)
        self._dispatcher.cancelling(job)
        job, outcome = await self._decisions.cancel(job)
        self._dispatcher.cancelling(job)
        if job.state is JobState.RUNNING:
            self._dispatcher.schedule(job_id, 0.5)
        return outcome

    def _decided(self, job: JobRecord) -> JobRecord:
        """Act on a decision about a job that was uncertain."""
        if job.state in UNFINISHED:
            self._dispatcher.adopt(job)
        else:
            self._dispatcher.finish(job)
        return job

    # --- in the engine's thread ------------------------------------------------------------------

    async def live(self) -> None:
        """Work until it is stopped."""
        # What brings httpx is loaded here, so that importing the package does not wait for it.
        from rushes.backends.logs import clean_logs  # noqa: PLC0415 - as the comment says
        from rushes.engine.decisions import Decisions  # noqa: PLC0415
        from rushes.engine.dispatch import Dispatcher  # noqa: PLC0415
        from rushes.engine.search import Search  # noqa: PLC0415
        from rushes.engine.sweeping import Sweeping  # noqa: PLC0415

        clean_logs()
        self._go_online()
        journal = self._store = AsyncJournal(self.journal, self.worker)
        backends, timing = self.backends, self.timing
        try:
            self._history = History(self.journal, journal, self.catalog)
            self._decisions = Decisions(
                journal, backends, self.catalog, self.folders.inputs, self.money, timing=timing
            )
            work = Work(
                journal=journal,
                backends=backends,
                catalog=self.catalog,
                decisions=self._decisions,
                audience=self._audience,
                places=self.places,
                timing=timing,
                ending=self.ending,
                most_of=self._most_of if self._share is not None else None,
            )
            self._dispatcher = Dispatcher(work, self._history, Line(self._limits, self._places))
            self._leases = Leases(journal, backends, self._dispatcher, timing, self._share)
            search = Search(
                journal,
                backends,
                self._decisions,
                self._dispatcher,
                timing,
                is_ours=self._leases.is_ours,
            )
            self._sweeping = Sweeping(
                journal, backends, lambda: self.catalog, self.start_cell, self.aside
            )
            self._news = News(
                journal,
                self._audience,
                self._dispatcher.tracks.keys(),
                self._marked,
                last_mark=self._last_mark,
                is_ours=self._leases.is_ours,
                released=self._leases.hasten,
                is_divided=self._share is not None,
            )
            chores = {
                asyncio.create_task(self._leases.keep()),
                asyncio.create_task(search.keep_on()),
                asyncio.create_task(self._sweeping.keep_on()),
                asyncio.create_task(self._news.watch(timing.watch)),
                asyncio.create_task(keep_clear(self.folders, self.journal, self.aside)),
            }
            for name in self.providers.unasked():
                self.providers.ask(name)
            self.ready()
            await self._dispatcher.run()
            for chore in chores:
                chore.cancel()
            await asyncio.gather(*chores, return_exceptions=True)
            await self._dispatcher.close()
        finally:
            await self._client.aclose()

    def _places(self, backend: str, total: int) -> int:
        """How many of a service's places are for this process."""
        return total if self._share is None else self.lanes.share(backend, total)

    def _most_of(self, job: JobRecord) -> int | None:
        """How many jobs of a job's library may be at services by way of all processes."""
        return None if self._limits is None else self._limits.terms(job).most

    def review_line(self) -> None:
        """Have a limit count that is another one than before; from any thread."""
        with contextlib.suppress(RushesError):
            self.soon(self._dispatcher.review_line)

    def _start_waiting(self, job_id: str, promise: Future[JobRecord]) -> None:
        """Fulfil a promise when a job has ended, also if that happened meanwhile."""
        self._audience.waiting[job_id].append(promise)
        if job_id not in self._dispatcher.tracks:
            self.keep(self._recheck(job_id, promise))

    async def _recheck(self, job_id: str, promise: Future[JobRecord]) -> None:
        try:
            job = await self._store.get(job_id)
        except RushesError as error:
            fail(promise, error)
            return
        if job.state not in UNFINISHED and job_id not in self._dispatcher.tracks:
            self._audience.ended(job)

    def stop(self) -> None:
        """Start nothing more."""
        self._dispatcher.stop()

    def mute(self) -> None:
        """Notify no listener any more."""
        self._audience.close()

    def release(self) -> None:
        """Release the lease, so that another process can take the jobs over at once."""
        with contextlib.suppress(JournalError):
            self.journal.settle()
        self._audience.leave()
        self.journal.close()
        self.providers.announced.set()
