"""A sweep: many takes that are one thing."""

from __future__ import annotations

import asyncio
import math
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes import blocking
from rushes.contract import display
from rushes.contract.errors import DeadlineExceeded, InvalidParams, Problem, RushesError
from rushes.contract.sheet import Sheet
from rushes.contract.wording import visible
from rushes.explore.progress import SweepProgress, cost_of, count_of, going, planned, quoted
from rushes.jobs import Jobs
from rushes.journal import UNFINISHED, CellRecord, JobState, Standing, SweepState
from rushes.journal.sweep import seconds_of

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Coroutine,
        Generator,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )

    from rushes.engine import Engine
    from rushes.estimate import Estimate
    from rushes.job import Job
    from rushes.journal import JobRecord, SweepRecord

PATIENCE = 2.0
"""Seconds for which the engine watches a sweep for one wait, which may have been stopped."""

LONGEST_CANCEL = 60.0
"""Seconds for which the answer of a service to the wish to cancel is waited for."""

RETRIED = (JobState.FAILED, JobState.CANCELLED)

MOST_REWRITTEN = 5
"""Rewritten prompts that are shown."""


def to_retry(
    jobs: Iterable[JobRecord], states: Collection[JobState] = RETRIED, *, billed: bool = False
) -> list[JobRecord]:
    """Those of some jobs whose takes `Sweep.retry` makes again.

    Args:
        jobs: of a sweep.
        states: only those in one of them.
        billed: whether that includes those that may be billed.
    """
    return [job for job in jobs if job.state in states and (billed or not job.may_exist)]


