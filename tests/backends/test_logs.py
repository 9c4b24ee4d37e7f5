"""The HTTP library's log holds no signatures."""

from __future__ import annotations

import asyncio
import logging

import httpx

from rushes.backends.logs import clean_logs


def test_a_signed_link_is_logged_without_its_signature(caplog):
    """The address stays readable; the query is gone."""
    clean_logs()
    caplog.set_level(logging.DEBUG)

    async def fetch() -> None:
        answer = httpx.MockTransport(lambda _: httpx.Response(200))
        async with httpx.AsyncClient(transport=answer) as client:
            await client.get("https://cdn.example/take.mp4?X-Signature=secret")

    asyncio.run(fetch())

    assert "https://cdn.example/take.mp4" in caplog.text
    assert "secret" not in caplog.text
