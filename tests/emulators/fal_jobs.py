"""Jobs of an emulated fal, and the ways in which they fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulators.jobs import Failure, Job

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(kw_only=True)
class FalJob(Job):
    """One accepted job.

    Attributes:
        app: First two segments of the endpoint id, under which the job is found.
        query: Query parameters of the submit.
    """

    app: str
    query: dict[str, str] = field(default_factory=dict)


_PLATFORM_STATUS = {
    "request_timeout": 504,
    "startup_timeout": 504,
    "runner_scheduling_failure": 503,
    "runner_connection_timeout": 503,
    "runner_disconnected": 503,
    "runner_connection_refused": 503,
    "runner_connection_error": 503,
    "runner_incomplete_response": 502,
    "runner_server_error": 500,
    "internal_error": 500,
    "client_disconnected": 499,
    "client_cancelled": 499,
    "bad_request": 400,
}
_MODEL_STATUS = {
    "internal_server_error": 500,
    "generation_timeout": 504,
    "downstream_service_error": 400,
    "downstream_service_unavailable": 500,
}
_POLICY_MESSAGE = "The content could not be processed because it was flagged by a content checker."


def platform_failure(
    error_type: str, detail: str, headers: dict[str, str] | None = None
) -> Failure:
    """Return fal's own ("request") error of this type; the type sets the HTTP code."""
    return Failure(
        status=_PLATFORM_STATUS[error_type],
        body={"detail": detail, "error_type": error_type},
        error_type=error_type,
        headers={"X-Fal-Error-Type": error_type, **(headers or {})},
    )


def model_failure(error_type: str) -> Failure:
    """Return a model error of this type, 422 unless fal's error list gives another code."""
    is_policy = error_type == "content_policy_violation"
    entry = error_entry(
        ["body", "prompt"] if is_policy else ["body"],
        _POLICY_MESSAGE if is_policy else error_type.replace("_", " ").capitalize(),
        error_type,
    )
    return invalid_input([entry], _MODEL_STATUS.get(error_type, 422))


def error_entry(loc: Iterable[str | int], message: str, error_type: str) -> dict[str, Any]:
    """Return one entry of the `detail` array of a model error."""
    return {
        "loc": list(loc),
        "msg": message,
        "type": error_type,
        "url": f"https://docs.fal.ai/errors#{error_type}",
    }


def invalid_input(entries: list[dict[str, Any]], status: int = 422) -> Failure:
    """Return the model error made of these entries."""
    return Failure(status=status, body={"detail": entries})
