"""What a step of a job changes in its record, whichever store keeps it.

Only the rules stand here. That nobody else changed the job meanwhile is for the statement to hold
to, by its fence and its state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rushes.contract.errors import JournalError
from rushes.journal.record import ENDED, REOPENED, TRANSITIONS, UNFINISHED, JobState

if TYPE_CHECKING:
    from rushes.journal.record import Changes, JobRecord


def written(job: JobRecord, state: JobState | None, changes: Changes, *, at: Any) -> dict[str, Any]:
    """The fields of a job that its owner changes.

    Args:
        job: as its owner read it.
        state: the new one; None for the same.
        changes: of other fields.
        at: what stands for now.

    Raises:
        JournalError: when the state may not follow the job's.
    """
    return _step(job, state, at) | dict(changes)


def decided(
    job: JobRecord, state: JobState, changes: Changes, *, owner: str, at: Any
) -> dict[str, Any]:
    """The fields of an uncertain job that its user moves to another state.

    Args:
        job: as it was read.
        state: the new one.
        changes: of other fields.
        owner: who works on it from now on.
        at: what stands for now.

    Raises:
        JournalError: when the job is not uncertain.
    """
    if job.state is not JobState.UNCERTAIN:
        msg = f"Job {job.id} is {job.state}, not uncertain; there is nothing to decide."
        raise JournalError(msg, job_id=job.id)
    taken = {
        "owner": owner if state in UNFINISHED else None,
        "fence": job.fence + 1,
        "cancel_requested_at": None,
    }
    return dict(changes) | taken | _step(job, state, at)


def reopened(job: JobRecord, state: JobState, changes: Changes, *, owner: str) -> dict[str, Any]:
    """The fields of a job that continues because its service has it after all.

    Raises:
        JournalError: when the job cannot be continued, or not in this state.
    """
    if job.state not in REOPENED or state not in (JobState.RUNNING, JobState.FETCHING):
        msg = f"Job {job.id} is {job.state} and cannot continue as {state}."
        raise JournalError(msg, job_id=job.id)
    taken = {
        "state": state,
        "owner": owner,
        "fence": job.fence + 1,
        "ended_at": None,
        "error": None,
        "cancel_requested_at": None,
        "handed": 0,
        "handed_to": None,
    }
    return dict(changes) | taken


def _step(job: JobRecord, state: JobState | None, at: Any) -> dict[str, Any]:
    target = state or job.state
    if job.is_ended or (target != job.state and target not in TRANSITIONS[job.state]):
        msg = f"Job {job.id} cannot go from {job.state} to {target}."
        raise JournalError(msg, job_id=job.id)
    fields: dict[str, Any] = {"state": target}
    if target in ENDED:
        fields["ended_at"] = at
    if target not in UNFINISHED:
        fields["owner"] = None
    return fields
