"""Whatever a service sends, and however it is packed, a process of 1 GiB reads it and goes on."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import zlib
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any

import pytest

from support.services import SERVICES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

MIB = 2**20

LIMIT = 2**30
"""Bytes of address space of the process that reads."""

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def bomb() -> bytes:
    """A megabyte that unpacks to a gibibyte: the same piece again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    first = packer.compress(b" " * (16 * MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(b" " * (16 * MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + again * 63


async def large() -> AsyncIterator[bytes]:
    """300 MB."""
    yield HEAD + b"Content-Length: 300000000\r\n\r\n{"
    for _ in range(4_800):
        yield b" " * 62_500


async def packed() -> AsyncIterator[bytes]:
    """1 GiB in one megabyte."""
    yield HEAD + b"Content-Encoding: gzip\r\n\r\n" + BOMB


async def dripping() -> AsyncIterator[bytes]:
    """A byte now and then."""
    yield HEAD + b"\r\n{"
    while True:
        yield b" "
        await asyncio.sleep(0.05)


async def deep() -> AsyncIterator[bytes]:
    """Lists in lists, 8 million of them."""
    yield HEAD + b"\r\n" + b'{"a":' + b"[" * (8 * MIB - 100)


async def many() -> AsyncIterator[bytes]:
    """Many objects."""
    yield HEAD + b'\r\n{"items":[' + b",".join([b'{"id":"x"}'] * 40_000) + b"]}"


async def wordy() -> AsyncIterator[bytes]:
    """An error whose words are as long as a reply may be, and begin like those that are sought."""
    words, name = b"\\u00a0\\u202e" * (MIB // 6), b"external " * (MIB // 3)
    body = b'{"code":1201,"detail":"%b","error":"%b","message":"%b"}' % (words, words, name)
    yield b"HTTP/1.1 422 No\r\nContent-Length: %d\r\n\r\n" % len(body) + body


async def heady() -> AsyncIterator[bytes]:
    """A header without an end."""
    yield b"HTTP/1.1 200 OK\r\nX-Odd: "
    for _ in range(4_800):
        yield b"x" * 62_500


async def streaming() -> AsyncIterator[bytes]:
    """300 MB of an event without an end."""
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: "
    for _ in range(4_800):
        yield b"x" * 62_500


BOMB = bomb()

REPLIES: dict[str, Callable[[], AsyncIterator[bytes]]] = {
    each.__name__: each for each in (large, packed, dripping, deep, many, wordy, heady, streaming)
}

ANSWERS = {
    "submit": {"Unknown", "Refused", "NotSent"},
    "poll": {"Passing", "Failed", "Absent"},
    "cancel": {"Cancellation"},
    "find": {"Passing", "Unknown", "Absent", "Accepted"},
    # A gateway's object says where the file is here; the send decides what is sent for it.
    "upload": {"RushesError", "dict"},
    "announced": {"RushesError"},
    "stream": {"RushesError"},
    "download": {"MediaError"},
    "input": {"RushesError", "str"},
}
"""What may come of a question; a MemoryError may not."""


@pytest.fixture(scope="module")
def said() -> list[list[Any]]:
    """What a process of 1 GiB makes of each reply to each question."""

    async def scenario() -> list[list[Any]]:
        async with AsyncExitStack() as stack:
            hosts = {}
            for name, send in REPLIES.items():
                server = await asyncio.start_server(_serving(send), "127.0.0.1", 0)
                await stack.enter_async_context(server)
                hosts[name] = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            names = [str(service) for service in SERVICES]
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "reliability.reading", json.dumps([LIMIT, names, hosts])),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                # Each thread would take an arena of its own out of the space.
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "MALLOC_ARENA_MAX": "2"},
            )
            out, error = await process.communicate()
            assert process.returncode == 0, error.decode()[-2_000:]
            return [json.loads(line) for line in out.splitlines()]

    return asyncio.run(scenario())


def _serving(send: Callable[[], AsyncIterator[bytes]]) -> Callable[..., Any]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            async for chunk in send():
                writer.write(chunk)
                await writer.drain()
        writer.transport.abort()

    return serve


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit address space")
def test_no_reply_takes_more_than_a_gibibyte(said):
    """Every question to every service ends with an answer of the protocol, in little memory."""
    answers, peak = said[:-1], said[-1][-1]

    # Some calls may take longer than this test has time for; other tests look at that.
    wrong = [
        (service, odd, what, kinds[0])
        for service, odd, what, kinds in answers
        if (ANSWERS[what] | {"TimeoutError"}).isdisjoint(kinds)
    ]
    assert wrong == []
    assert {odd for _, odd, *_ in answers} == REPLIES.keys()
    assert peak < 600, f"{peak} MiB"
