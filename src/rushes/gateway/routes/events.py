"""A stream of what happens to a person's jobs (Server-Sent Events)."""

from __future__ import annotations

import asyncio
import json
import random
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from rushes.contract.errors import RateLimited, RushesError
from rushes.gateway.routes.parts import ERRORS, GUARDED, Open, Reading, base_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rushes.gateway.callers import Caller
    from rushes.gateway.runtime import Runtime

router = APIRouter(tags=["jobs"], responses=ERRORS, dependencies=GUARDED)

PAGE = 100
"""Endings that are read at once."""

COME_BACK = (1_000, 10_000)
"""Milliseconds after which a client connects again: each another time, so that a gateway that was
restarted is not called by all at once."""

NUMBER = r"^[0-9]{1,15}$"


@router.get(
    "/v1/jobs/{app}/events",
    summary="What happens to jobs, as it happens.",
    description=(
        "Events `progress` and `ended`, each with a job as in the list of jobs. Only `ended` has "
        "an id, the cursor of `drain`: with Last-Event-ID, or after, the stream begins with what "
        "ended since, so that nothing is missed. Without either it begins now."
    ),
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def events(
    caller: Reading,
    runtime: Open,
    request: Request,
    after: Annotated[str | None, Query(pattern=NUMBER)] = None,
    last_event_id: Annotated[str | None, Header(pattern=NUMBER)] = None,
) -> StreamingResponse:
    """Open a stream."""
    owner, most = (caller.app, caller.person), runtime.settings.streams
    if runtime.news.open_streams(owner) >= most:
        error = RateLimited(f"You have {most} streams open already; close one of them.")
        error.retry_after = 30.0
        raise error
    cursor = last_event_id or after
    number = await run_in_threadpool(runtime.register.last_ending, owner)
    if cursor is not None:
        number = min(int(cursor), number)
    stream = _stream(runtime, caller, number, base_of(request), request.headers["authorization"])
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _stream(
    runtime: Runtime, caller: Caller, number: int, base: str, token: str
) -> AsyncIterator[str]:
    """The events of a person after an ending.

    Args:
        runtime: the gateway.
        caller: the person.
        number: the last ending that the client knows.
        base: the gateway's address.
        token: the header that the stream was opened with; it ends when that is not valid any more.
    """
    owner = (caller.app, caller.person)
    with runtime.news.reading(owner) as reader:
        yield f"retry: {random.randint(*COME_BACK)}\n\n"
        while not reader.closing:
            reader.woken.clear()
            while ended := await run_in_threadpool(
                runtime.register.endings, owner, after=number, limit=PAGE
            ):
                for place, job_id in ended:
                    number = place
                    for text in await run_in_threadpool(_said, runtime, caller, job_id, base):
                        yield f"id: {number}\nevent: ended\ndata: {text}\n\n"
            for job in reader.take():
                text = json.dumps(runtime.replies.job(job, base).plain())
                yield f"event: progress\ndata: {text}\n\n"
            try:
                async with asyncio.timeout(runtime.settings.heartbeat):
                    await reader.woken.wait()
            except TimeoutError:
                try:
                    await run_in_threadpool(runtime.guard.caller, token)
                except RushesError:
                    return
                yield ":\n\n"


def _said(runtime: Runtime, caller: Caller, job_id: str, base: str) -> list[str]:
    """A job as JSON; nothing when it is not in the journal any more."""
    return [
        json.dumps(runtime.replies.job(job, base).plain())
        for job in runtime.operations.jobs(caller, [job_id])
    ]
