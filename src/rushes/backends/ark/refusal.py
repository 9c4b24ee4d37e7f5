"""Converts Ark's errors.

Source: the error page of Volcengine Ark (docs/82379/1299023) and the BytePlus ModelArk
documentation of October 2026. The dotted code decides, not the HTTP status: 429 is the status of
temporary and of permanent limits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from rushes.backends import reply
from rushes.contract import errors

if TYPE_CHECKING:
    from rushes.backends.reply import Redact
    from rushes.backends.wire import Response

REFUSED = "Ark's content filter rejected the request{said} Change the prompt or the input."
NO_MONEY = "The Ark account has no credits left{said} Top it up."
TOO_FAST = "Ark asked to slow down{said}"
NOT_ALLOWED = "Ark does not allow this account or key to do that{said}"

BY_CODE: tuple[tuple[str, type[errors.RushesError], str], ...] = (
    ("InputTextSensitiveContentDetected", errors.SafetyFilter, REFUSED),
    ("InputImageSensitiveContentDetected", errors.SafetyFilter, REFUSED),
    ("InputVideoSensitiveContentDetected", errors.SafetyFilter, REFUSED),
    ("InputAudioSensitiveContentDetected", errors.SafetyFilter, REFUSED),
    ("InputTextRiskDetection", errors.SafetyFilter, REFUSED),
    ("OutputVideoSensitiveContentDetected", errors.SafetyFilter, REFUSED),
    ("OutputAudioSensitiveContentDetected", errors.SafetyFilter, REFUSED),
    ("AuthenticationError", errors.AuthenticationFailed, "Ark rejected the key{said}"),
    ("AccountOverdueError", errors.CreditsExhausted, NO_MONEY),
    ("OperationDenied.ServiceOverdue", errors.CreditsExhausted, NO_MONEY),
    (
        "SetLimitExceeded",
        errors.CreditsExhausted,
        "A limit set in the Ark console has been reached{said}",
    ),
    ("AccessDenied", errors.PolicyDenied, NOT_ALLOWED),
    ("OperationDenied", errors.PolicyDenied, NOT_ALLOWED),
    ("ModelNotOpen", errors.PolicyDenied, "Open the model in the Ark console first{said}"),
    (
        "InvalidEndpointOrModel",
        errors.PolicyDenied,
        "Ark does not offer the model to this account{said}",
    ),
    ("InvalidEndpoint", errors.PolicyDenied, "Ark does not offer the model to this account{said}"),
    ("ResourceNotFound", errors.BackendUnavailable, "Ark does not know the model or task{said}"),
    ("NotFound", errors.BackendUnavailable, "Ark does not know the model or task{said}"),
    ("RateLimitExceeded", errors.RateLimited, TOO_FAST),
    ("ModelAccountRpmRateLimitExceeded", errors.RateLimited, TOO_FAST),
    ("APIAccountRpmRateLimitExceeded", errors.RateLimited, TOO_FAST),
    ("AccountRateLimitExceeded", errors.RateLimited, TOO_FAST),
    ("InflightBatchsizeExceeded", errors.RateLimited, TOO_FAST),
    ("ServerOverloaded", errors.RateLimited, TOO_FAST),
    ("RequestBurstTooFast", errors.RateLimited, TOO_FAST),
    ("MissingParameter", errors.InvalidParams, "Ark refused the request{said}"),
    ("InvalidParameter", errors.InvalidParams, "Ark refused the request{said}"),
    ("InvalidImageURL", errors.InvalidParams, "Ark could not read an image{said}"),
    (
        "InternalServiceError",
        errors.BackendUnavailable,
        "Ark failed while processing the job{said}",
    ),
)
"""The first matching prefix of a code applies."""

BY_STATUS: dict[int, tuple[type[errors.RushesError], str]] = {
    401: (errors.AuthenticationFailed, "Ark rejected the key{said}"),
    403: (errors.PolicyDenied, NOT_ALLOWED),
    404: (errors.BackendUnavailable, "Ark does not know the model or task{said}"),
    429: (errors.RateLimited, TOO_FAST),
}
"""For replies without a known code."""


def refusal(response: Response, redact: Redact) -> errors.RushesError:
    """What an error reply means, with Ark's own words in `error_detail`."""
    meant = failure(response.body.get("error"), redact, status=response.status)
    if isinstance(meant, errors.RateLimited):
        meant.retry_after = response.retry_after
    return meant


def failure(error: object, redact: Redact, *, status: int = 0) -> errors.RushesError:
    """Convert an error.

    Args:
        error: an object with ``code``, ``message`` and perhaps ``param``, or a text, of a reply
            or of a failed task.
        redact: removes the key from a text, in case Ark repeats it.
        status: HTTP status of the reply; 0 for a failed task.
    """
    said = {"message": error} if isinstance(error, str) else reply.part(error)
    code, text = reply.text(said.get("code"), redact), reply.text(said.get("message"), redact)
    detail = errors.ProviderErrorDetail(
        loc=reply.path(said.get("param"), redact), type=code, msg=text
    )
    kind, sentence = _kind(code or "", (text or "").lower(), status)
    return kind(
        sentence.format(said=reply.quoted(text, status)), status=status, error_detail=detail
    )


def _kind(code: str, text: str, status: int) -> tuple[type[errors.RushesError], str]:
    if code.startswith("QuotaExceeded"):
        # One code for a full queue, exhausted free tokens and a spending limit.
        return (
            (errors.RateLimited, TOO_FAST)
            if "queue" in text
            else (errors.CreditsExhausted, NO_MONEY)
        )
    for beginning, kind, sentence in BY_CODE:
        if code == beginning or code.startswith((f"{beginning}.", f"{beginning}:")):
            return kind, sentence
    if status in BY_STATUS:
        return BY_STATUS[status]
    if not status or httpx.codes.is_server_error(status):
        return errors.BackendUnavailable, "Ark failed while processing the job{said}"
    return errors.InvalidParams, "Ark refused the request{said}"
