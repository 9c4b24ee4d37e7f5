"""Server-sent events, however they arrive."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from rushes.backends.events import Event, events

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BODY = (
    b'data: {"a": 1}\n\n: keep-alive\n\nevent: ended\ndata: one\ndata: two\n\nretry: 5\n\n'
    b"id: 7\ndata:x: y\n\ndata: cut off"
)
SAID = [Event(b'{"a": 1}'), Event(), Event(b"one\ntwo", "ended"), Event(), Event(b"x: y")]


def read(*chunks: bytes) -> list[Event]:
    async def arriving() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def run() -> list[Event]:
        return [event async for event in events(arriving())]

    return asyncio.run(run())


def test_events_and_comments_are_told_apart():
    """An event has its data and its name, what only shows life has none."""
    assert read(BODY) == SAID


@pytest.mark.parametrize("ending", [b"\r\n", b"\n"], ids=["CRLF", "LF"])
@given(cuts=st.lists(st.integers(0, len(BODY) + 10), max_size=8))
def test_cuts_do_not_matter(ending, cuts):
    """Pieces end anywhere, even between the two characters that end a line."""
    body, ends = BODY.replace(b"\n", ending), sorted(cuts)

    assert read(*(body[a:b] for a, b in zip([0, *ends], [*ends, None], strict=True))) == SAID
