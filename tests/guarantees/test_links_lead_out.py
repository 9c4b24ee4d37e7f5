"""Links of others lead into the web: not to this machine, its network or its cloud's secrets.

Not by their names, and not by what these names resolve to either.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from emulators import clips
from rushes import InvalidParams, VideoGen
from rushes.backends import reply
from rushes.backends.fal import FalBackend, storage as fal_storage
from rushes.backends.preview import PreviewBackend
from rushes.backends.runway import storage as runway_storage
from rushes.backends.wire import Wire
from rushes.contract.errors import BackendUnavailable
from rushes.contract.media_errors import BadDownload
from rushes.engine.network import open_client
from rushes.io.place import Place, place_of, place_of_peer
from rushes.io.site import Barred, Site
from rushes.media.download import download
from support.requests import FOX
from support.services import BY_NAME

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PUBLIC = "93.184.216.34"

SERVICE = Site.of("https://service.example.com")

VIDEO = clips.clip(clips.TINY)


class Host:
    """A web server of this machine: every path is a video, or a redirect.

    Attributes:
        port: where it listens.
        heard: the first lines of the requests that it read.
        lines: connections that were made.
    """

    def __init__(self) -> None:
        self.port = 0
        self.heard: list[str] = []
        self.lines = 0
        self.serving: set[asyncio.Task[None] | None] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines += 1
        self.serving.add(asyncio.current_task())
        head = await reader.read(65_536)
        if head:
            line = head.partition(b"\r\n")[0].decode()
            self.heard.append(line)
            path = line.split()[1].partition("?to=")[2]
            status = f"302 Found\r\nLocation: {path}" if path else "200 OK"
            body = b"" if path else VIDEO
            reply = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(reply.encode() + body)
        writer.close()


@asynccontextmanager
async def hosting() -> AsyncIterator[Host]:
    host = Host()
    server = await asyncio.start_server(host.serve, "127.0.0.1", 0)
    host.port = server.sockets[0].getsockname()[1]
    try:
        yield host
    finally:
        server.close()
        # A client that has hung up ends what is served to it.
        await asyncio.gather(*filter(None, host.serving))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What names resolve to; those that are not listed are what they are."""
    known = {"service.example.com": PUBLIC}
    resolve = socket.getaddrinfo

    def answer(host: Any, *rest: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        return resolve(known.get(name, host), *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return known


def fetched(link: str, target: Path, *, site: Site = SERVICE, **options: Any) -> list[str]:
    """What a host of this machine heard of a download from it; ``{port}`` is its port."""

    async def scenario() -> list[str]:
        async with hosting() as host:
            proxy = options.get("proxy", "").format(port=host.port) or None
            async with httpx.AsyncClient(trust_env=False, proxy=proxy) as client:
                url = link.format(port=host.port)
                await download(client, url, target, lambda *_: None, site=site)
            return host.heard

    return asyncio.run(scenario())


# --- places ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("169.254.169.254", Place.LINK),
        ("0xA9FEA9FE", Place.LINK),
        ("0251.0376.0251.0376", Place.LINK),
        ("64:ff9b::a9fe:a9fe", Place.LINK),
        ("2002:a9fe:a9fe::1", Place.LINK),
        ("::ffff:169.254.169.254", Place.LINK),
        ("fd00:ec2::254", Place.LINK),
        ("100.100.100.200", Place.LINK),
        ("fe80::1%eth0", Place.LINK),
        ("64:ff9b::7f00:1", Place.MACHINE),
        ("127.0.0.1.", Place.MACHINE),
        ("LOCALHOST", Place.MACHINE),
        ("::", Place.MACHINE),
        ("100.64.0.1", Place.NETWORK),
        ("fec0::1", Place.NETWORK),
        ("fd12::1", Place.NETWORK),
        ("198.18.0.7", Place.NETWORK),
        (PUBLIC, Place.WEB),
        ("2606:2800:220:1::1", Place.WEB),
    ],
)
def test_every_notation_of_an_address_is_read(host, place):
    """Also those in which one address is packed into another."""
    assert place_of(host) is place


def test_what_a_vpn_invents_is_the_web():
    """It answers every name with such an address; as a link's host it is none of the web."""
    assert place_of_peer("198.18.0.7") is Place.WEB


# --- names that resolve elsewhere -----------------------------------------------------------------


@pytest.mark.parametrize("to", ["127.0.0.1", "localhost"])
def test_a_name_that_resolves_to_this_machine_is_not_requested(names, tmp_path, to):
    """The connection is closed before anything is sent."""
    names["cdn.example.com"] = to
    heard = ["nothing yet"]

    async def scenario() -> None:
        async with hosting() as host, httpx.AsyncClient(trust_env=False) as client:
            url = f"http://cdn.example.com:{host.port}/v.mp4"
            try:
                await download(client, url, tmp_path / "v.mp4", lambda *_: None, site=SERVICE)
            finally:
                heard[:] = host.heard
                assert host.lines == 1

    with pytest.raises(BadDownload, match=r"cdn\.example\.com is an address of this machine"):
        asyncio.run(scenario())
    assert heard == []
    assert not (tmp_path / "v.mp4").exists()


def test_each_hop_of_a_redirect_is_checked(tmp_path):
    """By its own host; a redirect has no more rights than a link."""
    guarded = list[tuple[str, object]]()

    def answer(request: httpx.Request) -> httpx.Response:
        guarded.append((request.url.host, request.extensions.get("site")))
        there = {"a.example.com": "https://b.example.com/", "b.example.com": "https://10.0.0.7/"}
        return httpx.Response(302, headers={"Location": there[request.url.host]})

    async def scenario() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            link = "https://a.example.com/v.mp4"
            await download(client, link, tmp_path / "v.mp4", lambda *_: None, site=SERVICE)

    with pytest.raises(BadDownload, match=r"redirects to https://10\.0\.0\.7"):
        asyncio.run(scenario())
    assert guarded == [("a.example.com", SERVICE), ("b.example.com", SERVICE)]


