"""Files of an emulated fal: uploads (REST host and CDN) and downloads of finished media."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import TYPE_CHECKING

from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)

from emulators.fal_service import ClosedConnection, Upload, call_of, json_response
from emulators.faults import Call, FaultKind, Operation, Struck

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from emulators.fal_service import FalService

_CDN_TOKEN = "emulator-cdn-token"  # Not a secret: it opens nothing but this emulator.
_TRICKLE_PIECES = 10
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class MediaHost:
    """Answers uploads and downloads.

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

    async def download(self, request: Request) -> Response:
        """Answer GET and HEAD of finished media and uploaded files; no key is asked for."""
        path = request.url.path
        link = self._service.links.get(path)
        upload = self._service.ledger.uploads.get(self._service.addresses.media + path)

        async def reply(struck: Struck) -> Response:
            if link is not None:
                if self._service.is_expired(link):
                    return _expired(self._service.settings.expired_link_status)
                data = await self._service.video(link.job)
                return self._file(request, data, "video/mp4", link.job.done_at, struck)
            if upload is None or upload.data is None:
                return PlainTextResponse("Not Found", 404)
            at = upload.uploaded_at
            return self._file(request, upload.data, upload.content_type, at, struck)

        call = call_of(Operation.DOWNLOAD, link.job if link else None)
        return await self._service.answer(call, reply)

    def _new_upload(self, name: str, content_type: str) -> str:
        path = f"/uploads/{uuid.uuid4().hex}/{re.sub(r'[^A-Za-z0-9._-]', '_', name)}"
        url = self._service.addresses.media + path
        self._service.ledger.uploads[url] = Upload(name, content_type)
        return path

    def _file(
        self, request: Request, data: bytes, content_type: str, at: float, struck: Struck
    ) -> Response:
        if (other := self._other_reply(request, struck)) is not None:
            return other
        headers = {
            "Content-Type": content_type,
            "Accept-Ranges": "bytes",
            "ETag": f'"{hashlib.md5(data).hexdigest()}"',
            "Last-Modified": formatdate(at, usegmt=True),
        }
        if FaultKind.SHORT_BODY in struck:
            data = data[: len(data) // 2]
        if FaultKind.ZERO_BODY in struck:
            data = bytes(len(data))
        part, status = _part(request, data, headers)
        headers["Content-Length"] = str(len(part))
        if request.method == "HEAD":
            return Response(None, status, headers)
        if FaultKind.TRUNCATED_BODY in struck:
            half = part[: len(part) // 2]
            return ClosedConnection(self._service.close_connection, half, headers, status)
        if fault := struck.get(FaultKind.SLOW_BODY):
            return StreamingResponse(_trickle(part, fault.draw_seconds()), status, headers)
        return Response(part, status, headers)

    def _other_reply(self, request: Request, struck: Struck) -> Response | None:
        """Return the reply of a fault that keeps the file back."""
        if fault := struck.get(FaultKind.EXPIRED_LINK):
            return _expired(fault.status or 403)
        target = f"{self._service.addresses.elsewhere}{request.url.path}"
        if FaultKind.REDIRECT in struck and str(request.url) != target:
            return RedirectResponse(target, 302)
        if FaultKind.HTML_BODY in struck:
            return HTMLResponse("<html><body>Please try again later</body></html>")
        return None


def _part(request: Request, data: bytes, headers: dict[str, str]) -> tuple[bytes, int]:
    """Return the bytes a Range header asks for and the HTTP code; adds Content-Range."""
    match = _RANGE.fullmatch(request.headers.get("range", ""))
    condition = request.headers.get("if-range")
    unchanged = condition in {None, headers["ETag"], headers["Last-Modified"]}
    if match is None or not any(match.groups()) or not unchanged:
        return data, 200
    first, last = match.groups()
    if not first:
        start, end = max(0, len(data) - int(last)), len(data) - 1
    else:
        start, end = int(first), min(int(last or len(data) - 1), len(data) - 1)
    if start > end:
        headers["Content-Range"] = f"bytes */{len(data)}"
        return b"", 416
    headers["Content-Range"] = f"bytes {start}-{end}/{len(data)}"
    return data[start : end + 1], 206


async def _trickle(data: bytes, seconds: float) -> AsyncIterator[bytes]:
    size = -(-len(data) // _TRICKLE_PIECES)
    for start in range(0, len(data), size):
        await asyncio.sleep(seconds / _TRICKLE_PIECES)
        yield data[start : start + size]


def _expired(status: int) -> Response:
    return PlainTextResponse("This file is no longer available", status)
