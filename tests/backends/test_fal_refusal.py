"""What fal's error replies mean, by its lists of model errors and of request errors."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from rushes.backends.fal.refusal import refusal
from rushes.backends.wire import Response
from rushes.contract.errors import (
    AuthenticationFailed,
    BackendUnavailable,
    CreditsExhausted,
    InvalidParams,
    JobCancelled,
    PolicyDenied,
    RateLimited,
    SafetyFilter,
)

NOW = 1_795_305_600.0
IN_30_S = "Sun, 22 Nov 2026 00:00:30 GMT"
LOCKED = (
    "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."
)
FLAGGED = "The content could not be processed because it was flagged by a content checker."


def model_error(loc: list[Any], message: str, type_: str) -> dict[str, Any]:
    url = f"https://docs.fal.ai/errors#{type_}"
    return {"detail": [{"loc": loc, "msg": message, "type": type_, "url": url}]}


def request_error(message: str, type_: str) -> dict[str, Any]:
    return {"detail": message, "error_type": type_}


CASES = {
    "no credit": (
        402,
        {"detail": "Payment required"},
        {},
        (CreditsExhausted, {"msg": "Payment required"}, None),
    ),
    "locked for its balance": (
        403,
        {"detail": LOCKED},
        {},
        (CreditsExhausted, {"msg": LOCKED}, None),
    ),
    "not allowed": (
        403,
        {"detail": "Forbidden"},
        {},
        (PolicyDenied, {"msg": "Forbidden"}, None),
    ),
    "wrong key": (
        401,
        {"detail": "invalid key credentials"},
        {},
        (AuthenticationFailed, {"msg": "invalid key credentials"}, None),
    ),
    "unknown app": (
        404,
        {"detail": 'Application "no-such" not found'},
        {},
        (BackendUnavailable, {"msg": 'Application "no-such" not found'}, None),
    ),
    "content policy": (
        422,
        model_error(["body", "prompt"], FLAGGED, "content_policy_violation"),
        {},
        (
            SafetyFilter,
            {"loc": ("body", "prompt"), "type": "content_policy_violation", "msg": FLAGGED},
            None,
        ),
    ),
    "wrong input": (
        422,
        model_error(["body", "image_urls", 0], "Too small", "image_too_small"),
        {},
        (
            InvalidParams,
            {"loc": ("body", "image_urls", 0), "type": "image_too_small", "msg": "Too small"},
            None,
        ),
    ),
    "cancelled": (
        499,
        request_error("The client went away", "client_disconnected"),
        {},
        (JobCancelled, {"type": "cancelled", "msg": "The client went away"}, None),
    ),
    "did not start in time": (
        504,
        request_error("Request timed out", "startup_timeout"),
        {},
        (BackendUnavailable, {"type": "startup_timeout", "msg": "Request timed out"}, None),
    ),
    "was not made in time": (
        504,
        model_error(["body"], "Generation timeout", "generation_timeout"),
        {},
        (
            BackendUnavailable,
            {"loc": ("body",), "type": "generation_timeout", "msg": "Generation timeout"},
            None,
        ),
    ),
    "a failure of the service with a client's status": (
        400,
        model_error(["body"], "Downstream service error", "downstream_service_error"),
        {},
        (
            BackendUnavailable,
            {
                "loc": ("body",),
                "type": "downstream_service_error",
                "msg": "Downstream service error",
            },
            None,
        ),
    ),
    "type in the header only": (
        400,
        {"detail": "Lost"},
        {"X-Fal-Error-Type": "runner_disconnected"},
        (BackendUnavailable, {"type": "runner_disconnected", "msg": "Lost"}, None),
    ),
    "a text as detail": (
        422,
        {"detail": "Unprocessable"},
        {},
        (InvalidParams, {"msg": "Unprocessable"}, None),
    ),
    "too often, with seconds": (
        429,
        request_error("Slow down", "concurrent_requests_limit"),
        {"Retry-After": "7"},
        (RateLimited, {"type": "concurrent_requests_limit", "msg": "Slow down"}, 7.0),
    ),
    "too often, with a date": (
        429,
        request_error("Slow down", "concurrent_requests_limit"),
        {"Retry-After": IN_30_S},
        (RateLimited, {"type": "concurrent_requests_limit", "msg": "Slow down"}, 30.0),
    ),
    "too often, without a time": (
        429,
        {"detail": "Slow down"},
        {},
        (RateLimited, {"msg": "Slow down"}, None),
    ),
}


@pytest.mark.parametrize(("status", "body", "headers", "expected"), CASES.values(), ids=CASES)
def test_a_reply_is_read(monkeypatch, status, body, headers, expected):
    """The class says what to do about it; fal's own words stay with it."""
    monkeypatch.setattr("rushes.io.headers.time", SimpleNamespace(time=lambda: NOW))
    reply = httpx.Response(status, json=body, headers=headers)

    error = refusal(Response.of(reply), lambda text: text)

    kind, detail, retry_after = expected
    assert type(error) is kind
    assert error.status == status
    assert error.error_detail is not None
    assert error.error_detail.model_dump(exclude_none=True) == detail
    assert getattr(error, "retry_after", None) == retry_after


def test_a_key_in_a_reply_is_not_repeated():
    """Should fal say it back, it reaches neither the message nor the detail."""
    reply = httpx.Response(401, json={"detail": "No user found for abcdef:123456"})

    error = refusal(Response.of(reply), lambda text: text.replace("abcdef:123456", "***"))

    assert "abcdef" not in f"{error} {error.to_json()}"
