"""fal's status streams: server-sent events, as the HTML standard describes them."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any

import httpx

from rushes.backends import reply
from rushes.backends.body import read
from rushes.backends.fal.refusal import refusal
from rushes.backends.protocol import Ended, Working
from rushes.backends.unreachable import unreachable
from rushes.backends.wire import IDENTITY, Response
from rushes.contract.errors import BackendUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping

    from rushes.backends.reply import Redact
    from rushes.backends.wire import Wire

COMPLETE = "complete"
"""The name in what `poll` gets that says that a stream called the job complete."""

LONGEST_SILENCE = 35.0
"""Seconds after which a silent stream counts as dead. fal does not say how often it sends comments;
servers of events commonly do every 15 seconds."""

GOODBYE = 0.2
"""Seconds within which fal ends a stream after its last event, or it is broken off."""

LONGEST_LINE = 64 * 1024
LONGEST_EVENT = 1024 * 1024
"""Bytes of a line, and of an event. A longer one is not about a job's status."""

LONGEST_MESSAGE = 200
"""Characters of a line of a log that are shown."""


async def follow(wire: Wire, url: str, redact: Redact) -> AsyncGenerator[Working | Ended, None]:
    """Listen to a job's status events, until one says that the job is complete.

    Args:
        wire: makes the call.
        url: of the stream.
        redact: removes the key from a text, in case fal repeats it.

    Raises:
        RushesError: when fal refuses the stream, or it breaks off.
    """
    request = wire.client.build_request(
        "GET",
        url,
        headers={"Accept": "text/event-stream", **IDENTITY},
        timeout=httpx.Timeout(30.0, connect=10.0, read=LONGEST_SILENCE),
    )
    working = Working()
    try:
        async with asyncio.timeout(LONGEST_SILENCE):
            response = await wire.client.send(request, auth=wire.auth, stream=True)
        async with aclosing(response):
            if response.status_code != httpx.codes.OK:
                async with asyncio.timeout(LONGEST_SILENCE):
                    await read(response)
                raise refusal(Response.of(response), redact)
            if not response.headers.get("content-type", "").startswith("text/event-stream"):
                msg = "fal did not answer with a stream of events."
                raise BackendUnavailable(msg)
            said = events(response.aiter_raw())
            async for data in said:
                # A comment says only that the stream lives.
                status = reply.object_of(data) if data else {}
                if status.get("status") == "COMPLETED":
                    await _hang_up(said)
                    yield Ended({} if status.get("error") else {COMPLETE: True})
                    return
                # An event has only the lines that are new.
                working = working_in(status, redact, working.message) or working
                yield working
    except (httpx.HTTPError, TimeoutError) as error:
        raise unreachable(error, "fal") from error


def working_in(
    body: Mapping[str, Any], redact: Redact, message: str | None = None
) -> Working | None:
    """A status that says that the job is not done; None when it says something else.

    Args:
        body: the status.
        redact: removes the key from a text.
        message: the last line of the job's log so far.
    """
    match body.get("status"):
        case "IN_QUEUE":
            return Working(position=reply.count(body.get("queue_position")))
        case "IN_PROGRESS":
            lines = reply.items(body.get("logs"))[-1:]
            last = lines[0].get("message") if lines else None
            return Working(message=reply.text(last, redact, most=LONGEST_MESSAGE) or message)
    return None


async def events(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The data of each event, and nothing for each comment, which only says that there is life.

    Args:
        chunks: the body, however it is cut into pieces.

    Raises:
        BackendUnavailable: when a line or an event does not end.
    """
    rest, data, size = b"", list[bytes](), 0
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            name, _, value = line.removesuffix(b"\r").partition(b":")
            if name == b"data":
                data.append(value.removeprefix(b" "))
                size += len(value) + 1
            elif not name and value:
                yield b""
            elif not name and data:
                yield b"\n".join(data)
                data, size = [], 0
        if len(rest) > LONGEST_LINE or size > LONGEST_EVENT:
            msg = "An event in the stream does not end; the stream was closed."
            raise BackendUnavailable(msg)


async def _hang_up(said: AsyncIterator[bytes]) -> None:
    """Let fal end the stream, so that its connection can be used for the result."""
    with suppress(TimeoutError):
        async with asyncio.timeout(GOODBYE):
            async for _ in said:
                pass
