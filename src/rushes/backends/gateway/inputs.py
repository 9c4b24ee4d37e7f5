"""Local files at a gateway: uploaded once, and named by their content in requests."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING

import httpx

from rushes.backends.embedding import data_uri, read_input
from rushes.backends.gateway.refusal import refusal
from rushes.backends.wire import seconds_for
from rushes.contract.errors import BackendUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    from rushes.backends.reply import Redact
    from rushes.backends.wire import Response, Wire

SCHEME = "rushes-input"
"""Begins what stands for an uploaded file in a request; the SHA-256 of its content follows."""

ABSENT = "INPUT_NOT_FOUND"
"""The code by which a gateway says that it takes uploads and does not have this one."""

SAID = frozenset({401, 402, 403, 413, 429})
"""Refusals that mean what they say; another one means that the gateway has no such route."""


class Inputs:
    """The local files of one person's requests.

    The gateway knows whether it has a file, so nothing of it is remembered here: not in the
    journal either, where it would be wrong for another address or token.

    Args:
        wire: makes the calls.
        url: of the uploads at the gateway.
        redact: removes the token from a text, in case the gateway repeats it.
    """

    def __init__(self, wire: Wire, url: str, redact: Redact) -> None:
        self._wire = wire
        self._url = url
        self._redact = redact
        # Jobs that are sent at the same time wait for one upload instead of each making its own.
        self._locks: defaultdict[Path, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def name(self, path: Path) -> str | None:
        """What names a file in a request; it is uploaded unless the gateway has it.

        Args:
            path: a file that does not change.

        Returns:
            None where the gateway does not take uploads.

        Raises:
            MediaError: when the file cannot be read.
            RushesError: when the gateway does not take it, or not now.
        """
        async with self._locks[path]:
            content = await asyncio.to_thread(read_input, path)
            sha256 = (await asyncio.to_thread(hashlib.sha256, content)).hexdigest()
            name, url = f"{SCHEME}:{sha256}", f"{self._url}/{sha256}"
            asked = await self._wire.ask("GET", url)
            if asked.is_success and asked.body.get("input") == name:
                return name
            if asked.body.get("code") != ABSENT:
                self._must_be_unoffered(asked)
                return None
            sent = await self._wire.ask(
                "PUT",
                url,
                deadline=seconds_for(content),
                content=content,
                headers={"Content-Type": "application/octet-stream"},
            )
            if sent.is_success and sent.body.get("input") == name:
                return name
            if sent.status in SAID:
                raise refusal(sent, self._redact)
            # What was damaged on the way, or found the disk full, may be taken later.
            words = refusal(sent, self._redact).message
            raise BackendUnavailable(words, status=sent.status)

    async def text(self, path: Path) -> str:
        """What stands for a file in a request: its name, or all of it as a data URI.

        Raises:
            RushesError: as `name` does.
        """
        name = await self.name(path)
        return await asyncio.to_thread(data_uri, path) if name is None else name

    def _must_be_unoffered(self, asked: Response) -> None:
        """A reply that means that the gateway has no uploads, and nothing else.

        Raises:
            RushesError: what else it means.
        """
        is_missing = asked.status == httpx.codes.NOT_IMPLEMENTED
        if asked.status in SAID or (asked.is_server_error and not is_missing):
            raise refusal(asked, self._redact)
