"""What is put on record of a plan: a job, and the money for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rushes.contract.errors import InvalidParams, Problem
from rushes.journal import JobRecord, Reservation
from rushes.outcome import earlier
from rushes.plan import Planner

if TYPE_CHECKING:
    from rushes.engine import Engine
    from rushes.journal import Cap
    from rushes.plan import Plan


def record_of(
    plan: Plan, library: Path, *, job_id: str | None = None, once_key: str | None = None
) -> JobRecord:
    """The record of a new job."""
    return JobRecord.new(
        plan.params,
        backend=plan.backend,
        folder=str(library),
        job_id=job_id,
        notes=plan.remarks,
        content_key=plan.key,
        once_key=once_key,
        parent=plan.parent,
    )


def money_of(plan: Plan, account: str | None = None, caps: tuple[Cap, ...] = ()) -> Reservation:
    """What is reserved for a plan."""
    most = plan.cost.most
    return Reservation(estimate=None if most is None else most.dollars, account=account, caps=caps)


def remark_on(wanted: JobRecord, added: JobRecord) -> str | None:
    """What a caller has to know of the job that was recorded; None if it is a new one.

    Raises:
        InvalidParams: if the name of the request is that of another one.
    """
    if added.id == wanted.id:
        return None
    if added.content_key != wanted.content_key and wanted.final is None:
        reason = (
            f"{wanted.once_key!r} names a take of another request in this library, job "
            f"{added.id}; choose another name for this one."
        )
        raise InvalidParams.of([Problem("once", wanted.once_key, reason)])
    return earlier(added)


def finalize(engine: Engine, job_id: str, resolution: str | None) -> tuple[JobRecord, str | None]:
    """Render a draft in full, once; the job that does it, and what a caller has to know of it.

    Args:
        engine: works on it.
        job_id: the job of the draft.
        resolution: that of the final video; None takes the usual one.

    Raises:
        InvalidParams: if the job is not a draft that can be rendered in full.
        RushesError: why it cannot be sent now, or may not be.
    """
    asked = {"final_of": job_id, "resolution": resolution}
    plan = Planner(engine, None).plan(asked, {})
    library = Path(engine.record(job_id).folder)
    engine.places.require(library)
    record = record_of(plan, library)
    added = engine.submit(record, reserve=money_of(plan), once=True)
    return added, remark_on(record, added)
