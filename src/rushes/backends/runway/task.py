"""What Runway says of a task."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rushes.backends.protocol import Done, Failed, Passing, Status, Working
from rushes.backends.runway.refusal import CREDIT, charged, credits_of, failure
from rushes.errors import BackendUnavailable, JobCancelled
from rushes.results import Cost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def status_of(task: Mapping[str, Any], redact: Callable[[str], str]) -> Status:
    """How a task stands.

    Args:
        task: the reply to ``GET /v1/tasks/{id}``.
        redact: takes the key out of a text, should Runway repeat it.
    """
    match task.get("status"):
        case "PENDING":
            return Working(message="waiting at Runway")
        case "THROTTLED":
            return Working(message="held back by Runway until fewer jobs of the account run")
        case "RUNNING":
            return Working(fraction=_fraction(task.get("progress")))
        case "SUCCEEDED":
            output = task.get("output")
            url = output[0] if isinstance(output, list) and output else None
            if not isinstance(url, str):
                return Passing(BackendUnavailable("Runway's task names no video."))
            return Done(url, cost=_billed(task))
        case "FAILED":
            return Failed(failure(task, redact))
        case "CANCELLED":
            return Failed(JobCancelled(f"The job was cancelled at Runway.{charged(task)}"))
    return Passing(BackendUnavailable("Runway's answer about the task cannot be read."))


def _fraction(progress: object) -> float | None:
    """A share of the work, from 0 to 1."""
    if isinstance(progress, bool) or not isinstance(progress, int | float):
        return None
    return min(max(float(progress), 0.0), 1.0) if math.isfinite(progress) else None


def _billed(task: Mapping[str, Any]) -> Cost | None:
    amount = credits_of(task)
    if amount is None:
        return None
    return Cost(
        amount=round(amount * CREDIT, 6),
        estimated=False,
        source=f"{amount:,g} credits charged by Runway, ${CREDIT} each",
    )
