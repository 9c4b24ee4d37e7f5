"""Why a service cannot be reached is said in words, with what to set, at every service alike."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from rushes.backends.protocol import Attempt, Passing, Refused
from rushes.engine.network import open_client
from support.certificates import own_certificate
from support.services import SERVICES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from support.services import Service

URLS = ("queue", "rest", "api", "url", "base_url")

AWAY = "https://service.example.com"

REQUEST = {
    "endpoint": "a/b",
    "route": "v1/videos/text2video",
    "input": {},
    "body": {},
    "params": {},
}
"""Whatever a service's requests consist of; none of it leaves."""

every_service = pytest.mark.parametrize("service", SERVICES, ids=str)


TRUST = httpx.create_ssl_context()
"""Reading the certificates for each client takes most of the time."""


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpx, "create_ssl_context", lambda: TRUST)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def closed() -> Iterator[int]:
    """A port of this machine that is taken, and at which nobody listens."""
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        yield int(unused.getsockname()[1])


@asynccontextmanager
async def saying(reply: bytes, trust: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that gives every call the same reply; its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(65_536)
            writer.write(reply)
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=trust)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def words(service: Service, url: str) -> list[str]:
    """What is said after a submission and after a status call; both may be made again."""
    async with open_client() as client:
        backend: Any = service.backend(dict.fromkeys(URLS, url))
        backend.connect(client)
        attempt = Attempt("job", "token", dict(REQUEST), time.time())
        sent = await backend.submit(attempt)
        asked = await backend.poll("an-id", backend.locate("an-id", REQUEST).remote)
    assert isinstance(sent, Refused)
    assert sent.passing
    assert isinstance(asked, Passing)
    said = [sent.error.message, asked.error.message]
    assert all("secret" not in each for each in said)
    return said


@every_service
def test_a_host_that_refuses_is_named(service, closed):
    """With its port."""
    for said in asyncio.run(words(service, f"http://127.0.0.1:{closed}")):
        assert f"127.0.0.1:{closed} refused the connection" in said


@every_service
def test_a_name_without_an_address_is_named(service):
    """With what to check."""
    for said in asyncio.run(words(service, "https://nowhere.invalid")):
        assert "the name nowhere.invalid was not found. Check the network and the address" in said


@every_service
def test_a_proxy_that_is_not_there_is_named(service, closed, monkeypatch):
    """And not the service behind it, which nobody has asked."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@127.0.0.1:{closed}")

    for said in asyncio.run(words(service, AWAY)):
        assert f"the proxy 127.0.0.1:{closed} refused the connection. Check HTTPS_PROXY" in said


@every_service
def test_a_proxy_without_an_address_is_named(service, monkeypatch):
    """With the variable that it is from."""
    monkeypatch.setenv("all_proxy", "http://me:secret@nowhere.invalid:3128")

    for said in asyncio.run(words(service, AWAY)):
        assert "the name of the proxy nowhere.invalid:3128 was not found. Check all_proxy" in said


@every_service
@pytest.mark.parametrize("tunnels", [True, False], ids=["a tunnel", "the request itself"])
def test_a_proxy_that_wants_a_password_is_named(service, monkeypatch, tunnels):
    """It forwards nothing before it has one, so nothing is in doubt."""
    reply = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"

    async def scenario() -> tuple[int, list[str]]:
        async with saying(reply) as port:
            name = "HTTPS_PROXY" if tunnels else "HTTP_PROXY"
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
            return port, await words(service, AWAY if tunnels else "http://127.0.0.2:1")

    port, both = asyncio.run(scenario())

    for said in both:
        assert f"the proxy 127.0.0.1:{port} answered 407" in said
        assert f"Check HTTP{'S' if tunnels else ''}_PROXY." in said


@every_service
def test_a_proxy_that_is_none_is_named(service, monkeypatch):
    """An address with another kind of server."""

    async def scenario() -> tuple[int, list[str]]:
        async with saying(b"SSH-2.0-OpenSSH\r\n") as port:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
            return port, await words(service, AWAY)

    port, both = asyncio.run(scenario())

    for said in both:
        assert f"the connection to the proxy 127.0.0.1:{port} failed" in said


@every_service
def test_a_certificate_that_nobody_signed_is_named(service, tmp_path):
    """With the variable that a company's network needs."""
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(own_certificate(tmp_path / "own.pem"))

    async def scenario() -> list[str]:
        async with saying(b"", trust) as port:
            return await words(service, f"https://localhost:{port}")

    for said in asyncio.run(scenario()):
        assert "the certificate of localhost:" in said
        assert "is not trusted" in said
        assert "SSL_CERT_FILE" in said


@every_service
def test_a_server_without_tls_is_named(service):
    """An address that should begin with http:, or a port of something else."""

    async def scenario() -> tuple[int, list[str]]:
        async with saying(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
            return port, await words(service, f"https://127.0.0.1:{port}")

    port, both = asyncio.run(scenario())

    for said in both:
        assert f"no secure connection to 127.0.0.1:{port} could be made" in said
