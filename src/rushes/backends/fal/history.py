"""Finds a job whose reply was lost in the account's request history."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rushes.backends import reply
from rushes.backends.fal.refusal import refusal
from rushes.backends.protocol import Absent, Attempt, Passing, Unknown
from rushes.contract.errors import BackendUnavailable, RateLimited
from rushes.io.headers import date_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rushes.backends.reply import Redact
    from rushes.backends.wire import Wire

SKEW = 60.0
"""Seconds by which fal's clock and this machine's may differ, beyond the difference that fal's
replies show."""

WINDOW = 86_400.0
"""Seconds before an attempt at which the search starts. A token is unique without a time, and the
clock may have been changed since, so the window only limits the work."""

MOST_PAGES = 20


async def find(
    wire: Wire, api_url: str, redact: Redact, attempt: Attempt
) -> str | Absent | Passing | Unknown:
    """The request id of an attempt, if the history contains it.

    A model with a free text field has the attempt's token, which settles it. Otherwise the inputs
    are compared: a single request of that time with the same input that belongs to no other job
    matches; several matches leave it open.

    This machine's clock may be wrong, so the time of an attempt is tried both as recorded and
    corrected by the current difference from fal's clock.
    """
    start = attempt.submit_at - WINDOW
    query: dict[str, str | int] = {
        "endpoint_id": attempt.request["endpoint"],
        "start": _iso(start),
        "expand": "payloads",
        "limit": 100,
    }
    alike: set[str] = set()
    ahead: float | None = None
    for _ in range(MOST_PAGES):
        read = await _page(wire, api_url, redact, query)
        if isinstance(read, Passing | Unknown):
            return read
        page, date = read
        if ahead is None:
            now = time.time()
            ahead = 0.0 if date is None else date - now
            if now + ahead - WINDOW < start:
                # This clock is or was ahead by more than the window; start over with fal's.
                query["start"] = _iso(now + ahead - WINDOW)
                continue
        matches = set(_matches(page["items"], attempt, ahead))
        if matches and attempt.request.get("marker"):
            return matches.pop()
        alike |= matches
        cursor = page.get("next_cursor")
        if not page.get("has_more") or not isinstance(cursor, str) or not cursor:
            break
        query["cursor"] = cursor
    if len(alike) > 1:
        return Unknown(f"fal's history has {len(alike)} requests with the same input")
    return alike.pop() if alike else Absent()


async def _page(
    wire: Wire, api_url: str, redact: Redact, query: Mapping[str, str | int]
) -> tuple[dict[str, Any], float | None] | Passing | Unknown:
    """A page of the history, and fal's time in Unix seconds."""
    try:
        response = await wire.ask("GET", f"{api_url}/models/requests/by-endpoint", params=query)
    except BackendUnavailable as error:
        return Passing(error)
    if response.is_error:
        refused = refusal(response, redact)
        if response.is_server_error or isinstance(refused, RateLimited):
            return Passing(refused)
        return Unknown("this key may not read fal's request history")
    page = response.body
    if not isinstance(page.get("items"), list):
        # A missing list does not prove that the request is not in it.
        return Passing(BackendUnavailable("fal's request history cannot be read."))
    return page, date_of(response.headers)


def _matches(listed: object, attempt: Attempt, ahead: float) -> Iterator[str]:
    """Requests of a page that can be the attempt's; fal's clock is so many seconds ahead."""
    marker = attempt.request.get("marker")
    for item in reply.items(listed):
        remote_id, sent = reply.identity(item.get("request_id")), reply.part(item.get("json_input"))
        if remote_id is None or not sent:
            continue
        if marker:
            if sent.get(marker) == attempt.token:
                yield remote_id
        elif (
            remote_id not in attempt.taken
            and _is_same(attempt.request["input"], sent)
            and _is_near(item.get("sent_at"), attempt, ahead)
        ):
            yield remote_id


def _is_same(wanted: dict[str, Any], sent: dict[str, Any]) -> bool:
    """Whether all that was to be sent was; fal may add defaults of its own."""
    return all(sent.get(name) == value for name, value in wanted.items())


def _is_near(sent_at: object, attempt: Attempt, ahead: float) -> bool:
    """Whether a request was sent when the attempt was; an unreadable time rules nothing out."""
    try:
        at = datetime.fromisoformat(str(sent_at)).timestamp()
    except (ValueError, OverflowError, OSError):
        return True
    return any(
        moment - SKEW <= at <= moment + attempt.arrives_within + SKEW
        for moment in (attempt.submit_at, attempt.submit_at + ahead)
    )


def _iso(at: float) -> str:
    return datetime.fromtimestamp(max(0.0, at), UTC).isoformat()
