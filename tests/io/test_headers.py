"""Times in headers are read once, for services and for downloads alike."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given, strategies as st

from rushes.backends.wire import Response
from rushes.io.headers import LONGEST_WAIT, date_of, retry_after
from rushes.media import transfer

NOON = "Fri, 27 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        (" 0.25 ", 0.25),
        ("-1", None),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("1e3", None),
        ("9" * 400, None),
    ],
)
def test_waits_are_read(text: str, seconds: float | None) -> None:
    """A number of seconds; anything else that is not a date asks for nothing."""
    assert retry_after(httpx.Headers({"Retry-After": text})) == seconds


def test_waits_are_bounded() -> None:
    """Neither a number nor a date stops a service, or a paid video, for days."""
    assert retry_after(httpx.Headers({"Retry-After": "99999999"})) == 3600
    assert retry_after(httpx.Headers({"Retry-After": "Fri, 31 Dec 2999 23:59:59 GMT"})) == 3600
    assert retry_after(httpx.Headers({"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"})) == 0


def test_a_date_to_wait_for_is_compared_with_the_servers_own_clock() -> None:
    """This machine's clock may be wrong by hours."""
    until = "Fri, 27 Nov 2026 12:00:40 GMT"
    assert retry_after(httpx.Headers({"Retry-After": until, "Date": NOON})) == 40.0


def test_a_date_without_a_zone_is_of_greenwich() -> None:
    """The machine's own zone plays no part."""
    plain = httpx.Headers({"Date": NOON.removesuffix(" GMT")})
    assert date_of(plain) == date_of(httpx.Headers({"Date": NOON})) == 1_795_780_800.0


def test_services_and_downloads_read_the_same() -> None:
    """One reading, with one bound."""
    headers = httpx.Headers({"Retry-After": "86400"})
    assert Response(429, headers=headers).retry_after == LONGEST_WAIT
    assert transfer.retry_after is retry_after


@given(st.text(st.characters(codec="ascii")))
def test_no_header_makes_reading_fail(text: str) -> None:
    """Servers write what they like."""
    headers = httpx.Headers({"Retry-After": text, "Date": text})
    wait = retry_after(headers)
    assert wait is None or 0 <= wait <= LONGEST_WAIT
    date_of(headers)
