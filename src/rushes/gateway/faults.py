"""Errors as replies: `{error, code, detail, advice, errorDetail, retryAfterMs}` and a status."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rushes.contract.errors import (
    AuthenticationFailed,
    BackendUnavailable,
    CreditsExhausted,
    DeadlineExceeded,
    InvalidParams,
    JobCancelled,
    JobNotFound,
    JobUncertain,
    JournalError,
    MediaError,
    NoBackend,
    PolicyDenied,
    ProviderErrorDetail,
    RateLimited,
    RushesError,
    SafetyFilter,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUS: tuple[tuple[type[RushesError], int], ...] = (
    (InvalidParams, 400),
    (SafetyFilter, 422),
    (RateLimited, 429),
    (CreditsExhausted, 402),
    (PolicyDenied, 403),
    (AuthenticationFailed, 401),
    (JobNotFound, 404),
    (JobCancelled, 409),
    (MediaError, 502),
    (DeadlineExceeded, 504),
    (JobUncertain, 503),
    (BackendUnavailable, 503),
    (NoBackend, 503),
    (JournalError, 503),
)
"""By class of an error; everything else is a fault of the gateway, 500."""

RETRY = 5.0
"""Seconds after which a call that failed for no reason of its own can be repeated."""


class Refused(RushesError):
    """A call that is refused whatever it asks for, with a status of its own.

    Args:
        status: HTTP status.
        code: one of the contract's codes, or one of HTTP's own, e.g. ``"NOT_FOUND"``.
        message: what is wrong, and what to do next.
        headers: of the reply.
        retry_after: seconds.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, status=status)
        self.word = code
        self.headers = dict(headers or {})
        self.retry_after = retry_after


class OtherRequest(InvalidParams):
    """The id of a job was used for another request."""

    @classmethod
    def between(cls, job_id: str, names: list[str]) -> OtherRequest:
        """The error that names what is different."""
        words = ", ".join(names)
        return cls(
            f"Job {job_id} was submitted with another request (different: {words}). Nothing was "
            f"sent; use another jobId for another request.",
            error_detail=ProviderErrorDetail(loc=("params", names[0]), type="other_request"),
        )


def status_of(error: RushesError) -> int:
    """The HTTP status of an error."""
    if isinstance(error, Refused):
        return error.status
    if isinstance(error, OtherRequest):
        return 409
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def body_of(error: RushesError) -> dict[str, Any]:
    """The body of an error's reply."""
    plain, wait = error.to_json(), wait_of(error)
    said = {
        "error": error.message,
        "code": error.word if isinstance(error, Refused) else error.code,
        "detail": plain.get("detail"),
        "advice": plain.get("advice"),
        "errorDetail": plain.get("errorDetail"),
        "retryAfterMs": None if wait is None else round(1000 * wait),
    }
    return {name: value for name, value in said.items() if value is not None}


def headers_of(error: RushesError) -> dict[str, str]:
    """The headers of an error's reply."""
    headers = error.headers if isinstance(error, Refused) else {}
    wait = wait_of(error)
    return headers | ({} if wait is None else {"Retry-After": str(math.ceil(wait))})


def wait_of(error: RushesError) -> float | None:
    """Seconds after which the call can be repeated; None where that does not help."""
    if isinstance(error, Refused | RateLimited) and error.retry_after is not None:
        return error.retry_after
    is_passing = isinstance(error, RateLimited | BackendUnavailable | JournalError)
    return RETRY if is_passing else None


def of_job(error: RushesError) -> RushesError:
    """Why a job failed, in words for a person who does not have the services' keys."""
    if isinstance(error, AuthenticationFailed):
        words = (
            f"The gateway's key for the service was rejected; tell its operator. {error.message}"
        )
        return BackendUnavailable(
            words, detail=error.detail, error_detail=error.error_detail, advice=error.advice
        )
    return error
