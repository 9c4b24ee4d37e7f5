"""What a user may decide about an uncertain job, as states and fields of its record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

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


def resolve(record: JobRecord, backend: Backend, remote_id: str) -> Decision:
    """The user found the job at the service under this id."""
    found = backend.locate(remote_id, record.request or {})
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
