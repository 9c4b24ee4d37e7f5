"""Serves the preview's finished videos over httpx, as a service would over HTTP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from rushes.backends.preview.spool import Spool

CHUNK = 1 << 20


class PreviewTransport(httpx.AsyncBaseTransport):
    """Answers ``preview://<token>/video.mp4`` out of the spool, with Range.

    Args:
        spool: where the jobs are.
    """

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The file, a part of it, or 404 when it is not there any more."""
        path = self._spool.job(request.url.host).video
        if request.url.scheme != "preview" or not request.url.host.isalnum() or not path.exists():
            return httpx.Response(404, request=request)
        status = path.stat()
        size, tag = status.st_size, f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
        headers = {"Content-Type": "video/mp4", "ETag": tag, "Accept-Ranges": "bytes"}
        start = _start(request.headers, tag)
        if start >= size:
            return httpx.Response(416, headers={"Content-Range": f"bytes */{size}"})
        headers["Content-Length"] = str(size - start)
        if start:
            headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
        return httpx.Response(206 if start else 200, headers=headers, stream=_File(path, start))


class _File(httpx.AsyncByteStream):
    def __init__(self, path: Path, start: int) -> None:
        self._path, self._start = path, start

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with self._path.open("rb") as file:
            file.seek(self._start)
            while chunk := file.read(CHUNK):
                yield chunk


def _start(headers: httpx.Headers, tag: str) -> int:
    """The first byte asked for; 0 when the file has changed since the part was fetched."""
    match = re.fullmatch(r"bytes=(\d+)-", headers.get("range", ""))
    if match is None or headers.get("if-range", tag) != tag:
        return 0
    return int(match[1])
