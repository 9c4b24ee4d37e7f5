"""How a job is put in a line, in cells and terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.comparison.naming import duration, facts_of, price
from rushes.explore.sweep import Sweep
from rushes.journal import UNFINISHED

if TYPE_CHECKING:
    from rushes.contract.results import Cost
    from rushes.engine import Progress
    from rushes.job import Job


def proceeding(shown: Job | Sweep) -> tuple[float | None, list[str]]:
    """How far a job or a sweep is, from 0 to 1 if that is known, and in words.

    Raises:
        RushesError: when it cannot be read.
    """
    if isinstance(shown, Sweep):
        return shown.progress.fraction, [shown.name, *shown.facts()]
    progress = shown.progress
    return progress.fraction, standing(shown, progress)


def standing(job: Job, progress: Progress) -> list[str]:
    """The status of a job that has not ended: state, time, cost and id."""
    return [progress.text, duration(progress.elapsed), *money(job.cost), f"job {job.id}"]


def ending(job: Job | Sweep) -> str:
    """What became of a job or a sweep; "" while it is made.

    Raises:
        RushesError: when it cannot be read.
    """
    if isinstance(job, Sweep):
        return f"{job.name}: {' · '.join(job.facts())}" if job.is_over else ""
    result = job.finished
    if result is not None:
        where = [] if result.path is None else [str(result.path)]
        return " · ".join([f"{result.provider}: done", *facts_of(result), *where])
    if job.state in UNFINISHED:
        return ""
    return f"{job.provider}: {job.progress.text} · job {job.id}"


def money(cost: Cost | None) -> list[str]:
    """A cost in words, where it is one."""
    return [price(cost)] if cost is not None and cost.is_believable else []
