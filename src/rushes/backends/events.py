"""Server-sent events, as the HTML standard describes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.contract.errors import BackendUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LONGEST_LINE = 64 * 1024
LONGEST_EVENT = 1024 * 1024
"""Bytes of a line, and of an event. A stream that has more is not one of news about jobs."""


async def events(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The data of each event, and nothing for each comment, which only says that there is life.

    Args:
        chunks: the body, however it is cut into pieces.

    Raises:
        BackendUnavailable: when a line or an event does not end.
    """
    rest, data, size = b"", list[bytes](), 0
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            name, _, value = line.removesuffix(b"\r").partition(b":")
            if name == b"data":
                data.append(value.removeprefix(b" "))
                size += len(value) + 1
            elif not name and value:
                yield b""
            elif not name and data:
                yield b"\n".join(data)
                data, size = [], 0
        if len(rest) > LONGEST_LINE or size > LONGEST_EVENT:
            msg = "A stream of events has one that does not end; it is not listened to any longer."
            raise BackendUnavailable(msg)
