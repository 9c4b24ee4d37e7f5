"""What a user may decide about an uncertain job, as states and fields of its record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rushes.backends.protocol import Absent, Passing, is_id
from rushes.errors import BackendUnavailable, JobNotFound
from rushes.journal import JobState

if TYPE_CHECKING:
    from rushes.backends.protocol import Backend
    from rushes.journal import JobRecord

SENT_AGAIN = "Sent again by the user while it was uncertain whether an earlier attempt exists."


@dataclass(frozen=True)
class Decision:
    """Where an uncertain job goes.

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


def resubmit(record: JobRecord) -> Decision:
    """Send it again, knowing that this may pay twice."""
    notes = (*record.notes, SENT_AGAIN)
    return Decision(JobState.QUEUED, {"notes": notes, "token": None, "error": None})


def abandon() -> Decision:
    """Give it up; it becomes a failed one."""
    return Decision(JobState.FAILED)
