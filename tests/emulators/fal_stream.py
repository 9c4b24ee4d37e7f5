"""The status of a job as server-sent events."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

from starlette.responses import StreamingResponse

from emulators.faults import FaultKind, Struck
from emulators.jobs import JobStatus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from emulators.fal_service import FalService

_TICK_SECONDS = 0.05


def status_stream(
    service: FalService, request: Request, body: Callable[[], dict[str, Any]], struck: Struck
) -> Response:
    """Return a stream with an event for each change of the status, until the job is complete.

    Args:
        service: State of the service.
        request: Whose connection it is.
        body: The status as it is now, with all lines of the log so far.
        struck: Faults of this stream.
    """
    pieces = _pieces(service, request, _words(service, body, struck))
    return StreamingResponse(pieces, 200, media_type="text/event-stream")


async def _pieces(
    service: FalService, request: Request, words: AsyncIterator[bytes | None]
) -> AsyncIterator[bytes]:
    """Yield the words in pieces; None among them breaks the connection."""
    async for text in words:
        if text is None:
            service.close_connection(tuple(request.scope["client"]))
            await asyncio.Event().wait()
            return
        length = service.settings.stream_piece or len(text)
        for start in range(0, len(text), length):
            yield text[start : start + length]
            await asyncio.sleep(0)


async def _words(
    service: FalService, body: Callable[[], dict[str, Any]], struck: Struck
) -> AsyncIterator[bytes | None]:
    """Yield events and comments. An event has only the lines of the log that are new."""
    if FaultKind.SILENT_STREAM in struck:
        await asyncio.Event().wait()
    told: dict[str, Any] = {}
    lines, spoke_at = 0, time.monotonic()
    while True:
        status = body()
        is_deaf = told and FaultKind.DEAF_STREAM in struck
        if status != told and not is_deaf:
            told, spoke_at = status, time.monotonic()
            logs = status.get("logs")
            new = status if logs is None else status | {"logs": logs[lines:]}
            lines = len(logs or ())
            yield f"data: {json.dumps(new)}\n\n".encode()
            if FaultKind.BROKEN_STREAM in struck:
                yield None
            if status["status"] is JobStatus.COMPLETED:
                return
        elif time.monotonic() - spoke_at >= service.settings.stream_comment:
            spoke_at = time.monotonic()
            yield b": keep-alive\n\n"
        await asyncio.sleep(_TICK_SECONDS)
