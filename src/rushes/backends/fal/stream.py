"""fal's status streams."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from rushes.backends import reply
from rushes.backends.events import opened
from rushes.backends.fal.refusal import refusal
from rushes.backends.protocol import Ended, Working

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping

    from rushes.backends.events import Event
    from rushes.backends.reply import Redact
    from rushes.backends.wire import Wire

COMPLETE = "complete"
"""The name in what `poll` gets that says that a stream called the job complete."""

LONGEST_SILENCE = 35.0
"""Seconds after which a silent stream counts as dead. fal does not say how often it sends comments;
servers of events commonly do every 15 seconds."""

GOODBYE = 0.2
"""Seconds within which fal ends a stream after its last event, or it is broken off."""

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
    working = Working()
    silence = LONGEST_SILENCE
    async with opened(wire, url, lambda said: refusal(said, redact), silence=silence) as said:
        async for event in said:
            # A comment says only that the stream lives.
            status = reply.object_of(event.data) if event.data else {}
            if status.get("status") == "COMPLETED":
                await _hang_up(said)
                yield Ended({} if status.get("error") else {COMPLETE: True})
                return
            # An event has only the lines that are new.
            working = working_in(status, redact, working.message) or working
            yield working


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


async def _hang_up(said: AsyncIterator[Event]) -> None:
    """Let fal end the stream, so that its connection can be used for the result."""
    with suppress(TimeoutError):
        async with asyncio.timeout(GOODBYE):
            async for _ in said:
                pass
