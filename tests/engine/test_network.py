"""Few connections serve many calls."""

from __future__ import annotations

import asyncio
import time
import types
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from rushes.engine import connections, network
from rushes.engine.connections import Connections

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Generator

REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"


class Host:
    """A web server on loopback that counts its connections.

    Attributes:
        opened: connections so far.
        open: connections that the client has not closed.
        go_on: replies are only begun until this is set.
    """

    def __init__(self) -> None:
        self.opened = self.open = 0
        self.go_on = asyncio.Event()
        self.go_on.set()
        self._left = asyncio.Condition()

    async def wait_for_open(self, count: int) -> None:
        """Wait until only so many connections are open."""
        async with self._left:
            await self._left.wait_for(lambda: self.open == count)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        self.open += 1
        with suppress(ConnectionError):
            while await reader.readline():
                while (await reader.readline()).strip():
                    pass
                writer.write(REPLY)
                await self.go_on.wait()
                writer.write(b"ok")
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        async with self._left:
            self.open -= 1
            self._left.notify_all()

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client of this server, which closes all its connections in the end."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            async with httpx.AsyncClient(transport=Connections(), base_url=url) as client:
                yield client
            self.go_on.set()
            await asyncio.wait_for(self.wait_for_open(0), 60.0)


def test_calls_one_after_another_share_a_connection():
    """Whatever they are for."""

    async def scenario() -> int:
        host = Host()
        async with host.client() as client:
            for address in ("/", "/status", "/"):
                await client.get(address)
        return host.opened

    assert asyncio.run(scenario()) == 1


def test_calls_at_once_have_a_connection_each():
    """A reply that goes on and on holds up nobody."""

    async def scenario() -> int:
        host = Host()
        async with host.client() as client, client.stream("GET", "/"):
            host.go_on.clear()
            async with client.stream("GET", "/"):
                host.go_on.set()
        return host.opened

    assert asyncio.run(scenario()) == 2


def test_a_reply_that_is_not_read_to_its_end_costs_its_connection():
    """The next call gets a new one, and not the rest of that reply."""

    async def scenario() -> tuple[int, str]:
        host = Host()
        host.go_on.clear()
        async with host.client() as client:
            async with client.stream("GET", "/"):
                pass
            host.go_on.set()
            text = (await client.get("/")).text
        return host.opened, text

    assert asyncio.run(scenario()) == (2, "ok")


def test_a_host_that_cannot_be_reached_is_tried_anew():
    """A failed call leaves nothing behind that the next one would trip over."""

    async def scenario() -> list[str]:
        async with httpx.AsyncClient(transport=Connections()) as client:
            outcomes = []
            for _ in range(2):
                try:
                    await client.get("http://127.0.0.1:1/")
                except httpx.ConnectError as error:
                    outcomes.append(type(error).__name__)
            return outcomes

    assert asyncio.run(scenario()) == ["ConnectError", "ConnectError"]


def test_what_is_paid_for_goes_over_a_fresh_connection(monkeypatch):
    """A service may be about to close one that was idle for a while; asking again costs nothing."""
    monkeypatch.setattr(connections, "FRESH", 0.0)

    async def scenario() -> list[int]:
        host, opened = Host(), []
        async with host.client() as client:
            for method in ("GET", "GET", "POST", "GET"):
                await client.request(method, "/")
                opened.append(host.opened)
        return opened

    assert asyncio.run(scenario()) == [1, 1, 2, 2]


def test_a_connection_from_before_a_sleep_is_not_used(monkeypatch):
    """The service has closed it by then, so that nobody would know what became of a submission."""
    right = time.time

    async def scenario() -> list[int]:
        host, opened = Host(), []
        async with host.client() as client:
            for later, method in ((0.0, "GET"), (0.0, "POST"), (3_600.0, "POST"), (3_600.0, "GET")):
                monkeypatch.setattr(time, "time", lambda later=later: right() + later)
                await client.request(method, "/")
                opened.append(host.opened)
        return opened

    assert asyncio.run(scenario()) == [1, 1, 2, 2]


def test_a_cookie_goes_with_the_calls_after_it():
    """Only replies that set one are searched for them."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        said.append("cookie: route=7" in head)
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nSet-Cookie: route=7\r\n\r\n")
        writer.close()

    async def scenario() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, network.open_client() as client:
            for _ in range(2):
                await client.get(f"http://127.0.0.1:{port}/")

    said = list[bool]()
    asyncio.run(scenario())
    assert said == [False, True]


def test_what_is_long_idle_is_closed(monkeypatch):
    """As soon as another call ends, to whichever host."""

    async def scenario() -> None:
        host, other = Host(), Host()
        async with other.client() as another, host.client() as client:
            await client.get("/")
            monkeypatch.setattr(connections, "KEPT", 0.0)
            await client.get(another.base_url)
            await host.wait_for_open(0)

    asyncio.run(asyncio.wait_for(scenario(), 60.0))


def test_closing_closes_what_becomes_idle_later():
    """A reply that is still read is read to its end."""

    async def scenario() -> str:
        host = Host()
        async with host.client() as client, client.stream("GET", "/") as reply:
            await client._transport.aclose()
            text = (await reply.aread()).decode()
            await host.wait_for_open(0)
        return text

    assert asyncio.run(asyncio.wait_for(scenario(), 60.0)) == "ok"


@types.coroutine
def cancelled_at(number: int, call: Coroutine[Any, Any, object]) -> Generator[Any, Any, int]:
    """Run a call, and cancel its task at the so-many-th point at which it waits.

    Returns:
        The points that there are, when the call came to its end.
    """
    points, raised = 0, None
    while True:
        try:
            waits_for = call.send(None) if raised is None else call.throw(raised)
        except StopIteration:
            return points
        points, raised = points + 1, None
        if points == number:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
        try:
            yield waits_for
        except BaseException as error:  # noqa: BLE001 - it belongs to the call
            raised = error


async def texts_after_cancelling(number: int, *, is_proxied: bool) -> list[str]:
    """What two calls get after one before them was cancelled at a point; [] at no such point."""
    host = Host()
    async with host.client() as client:
        if is_proxied:
            client._transport = Connections(proxy=httpx.Proxy(client.base_url))
            client.base_url = httpx.URL("http://service.example")

        async def first() -> int:
            return await cancelled_at(number, client.get("/"))

        call = asyncio.create_task(first())
        await asyncio.wait({call})
        if not call.cancelled() and call.result() < number:
            return []
        wait = httpx.Timeout(30.0, pool=0.1)
        return [(await client.get("/", timeout=wait)).text for _ in range(2)]


@pytest.mark.parametrize("is_proxied", [False, True], ids=["direct", "through a proxy"])
def test_a_call_that_is_cancelled_anywhere_leaves_no_dead_connection(is_proxied):
    """The next calls get their replies, at whichever point the one before them was cancelled."""
    number = 1
    while texts := asyncio.run(texts_after_cancelling(number, is_proxied=is_proxied)):
        assert texts == ["ok", "ok"]
        number += 1

    assert number > 4  # It waits to connect, to send, for the head and for the body, at least.