class Sweep:
    """Many takes that are checked, priced, bought and stopped as one thing.

    It is durable: after a restart ``gen.sweep("its name")`` is the same sweep, and continues as
    soon as there is a client. A take that exists is never bought again.

    >>> sweep = gen.sweep(
    ...     "A {animal} in the snow",
    ...     animal=["fox", "heron"],
    ...     provider="kling-3.0-standard",
    ...     duration_seconds=3,
    ...     name="snow",
    ... )
    >>> print(sweep.cost)
    free
    >>> sweep.run().wait()
    >>> sweep
    <Sweep snow: 2 of 2 takes done>

    Args:
        engine: starts its takes.
        record: the sweep.
        cells: its takes; None if they are those that the journal has.
        made: jobs of takes that exist already, by the key of their cell.
        job_of: makes the `Job` of a record.
        progress: whether waits show how it proceeds; None where a person sees it.
        rewritten: the prompts that were rewritten when it was planned, with what became of them.

    Attributes:
        rewritten: the prompts that were rewritten when it was planned, with what became of them; to
            change that, give ``gen.sweep`` another mapping as `rewrite`.
    """

    def __init__(
        self,
        engine: Engine,
        record: SweepRecord,
        cells: Sequence[CellRecord] | None,
        made: dict[str, str],
        job_of: Callable[[JobRecord], Job],
        *,
        progress: bool | None = None,
        rewritten: Mapping[str, str] | None = None,
    ) -> None:
        self._engine = engine
        self.shows_progress = progress
        self._record = record
        self._made = made
        self._job_of = job_of
        self._is_run = cells is None
        self._planned_cells = cells
        self.rewritten = dict(rewritten or {})

    # --- what it is ------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Its name, unique in the library."""
        return self._record.name

    @property
    def id(self) -> str:
        """What distinguishes it from every other sweep and job."""
        return self._record.account

    @cached_property
    def cells(self) -> tuple[CellRecord, ...]:
        """Its takes, in the order in which they are made."""
        found = self._recorded() if self._planned_cells is None else self._planned_cells
        return tuple(found)

    @property
    def created_at(self) -> datetime:
        """When it was planned first."""
        return datetime.fromtimestamp(self._record.created_at, UTC)

    @property
    def record(self) -> SweepRecord:
        """What the journal calls it by."""
        return self._record

    @property
    def cap(self) -> float | None:
        """US dollars that its takes may cost together; None if there is no limit."""
        return self._record.cap

    @property
    def cost(self) -> Estimate:
        """What the takes cost that do not exist yet, before anything is sent."""
        return cost_of([cell for cell in self.cells if not self._exists(cell)])

    def _exists(self, cell: CellRecord) -> bool:
        return cell.key in self._made or (self._planned_cells is None and cell.job_id is not None)

    @property
    def jobs(self) -> list[Job]:
        """The jobs that were started, in the order of the cells."""
        found = {job.id: job for job in self._engine.journal.sweep_jobs(self._record)}
        cells = self._recorded()
        return [self._job_of(found[cell.job_id]) for cell in cells if cell.job_id in found]

    @property
    def records(self) -> dict[str, JobRecord]:
        """The records of the jobs that its takes have by now, by the key of their cell."""
        journal = self._engine.journal
        if journal.sweep(self._record.folder, self.name) is None:
            return {key: self._engine.record(job_id) for key, job_id in self._made.items()}
        found = {job.id: job for job in journal.sweep_jobs(self._record)}
        return {cell.key: found[cell.job_id] for cell in self._recorded() if cell.job_id in found}

    @property
    def client(self) -> Jobs:
        """The jobs of its library."""
        return Jobs(self._engine, Path(self._record.folder), None)

    @property
    def axes(self) -> list[str]:
        """The names of what varies, as they were given."""
        return [name for names in self._record.spec.get("axes", ()) for name in names]

    @property
    def progress(self) -> SweepProgress:
        """How far it is."""
        record = self._engine.journal.sweep(self._record.folder, self.name)
        standing = self._engine.journal.standing(self._record) if record else Standing()
        jobs = standing.jobs
        return SweepProgress(
            state=record.state if record else None,
            reason=record.reason if record else None,
            total=standing.total if record else len(self.cells),
            done=jobs.get(JobState.COMPLETED, 0),
            failed=sum(jobs.get(state, 0) for state in RETRIED),
            uncertain=jobs.get(JobState.UNCERTAIN, 0),
            under_way=sum(jobs.get(state, 0) for state in UNFINISHED),
            waiting=standing.waiting if record else len(self.cells),
            spent=standing.spent,
            reserved=standing.reserved,
            waiting_cost=standing.waiting_cost if record else self.cost.high,
            time_left=standing.time_left if record else self._typical(),
        )

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it automatically."""
        found = self.progress
        return found.is_over or bool(self._left(found))

    def _recorded(self) -> list[CellRecord]:
        return self._engine.journal.cells(self._record)

    # --- what is done with it --------------------------------------------------------------------

    def run(self) -> Sweep:
        """Start its takes, the cheapest first, and return at once.

        What exists in this library is taken as it is. A sweep that was run before gets the takes
        that are new.

        Raises:
            RushesError: if the client is closed.
        """
        if self._is_run:
            self.resume()
        else:
            cells = [replace(cell, job_id=self._made.get(cell.key)) for cell in self.cells]
            self._engine.sweep(replace(self._record, state=SweepState.RUNNING, reason=None), cells)
            self._is_run = True
        return self

    def on_budget(self, limit: float | None) -> Sweep:
        """The same sweep, whose takes count as those of this library's Studios.

        Args:
            limit: US dollars that all of these may cost together; None for any sum.
        """
        spec = {**self._record.spec, "budget": limit}
        self._record = replace(self._record, spec=spec)
        return self

    def pause(self) -> None:
        """Start no more takes; what is under way continues."""
        self._set(SweepState.PAUSED)

    def resume(self) -> None:
        """Start takes again."""
        self._set(SweepState.RUNNING)

    def cancel(self) -> None:
        """Start no more takes, and cancel those that are under way as far as possible.

        Raises:
            RushesError: of the first take whose service could not be asked; all others were.
        """
        self._set(SweepState.CANCELLED)
        found = self._engine.journal.sweep_jobs(self._record)
        # At once, so that what waits in line is cancelled before any service has answered.
        cancelling = [
            self._engine.call(self._engine.cancel(job.id))
            for job in found
            if job.state in UNFINISHED
        ]
        failed: list[RushesError | TimeoutError] = []
        for each in cancelling:
            try:
                blocking.wait(each, LONGEST_CANCEL)
            except (RushesError, TimeoutError) as error:
                failed.append(error)
        if failed:
            raise failed[0]

    def retry(self, *states: JobState | str, billed: bool = False) -> int:
        """Make takes again that were not made; how many.

        A take that may exist and be billed is not among them: that of an uncertain job, and that
        of a job which failed after its service had made the video, or without the service saying
        that it failed. `Job.look_again` asks the service for those, and nothing is paid twice.

        Args:
            states: ``"failed"`` or ``"cancelled"``; both if none is given.
            billed: whether failed takes are made again, and paid again, that may be billed.

        Raises:
            InvalidParams: if there is no such state.
            RushesError: if it was not run.
        """
        if wrong := [state for state in states if state not in RETRIED]:
            known = " and ".join(repr(state.value) for state in RETRIED)
            reason = f"{wrong[0]!r} is not a state to retry; there are {known}."
            raise InvalidParams.of([Problem("states", wrong[0], reason)])
        self._must_be_run()
        journal = self._engine.journal
        found = to_retry(
            journal.sweep_jobs(self._record),
            [*map(JobState, states)] or RETRIED,
            billed=billed,
        )
        count = journal.reopen_cells(self._record, [job.id for job in found])
        if count:
            self._set(SweepState.RUNNING)
        return count

    def _set(self, state: SweepState) -> None:
        self._must_be_run()
        self._engine.set_sweep(self._record, state)

    def _must_be_run(self) -> None:
        if self._engine.journal.sweep(self._record.folder, self.name) is None:
            msg = f"The sweep {self.name} was not run yet, so nothing of it was sent; run() does."
            raise RushesError(msg)

    def wait(self, timeout: float | None = None, *, progress: bool | None = None) -> None:
        """Block until nothing more happens to it; a cell or a terminal shows how it proceeds.

        Args:
            timeout: seconds to wait; None has no limit.
            progress: whether that is shown; None takes the client's.

        Raises:
            InvalidParams: if the timeout is not a number of seconds.
            DeadlineExceeded: if it takes longer; the sweep continues.
            RushesError: if it was not run.
        """
        with self._watched(timeout, progress=progress) as until:
            while not blocking.wait(self._engine.call(self._over(until)), None):
                self._check(until, timeout)

    def __await__(self) -> Generator[Any, None, Sweep]:
        return self._wait().__await__()

    async def _wait(self) -> Sweep:
        with self._watched(None, progress=None) as until, blocking.awake():
            while not await asyncio.wrap_future(self._engine.call(self._over(until))):
                pass
        return self

    def _over(self, until: float) -> Coroutine[Any, Any, bool]:
        within = max(0.0, min(PATIENCE, until - time.monotonic()))
        return self._engine.sweep_over(self._record, within)

    @contextmanager
    def _watched(self, timeout: float | None, *, progress: bool | None) -> Iterator[float]:
        """Show how it proceeds; the moment at which the wait ends.

        What becomes of the sweep when the wait is stopped is said in the traceback's last line.
        """
        limit = blocking.seconds(timeout)
        self._must_be_run()
        shows = self.shows_progress if progress is None else progress
        with display.watch(self, progress=shows):
            try:
                yield math.inf if limit is None else time.monotonic() + limit
            except KeyboardInterrupt:
                raise blocking.in_one_line(KeyboardInterrupt(self.continuing())) from None
            except asyncio.CancelledError:
                raise blocking.in_one_line(asyncio.CancelledError(self.continuing())) from None

    def _check(self, until: float, timeout: float | None) -> None:
        if time.monotonic() >= until:
            msg = f"The sweep {self.name} is not finished after {timeout:g} s. {self.continuing()}"
            raise DeadlineExceeded(msg)

    def continuing(self) -> str:
        """What someone who stops waiting has to know: what becomes of it, and how to stop it."""
        same = f"gen.sweep({self.name!r})"
        return f"The sweep {self.name} continues; {same} is the same, and {same}.pause() stops it."

    def board(
        self,
        *,
        rows: str | Iterable[str] | None = None,
        columns: str | Iterable[str] | None = None,
        **options: Any,
    ) -> Any:
        """A `rushes.Board`: its takes as a grid, whether they exist or not.

        >>> sweep = gen.sweep(
        ...     "A {animal} in the snow",
        ...     animal=["fox", "heron"],
        ...     provider=["seedance-2.0", "kling-3.0-standard"],
        ... )
        >>> sweep.board(rows="animal", columns="provider").columns
        ('provider',)

        Args:
            rows: what the rows are; None chooses.
            columns: what the columns are; None chooses.
            options: as for `rushes.Board`.

        Raises:
            InvalidParams: if nothing of that name is varied.
        """
        return display.board(self, rows=rows, columns=columns, **options)

    # --- what it looks like ----------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.cells)

    def __repr__(self) -> str:
        return f"<Sweep {self.name}: {', '.join(self.facts())}>"

    def __str__(self) -> str:
        return str(self.sheet())

    def sheet(self) -> Sheet:
        """The table that is shown: what it is or how far it is, and its takes by provider."""
        found = self.progress
        changed = self.rewritten if self._left(found) else {}
        some = list(changed.items())[:MOST_REWRITTEN]
        notes = [f"{quoted(old)} becomes {quoted(new)}" for old, new in some]
        more = len(changed) - len(some)
        return Sheet(
            title=visible(" \N{MIDDLE DOT} ".join(self.facts())),
            rows=[*self._by_provider()],
            notes=(*notes, *([f"and {more:,} more in .rewritten"] if more else [])),
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return display.bundle(self)

    def _ipython_display_(self) -> None:
        """Show how it proceeds, until it is over, where a cell ends with it."""
        display.show(self)

    def facts(self) -> list[str]:
        """What would be bought, or how far it is, in a few words each."""
        found = self.progress
        left = self._left(found)
        if not left:
            is_started = bool(found.waiting) and found.state is SweepState.RUNNING
            return list(going(found, self.cap, self._stuck() if is_started else {}))
        return list(
            planned(
                found,
                left,
                [] if found.state is None else self._recorded(),
                is_again=bool(self._record.spec.get("again")),
                others=self._others(found),
                made=sum(map(self._exists, left)),
                cost=self.cost,
                seconds=self._typical(),
            )
        )

    def _left(self, found: SweepProgress) -> list[CellRecord]:
        """Cells that `run` would add, or make again."""
        if found.state is None or (self._record.spec.get("again") and not self._is_run):
            return list(self.cells)
        if self._is_run:
            return []
        recorded = {cell.key for cell in self._recorded()}
        return [cell for cell in self.cells if cell.key not in recorded]

    def _others(self, found: SweepProgress) -> int:
        """How many recorded cells wait that are not among its own, and would be started."""
        if not found.waiting or found.state is SweepState.CANCELLED:
            return 0
        own = {cell.key for cell in self.cells}
        return sum(cell.job_id is None and cell.key not in own for cell in self._recorded())

    def _stuck(self) -> dict[str, tuple[int, str]]:
        """By service, the takes that this process cannot start, and why."""
        waiting = self._engine.journal.standing(self._record).waiting_for
        reasons = {backend: self._engine.backends.why_not(backend) for backend in waiting}
        return {
            backend: (waiting[backend], reason)
            for backend, reason in reasons.items()
            if reason is not None
        }

    def _typical(self) -> float | None:
        """Seconds that it takes about; None if that is not known of any take."""
        times = defaultdict[str, list[float]](list)
        for cell in self.cells:
            if not self._exists(cell) and cell.typical_time is not None:
                times[cell.backend].append(cell.typical_time)
        return seconds_of((sum(some), max(some)) for some in times.values())

    def _by_provider(self) -> Iterator[tuple[str, ...]]:
        if len(self.cells) <= 1:
            return
        groups = defaultdict[str, list[CellRecord]](list)
        for cell in self.cells:
            groups[f"{cell.params.get('provider')} at {cell.backend}"].append(cell)
        for name, cells in groups.items():
            left = [cell for cell in cells if not self._exists(cell)]
            yield name, count_of(len(cells), "take"), str(cost_of(left))
