"""The files of a server: inputs that are uploaded once, and videos that it made."""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx

from rushes.backends import reply
from rushes.backends.comfyui.graph import FOLDER, prefix_of
from rushes.backends.embedding import read_input
from rushes.backends.wire import QUICK, seconds_for
from rushes.contract.errors import BackendUnavailable, MediaError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rushes.backends.comfyui.access import Server

VIDEOS = (".mp4", ".webm", ".mov", ".mkv")
"""Endings of the files that count as the video; nodes list them under different names."""

USUAL_ENDING = "_00001_.mp4"
"""How the name of the first file of a prefix ends, where the format is left to the server."""

LONGEST_NAME = 255
_NAME = re.compile(r"[^/\\\x00-\x1f]+")

BOX = 16
"""Bytes of the head of a box of an MP4: size, kind, and the size again where it is large."""

MOST_BOXES = 32


class Files:
    """Uploads to a server, and what it has made.

    Args:
        server: is asked.
    """

    def __init__(self, server: Server) -> None:
        self._server = server

    async def upload(self, path: Path) -> str:
        """Put a file into the server's inputs, unless it already has it.

        It is named by its content, so that it is sent once, by whichever process.

        Returns:
            How a node names it.

        Raises:
            MediaError: when it cannot be read, or is too large for the server.
            RushesError: when the server does not take it now.
        """
        content = await asyncio.to_thread(read_input, path)
        digest = await asyncio.to_thread(lambda: hashlib.sha256(content).hexdigest())
        name = f"{digest[:32]}{path.suffix.lower()}"
        there = await self._server.wire.ask(
            "HEAD", self.link(FOLDER, name, "input"), deadline=QUICK
        )
        if there.is_success and there.headers.get("content-length") == str(len(content)):
            return f"{FOLDER}/{name}"
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        response = await self._server.ask(
            "POST",
            "upload/image",
            deadline=seconds_for(content),
            data={"subfolder": FOLDER, "overwrite": "true"},
            files={"image": (name, content, kind)},
        )
        if response.status == httpx.codes.BAD_REQUEST:
            msg = f"The ComfyUI server did not take {path} (HTTP 400); no job was sent."
            raise MediaError(msg, status=response.status)
        self._server.require(response)
        stored = reply.opaque(response.body.get("name"))
        if stored != name:
            msg = "The ComfyUI server stored the file under another name."
            raise BackendUnavailable(msg)
        return f"{FOLDER}/{name}"

    async def finished(self, prompt_id: str) -> str | None:
        """The video of a job that the server does not know any more; None if there is no whole one.

        A server that was killed while it wrote a video leaves a part of it under its final name.

        Raises:
            RushesError: when the server cannot be asked now.
        """
        link = self.link(FOLDER, f"{prefix_of(prompt_id)}{USUAL_ENDING}", "output")
        response = await self._server.wire.ask("HEAD", link, deadline=QUICK)
        if response.status == httpx.codes.NOT_FOUND:
            return None
        self._server.require(response)
        size = response.headers.get("content-length", "")
        return link if size.isdecimal() and await self._is_whole(link, int(size)) else None

    def video_in(self, outputs: Mapping[str, Any], save: object) -> str | None:
        """The link to the video among the outputs of a job; None if there is none."""
        for entries in reply.part(outputs.get(str(save))).values():
            for entry in reply.items(entries):
                name, folder = _part(entry.get("filename")), entry.get("subfolder")
                where = entry.get("type", "output")
                if name is None or not name.lower().endswith(VIDEOS):
                    continue
                if isinstance(folder, str) and where in ("output", "temp"):
                    return self.link(folder, name, where)
        return None

    def link(self, folder: str, name: str, where: str) -> str:
        """The address of a file."""
        query = urlencode({"filename": name, "subfolder": folder, "type": where})
        return f"{self._server.url}/view?{query}"

    async def _is_whole(self, link: str, size: int) -> bool:
        """Whether the boxes of an MP4 end exactly where the file does, and its index is among them.

        Only their heads are read.
        """
        at, has_index = 0, False
        for _ in range(MOST_BOXES):
            if at == size:
                return has_index
            head = await self._bytes(link, at)
            length, kind = int.from_bytes(head[:4]), head[4:8]
            if length == 1:
                length = int.from_bytes(head[8:16])
            if len(head) < BOX // 2 or length < BOX // 2 or at + length > size:
                return False
            has_index = has_index or kind == b"moov"
            at += length
        return False

    async def _bytes(self, link: str, at: int) -> bytes:
        headers = {"Range": f"bytes={at}-{at + BOX - 1}"}
        wire = self._server.wire
        request = wire.request("GET", link, {"headers": headers})
        try:
            async with asyncio.timeout(QUICK):
                response = await wire.client.send(
                    request, auth=wire.auth, stream=True, follow_redirects=False
                )
                try:
                    length = response.headers.get("content-length", "")
                    is_part = response.status_code == httpx.codes.PARTIAL_CONTENT
                    if not is_part or not length.isdecimal() or int(length) > BOX:
                        return b""
                    return await response.aread()
                finally:
                    await response.aclose()
        except (httpx.HTTPError, TimeoutError) as error:
            msg = "The ComfyUI server broke off while a video was looked at."
            raise BackendUnavailable(msg) from error


def _part(value: object) -> str | None:
    """A file's name without a folder."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME:
        return None
    return value if _NAME.fullmatch(value) else None
