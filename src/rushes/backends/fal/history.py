"""Finds jobs whose replies were lost in the account's request history, many with one call."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rushes.backends import reply
from rushes.backends.batch import Batch
from rushes.backends.fal.refusal import refusal
from rushes.backends.protocol import Absent, Attempt, Passing, Unknown
from rushes.contract.errors import BackendUnavailable, RateLimited
from rushes.io.headers import date_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rushes.backends.reply import Redact
    from rushes.backends.wire import Wire

SKEW = 60.0
"""Seconds by which fal's clock and this machine's may differ, beyond the difference that fal's
replies show."""

WINDOW = 86_400.0
"""Seconds before an attempt at which the search starts. A token is unique without a time, and the
clock may have been changed since, so the window only limits the work."""

LAST = 253_402_300_799.0
"""The end of the year 9999, the last that a date can name."""

MOST_PAGES = 20
"""Pages of one model's history after which a search ends; not finding a job proves nothing."""

MOST_ATTEMPTS = 100
"""Attempts that are looked up together; each is compared with every request of a page."""

GATHER = 0.25
"""Seconds for which attempts are collected. None of them is urgent, and many that are lost at once
come one after the other, as fast as calls are let through."""

Answer = str | Absent | Passing | Unknown


class History:
    """The requests of an account.

    Args:
        api_url: base of the platform's API.
        redact: removes the key from a text.
    """

    def __init__(self, api_url: str, redact: Redact) -> None:
        self._url = f"{api_url}/models/requests/by-endpoint"
        self._redact = redact
        self._attempts: dict[str, Attempt] = {}
        self._batch = Batch(self._search, most=MOST_ATTEMPTS, gather=GATHER)

    def connect(self, wire: Wire) -> None:
        """Set the client that makes the calls."""
        self._wire = wire

    async def find(self, attempt: Attempt) -> Answer:
        """The request id of an attempt, if the history contains it.

        Attempts that are looked up at the same time share the pages of their model's history.

        A model with a free text field has the attempt's token, which settles it. Otherwise the
        inputs are compared: a single request of that time with the same input that belongs to no
        other job matches; several matches leave it open.
        """
        if not _is_complete(attempt):  # It must not hold up the others.
            return Unknown("the journal does not record what was sent to fal")
        self._attempts[attempt.token] = attempt
        return await self._batch.answer(attempt.token) or Absent()

    async def _search(self, tokens: Sequence[str]) -> dict[str, Answer]:
        """Look attempts up, those of each model together."""
        attempts = [self._attempts.pop(token) for token in tokens]
        answers: dict[str, Answer] = {}
        for endpoint in dict.fromkeys(attempt.request["endpoint"] for attempt in attempts):
            group = [attempt for attempt in attempts if attempt.request["endpoint"] == endpoint]
            answers |= await self._read(endpoint, group)
        return answers

    async def _read(self, endpoint: str, attempts: Sequence[Attempt]) -> dict[str, Answer]:
        """Read a model's history, newest first, until all attempts are found or it ends.

        This machine's clock may be wrong, so the time of an attempt is tried both as recorded and
        corrected by the current difference from fal's clock.
        """
        start = min(attempt.submit_at for attempt in attempts) - WINDOW
        query: dict[str, str | int] = {
            "endpoint_id": endpoint,
            "start": _iso(start),
            "expand": "payloads",
            "limit": 100,
        }
        alike: dict[str, set[str]] = {attempt.token: set() for attempt in attempts}
        wanted = list(attempts)
        ahead: float | None = None
        for _ in range(MOST_PAGES):
            read = await self._page(query)
            if isinstance(read, Passing | Unknown):
                unread = dict.fromkeys((each.token for each in wanted), read)
                return {each.token: _answer(each, alike[each.token]) for each in attempts} | unread
            page, date = read
            if ahead is None:
                now = time.time()
                ahead = 0.0 if date is None else date - now
                if now + ahead - WINDOW < start:
                    # This clock is or was ahead by more than the window; start over with fal's.
                    query["start"] = _iso(now + ahead - WINDOW)
                    continue
            for attempt in wanted:
                alike[attempt.token].update(_matches(page["items"], attempt, ahead))
            wanted = [each for each in wanted if not _is_settled(each, alike[each.token])]
            cursor = reply.opaque(page.get("next_cursor"))
            if not wanted or not page.get("has_more") or cursor is None:
                break
            query["cursor"] = cursor
        return {attempt.token: _answer(attempt, alike[attempt.token]) for attempt in attempts}

    async def _page(
        self, query: Mapping[str, str | int]
    ) -> tuple[dict[str, Any], float | None] | Passing | Unknown:
        """A page of the history, and fal's time in Unix seconds."""
        try:
            response = await self._wire.ask("GET", self._url, params=query)
        except BackendUnavailable as error:
            return Passing(error)
        if response.is_error:
            refused = refusal(response, self._redact)
            if response.is_server_error or isinstance(refused, RateLimited):
                return Passing(refused)
            return Unknown("this key may not read fal's request history")
        page = response.body
        if not isinstance(page.get("items"), list):
            # A missing list does not prove that the request is not in it.
            return Passing(BackendUnavailable("fal's request history cannot be read."))
        return page, date_of(response.headers)


def _is_complete(attempt: Attempt) -> bool:
    """Whether the request of an attempt can be compared with those of the history."""
    endpoint, sent, marker = map(attempt.request.get, ("endpoint", "input", "marker"))
    return isinstance(endpoint, str) and isinstance(sent, dict) and isinstance(marker, str | None)


def _is_settled(attempt: Attempt, matches: set[str]) -> bool:
    """Whether older pages cannot change what is known of an attempt."""
    return bool(matches) and bool(attempt.request.get("marker"))


def _answer(attempt: Attempt, matches: set[str]) -> Answer:
    if len(matches) > 1 and not _is_settled(attempt, matches):
        return Unknown(f"fal's history has {len(matches)} requests with the same input")
    return min(matches, default=None) or Absent()


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
    return datetime.fromtimestamp(min(max(0.0, at), LAST), UTC).isoformat()
