"""Reading Runway's tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rushes.backends import reply
from rushes.backends.protocol import Failed, Status, Working
from rushes.backends.runway.refusal import CREDIT, charged, credits_of, failure
from rushes.contract.errors import JobCancelled
from rushes.contract.results import Cost
from rushes.io.place import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rushes.backends.reply import Redact


def status_of(task: Mapping[str, Any], redact: Redact, near: Place = Place.WEB) -> Status:
    """The status of a task.

    Args:
        task: the reply to ``GET /v1/tasks/{id}``.
        redact: removes the key from a text, in case Runway repeats it.
        near: where the service is.
    """
    match task.get("status"):
        case "PENDING":
            return Working(message="waiting at Runway")
        case "THROTTLED":
            return Working(message="waiting at Runway until fewer jobs of the account are running")
        case "RUNNING":
            return Working(fraction=reply.share(task.get("progress")))
        case "SUCCEEDED":
            output = task.get("output")
            link = output[0] if isinstance(output, list) and output else None
            return reply.done("Runway", task, link, near, cost=_billed(task))
        case "FAILED":
            return Failed(failure(task, redact), cost=_billed(task))
        case "CANCELLED":
            cancelled = JobCancelled(f"The job was cancelled at Runway.{charged(task)}")
            return Failed(cancelled, cost=_billed(task))
    return reply.not_understood("Runway", task.get("status"))


def _billed(task: Mapping[str, Any]) -> Cost | None:
    amount = credits_of(task)
    if amount is None:
        return None
    return Cost(
        amount=round(amount * CREDIT, 6),
        estimated=False,
        source=f"{amount:,g} credits charged by Runway, ${CREDIT} each",
    )
