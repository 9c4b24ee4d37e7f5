"""The body of a reply: bounded in length, and decompressed here."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import httpx

from rushes.backends.reply import text
from rushes.contract.errors import BackendUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MOST_BYTES = 8 * 2**20
"""Length of a reply after decompression; a longer one is not read."""

COMPRESSED = frozenset({"gzip", "x-gzip", "deflate"})
"""What is decompressed nevertheless, because a proxy may compress unasked."""


class ReplyUnusable(BackendUnavailable):
    """A reply that is too long, or compressed in a way that was not asked for."""


async def read(reply: httpx.Response) -> None:
    """Read a reply's body, which is `reply.content` after that.

    Raises:
        ReplyUnusable: when it is longer than `MOST_BYTES`, or cannot be decompressed.
        httpx.HTTPError: when the connection fails.
    """
    if reply.is_stream_consumed or not isinstance(reply.stream, httpx.AsyncByteStream):
        return
    encoding = reply.headers.get("content-encoding", "").strip().lower()
    decompressor = None
    if encoding in COMPRESSED:
        decompressor = zlib.decompressobj(wbits=47)  # Detects which of them it is.
    elif encoding not in ("", "identity"):
        words = f"The reply is compressed ({text(encoding, most=40)}), which was not requested."
        raise ReplyUnusable(words)
    # It is decompressed here, so httpx must not do it again.
    if encoding:
        reply.headers.pop("content-encoding", None)
    reply.stream = _Body(reply.stream, decompressor)
    await reply.aread()


class _Body(httpx.AsyncByteStream):
    """A body that raises an error when it gets too long."""

    def __init__(self, stream: httpx.AsyncByteStream, decompressor: Any) -> None:
        self._stream = stream
        self._decompressor = decompressor

    async def __aiter__(self) -> AsyncIterator[bytes]:
        room = MOST_BYTES
        async for chunk in self._stream:
            content = chunk
            if self._decompressor is not None:
                try:
                    content = self._decompressor.decompress(chunk, room + 1)
                except zlib.error as error:
                    msg = "The reply cannot be decompressed."
                    raise ReplyUnusable(msg) from error
            room -= len(content)
            if room < 0:
                msg = f"The reply is longer than {MOST_BYTES >> 20} MiB, and was not read."
                raise ReplyUnusable(msg)
            yield content

    async def aclose(self) -> None:
        await self._stream.aclose()
