"""Uploads to an emulated gateway, by the SHA-256 of their content."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from emulators.faults import Call, Operation, Struck
from emulators.service import Upload, json_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from emulators.service import Service

SCHEME = "rushes-input:"


class InputHost:
    """Answers `GET` and `PUT /v1/inputs/{app}/{sha256}`.

    Args:
        service: State of the gateway.
        refused: The reply to a request without a valid token.
    """

    def __init__(self, service: Service, refused: Callable[[Request], Response | None]) -> None:
        self._service = service
        self._refused = refused

    async def find(self, request: Request) -> Response:
        """Say whether a file is there."""
        name = SCHEME + request.path_params["sha256"]

        async def reply(_: Struck) -> Response:
            if refused := self._refused(request):
                return refused
            if name in self._service.ledger.uploads:
                return json_response({"input": name})
            words = "You have not uploaded such a file"
            return json_response({"error": words, "code": "INPUT_NOT_FOUND"}, 404)

        return await self._service.answer(Call(Operation.UPLOAD, input="GET"), reply)

    async def keep(self, request: Request) -> Response:
        """Take a file."""
        sha256, content = request.path_params["sha256"], await request.body()

        async def reply(_: Struck) -> Response:
            if refused := self._refused(request):
                return refused
            if hashlib.sha256(content).hexdigest() != sha256:
                error = {"error": "The content has another SHA-256", "code": "MEDIA_ERROR"}
                return json_response(error, 400)
            kind, now = request.headers.get("content-type", ""), self._service.clock.now()
            self._service.ledger.uploads[SCHEME + sha256] = Upload(sha256, kind, content, now)
            self._service.ledger.counts["kept"] += 1
            return json_response({"input": SCHEME + sha256}, 201)

        return await self._service.answer(Call(Operation.UPLOAD, input="PUT"), reply)


def missing(value: Any, uploads: dict[str, Upload]) -> str | None:
    """The name of a file in a request that is not there."""
    if isinstance(value, dict | list):
        values = value.values() if isinstance(value, dict) else value
        return next((name for each in values if (name := missing(each, uploads))), None)
    is_name = isinstance(value, str) and value.startswith(SCHEME)
    return value if is_name and value not in uploads else None
