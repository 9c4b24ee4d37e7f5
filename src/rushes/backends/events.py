"""Server-sent events, as the HTML standard describes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def events(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The data of each event, and nothing for each comment, which only says that there is life.

    Args:
        chunks: the body, however it is cut into pieces.
    """
    rest, data = b"", list[bytes]()
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            name, _, value = line.removesuffix(b"\r").partition(b":")
            if name == b"data":
                data.append(value.removeprefix(b" "))
            elif not name and value:
                yield b""
            elif not name and data:
                yield b"\n".join(data)
                data = []
