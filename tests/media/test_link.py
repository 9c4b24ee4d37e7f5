"""What a link and the headers of a reply say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given, strategies as st

from rushes.io.site import Site
from rushes.media.link import (
    content_length,
    content_range,
    may_follow,
    shown,
    strong_validator,
)

NOW = datetime(2026, 11, 22, 18, 42, 33, tzinfo=UTC)


def http_date(when: datetime) -> str:
    return format_datetime(when, usegmt=True)


def test_a_link_is_shown_without_its_secrets() -> None:
    """Host and path name the file; the user, the query and the fragment may be keys."""
    link = httpx.URL("https://me:pw@cdn.example:8443/a/v.mp4?sig=1#x")
    assert shown(link) == "cdn.example/a/v.mp4"


@pytest.mark.parametrize(
    ("first", "here", "there", "allowed"),
    [
        ("https://a/1", "https://a/1", "https://b/2", True),
        ("http://a/1", "http://a/1", "http://b/2", True),
        ("http://a/1", "http://a/1", "https://b/2", True),
        ("https://a/1", "https://a/1", "http://b/2", False),
        ("https://a/1", "https://a/1", "http://[::1]/2", True),
        ("https://a/1", "https://a/1", "http://127.0.0.1.evil.example/2", False),
        ("http://a/1", "https://b/1", "http://c/2", False),
        ("https://a/1", "https://a/1", "file:///etc/passwd", False),
        ("https://a/1", "https://a/1", "https:///x", False),
        ("preview://a/1", "preview://a/1", "preview://a/2", True),
        ("preview://a/1", "preview://a/1", "https://a/2", True),
        ("preview://a/1", "https://a/1", "preview://a/2", False),
        ("https://a/1", "https://a/1", "preview://a/2", False),
    ],
)
def test_redirects_lead_to_the_web_and_stay_encrypted(
    first: str, here: str, there: str, *, allowed: bool
) -> None:
    """Out of a scheme of one's own there is a way into the web, but none back."""
    site = Site.of(first)
    assert may_follow(httpx.URL(first), httpx.URL(here), httpx.URL(there), site) is allowed


@pytest.mark.parametrize(
    ("headers", "validator"),
    [
        ({"ETag": '"a"'}, '"a"'),
        ({"ETag": 'W/"a"'}, None),
        ({"ETag": '""'}, None),
        ({"ETag": "a"}, None),
        ({}, None),
        ({"Last-Modified": http_date(NOW)}, None),
        ({"Last-Modified": http_date(NOW), "Date": http_date(NOW)}, None),
        ({"Last-Modified": "yesterday", "Date": http_date(NOW)}, None),
    ],
)
def test_only_strong_validators_count(headers: dict[str, str], validator: str | None) -> None:
    """A weak one promises the same film, not the same bytes."""
    assert strong_validator(httpx.Headers(headers)) == validator


def test_a_date_that_is_long_over_counts() -> None:
    """By the server's own clock; an ETag comes first."""
    old = http_date(NOW - timedelta(minutes=1))
    headers = httpx.Headers({"Last-Modified": old, "Date": http_date(NOW)})
    assert strong_validator(headers) == old
    headers["ETag"] = '"a"'
    assert strong_validator(headers) == '"a"'


@given(st.text(st.characters(codec="ascii")))
def test_no_header_makes_reading_fail(text: str) -> None:
    """Servers write what they like."""
    names = ("Content-Length", "Content-Range", "ETag", "Last-Modified", "Date")
    headers = httpx.Headers(dict.fromkeys(names, text))
    content_length(headers)
    content_range(headers)
    strong_validator(headers)
