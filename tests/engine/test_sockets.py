"""Bytes go through the engine's sockets whole, or the caller knows that they did not."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import httpx
import pytest

from rushes.engine.connections import Connections
from rushes.engine.sockets import MOST_HELD
from support.certificates import own_certificate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

LARGE = bytes(range(256)) * (20 * MOST_HELD // 256)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LONGEST = 60.0


@asynccontextmanager
async def serving(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    trust: ssl.SSLContext | None = None,
) -> AsyncIterator[int]:
    """The port of a server that does one thing with each connection, and then closes it."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.current_task())
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await serve(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    tasks = list[asyncio.Task[None]]()
    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=trust)
    async with server:
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def head_of(reader: asyncio.StreamReader) -> bytes:
    """The head of a request."""
    return await reader.readuntil(b"\r\n\r\n")


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request of a connection."""
    while await head_of(reader):
        writer.write(OK)


@pytest.fixture
def trusted(tmp_path):
    """The two sides' certificates for localhost: the server's, and who trusts it."""
    pem = own_certificate(tmp_path / "own.pem")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))


def test_calls_are_encrypted(trusted):
    """And share a connection, as others do."""
    connections = 0

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await answer(reader, writer)

    async def scenario() -> list[str]:
        async with (
            serving(count, trusted[0]) as port,
            httpx.AsyncClient(transport=Connections(trusted[1])) as client,
        ):
            return [(await client.get(f"https://localhost:{port}/")).text for _ in range(2)]

    assert asyncio.run(scenario()) == ["ok", "ok"]
    assert connections == 1


def test_calls_are_encrypted_through_a_proxy(trusted):
    """The proxy passes on what it cannot read."""
    asked: list[bytes] = []

    async def scenario() -> str:
        async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append((await head_of(reader)).partition(b" HTTP")[0])
            there, service = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(copy(reader, service), copy(there, writer))

        async with serving(answer, trusted[0]) as port, serving(tunnel) as way:
            proxy = httpx.Proxy(f"http://127.0.0.1:{way}")
            transport = Connections(trusted[1], proxy=proxy)
            async with httpx.AsyncClient(transport=transport) as client:
                text = (await client.get(f"https://localhost:{port}/")).text
            assert asked == [b"CONNECT localhost:%d" % port]
            return text

    assert asyncio.run(scenario()) == "ok"


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes until it ends."""
    try:
        with suppress(ConnectionError):
            while some := await reader.read(MOST_HELD):
                writer.write(some)
                await writer.drain()
    finally:
        writer.close()


@pytest.mark.parametrize("is_encrypted", [False, True], ids=["plain", "encrypted"])
def test_much_is_received_whole(trusted, is_encrypted):
    """Also when the service sends faster than it is read."""

    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(LARGE))
        writer.write(LARGE)
        await writer.drain()
        await reader.read()

    async def scenario() -> bytes:
        trust = trusted[0] if is_encrypted else None
        scheme = "https" if is_encrypted else "http"
        received = bytearray()
        async with (
            serving(send, trust) as port,
            httpx.AsyncClient(transport=Connections(trusted[1])) as client,
            client.stream("GET", f"{scheme}://localhost:{port}/") as reply,
        ):
            async for some in reply.aiter_bytes():
                received += some
                for _ in range(20):  # Lets more come than is read.
                    await asyncio.sleep(0)
        return bytes(received)

    assert asyncio.run(scenario()) == LARGE


def test_much_is_sent_whole():
    """Also when the service reads it slowly."""

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        received.append(await reader.readexactly(len(LARGE)))
        writer.write(OK)

    async def scenario() -> str:
        async with (
            serving(receive) as port,
            httpx.AsyncClient(transport=Connections()) as client,
        ):
            return (await client.post(f"http://127.0.0.1:{port}/", content=LARGE)).text

    received = list[bytes]()
    assert asyncio.run(scenario()) == "ok"
    assert received == [LARGE]


def test_a_reply_that_breaks_off_is_an_error():
    """Its length says that more was to come."""

    async def stop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok")

    with pytest.raises(httpx.RemoteProtocolError):
        asyncio.run(call(stop))


def test_a_service_that_says_nothing_is_waited_for_so_long():
    """As long as the caller says."""

    async def wait(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()  # Until the client has hung up.

    with pytest.raises(httpx.ReadTimeout):
        asyncio.run(call(wait, timeout=httpx.Timeout(LONGEST, read=0.1)))


def test_a_service_that_reads_nothing_is_waited_for_so_long():
    """As long as the caller says, when the system takes no more."""

    async def wait(*_: object) -> None:
        await asyncio.Event().wait()

    timeout = httpx.Timeout(LONGEST, write=0.1)
    with pytest.raises(httpx.WriteTimeout):
        asyncio.run(call(wait, timeout=timeout, content=LARGE * 50))


def test_a_connection_that_was_closed_while_idle_is_not_used_again():
    """What is paid for is not sent where nobody may read it."""
    requests = list[bytes]()

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append((await head_of(reader)).partition(b" ")[0])
        writer.write(OK)

    async def scenario() -> list[str]:
        async with serving(answer_once) as port, httpx.AsyncClient(transport=Connections()) as our:
            url = f"http://127.0.0.1:{port}/"
            return [(await our.request(method, url)).text for method in ("GET", "POST")]

    assert asyncio.run(scenario()) == ["ok", "ok"]
    assert requests == [b"GET", b"POST"]


async def call(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    *,
    timeout: httpx.Timeout | None = None,  # noqa: ASYNC109 - of httpx
    content: bytes = b"",
) -> httpx.Response:
    """What a call to such a service gets."""
    async with (
        serving(serve) as port,
        httpx.AsyncClient(transport=Connections(), timeout=timeout) as client,
    ):
        return await client.post(f"http://127.0.0.1:{port}/", content=content)
