"""WebSockets (RFC 6455), as far as a client needs them that only listens."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import httpx

from rushes.backends.body import read
from rushes.backends.unreachable import unreachable
from rushes.backends.wire import Response
from rushes.contract.errors import BackendUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from httpcore import AsyncNetworkStream

    from rushes.backends.wire import Wire
    from rushes.contract.errors import RushesError

ACCEPTING = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What a server adds to the client's key before it digests it."""

LONGEST = 4 * 2**20
"""Bytes of a message. A longer one is not about a job's status."""

SLICE = 64 * 1024
"""Bytes read at once."""

CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
"""What a frame is."""

FINAL, MASKED = 0x80, 0x80
SHORT, LONG = 126, 127
"""Lengths that say that the real one follows, in two and in eight bytes."""

LONGEST_CONTROL = 125

GOODBYE = 2.0
"""Seconds for telling the server that the client leaves."""


@asynccontextmanager
async def opened(
    wire: Wire, url: str, refusal: Callable[[Response], RushesError], *, silence: float
) -> AsyncIterator[AsyncIterator[str]]:
    """Open a socket; the block gets its texts, and an empty one for every other sign of life.

    Args:
        wire: makes the call.
        url: of the socket, ``http:`` or ``https:``.
        refusal: what a reply means that opens none.
        silence: seconds after which a server that sends nothing is asked for a sign of life, and
            after which one that does not answer counts as gone.

    Raises:
        RushesError: when the server refuses the socket, or it breaks off inside the block.
    """
    key = base64.b64encode(os.urandom(16)).decode()
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Version": "13",
    }
    request = wire.request("GET", url, {"headers": headers})
    try:
        async with asyncio.timeout(silence):
            response = await wire.client.send(
                request, auth=wire.auth, stream=True, follow_redirects=False
            )
        try:
            stream = await _stream_of(response, key, wire.service, refusal, silence)
            reader = _Reader(stream, silence)
            try:
                yield reader.texts()
            finally:
                with suppress(Exception):
                    await reader.leave()
        finally:
            await response.aclose()
    except (httpx.HTTPError, TimeoutError) as error:
        raise unreachable(error, wire.service) from error


async def _stream_of(
    response: httpx.Response,
    key: str,
    service: str,
    refusal: Callable[[Response], RushesError],
    silence: float,
) -> AsyncNetworkStream:
    """The connection of a socket that was opened.

    Raises:
        RushesError: when it was not.
    """
    if response.status_code != httpx.codes.SWITCHING_PROTOCOLS:
        async with asyncio.timeout(silence):
            await read(response)
        raise refusal(Response.of(response))
    digest = hashlib.sha1((key + ACCEPTING).encode(), usedforsecurity=False).digest()
    stream: AsyncNetworkStream | None = response.extensions.get("network_stream")
    expected = base64.b64encode(digest).decode()
    if stream is None or response.headers.get("sec-websocket-accept") != expected:
        msg = f"{service} did not answer with a WebSocket."
        raise BackendUnavailable(msg)
    return stream


class _Reader:
    """Reads frames from a connection, and answers those that ask for it.

    Args:
        stream: the connection, after the handshake.
        silence: see `opened`.
    """

    def __init__(self, stream: AsyncNetworkStream, silence: float) -> None:
        self._stream = stream
        self._silence = silence
        self._rest = b""
        self._is_asked = False

    async def texts(self) -> AsyncIterator[str]:
        """Every text, and an empty one for everything else that shows life.

        Raises:
            BackendUnavailable: when the connection ends without a goodbye, or a message does not.
        """
        kind, parts = CONTINUED, b""
        while True:
            frame, is_final, content = await self._frame()
            if frame == CLOSE:
                return
            if frame == PING:
                await self._send(PONG, content[:LONGEST_CONTROL])
            if frame in (PING, PONG):
                yield ""
                continue
            if frame != CONTINUED:
                kind, parts = frame, b""
            # What is not a text, e.g. the picture of a preview, is dropped as it comes.
            parts = parts + content if kind == TEXT else b""
            if len(parts) > LONGEST:
                msg = "A message of the WebSocket does not end; it was closed."
                raise BackendUnavailable(msg)
            if is_final:
                yield parts.decode(errors="replace")

    async def leave(self) -> None:
        """Say goodbye."""
        async with asyncio.timeout(GOODBYE):
            await self._send(CLOSE, (1000).to_bytes(2))

    async def _frame(self) -> tuple[int, bool, bytes]:
        """The kind of a frame, whether its message ends with it, and its content."""
        first, second = await self._exactly(2)
        length = second & ~MASKED
        if length == SHORT:
            length = int.from_bytes(await self._exactly(2))
        elif length == LONG:
            length = int.from_bytes(await self._exactly(8))
        if length > LONGEST or second & MASKED:
            msg = "The WebSocket sends what cannot be read; it was closed."
            raise BackendUnavailable(msg)
        return first & 0x0F, bool(first & FINAL), await self._exactly(length)

    async def _exactly(self, count: int) -> bytes:
        while len(self._rest) < count:
            self._rest += await self._more()
        found, self._rest = self._rest[:count], self._rest[count:]
        return found

    async def _more(self) -> bytes:
        """The next bytes; a server that is silent is asked once whether it is still there."""
        while True:
            try:
                async with asyncio.timeout(self._silence):
                    chunk = await self._stream.read(SLICE)
            except TimeoutError:
                if self._is_asked:
                    raise
                self._is_asked = True
                await self._send(PING, b"")
                continue
            self._is_asked = False
            if not chunk:
                msg = "The WebSocket broke off."
                raise BackendUnavailable(msg)
            return chunk

    async def _send(self, kind: int, content: bytes) -> None:
        """Send a frame, masked as a client has to."""
        mask = os.urandom(4)
        hidden = bytes(byte ^ mask[place % 4] for place, byte in enumerate(content))
        head = bytes((FINAL | kind, MASKED | len(content)))
        await self._stream.write(head + mask + hidden)
