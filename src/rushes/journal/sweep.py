"""The records of a sweep: many requests that are one thing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from rushes.journal.ledger import PART, Cap, studio_cap

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rushes.journal.record import JobState, Json


STARTED_BY_A_SWEEP = "sweep-"
"""How the ids of jobs begin that a sweep has started, and pays for."""

RAISE = "Give the sweep a higher cap and run it again; what it has is not made again."
"""Advice when its cap is reached."""

AT_ONCE = 12
"""Takes of a sweep that are under way at one service. More would wait in its line, where they can
no longer be paused, and where other jobs would wait behind them."""


class SweepState(StrEnum):
    """Whether takes of a sweep are being started.

    ``started`` says that none is left to be started; what became of them, their jobs say.
    """

    RUNNING = "running"
    STARTED = "started"
    PAUSED = "paused"
    CAPPED = "capped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class SweepRecord:
    """A sweep as the journal has it.

    Attributes:
        folder: the library; a name is unique in it.
        name: of the sweep.
        created_at: unix seconds.
        spec: what was asked for, to be shown: templates, axes, seeds.
        cap: US dollars that its takes may cost together; None for no limit.
        state: whether takes are started.
        reason: why they are not, for people.
    """

    folder: str
    name: str
    created_at: float
    spec: Json
    cap: float | None = None
    state: SweepState = SweepState.RUNNING
    reason: str | None = None

    @property
    def account(self) -> str:
        """Whose money it is in the ledger."""
        if "budget" in self.spec:
            return f"{self.folder}{PART}{self.name}"
        return f"sweep/{self.name}/{self.folder}"

    @property
    def budget(self) -> float | None:
        """US dollars that the takes of the library's Studios may cost, if this is one of theirs."""
        limit = self.spec.get("budget")
        return limit if isinstance(limit, int | float) else None

    @property
    def caps(self) -> tuple[Cap, ...]:
        """What every attempt at one of its takes has to fit into."""
        found = []
        if self.cap is not None:
            name = f"the cap of ${self.cap:.2f} of the sweep {self.name}"
            found.append(Cap(name=name, limit=self.cap, account=self.account, advice=RAISE))
        if self.budget is not None:
            found.append(studio_cap(self.folder, self.budget))
        return tuple(found)


@dataclass(frozen=True, kw_only=True)
class CellRecord:
    """One take that a sweep asks for.

    Attributes:
        key: unique in the sweep, and the same whenever the sweep is planned.
        content_key: of its jobs.
        number: its place in the order in which takes are started.
        values: where it is on each axis, as texts.
        params: the request as contract JSON, with frozen inputs.
        backend: the service.
        estimate: the highest cost in US dollars; None if unknown.
        least: the lowest.
        typical_time: seconds that such a job takes; None if unknown.
        notes: what the user should know about it.
        template: what the prompt was made from, if it was made from anything.
        draw: the seed of what was chosen in the template.
        attempt: counts the jobs that were made for it.
        job_id: the latest of these, or an earlier take that the request would repeat.
    """

    key: str
    content_key: str
    number: int
    values: Mapping[str, str]
    params: Json
    backend: str
    estimate: float | None = None
    least: float | None = None
    typical_time: float | None = None
    notes: tuple[str, ...] = ()
    template: str | None = None
    draw: int = 0
    attempt: int = 0
    job_id: str | None = None

    def job_of(self, sweep: SweepRecord) -> str:
        """The id of the job that is to be made for it.

        It is the same in every process and at every attempt, so only one job is made.
        """
        parts: tuple[Any, ...] = (sweep.folder, sweep.name, self.key, self.attempt)
        return f"{STARTED_BY_A_SWEEP}{hashlib.sha256(repr(parts).encode()).hexdigest()[:24]}"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How many cells of a sweep are in which state.

    Attributes:
        jobs: the number of cells by the state of their job.
        under_way: the number of those whose job is unfinished, by service.
        waiting_for: the number of cells without a job, by service.
        waiting_cost: US dollars that these cost at most; None if that is not known of one.
        time_left: seconds until all are done, about; None if that is not known of any.
        reserved: US dollars that are reserved for takes that have not ended.
        spent: US dollars of the others.
    """

    jobs: Mapping[JobState, int] = field(default_factory=dict)
    under_way: Mapping[str, int] = field(default_factory=dict)
    waiting_for: Mapping[str, int] = field(default_factory=dict)
    waiting_cost: float | None = 0.0
    time_left: float | None = None
    reserved: float = 0.0
    spent: float = 0.0

    @property
    def waiting(self) -> int:
        """Cells without a job."""
        return sum(self.waiting_for.values())

    @property
    def total(self) -> int:
        """All cells."""
        return self.waiting + sum(self.jobs.values())


def is_over(state: SweepState, under_way: int, waiting: int) -> bool:
    """Whether nothing more happens to a sweep automatically."""
    return under_way == 0 and (waiting == 0 or state is not SweepState.RUNNING)


def seconds_of(services: Iterable[tuple[float, float]]) -> float | None:
    """How long takes are made, about; None if there is none.

    Args:
        services: of each service, the seconds of all its takes together and of the longest one.
    """
    return max((max(longest, total / AT_ONCE) for total, longest in services), default=None)
