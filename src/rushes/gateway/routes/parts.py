"""What the routes share: who calls, in which application, and how replies are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Path, Query, Request, Security
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer

from rushes.gateway import wire
from rushes.gateway.callers import Caller, Scope
from rushes.gateway.runtime import Runtime

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = HTTPBearer(
    scheme_name="token", auto_error=False, description="A token of `rushes tokens add`."
)
"""Describes what `guard.AuthenticationMiddleware` checks before a route is chosen."""

AppName = Annotated[
    str, Path(pattern=wire.APP, description="The application that jobs are billed to.")
]

JobName = Annotated[
    str, Path(alias="jobId", pattern=wire.JOB_ID, description="Chosen by the client.")
]

ERRORS: dict[int | str, dict[str, Any]] = {
    "default": {"model": wire.Error, "description": "The error."},
    429: {
        "model": wire.Error,
        "description": "Too many requests; nothing was recorded.",
        "headers": {
            "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}
        },
    },
}
"""Replies that every route may give."""


def runtime_of(request: Request) -> Runtime:
    """The gateway that is open."""
    runtime: Runtime = request.app.state.runtime
    return runtime


def admitted(scope: Scope) -> Callable[..., Caller]:
    """A dependency: the caller, if the token is for the application and allows something."""

    def admit(request: Request, app: AppName) -> Caller:
        return runtime_of(request).guard.admit(request.state.caller, app, scope)

    return admit


def known(request: Request) -> Caller:
    """The caller, whatever the application."""
    caller: Caller = request.state.caller
    return runtime_of(request).guard.admit(caller, caller.app, "read")


GUARDED: list[Any] = [Security(TOKEN)]
"""Dependencies of all routes that need a token, for the description."""

Open = Annotated[Runtime, Depends(runtime_of)]
Reading = Annotated[Caller, Depends(admitted("read"))]
Submitting = Annotated[Caller, Depends(admitted("submit"))]
Administering = Annotated[Caller, Depends(admitted("admin"))]

Cursor = Annotated[
    str | None,
    Query(
        pattern=r"^[0-9]{1,12}(\.[0-9]{1,9})?:[0-9a-f]{32}$",
        description="The cursor of the last page; left out for the first one.",
    ),
]


def base_of(request: Request) -> str:
    """The address of the gateway, as its callers reach it."""
    public = runtime_of(request).settings.url
    return public.rstrip("/") if public else str(request.base_url).rstrip("/")


def address_of(request: Request) -> str | None:
    """Where a call came from."""
    return None if request.client is None else request.client.host


def reply(said: wire.Wire, status: int = 200) -> JSONResponse:
    """A reply without absent values; it must not be kept by anything in between."""
    return JSONResponse(said.plain(), status, headers={"Cache-Control": "no-store"})
