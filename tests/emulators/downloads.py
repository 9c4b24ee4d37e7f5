"""Downloads of finished and uploaded media, from an emulated service's media host."""

from __future__ import annotations

import asyncio
import hashlib
import re
from email.utils import formatdate
from typing import TYPE_CHECKING

from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)

from emulators.faults import FaultKind, Operation, Struck
from emulators.service import ClosedConnection, call_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from emulators.service import Service

_TRICKLE_PIECES = 10
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class Downloads:
    """Answers downloads.

    Args:
        service: State of the service.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    async def download(self, request: Request) -> Response:
        """Answer GET and HEAD of finished media and uploaded files; no key is asked for."""
        path = request.url.path
        link = self._service.links.get(path)
        upload = self._service.ledger.uploads.get(self._service.media_url + path)

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
        target = f"{self._service.elsewhere_url}{request.url.path}"
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
