"""What a user interface needs of a client: takes, news of them, actions that do not wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

from rushes.backends.protocol import Balancing, Governing
from rushes.contract.errors import InvalidParams
from rushes.job import Job

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from rushes.backends.protocol import Balance, Cancellation
    from rushes.catalog import ProviderSpec
    from rushes.engine import Engine, Progress
    from rushes.io.folders import Folders
    from rushes.journal import Cap, JobRecord, JobState
    from rushes.journal.protocol import Journal
    from rushes.media.found import Folder, Found

    Listener = Callable[[list[tuple[JobRecord, Progress]]], None]

T = TypeVar("T")

Decision = Literal["look-again", "resolve", "resubmit", "abandon"]


class Observing:
    """The part of a client that user interfaces are built on.

    What may take a while returns a `concurrent.futures.Future` at once: a kernel's thread must not
    wait for a service.

    Attributes:
        library: folder of the videos.
        timeout: seconds that a wait takes at most when it names none.
        progress: whether waits show how a job proceeds; None where a person sees it.
    """

    library: Path
    timeout: float | None
    progress: bool | None
    _engine: Engine
    _on_started: list[Callable[[Job], object]]

    @property
    def folders(self) -> Folders:
        """The folders of this client's home."""
        return self._engine.folders

    @property
    def epoch(self) -> str:
        """Names this process's life in the journal; a restarted kernel has another one."""
        return self._engine.journal.owner

    @property
    def started_at(self) -> float:
        """When this process began to work on jobs, in Unix seconds."""
        return self._engine.started_at

    @property
    def ledger(self) -> Journal:
        """Where votes are kept, and whose takes inputs are."""
        return self._engine.journal

    def spent(self, account: str) -> float:
        """What an account, e.g. a library, has reserved and spent, in US dollars."""
        return self._engine.money.spent(self._engine.journal, account)

    def allowance(self) -> Future[Balance] | None:
        """What the daily caps of a gateway leave; None without a gateway.

        Only services with a policy for the caller are asked: an account that belongs to a key of
        the user's own is not asked for unless the user does.
        """
        registry = self._engine.backends
        for name in registry.usable():
            backend = registry.get(name)
            if isinstance(backend, Governing) and isinstance(backend, Balancing):
                return self._engine.call(self._engine.balance(name))
        return None

    def latest(
        self, *, limit: int, state: JobState | None = None, with_hidden: bool = False
    ) -> list[JobRecord]:
        """The latest jobs of this client's library, newest first.

        Args:
            limit: how many at most.
            state: only jobs in this state.
            with_hidden: whether those are included that were removed from the list.
        """
        found = self._engine.journal.select(
            states=None if state is None else [state],
            folder=str(self.library),
            limit=limit,
            with_hidden=with_hidden,
        )
        return self._engine.take_over_marks(found)

    def beside(self, folder: Folder, *, since: float = 0.0, most: int) -> list[Found]:
        """The takes of a library that the journal does not have there, newest first.

        Args:
            folder: the library as it is on the disk.
            since: unix seconds; files whose names say that they are older are not read.
            most: how many files are read.
        """
        # A name has the minute of its job.
        known = self._engine.journal.ids(str(folder.path), since=since - 60.0)
        return folder.takes(known, since=since, most=most)

    def record(self, job_id: str) -> JobRecord:
        """The record of a job.

        Raises:
            JobNotFound: when there is none of that id.
        """
        return self._engine.record(job_id)

    def job_of(self, record: JobRecord, remark: str | None = None) -> Job:
        """The job of a record that is at hand, and a note for its user."""
        return Job(
            self._engine,
            record.id,
            timeout=self.timeout,
            progress=self.progress,
            record=record,
            remark=remark,
            library=self.library,
            listeners=self._on_started,
        )

    def progress_of(self, job: JobRecord) -> Progress:
        """How far a job is."""
        return self._engine.progress_of(job)

    def is_hidden(self, job_id: str) -> bool:
        """Whether a take was removed from the list."""
        return self._engine.journal.is_hidden(job_id)

    def hide(self, job_id: str, *, hidden: bool = True) -> None:
        """Remove a take from the list, or restore it; job and file remain."""
        self._engine.hide(job_id, hidden=hidden)

    def listen(self, listener: Listener, pause: float = 0.0) -> Callable[[], None]:
        """Notify a listener of every change of a job, in a thread of its own.

        A slow listener gets the latest state of a job in place of every step. What a service
        reports about a running job may come two seconds later. Nobody is notified any more once
        the client or the interpreter is ending.

        Args:
            listener: called with a round of news: jobs, each with its progress.
            pause: seconds between two rounds of news, for a listener that needs no more.

        Returns:
            A function that ends it.
        """
        return self._engine.listen(listener, pause)

    def await_announcements(self, seconds: float) -> None:
        """Wait until every gateway has announced its providers, but no longer than this."""
        self._engine.announced.wait(seconds)

    def missing(self, spec: ProviderSpec) -> dict[str, str | None]:
        """By service of a provider, why it cannot be used; None for one that can."""
        return {name: self._engine.backends.why_not(name) for name in spec.backends}

    def cancelling(self, job_id: str) -> Future[Cancellation]:
        """Cancel a job at its service, without waiting for the outcome."""
        return self._engine.call(self._engine.cancel(job_id))

    def deciding(
        self,
        job_id: str,
        decision: Decision,
        *,
        remote_id: str = "",
        account: str | None = None,
        caps: tuple[Cap, ...] = (),
    ) -> Future[JobRecord]:
        """Settle an uncertain job, without waiting for the outcome.

        Args:
            job_id: the job.
            decision: look it up at the service again, continue with the job of `remote_id`, send
                it a second time, or give it up.
            remote_id: the job's id at the service.
            account: whose money a second attempt takes; None for that of the first.
            caps: limits that apply to a second attempt besides the policy's.
        """
        engine = self._engine
        match decision:
            case "look-again":
                return engine.call(engine.look_again(job_id))
            case "resolve":
                return engine.call(engine.resolve(job_id, remote_id))
            case "resubmit":
                return engine.call(engine.resubmit(job_id, account=account, caps=caps))
            case "abandon":
                return engine.call(engine.abandon(job_id))
        msg = f"There is no decision {decision!r}."
        raise InvalidParams(msg)

    def aside(self, work: Callable[[], T]) -> Future[T]:
        """Run what takes too long for the kernel's thread in a thread of the client's.

        Those in which the engine waits for disks are left to what is paid.
        """
        return self._engine.call(self._engine.aside(work))
