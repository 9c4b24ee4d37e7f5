"""A gateway's error replies as errors of the tree: its codes are the contract's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from rushes.backends.http import body_of, retry_after_of
from rushes.errors import (
    AuthenticationFailed,
    BackendUnavailable,
    CreditsExhausted,
    InvalidParams,
    PolicyDenied,
    ProviderErrorDetail,
    RateLimited,
    RushesError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST_TEXT = 2_000

BY_STATUS: dict[int, type[RushesError]] = {
    401: AuthenticationFailed,
    402: CreditsExhausted,
    403: PolicyDenied,
    404: BackendUnavailable,
    429: RateLimited,
}
"""For replies whose code says nothing."""

DETAIL_KEYS = ("loc", "type", "reason", "msg")


def refusal(response: httpx.Response, redact: Callable[[str], str]) -> RushesError:
    """What a reply that is no success means."""
    status = response.status_code
    error = failure(body_of(response), redact, status=status)
    if type(error) is RushesError:
        server = httpx.codes.is_server_error(status)
        kind = BY_STATUS.get(status, BackendUnavailable if server else InvalidParams)
        error = kind(error.message, status=status, error_detail=error.error_detail)
    if isinstance(error, RateLimited) and error.retry_after is None:
        error.retry_after = retry_after_of(response)
    return error


def failure(
    body: Mapping[str, Any], redact: Callable[[str], str], *, status: int = 0
) -> RushesError:
    """What ``{error|message, code, detail, errorDetail}`` means.

    Args:
        body: of a reply, or of a failed job.
        redact: takes the token out of a text, should the gateway repeat it.
        status: HTTP status; 0 for a failed job.
    """

    def text(value: object) -> str | None:
        return redact(value)[:LONGEST_TEXT] if isinstance(value, str) and value else None

    given = body.get("errorDetail")
    detail = {key: text(given.get(key)) if isinstance(given, dict) else None for key in DETAIL_KEYS}
    if not any(detail.values()):
        detail["type"] = text(body.get("code"))
    said = text(body.get("error")) or text(body.get("message"))
    described = {
        "code": body.get("code") if isinstance(body.get("code"), str) else "",
        "message": f"The gateway refused it: {said}" if said else f"The gateway answered {status}.",
        "status": status,
        "detail": text(body.get("detail")),
    }
    error = RushesError.from_json(described)
    error.error_detail = ProviderErrorDetail(**detail)
    return error
