"""Converts a gateway's errors, whose codes are those of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from rushes.backends import reply
from rushes.contract import errors
from rushes.contract.error_json import flat_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rushes.backends.reply import Redact
    from rushes.backends.wire import Response

BY_STATUS: dict[int, type[errors.RushesError]] = {
    401: errors.AuthenticationFailed,
    402: errors.CreditsExhausted,
    403: errors.PolicyDenied,
    404: errors.BackendUnavailable,
    429: errors.RateLimited,
}
"""For replies without a meaningful code."""

DETAIL_KEYS = ("type", "reason", "msg")


def refusal(response: Response, redact: Redact) -> errors.RushesError:
    """What an error reply means."""
    status = response.status
    error = failure(response.body, redact, status=status)
    if type(error) is errors.RushesError:
        server = httpx.codes.is_server_error(status)
        kind = BY_STATUS.get(status, errors.BackendUnavailable if server else errors.InvalidParams)
        error = kind(
            error.message, status=status, error_detail=error.error_detail, advice=error.advice
        )
    if isinstance(error, errors.RateLimited) and error.retry_after is None:
        error.retry_after = response.retry_after
    return error


def failure(body: Mapping[str, Any], redact: Redact, *, status: int = 0) -> errors.RushesError:
    """Convert ``{error|message, code, detail, errorDetail}``.

    ``error`` may be an object ``{code, message, detail, providerType, errorDetail}`` instead of
    a text.

    Args:
        body: of a reply, or of a failed job.
        redact: removes the token from a text, in case the gateway repeats it.
        status: HTTP status; 0 for a failed job.
    """
    body = {**body, **flat_error(body.get("error"))}
    given, code = reply.part(body.get("errorDetail")), reply.text(body.get("code"), redact)
    detail: dict[str, Any] = {key: reply.text(given.get(key), redact) for key in DETAIL_KEYS}
    detail["loc"] = reply.path(given.get("loc"), redact)
    if not any(detail.values()):
        detail["type"] = code
    said = reply.text(body.get("error"), redact) or reply.text(body.get("message"), redact)
    without_words = (
        f"The gateway returned status {status}."
        if status
        else "The gateway reports that the job failed."
    )
    described: dict[str, Any] = {
        "code": code or "",
        "message": f"The gateway refused the request{reply.quoted(said, status)}"
        if said
        else without_words,
        "status": status,
        "detail": reply.text(body.get("detail"), redact),
        "advice": reply.text(body.get("advice"), redact) or "",
    }
    error = errors.RushesError.from_json(described)
    error.error_detail = errors.ProviderErrorDetail(**detail)
    return error
