"""Whether the gateway works, for whatever watches it. No token is needed."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from rushes.contract.errors import RushesError
from rushes.gateway import wire
from rushes.gateway.faults import Refused
from rushes.gateway.routes.parts import Open, reply

router = APIRouter(tags=["health"])

PATIENCE = 1.0
"""Seconds within which the journal has to answer."""

UNREADY: dict[int | str, dict[str, Any]] = {
    503: {"model": wire.Error, "description": "It does not."}
}


@router.get("/livez", response_model=wire.Health, summary="Whether the process works.")
async def livez() -> JSONResponse:
    """It does if this answers."""
    return reply(wire.Health())


@router.get(
    "/readyz",
    response_model=wire.Health,
    summary="Whether calls can be sent here.",
    responses=UNREADY,
)
async def readyz(runtime: Open) -> JSONResponse:
    """Whether the journal answers and the gateway is not being ended."""
    try:
        if runtime.news.is_closing:
            raise Refused(503, "BACKEND_UNAVAILABLE", "The gateway is being ended.")
        runtime.engine.must_work()
        async with asyncio.timeout(PATIENCE):
            await run_in_threadpool(runtime.engine.journal.named, "readiness", limit=1)
    except (TimeoutError, RushesError) as error:
        words = error.message if isinstance(error, RushesError) else "The journal is slow."
        raise Refused(503, "BACKEND_UNAVAILABLE", words, retry_after=5.0) from error
    return reply(wire.Health())
