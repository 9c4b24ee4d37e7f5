"""Server-sent events, however they arrive."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from rushes.backends.fal.stream import events

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BODY = (
    b'data: {"a": 1}\n\n: keep-alive\n\ndata: one\ndata: two\n\nid: 7\ndata:x: y\n\ndata: cut off'
)
SAID = [b'{"a": 1}', b"", b"one\ntwo", b"x: y"]


def read(*chunks: bytes) -> list[bytes]:
    async def arriving() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def run() -> list[bytes]:
        return [data async for data in events(arriving())]

    return asyncio.run(run())


def test_events_and_comments_are_told_apart():
    """An event has its data, a comment has none, other fields are passed over."""
    assert read(BODY) == SAID


@pytest.mark.parametrize("ending", [b"\r\n", b"\n"], ids=["CRLF", "LF"])
@given(cuts=st.lists(st.integers(0, len(BODY) + 10), max_size=8))
def test_cuts_do_not_matter(ending, cuts):
    """Pieces end anywhere, even between the two characters that end a line."""
    body, ends = BODY.replace(b"\n", ending), sorted(cuts)

    assert read(*(body[a:b] for a, b in zip([0, *ends], [*ends, None], strict=True))) == SAID
