"""What is noted of each call: an id, a line in the log, and counts."""

from __future__ import annotations

import contextvars
import logging
import re
import secrets
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("rushes.gateway")

REQUEST: contextvars.ContextVar[str | None] = contextvars.ContextVar("request", default=None)
"""The id of the call that is being answered, for the lines of the log."""

GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""An id that a proxy gave a call, and that is kept."""

HEADER = "x-request-id"


class Meter(Protocol):
    """Counts calls."""

    def call(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one; a route is a template, which has no names of people or jobs."""


class Access:
    """Notes every call. Neither queries nor bodies are: links are signed in their queries.

    Args:
        app: the application.
        meter: counts calls; None counts none.
    """

    def __init__(self, app: ASGIApp, meter: Meter | None = None) -> None:
        self._app = app
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on, and note how it ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(HEADER.encode(), b"").decode("latin-1")
        number = given if GIVEN.fullmatch(given) else secrets.token_hex(8)
        begun, status = time.monotonic(), 500
        token = REQUEST.set(number)

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", []).append((HEADER.encode(), number.encode()))
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            seconds = time.monotonic() - begun
            route = getattr(scope.get("route"), "path", "unknown")
            caller = scope.get("state", {}).get("caller")
            facts = {
                "method": scope["method"],
                "path": scope["path"],
                "status": status,
                "seconds": round(seconds, 3),
                "person": getattr(caller, "person", None),
                "app": getattr(caller, "app", None),
                "address": scope["client"][0] if scope.get("client") else None,
            }
            log.info("%s %s %s", scope["method"], scope["path"], status, extra={"facts": facts})
            if self._meter is not None:
                self._meter.call(route, scope["method"], status, seconds)
            REQUEST.reset(token)
