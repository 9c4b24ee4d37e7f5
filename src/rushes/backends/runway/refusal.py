"""Converts Runway's errors.

Source: Runway's pages about API errors and task failures (docs.dev.runwayml.com/errors), and
replies that users of its clients reported; see docs/reference/runway.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from rushes.backends import reply
from rushes.contract import errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rushes.backends.reply import Redact
    from rushes.backends.wire import Response

MOST_ISSUES = 20
"""Most issues of one request that a message lists."""

CREDIT = 0.01
"""US dollars per credit (Runway's pricing page)."""

MODERATED = "Runway's content filter rejected the request{said} Change the prompt or the input."
NO_MONEY = "The Runway account does not have enough credits{said} Buy some."
DAILY = (
    "The Runway account has reached its daily limit of videos{said} "
    "Submit it again tomorrow, or raise the account's tier."
)

BY_STATUS: dict[int, tuple[type[errors.RushesError], str]] = {
    401: (errors.AuthenticationFailed, "Runway rejected the key{said} Check RUNWAYML_API_SECRET."),
    402: (errors.CreditsExhausted, NO_MONEY),
    403: (errors.PolicyDenied, "Runway does not allow this account or key to do that{said}"),
    404: (errors.BackendUnavailable, "Runway does not know the model or task{said}"),
    429: (errors.RateLimited, "Runway asked to slow down{said}"),
}
"""What HTTP statuses mean, and the sentence for the user."""

DAY = "daily"
"""The word in the message of a limit that lasts for the day."""


def refusal(response: Response, redact: Redact) -> errors.RushesError:
    """What an error reply means, with Runway's own words in `error_detail`.

    Args:
        response: the reply.
        redact: removes the key from a text, in case Runway repeats it.
    """
    status, detail = response.status, _detail(response.body, redact)
    kind, sentence = _kind(status, (detail.msg or "").lower())
    error = kind(
        sentence.format(said=reply.quoted(detail.msg, status)), status=status, error_detail=detail
    )
    if isinstance(error, errors.RateLimited):
        error.retry_after = response.retry_after
    return error


def is_passing(error: errors.RushesError) -> bool:
    """Whether the same request may succeed soon; a daily limit is not waited for."""
    said = error.error_detail.msg if error.error_detail else None
    return isinstance(error, errors.RateLimited) and DAY not in (said or "").lower()


def failure(task: Mapping[str, Any], redact: Redact) -> errors.RushesError:
    """Why a task failed.

    The first parts of `failureCode` are documented, the last one is Runway's guess.
    """
    code = reply.text(task.get("failureCode"), redact)
    text = reply.text(task.get("failure"), redact)
    kind, sentence = _kind_of_code((code or "").upper().split("."))
    words = f"{sentence.format(said=reply.quoted(text))}{charged(task)}"
    return kind(words, error_detail=errors.ProviderErrorDetail(type=code, msg=text))


def charged(task: Mapping[str, Any]) -> str:
    """A sentence with the cost of an ended task; empty if it is free or unknown."""
    credit = credits_of(task)
    return f" Runway charged {credit:g} credits for it (${credit * CREDIT:.2f})." if credit else ""


def credits_of(task: Mapping[str, Any]) -> float | None:
    """Credits that an ended task cost; None if unknown."""
    return reply.money(reply.part(task.get("cost")).get("credits"))


def _kind(status: int, text: str) -> tuple[type[errors.RushesError], str]:
    """The class of an error and its sentence."""
    if status == httpx.codes.BAD_REQUEST and "enough credits" in text:
        return errors.CreditsExhausted, NO_MONEY
    if status == httpx.codes.TOO_MANY_REQUESTS and DAY in text:
        return errors.RateLimited, DAILY
    if status == httpx.codes.TOO_MANY_REQUESTS and "credit" in text:
        return errors.CreditsExhausted, NO_MONEY
    if status in (400, 403, 422) and "moderation" in text:
        return errors.SafetyFilter, MODERATED
    if status in BY_STATUS:
        return BY_STATUS[status]
    if httpx.codes.is_server_error(status):
        return errors.BackendUnavailable, "Runway failed while processing the job{said}"
    if httpx.codes.is_redirect(status):
        return (
            errors.BackendUnavailable,
            "Runway redirected the request, which is not followed{said}",
        )
    return errors.InvalidParams, "Runway refused the request{said}"


def _kind_of_code(parts: list[str]) -> tuple[type[errors.RushesError], str]:
    if "SAFETY" in parts:
        # At the start, or after INPUT_PREPROCESSING.
        return errors.SafetyFilter, MODERATED
    if parts[0] in ("ASSET", "INPUT") or "INPUT_VALIDATION" in parts:
        return errors.InvalidParams, "Runway could not use an input{said}"
    if parts[0] == "INPUT_PREPROCESSING" and "INTERNAL" not in parts:
        return errors.InvalidParams, "Runway could not use an input{said}"
    if "BAD_OUTPUT" in parts:
        words = "Runway discarded the video as too bad{said} Another prompt may work better."
        return errors.BackendUnavailable, words
    return errors.BackendUnavailable, "Runway failed while processing the job{said}"


def _detail(body: Mapping[str, Any], redact: Redact) -> errors.ProviderErrorDetail:
    """Runway's message and, for an invalid body, a list of issues with their paths."""
    error, issues = body.get("error"), reply.items(body.get("issues"))[:MOST_ISSUES]
    if isinstance(error, dict):
        error = error.get("message")
    parts = [error if isinstance(error, str) else "", "; ".join(_sentences(issues))]
    first = issues[0] if issues else {}
    return errors.ProviderErrorDetail(
        loc=reply.path(first.get("path"), redact),
        type=reply.text(first.get("code"), redact),
        msg=reply.text(": ".join(part for part in parts if part), redact),
    )


def _sentences(issues: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for issue in issues:
        values, text = issue.get("values"), issue.get("message")
        if not isinstance(text, str):
            listed = ", ".join(map(str, values)) if isinstance(values, list) else ""
            text = f"allowed are {listed}" if listed else "is wrong"
        where = ".".join(map(str, reply.path(issue.get("path")) or ("body",)))
        yield f"{where}: {text}"
