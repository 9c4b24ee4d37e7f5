"""What a user may decide about a job that is uncertain or failed, as states and fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rushes.backends.protocol import Absent, Accepted, Attempt, Done, Passing, Working, is_id
from rushes.contract.errors import BackendUnavailable, JobNotFound, JobUncertain
from rushes.journal import JobState

if TYPE_CHECKING:
    from rushes.backends.protocol import Backend
    from rushes.journal import JobRecord

SENT_AGAIN = "Sent again by the user while it was uncertain whether an earlier attempt exists."


@dataclass(frozen=True)
class Decision:
    """Where a job goes.

    Attributes:
        state: the next state.
        changes: other fields to set.
    """

    state: JobState
    changes: dict[str, Any] = field(default_factory=dict)


async def resolve(record: JobRecord, backend: Backend, remote_id: object) -> Decision:
    """The user found the job at the service under this id; the service is asked whether it is so.

    Raises:
        JobNotFound: when the service does not know the id; the job stays uncertain.
        BackendUnavailable: when it cannot be asked now; likewise.
    """
    if not isinstance(remote_id, str) or not is_id(remote_id.strip()):
        shown = f"{remote_id!r:.60}"
        msg = f"{shown} is not an id of {record.backend}; give the one that its console shows."
        raise JobNotFound(msg, job_id=record.id)
    found = backend.locate(remote_id.strip(), record.request or {})
    if record.state is not JobState.UNCERTAIN:
        return Decision(JobState.RUNNING)  # There is nothing to decide; the journal says so.
    match await backend.poll(found.remote_id, found.remote):
        case Absent():
            msg = (
                f"{record.backend} knows no job {found.remote_id!r}, so nothing was changed: job "
                f"{record.id} stays uncertain. Check the id in your account there."
            )
            raise JobNotFound(msg, job_id=record.id)
        case Passing(error=trouble):
            msg = (
                f"{record.backend} cannot be asked for {found.remote_id!r} now, so nothing was "
                f"changed; try it again. ({trouble.message})"
            )
            raise BackendUnavailable(msg, status=trouble.status, job_id=record.id)
    return Decision(
        JobState.RUNNING,
        {
            "remote_id": found.remote_id,
            "remote": found.remote,
            "running_at": record.submit_at,
            "error": None,
        },
    )


async def look_again(record: JobRecord, backend: Backend, taken: frozenset[str]) -> Decision | None:
    """Ask the service once more for a job that is uncertain, failed or cancelled here.

    Args:
        record: the job.
        backend: its service.
        taken: ids of the service that belong to other jobs already.

    Returns:
        None when the service shows nothing that the job could go on with.
    """
    if record.remote_id is not None:
        match await backend.poll(record.remote_id, record.remote or {}):
            case Done(url, seed, cost):
                output = {"url": url, "seed": seed, "cost": cost and cost.model_dump(mode="json")}
                return Decision(JobState.FETCHING, {"output": output, "done_at": None})
            case Working():
                return Decision(JobState.RUNNING, {"done_at": None})
        return None
    given_up = (record.error or {}).get("code") == JobUncertain.code
    if record.token is None or not given_up:
        return None  # The service never had it.
    attempt = Attempt(record.id, record.token, record.request or {}, record.submit_at or 0.0, taken)
    found = await backend.find(attempt)
    if not isinstance(found, Accepted) or not is_id(found.remote_id):
        return None
    changes = {
        "remote_id": found.remote_id,
        "remote": found.remote,
        "running_at": record.submit_at,
    }
    return Decision(JobState.RUNNING, changes)


def resubmit(record: JobRecord) -> Decision:
    """Send it again, knowing that this may pay twice."""
    notes = (*record.notes, SENT_AGAIN)
    return Decision(JobState.QUEUED, {"notes": notes, "token": None, "error": None})


def abandon() -> Decision:
    """Give it up; it becomes a failed one."""
    return Decision(JobState.FAILED)
