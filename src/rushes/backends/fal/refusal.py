"""fal's error replies as errors of the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from rushes.backends import reply
from rushes.contract import errors

if TYPE_CHECKING:
    from rushes.backends.reply import Redact
    from rushes.backends.wire import Response

SAFETY_TYPES = frozenset({"content_policy_violation"})
CANCELLED_TYPES = frozenset({"client_cancelled", "client_disconnected"})
SERVICE_TYPES = frozenset(
    {
        "internal_server_error",
        "generation_timeout",
        "downstream_service_error",
        "downstream_service_unavailable",
        "no_media_generated",
        "request_timeout",
        "startup_timeout",
        "internal_error",
    }
)
"""Types that say that the service failed, whatever the HTTP status (fal's model and request
error pages); types that begin with ``runner_`` do so too."""

CANCELLED = "cancelled"
"""The contract's word for all of `CANCELLED_TYPES`."""

BY_STATUS: dict[int, tuple[type[errors.RushesError], str]] = {
    401: (errors.AuthenticationFailed, "fal rejected the key{said} Check FAL_KEY."),
    402: (errors.CreditsExhausted, "The fal account has no credits left{said} Top it up."),
    403: (errors.PolicyDenied, "fal does not allow this account or key to do that{said}"),
    404: (errors.BackendUnavailable, "fal does not know the model or request{said}"),
    429: (errors.RateLimited, "fal asked to slow down{said}"),
}
"""What fal's HTTP statuses mean, and the sentence for the user."""


def refusal(response: Response, redact: Redact) -> errors.RushesError:
    """What fal's reply means, with its own words in `error_detail`.

    Args:
        response: an error reply; a COMPLETED status with an error counts as one.
        redact: removes the key from a text, in case the service repeats it.
    """
    body, status = response.body, response.status
    detail = _detail(body, response, redact)
    said = reply.quoted(detail.msg, status)
    kind, sentence = _kind(status, detail.type or "", (detail.msg or "").lower())
    error = kind(sentence.format(said=said), status=status, error_detail=detail)
    if isinstance(error, errors.RateLimited):
        error.retry_after = response.retry_after
    return error


def _kind(status: int, type_: str, text: str) -> tuple[type[errors.RushesError], str]:
    """The class of an error and its sentence; fal's own type says more than the status."""
    if type_ in SAFETY_TYPES:
        return (
            errors.SafetyFilter,
            "fal's content filter rejected the request{said} Change the prompt or the input.",
        )
    if type_ == CANCELLED:
        return errors.JobCancelled, "The job was cancelled at fal."
    if status == httpx.codes.FORBIDDEN and ("balance" in text or "locked" in text):
        status = httpx.codes.PAYMENT_REQUIRED
    if status in BY_STATUS:
        return BY_STATUS[status]
    if type_ in SERVICE_TYPES or type_.startswith("runner_") or httpx.codes.is_server_error(status):
        return errors.BackendUnavailable, "fal failed while processing the job{said}"
    if httpx.codes.is_redirect(status):
        return errors.BackendUnavailable, "fal redirected the request, which is not followed{said}"
    if httpx.codes.is_success(status):
        return errors.BackendUnavailable, "fal ended the job with an error{said}"
    return errors.InvalidParams, "fal refused the request{said}"


def _detail(body: dict[str, Any], response: Response, redact: Redact) -> errors.ProviderErrorDetail:
    """Fal's error text, whatever its shape: a list of faults, a text, or error and error_type."""
    detail, loc = body.get("detail"), None
    type_ = body.get("error_type") or response.headers.get("x-fal-error-type")
    said: Any = detail or body.get("error") or body.get("message")
    if faults := reply.items(detail):
        said, type_ = faults[0].get("msg"), faults[0].get("type") or type_
        loc = reply.path(faults[0].get("loc"), redact)
    elif isinstance(said, dict):  # The platform API wraps both: {"error": {"type", "message"}}.
        said, type_ = said.get("message"), said.get("type") or type_
    word = reply.text(type_, redact)
    return errors.ProviderErrorDetail(
        loc=loc,
        type=CANCELLED if word in CANCELLED_TYPES else word,
        msg=reply.text(said, redact),
    )
