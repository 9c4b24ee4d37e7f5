"""The page about what is sent is true."""

from __future__ import annotations

from support.what_is_sent import PAGE, page


def test_the_page_shows_what_is_sent():
    """For every service, provider and mode; it was read against each service's documentation."""
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "the requests have changed; if that is right, write the page anew: "
        "PYTHONPATH=tests python -m what_is_sent"
    )
