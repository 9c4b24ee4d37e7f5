"""The original client's call: submit a job and respond when its video is finished."""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from rushes.contract.errors import RateLimited, RushesError
from rushes.gateway import wire
from rushes.gateway.faults import Refused
from rushes.gateway.replies import failure_of
from rushes.gateway.routes.parts import ERRORS, GUARDED, Open, Submitting, address_of, base_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rushes.gateway.callers import Caller
    from rushes.gateway.runtime import Runtime
    from rushes.journal import JobRecord

router = APIRouter(tags=["videogen"], responses=ERRORS, dependencies=GUARDED)


@router.post(
    "/v1/videogen/{app}/sync-generate",
    response_model=wire.Result,
    summary="Generate a video and respond when it is finished.",
    description=(
        "There is no id, so a repeated call is a second job. A call that takes longer than some "
        "minutes gets status 200 and a space from time to time, so that nothing in between closes "
        "it; if the job fails then, the reply ends early. The job is on record in any case."
    ),
    responses={504: {"model": wire.Error, "description": "The gateway ends; the job continues."}},
)
async def generate(
    params: Annotated[wire.Params, Body()],
    caller: Submitting,
    runtime: Open,
    request: Request,
) -> Response:
    """Submit a job and wait for it."""
    job_id, base = secrets.token_hex(16), base_of(request)
    _count(runtime, caller)
    try:
        job = await run_in_threadpool(runtime.operations.submit, caller, job_id, params)
    except BaseException:
        _discount(runtime, caller)
        raise
    runtime.audit.note(caller, "submit", job_id, address=address_of(request))
    ending = asyncio.ensure_future(_ending(runtime, job))

    def over(done: asyncio.Future[JobRecord]) -> None:
        """It counts until the job is over, also if nobody waits for the reply any more."""
        _discount(runtime, caller)
        done.exception()

    ending.add_done_callback(over)
    await asyncio.wait({ending}, timeout=runtime.settings.longest_wait)
    if ending.done():
        return JSONResponse(await run_in_threadpool(_result, runtime, ending.result(), base))
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    return StreamingResponse(
        _beats(runtime, ending, base), media_type="application/json", headers=headers
    )


async def _beats(
    runtime: Runtime, ending: asyncio.Future[JobRecord], base: str
) -> AsyncIterator[bytes]:
    """A space from time to time, and then the result; JSON may begin with spaces."""
    while not ending.done():
        yield b" "
        await asyncio.wait({ending}, timeout=runtime.settings.heartbeat)
    result = await run_in_threadpool(_result, runtime, ending.result(), base)
    yield json.dumps(result).encode()


async def _ending(runtime: Runtime, job: JobRecord) -> JobRecord:
    """The job when it is over.

    Raises:
        Refused: when the gateway ends before that.
    """
    waiting = asyncio.wrap_future(runtime.engine.wait(job.id))
    closing = asyncio.ensure_future(runtime.news.closing())
    both: set[asyncio.Future[Any]] = {waiting, closing}
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            return await waiting
    finally:
        closing.cancel()
    words = f"The gateway is restarted. Job {job.once_key} continues; it is in the list of jobs."
    raise Refused(504, "TIMEOUT", words, retry_after=5.0)


def _result(runtime: Runtime, job: JobRecord, base: str) -> dict[str, Any]:
    """The video of a job.

    Raises:
        RushesError: why there is none.
    """
    error = failure_of(job)
    if error is not None:
        raise error
    said = runtime.replies.job(job, base)
    if said.result is None:
        raise RushesError(said.error or "The video cannot be read.")
    return said.result.plain()


def _count(runtime: Runtime, caller: Caller) -> None:
    """Count a call that waits.

    Raises:
        RateLimited: when the person has too many such calls already.
    """
    owner, most = (caller.app, caller.person), runtime.settings.streams
    if runtime.waiting[owner] >= most:
        words = f"You have {most} calls that wait already; use POST jobs to submit more."
        error = RateLimited(words)
        error.retry_after = 30.0
        raise error
    runtime.waiting[owner] += 1


def _discount(runtime: Runtime, caller: Caller) -> None:
    owner = (caller.app, caller.person)
    runtime.waiting[owner] -= 1
    if not runtime.waiting[owner]:
        del runtime.waiting[owner]
