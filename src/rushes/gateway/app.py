"""The application: all routes, and what holds for every one of them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from rushes.contract.errors import InvalidParams, Problem, ProviderErrorDetail, RushesError
from rushes.gateway.access import Access
from rushes.gateway.faults import Refused, body_of, headers_of, status_of
from rushes.gateway.guard import AuthenticationMiddleware, Prefix
from rushes.gateway.limits import BodyLimit
from rushes.gateway.routes import account, admin, events, files, generate, health, hooks, jobs
from rushes.gateway.runtime import Runtime

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from rushes.gateway.access import Meter
    from rushes.gateway.settings import Settings

DESCRIPTION = """\
The rushes contract over HTTP: video jobs that outlive a connection, for people who hold no key of
a service. Generated from the application; `rushes serve` runs it.

Every error is `{error, code, detail, advice, errorDetail, retryAfterMs}`; values that are absent
are left out. Everything that belongs to another person, or to another application, is not found.
"""

CODES = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "PAYLOAD_TOO_LARGE"}


def create_app(
    settings: Settings,
    *,
    open_runtime: Callable[[Settings], Runtime] = Runtime,
    meter: Meter | None = None,
) -> FastAPI:
    """The application of one gateway; what it needs is opened when it starts.

    Args:
        settings: those of the gateway.
        open_runtime: opens the engine and everything else.
        meter: counts calls.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.runtime = runtime = open_runtime(settings)
        await runtime.open()
        try:
            yield
        finally:
            await runtime.shut()

    app = FastAPI(
        title="rushes gateway",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        separate_input_output_schemas=False,
        generate_unique_id_function=lambda route: route.name,
    )
    for part in (generate, jobs, events, hooks, account, admin, files, health):
        app.include_router(part.router)
    app.add_exception_handler(RushesError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _unexpected)
    # The last one that is added is the outermost.
    app.add_middleware(BodyLimit, largest=settings.largest, largest_upload=settings.largest_upload)
    app.add_middleware(AuthenticationMiddleware, guard=lambda: app.state.runtime.guard)
    app.add_middleware(Access, meter=meter)
    app.add_middleware(Prefix, prefix=lambda: app.state.runtime.prefix)
    app.openapi = lambda: described(app)  # type: ignore[method-assign]
    return app


def described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description; without FastAPI's own idea of validation errors."""
    if app.openapi_schema is None:
        schema = FastAPI.openapi(app)
        for path in schema["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
        for name in ("HTTPValidationError", "ValidationError"):
            schema["components"]["schemas"].pop(name, None)
        app.openapi_schema = schema
    return app.openapi_schema


def _reply(error: RushesError) -> JSONResponse:
    return JSONResponse(body_of(error), status_of(error), headers_of(error))


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RushesError)  # noqa: S101 - for the type checker
    runtime: Runtime = request.app.state.runtime
    body = body_of(error)
    body["error"] = runtime.replies.discreet(body["error"])
    return JSONResponse(body, status_of(error), headers_of(error))


async def _invalid(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001 - as Starlette calls it
    """Everything that is wrong with the parameters and the body of a call."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    problems = [
        Problem(".".join(map(str, item["loc"][1:])) or str(item["loc"][0]), None, _said(item))
        for item in error.errors()
    ]
    first = error.errors()[0]
    lines = "\n".join(f"  - {problem}" for problem in problems)
    loc = tuple(part for part in first["loc"] if isinstance(part, str | int))
    refusal = InvalidParams(
        f"The call cannot be read; nothing was sent or paid:\n{lines}",
        error_detail=ProviderErrorDetail(loc=loc, type=first["type"], msg=_said(first)),
    )
    return _reply(refusal)


def _said(item: dict[str, Any]) -> str:
    text = str(item["msg"])
    return f"{text[:1].lower()}{text[1:]}."


async def _of_http(request: Request, error: Exception) -> JSONResponse:
    """Calls that no route takes."""
    assert isinstance(error, HTTPException)  # noqa: S101
    words = {
        404: f"There is nothing at {request.url.path}; /openapi.json lists the routes.",
        405: f"{request.method} is not possible at {request.url.path}.",
    }.get(error.status_code, str(error.detail))
    code = CODES.get(error.status_code, InvalidParams.code)
    return _reply(Refused(error.status_code, code, words, headers=error.headers))


async def _unexpected(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
    """A fault of the gateway; the log has it, and the caller learns nothing of its inside."""
    words = "The gateway failed. Its log says more; tell its operator. A job on record continues."
    return _reply(Refused(500, "BACKEND_UNAVAILABLE", words, retry_after=5.0))
