"""Limits for every route: how much one call may send, and how many calls there may be at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from rushes.gateway.faults import Refused, body_of, headers_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

UPLOADS = "/v1/inputs/"
"""Where bodies are files, which are written to the disk as they arrive."""


BUSY = Refused(
    503,
    "BACKEND_UNAVAILABLE",
    "The gateway has too many calls at once. Nothing was recorded; try again soon.",
    retry_after=5.0,
)


class Crowd:
    """Refuses calls while there are too many, with 503, in the words of every error.

    Args:
        app: the application.
        is_full: whether there are too many, the call that asks included.
    """

    def __init__(self, app: ASGIApp, is_full: Callable[[], bool]) -> None:
        self._app = app
        self._is_full = is_full

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on."""
        if scope["type"] != "http" or not self._is_full():
            await self._app(scope, receive, send)
            return
        headers = headers_of(BUSY) | {"Connection": "close"}
        await JSONResponse(body_of(BUSY), BUSY.status, headers)(scope, receive, send)


class BodyLimit:
    """Refuses bodies that are too large, with 413, before they are in memory.

    Args:
        app: the application.
        largest: bytes of a request.
        largest_upload: bytes of a file.
    """

    def __init__(self, app: ASGIApp, *, largest: int, largest_upload: int) -> None:
        self._app = app
        self._largest = largest
        self._largest_upload = largest_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on; its body is counted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_upload = UPLOADS in scope["path"]
        most = self._largest_upload if is_upload else self._largest
        if _announced(scope) > most:
            error = Refused(413, "PAYLOAD_TOO_LARGE", _words(most))
            reply = JSONResponse(body_of(error), 413, {"Connection": "close"})
            await reply(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                # Whatever reads the body passes this on, and it becomes the reply.
                raise HTTPException(413, _words(most), {"Connection": "close"})
            return message

        await self._app(scope, counted, send)


def _announced(scope: Scope) -> int:
    """The length that a request says its body has."""
    found = dict(scope["headers"]).get(b"content-length", b"")
    return int(found) if found.isdigit() else 0


def _words(most: int) -> str:
    return f"The body is larger than {most:,} bytes. Give smaller files, or links to them."
