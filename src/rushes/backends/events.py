"""Server-sent events, as the HTML standard describes them: streams that services keep open."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from rushes.backends.body import read
from rushes.backends.unreachable import unreachable
from rushes.backends.wire import IDENTITY, Response
from rushes.contract.errors import BackendUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from rushes.backends.wire import Wire
    from rushes.contract.errors import RushesError

LONGEST_LINE = 64 * 1024
LONGEST_EVENT = 1024 * 1024
"""Bytes of a line, and of an event. A longer one is not about a job's status."""


@dataclass(frozen=True, slots=True)
class Event:
    """What a stream said. One without data says only that the stream lives.

    Attributes:
        data: of the event; empty for a comment, and for a wish when to connect again.
        name: of the kind of event; empty where it has none.
    """

    data: bytes = b""
    name: str = ""


@asynccontextmanager
async def opened(
    wire: Wire, url: str, refusal: Callable[[Response], RushesError], *, silence: float
) -> AsyncIterator[AsyncIterator[Event]]:
    """Open a stream; the block gets its events, as they arrive.

    Args:
        wire: makes the call.
        url: of the stream.
        refusal: what a reply means that is not a stream.
        silence: seconds after which a stream that says nothing counts as dead.

    Raises:
        RushesError: when the service refuses the stream, or it breaks off inside the block.
    """
    request = wire.client.build_request(
        "GET",
        url,
        headers={"Accept": "text/event-stream", **IDENTITY},
        timeout=httpx.Timeout(30.0, connect=10.0, read=silence),
    )
    try:
        async with asyncio.timeout(silence):
            response = await wire.client.send(
                request, auth=wire.auth, stream=True, follow_redirects=False
            )
        async with aclosing(response):
            if response.status_code != httpx.codes.OK:
                async with asyncio.timeout(silence):
                    await read(response)
                raise refusal(Response.of(response))
            if not response.headers.get("content-type", "").startswith("text/event-stream"):
                msg = f"{wire.service} did not answer with a stream of events."
                raise BackendUnavailable(msg)
            yield events(response.aiter_raw())
    except (httpx.HTTPError, TimeoutError) as error:
        raise unreachable(error, wire.service) from error


async def events(chunks: AsyncIterator[bytes]) -> AsyncIterator[Event]:
    """Every event, and one without data for everything else that shows life.

    Args:
        chunks: the body, however it is cut into pieces.

    Raises:
        BackendUnavailable: when a line or an event does not end.
    """
    rest, lines, size, name = b"", list[bytes](), 0, ""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            field, _, value = line.removesuffix(b"\r").partition(b":")
            if field == b"data":
                lines.append(value.removeprefix(b" "))
                size += len(value) + 1
            elif field == b"event":
                name = value.removeprefix(b" ").decode(errors="replace")
            elif field == b"retry" or (not field and value):
                yield Event()
            elif not field:
                if lines:
                    yield Event(b"\n".join(lines), name)
                lines, size, name = [], 0, ""
        if len(rest) > LONGEST_LINE or size > LONGEST_EVENT:
            msg = "An event in the stream does not end; the stream was closed."
            raise BackendUnavailable(msg)
