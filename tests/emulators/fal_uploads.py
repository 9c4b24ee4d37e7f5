"""Uploads to an emulated fal: by its REST host, and by its CDN."""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

from emulators.faults import Call, Operation, Struck
from emulators.service import Upload, json_response

if TYPE_CHECKING:
    from starlette.requests import Request

    from emulators.fal_service import FalService

_CDN_TOKEN = "emulator-cdn-token"  # Not a secret: it opens nothing but this emulator.


class UploadHost:
    """Answers uploads.

    Args:
        service: State shared with the other hosts.
    """

    def __init__(self, service: FalService) -> None:
        self._service = service

    async def initiate(self, request: Request) -> Response:
        """Answer `POST {rest}/storage/upload/initiate`: where to put a file, where it will be."""
        if refused := self._service.refused_key(request):
            return json_response({"detail": refused[1]}, refused[0])
        try:
            body = json.loads(await request.body())
            name, content_type = str(body["file_name"]), str(body["content_type"])
        except (ValueError, KeyError, TypeError):
            return json_response({"detail": "file_name and content_type are required"}, 422)
        path = self._new_upload(name, content_type)
        media = self._service.addresses.media
        return json_response({"upload_url": f"{media}/put{path}", "file_url": media + path})

    async def put(self, request: Request) -> Response:
        """Answer the PUT of an initiated upload; the URL itself is the permission."""
        path = f"/uploads/{request.path_params['path']}"
        upload = self._service.ledger.uploads.get(self._service.addresses.media + path)

        async def reply(_: Struck) -> Response:
            if upload is None:
                return PlainTextResponse("NoSuchUpload", 404)
            upload.data = await request.body()
            upload.uploaded_at = self._service.clock.now()
            return Response()

        return await self._service.answer(Call(Operation.UPLOAD), reply)

    async def cdn_token(self, request: Request) -> Response:
        """Answer `POST {rest}/storage/auth/token`: a short-lived token for the CDN."""
        if refused := self._service.refused_key(request):
            return json_response({"detail": refused[1]}, refused[0])
        body = {
            "token": _CDN_TOKEN,
            "token_type": "Bearer",
            "base_url": self._service.addresses.cdn,
            "expires_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
        }
        return json_response(body)

    async def cdn_upload(self, request: Request) -> Response:
        """Answer `POST {cdn}/files/upload`: the whole file in one body."""

        async def reply(_: Struck) -> Response:
            if request.headers.get("authorization") != f"Bearer {_CDN_TOKEN}":
                return json_response({"detail": "Unauthorized"}, 401)
            name = request.headers.get("x-fal-file-name", "upload.bin")
            content_type = request.headers.get("content-type", "application/octet-stream")
            url = self._service.addresses.media + self._new_upload(name, content_type)
            upload = self._service.ledger.uploads[url]
            upload.data = await request.body()
            upload.uploaded_at = self._service.clock.now()
            return json_response({"access_url": url})

        return await self._service.answer(Call(Operation.UPLOAD), reply)

    def _new_upload(self, name: str, content_type: str) -> str:
        path = f"/uploads/{uuid.uuid4().hex}/{re.sub(r'[^A-Za-z0-9._-]', '_', name)}"
        url = self._service.addresses.media + path
        self._service.ledger.uploads[url] = Upload(name, content_type)
        return path
