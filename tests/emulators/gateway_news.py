"""The news of an emulated gateway as server-sent events."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

from starlette.responses import StreamingResponse

from emulators.faults import FaultKind, Struck

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from emulators.jobs import Job
    from emulators.service import Service

    Shown = Callable[[Job], Awaitable[dict[str, Any]]]

_TICK_SECONDS = 0.05


def news(
    service: Service, request: Request, shown: Shown, comment: float, struck: Struck
) -> Response:
    """Return a stream with an event for each change of a job, from now on.

    Args:
        service: State of the gateway.
        request: Whose connection it is.
        shown: A job as its owner sees it.
        comment: Seconds between the comments.
        struck: Faults of this stream.
    """
    words = _words(service, request, shown, comment, struck)
    return StreamingResponse(words, 200, media_type="text/event-stream")


async def _words(
    service: Service, request: Request, shown: Shown, comment: float, struck: Struck
) -> AsyncIterator[bytes]:
    if FaultKind.SILENT_STREAM in struck:
        await asyncio.Event().wait()
    told = {job.request_id: await shown(job) for job in list(service.ledger.jobs.values())}
    yield b"retry: 10\n\n"
    if FaultKind.BROKEN_STREAM in struck:
        service.close_connection(tuple(request.scope["client"]))
        await asyncio.Event().wait()
    spoke_at = time.monotonic()
    while True:
        for job in list(service.ledger.jobs.values()):
            if FaultKind.DEAF_STREAM in struck or _is_over(told.get(job.request_id, {})):
                continue
            said = await shown(job)
            if said != told.get(job.request_id):
                told[job.request_id], spoke_at = said, time.monotonic()
                kind = "ended" if _is_over(said) else "progress"
                yield f"event: {kind}\ndata: {json.dumps(said)}\n\n".encode()
        if time.monotonic() - spoke_at >= comment:
            spoke_at = time.monotonic()
            yield b":\n\n"
        await asyncio.sleep(_TICK_SECONDS)


def _is_over(said: dict[str, Any]) -> bool:
    return said.get("status") in ("completed", "failed")