def test_a_service_may_lead_to_what_its_own_name_resolves_to(names, tmp_path):
    """A company's own names lead into its network, and look like names of the web."""
    names |= {"media.example.com": "127.0.0.1", "service.example.com": "127.0.0.1"}

    assert fetched("http://media.example.com:{port}/v.mp4", tmp_path / "v.mp4")
    assert (tmp_path / "v.mp4").read_bytes() == VIDEO


def test_a_proxy_is_trusted_to_resolve_names(tmp_path):
    """It is on this machine itself, as proxies often are."""
    heard = fetched(
        "http://cdn.example.com/v.mp4", tmp_path / "v.mp4", proxy="http://127.0.0.1:{port}"
    )

    assert heard == ["GET http://cdn.example.com/v.mp4 HTTP/1.1"]


def test_a_connection_that_was_not_checked_is_not_used(names, tmp_path):
    """The engine keeps connections; those of its own calls are no way around the check."""
    names["cdn.example.com"] = "127.0.0.1"

    async def scenario() -> int:
        async with hosting() as host, open_client() as client:
            url = f"http://cdn.example.com:{host.port}/v.mp4"
            async with client.stream("GET", url) as open_line:
                assert open_line.status_code == 200
            with pytest.raises(BadDownload):
                await download(client, url, tmp_path / "v.mp4", lambda *_: None, site=SERVICE)
            return len(host.heard)

    assert asyncio.run(scenario()) == 1


@pytest.mark.parametrize("name", ["fal", "runway"])
def test_a_file_is_not_uploaded_to_this_machine(names, tmp_path, name):
    """Nor is a word of what is there repeated."""
    names["storage.example.com"] = "127.0.0.1"
    picture = tmp_path / "fox.png"
    picture.write_bytes(b"x" * 1_000)

    async def scenario() -> list[str]:
        async with hosting() as host:
            url = f"https://storage.example.com:{host.port}/put"
            said = {"upload_url": url, "file_url": "https://v3.fal.media/fox.png"}
            said |= {"uploadUrl": url, "fields": {}, "runwayUri": "runway://fox"}
            line = httpx.AsyncHTTPTransport()

            async def answer(request: httpx.Request) -> httpx.Response:
                if request.url.host == "service.example.com":
                    return httpx.Response(200, json=said)
                return await line.handle_async_request(request)

            async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
                wire = Wire(client, name, httpx.Auth(), 5.0, site=SERVICE)
                upload = {"fal": fal_storage, "runway": runway_storage}[name].upload
                with pytest.raises(BackendUnavailable, match=r"storage\.example\.com is an addr"):
                    await upload(wire, "https://service.example.com", lambda text: text, picture)
            return host.heard

    assert asyncio.run(scenario()) == []


# --- encryption -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "followed"),
    [
        ("http://cdn.example.com/v.mp4?a=%2F", "https://cdn.example.com/v.mp4?a=%2F"),
        ("HTTP://cdn.example.com:80/v.mp4", "https://cdn.example.com/v.mp4"),
        ("http://cdn.example.com", "https://cdn.example.com"),
        ("http://cdn.example.com:8080/v.mp4", None),
        ("https://cdn.example.com:8443/v.mp4", "https://cdn.example.com:8443/v.mp4"),
    ],
)
def test_links_into_the_web_are_encrypted(link, followed):
    """What a service writes otherwise is asked for so all the same."""
    assert reply.address(link, Place.WEB) == followed


# --- inputs ---------------------------------------------------------------------------------------

PICTURES = [
    "http://localhost:8888/files/fox.png",
    "https://127.0.0.1/fox.png",
    "http://192.168.1.5/fox.png",
    "http://169.254.169.254/latest/meta-data/",
    "http://intranet/fox.png",
]


@pytest.mark.parametrize("url", PICTURES)
def test_an_input_that_the_service_cannot_fetch_is_refused(tmp_path, url):
    """In words, before anything is sent: a cloud cannot see this machine."""
    home, library = tmp_path / "home", tmp_path / "media"
    with (
        VideoGen(FalBackend("a:b"), home=home, library=library) as gen,
        pytest.raises(InvalidParams, match="fal cannot fetch it") as caught,
    ):
        gen.plan(FOX | {"mode": "image-to-video", "start_image_url": url})

    (problem,) = caught.value.problems
    assert (problem.parameter, problem.value) == ("start_image_url", url)


def test_a_service_of_this_machine_may_fetch_from_it(tmp_path):
    """An emulated one, or a gateway that runs here."""
    service = BY_NAME["gateway"]
    home, library = tmp_path / "home", tmp_path / "media"
    backend = service.backend({"base_url": "http://127.0.0.1:9"})
    with VideoGen(backend, home=home, library=library) as gen:
        request = service.request | {"mode": "image-to-video", "start_image_url": PICTURES[0]}
        assert gen.plan(request).backend == "gateway"


@pytest.mark.parametrize(
    "link", ["http://169.254.169.254/fox.png", "http://127.0.0.1:{port}/?to=http://169.254.1.1/"]
)
def test_the_preview_fetches_nothing_from_a_cloud_s_secrets(tmp_path, link):
    """A page may name any address to it."""

    async def scenario() -> None:
        async with hosting() as host, httpx.AsyncClient(trust_env=False) as client:
            preview = PreviewBackend(tmp_path)
            preview.connect(client)
            async with preview._opened(link.format(port=host.port)):
                pass

    with pytest.raises(Barred, match="link-local"):
        asyncio.run(scenario())
