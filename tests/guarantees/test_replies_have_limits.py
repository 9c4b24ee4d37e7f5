"""No reply takes the memory, the time or the place of other jobs, and none leads elsewhere."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import socket
import ssl
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import pytest

from emulators import clips
from rushes.backends.events import events
from rushes.backends.fal import FalBackend
from rushes.backends.gateway import GatewayBackend
from rushes.backends.protocol import (
    Accepted,
    Attempt,
    Cancellation,
    Done,
    Limits,
    Passing,
    Refused,
    Unknown,
)
from rushes.contract.errors import BackendUnavailable
from rushes.contract.media_errors import BadDownload, DownloadInterrupted, MediaError
from rushes.media.download import download
from support.certificates import own_certificate
from support.services import BY_NAME, SERVICES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from rushes.backends.protocol import Backend
    from support.services import Service

T = TypeVar("T")

MIB = 2**20

PATIENCE = 60.0
"""Seconds after which a call that should have ended long before counts as one without end."""

HASTY = Limits(
    poll_floor=0.05,
    **(
        {"call_deadline": 0.5}
        if "call_deadline" in {field.name for field in dataclasses.fields(Limits)}
        else {}
    ),
)

URLS = ("queue", "rest", "api", "url", "base_url")

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@dataclasses.dataclass
class Host:
    """A server that sends any bytes.

    Attributes:
        url: where it is.
        sent: bytes that it got rid of.
        calls: requests that it read.
    """

    url: str = ""
    sent: int = 0
    calls: int = 0


@asynccontextmanager
async def hosting(send: Callable[[], AsyncIterator[bytes]]) -> AsyncIterator[Host]:
    """Serve every request with the same bytes, and close the connection."""
    host, lines = Host(), dict[asyncio.Task[None], asyncio.StreamWriter]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines[asyncio.current_task()] = writer  # type: ignore[index]
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            host.calls += 1
            async for chunk in send():
                writer.write(chunk)
                await writer.drain()
                host.sent += len(chunk)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        host.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield host
    finally:
        server.close()
        for writer in lines.values():
            writer.transport.abort()
        # Whoever still sends finds the connection gone.
        await asyncio.gather(*lines)


def of_bytes(*chunks: bytes) -> Callable[[], AsyncIterator[bytes]]:
    async def send() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return send


async def endless() -> AsyncIterator[bytes]:
    """A body of 64 MiB of blanks, as good as one without end."""
    yield HEAD + b"\r\n"
    for _ in range(64 * 16):
        yield b" " * (MIB // 16)


async def dripping() -> AsyncIterator[bytes]:
    """A byte now and then."""
    yield HEAD + b"Content-Length: 1000000\r\n\r\n"
    while True:
        yield b" "
        await asyncio.sleep(0.05)


async def early() -> AsyncIterator[bytes]:
    """Hints without end, and no reply."""
    while True:
        yield b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        await asyncio.sleep(0.01)


def bomb(body: bytes) -> Callable[[], AsyncIterator[bytes]]:
    """A reply that unpacks to 64 MiB and is JSON all the same."""
    packed = gzip.compress(b" " * (64 * MIB) + body)
    length = f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    return of_bytes(HEAD + length + packed)


async def within(answer: Awaitable[T]) -> T | None:
    """An answer; None when there is none within the patience of a test."""
    try:
        return await asyncio.wait_for(answer, PATIENCE)
    except TimeoutError:
        return None


def asked(
    service: Service,
    send: Callable[[], AsyncIterator[bytes]],
    question: Callable[[Backend], Awaitable[Any]],
) -> tuple[Any, Host]:
    """What a backend makes of a reply."""

    async def scenario() -> tuple[Any, Host]:
        async with hosting(send) as host, httpx.AsyncClient(trust_env=False) as client:
            backend = service.backend(dict.fromkeys(URLS, host.url), limits=HASTY)
            backend.connect(client)
            return await within(question(backend)), host

    return asyncio.run(scenario())


def poll(backend: Backend) -> Awaitable[Any]:
    found = backend.locate("1", {"endpoint": "a/b", "route": "v1/videos/text2video"})
    return backend.poll("1", found.remote)


def cancel(backend: Backend) -> Awaitable[Any]:
    found = backend.locate("1", {"endpoint": "a/b", "route": "v1/videos/text2video"})
    return backend.cancel("1", found.remote)


REQUEST = {"endpoint": "a/b", "route": "x", "input": {}, "body": {}, "params": {}}


def submit(backend: Backend) -> Awaitable[Any]:
    return backend.submit(Attempt("job", "token", dict(REQUEST), time.time()))


every_service = pytest.mark.parametrize("service", SERVICES, ids=str)


# --- size -----------------------------------------------------------------------------------------


@every_service
def test_a_poll_reads_no_endless_reply(service):
    """It is given up after some megabytes, and the job goes on."""
    answer, host = asked(service, endless, poll)

    assert isinstance(answer, Passing)
    assert host.sent < 32 * MIB


@every_service
def test_a_submission_with_an_endless_reply_is_unknown(service):
    """The service may have the job."""
    answer, host = asked(service, endless, submit)

    assert isinstance(answer, Unknown)
    assert host.sent < 32 * MIB


@pytest.mark.parametrize("name", ["fal", "ark", "runway", "gateway"])
def test_a_wish_to_cancel_is_answered_whatever_comes(name):
    """In words, and the job may go on."""
    answer, host = asked(BY_NAME[name], endless, cancel)

    assert isinstance(answer, Cancellation)
    assert (answer.reached, answer.may_bill) == (False, True)
    assert host.sent < 32 * MIB


def test_a_small_reply_that_unpacks_to_a_large_one_is_not_read():
    """Whoever packs it, though it was asked not to."""
    answer, _ = asked(BY_NAME["fal"], bomb(b'{"status": "IN_PROGRESS"}'), poll)

    assert isinstance(answer, Passing)


def test_a_packed_reply_of_a_usual_size_is_read():
    """A proxy may pack what it was asked not to."""
    packed = gzip.compress(b'{"request_id": "r-1"}')
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)

    answer, _ = asked(BY_NAME["fal"], of_bytes(head + packed), submit)

    assert isinstance(answer, Accepted)
    assert answer.remote_id == "r-1"


@pytest.mark.parametrize(
    "chunks",
    [[b"x" * 65_536] * 64, [b"data: " + b"x" * 1_000 + b"\n"] * 4_096],
    ids=["line", "event"],
)
def test_a_stream_ends_at_a_line_or_an_event_without_end(chunks):
    """It is given up; the job is polled."""
    read = 0

    async def arriving() -> AsyncIterator[bytes]:
        nonlocal read
        for chunk in chunks:
            read += len(chunk)
            yield chunk

    async def listen() -> None:
        async for _ in events(arriving()):
            pass

    with suppress(BackendUnavailable):
        asyncio.run(listen())
    assert read <= 2 * MIB


# --- time -----------------------------------------------------------------------------------------


@every_service
@pytest.mark.parametrize("send", [dripping, early], ids=["drip", "hints"])
def test_a_poll_ends_however_slowly_a_reply_comes(service, send):
    """At a deadline for all of it, so that it does not keep the place of others."""
    answer, _ = asked(service, send, poll)

    assert isinstance(answer, Passing)


class Meter:
    """Counts what a download receives, and stops the time of its event loop.

    Attributes:
        received: bytes so far.
        now: the time, in seconds; it passes only when a test adds to it.
    """

    def __init__(self) -> None:
        self.received = 0
        self.now = 0.0

    def note(self, received: int, _: int | None) -> None:
        self.received = received

    def stop_time(self) -> None:
        asyncio.get_running_loop().time = lambda: self.now  # type: ignore[method-assign]

    async def reaches(self, size: int) -> None:
        while self.received < size:  # noqa: ASYNC110 - no time passes
            await asyncio.sleep(0)


def fetched(
    send: Callable[[], AsyncIterator[bytes]],
    target: Path,
    meter: Meter | None = None,
    **options: Any,
) -> tuple[MediaError | str, Host]:
    """What becomes of a download: its error, or "done", or "hangs"."""

    async def fetch(url: str) -> str:
        note = meter.note if meter is not None else lambda *_: None
        async with httpx.AsyncClient(trust_env=False) as client:
            await download(client, url, target, note, **options)
        return "done"

    async def scenario() -> tuple[MediaError | str, Host]:
        if meter is not None:
            meter.stop_time()
        async with hosting(send) as host:
            try:
                return await within(fetch(f"{host.url}/v.mp4")) or "hangs", host
            except MediaError as error:
                return error, host

    return asyncio.run(scenario())


def slow(options: dict[str, Any]) -> dict[str, Any]:
    """Options of a download, as far as it has them."""
    known = download.__kwdefaults__ or {}
    return {name: value for name, value in options.items() if name in known}


def test_a_download_that_drips_is_interrupted_and_goes_on_later(tmp_path):
    """What has arrived is kept, however little it was; the next try asks for the rest."""
    video = clips.clip(clips.TINY)
    half = len(video) // 2
    meter = Meter()

    async def send() -> AsyncIterator[bytes]:
        length = f'Content-Length: {len(video)}\r\nETag: "a"\r\n\r\n'.encode()
        yield b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n" + length + video[:half]
        await meter.reaches(half)
        for each in video[half:]:
            meter.now += 0.05
            yield bytes([each])
            await asyncio.sleep(0)

    target = tmp_path / "v.mp4"
    options = slow({"least_bytes": 10 * len(video), "least_within": 0.5})
    answer, _ = fetched(send, target, meter, **options)

    assert isinstance(answer, DownloadInterrupted)
    assert target.with_name("v.mp4.part").stat().st_size >= half


@pytest.mark.parametrize("send", [early], ids=["hints"])
def test_a_download_without_a_reply_is_interrupted(send, tmp_path):
    """Hints without end are none."""
    answer, _ = fetched(send, tmp_path / "v.mp4", **slow({"least_within": 0.5}))

    assert isinstance(answer, DownloadInterrupted)


def test_a_download_that_is_fast_enough_is_not_interrupted(tmp_path):
    """The while begins anew with each lot of bytes, not with the download."""
    video = clips.clip(clips.TINY)
    size = 1 + len(video) // 8
    parts = [video[start : start + size] for start in range(0, len(video), size)]
    meter = Meter()

    async def send() -> AsyncIterator[bytes]:
        length = f"Content-Length: {len(video)}\r\n\r\n".encode()
        yield b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n" + length
        for number, part in enumerate(parts):
            await meter.reaches(number * size)
            meter.now += 1.0
            yield part

    options = slow({"least_bytes": 10, "least_within": 1.5})
    answer, _ = fetched(send, tmp_path / "v.mp4", meter, **options)

    assert answer == "done"


def test_a_link_to_a_port_that_cannot_be_is_no_download(tmp_path):
    """It counts as a bad one, so that the job ends."""

    async def scenario() -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            await download(
                client, "http://127.0.0.1:99999/v.mp4", tmp_path / "v.mp4", lambda *_: None
            )

    with pytest.raises(BadDownload):
        asyncio.run(scenario())


# --- where links lead -----------------------------------------------------------------------------


def done_at(link: str, url: str = "https://queue.example.com", kind: Any = FalBackend) -> Any:
    """What a finished job becomes whose video is at a link."""

    def answer(request: httpx.Request) -> httpx.Response:
        if kind is GatewayBackend:
            job = {"jobId": "1", "status": "completed", "result": {"videoUrl": link}}
            return httpx.Response(200, json={"jobs": [job]})
        if request.url.path.endswith("/status"):
            return httpx.Response(200, json={"status": "COMPLETED"})
        return httpx.Response(200, json={"video": {"url": link}})

    async def scenario() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            backend = kind("a:b", url=url) if kind is GatewayBackend else kind("a:b", queue_url=url)
            backend.connect(client)
            return await poll(backend)

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1:8888/api",
        "http://localhost:2375/",
        "http://127.1/",
        "http://2130706433/",
        "http://0.0.0.0/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "http://10.1.2.3/v.mp4",
        "http://192.168.0.1./v.mp4",
        "http://metadata.google.internal/",
        "http://metadata/",
        "file:///etc/passwd",
        "http://127.0.0.1:99999/",
        "https://user:pw@cdn.example.com/v.mp4",
        f"https://cdn.example.com/{'x' * 100_000}",
        "",
    ],
)
def test_a_link_of_the_web_s_service_leads_to_the_web(link):
    """Not to this machine, its network or its cloud; the job is known to have ended."""
    answer = done_at(link)

    assert isinstance(answer, Passing)
    assert answer.ended
    assert "reports the job as done" in answer.error.message


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://v3.fal.media/a.mp4?sig=%2F", "https://queue.example.com"),
        ("https://b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example/a.mp4", "https://q.example"),
        ("http://127.0.0.1:8/v", "http://127.0.0.1:9"),
        ("http://localhost:8/v", "http://127.0.0.1:9"),
        ("http://10.1.2.3/v", "http://127.0.0.1:9"),
        ("http://10.1.2.3/v", "https://192.168.1.1"),
    ],
)
def test_a_service_may_lead_to_where_it_is_itself(link, url):
    """An emulated one on this machine, or one in the same network."""
    answer = done_at(link, url)

    assert isinstance(answer, Done)
    assert answer.url == link


def test_a_gateway_may_keep_its_videos_in_the_network():
    """It is of one's own team; this machine and its cloud are not its business."""
    url = "https://gateway.example.com"

    assert isinstance(done_at("http://10.1.2.3/v", url, GatewayBackend), Done)
    assert isinstance(done_at("http://127.0.0.1/v", url, GatewayBackend), Passing)
    assert isinstance(done_at("http://169.254.169.254/", url, GatewayBackend), Passing)


@pytest.mark.parametrize(
    "there", ["http://127.0.0.1:8888/", "https://localhost/", "https://10.0.0.1/", "https://[::1]/"]
)
def test_a_download_is_not_led_here_from_the_web(there, tmp_path):
    """A redirect has no more rights than a link."""
    seen = list[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        return httpx.Response(302, headers={"Location": there})

    async def scenario() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            link = "https://cdn.example.com/v.mp4"
            await download(client, link, tmp_path / "v.mp4", lambda *_: None)

    with pytest.raises(BadDownload):
        asyncio.run(scenario())
    assert seen == ["cdn.example.com"]


# --- what a failed call says ----------------------------------------------------------------------


@every_service
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirected_submission_is_unknown(service, status):
    """303 follows a request that was taken, and of the others nobody knows."""
    head = f"HTTP/1.1 {status} Elsewhere\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n".encode()

    answer, host = asked(service, of_bytes(head), submit)

    assert isinstance(answer, Unknown)
    assert host.calls == 1


@every_service
def test_a_proxy_that_refuses_leaves_nothing_in_doubt(service, monkeypatch):
    """The request has not left: it is queued again, and what is wrong is named."""
    head = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"

    async def scenario() -> tuple[Any, str]:
        async with hosting(of_bytes(head)) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//me:secret@"))
            async with httpx.AsyncClient() as client:
                url = "https://service.example.com"
                backend = service.backend(dict.fromkeys(URLS, url), limits=HASTY)
                backend.connect(client)
                return await within(submit(backend)), proxy.url.removeprefix("http://")

    answer, address = asyncio.run(scenario())

    assert isinstance(answer, Refused)
    assert answer.passing
    assert f"the proxy {address} answered 407" in answer.error.message
    assert "HTTPS_PROXY" in answer.error.message
    assert "secret" not in answer.error.message


def refusal_at(url: str, **options: Any) -> str:
    """Why fal cannot be reached at an address, for a job that is to be submitted."""

    async def scenario() -> Any:
        async with httpx.AsyncClient(trust_env=False, **options) as client:
            backend = BY_NAME["fal"].backend(dict.fromkeys(URLS, url), limits=HASTY)
            backend.connect(client)
            return await within(submit(backend))

    answer = asyncio.run(scenario())
    assert isinstance(answer, Refused)
    assert answer.passing
    return answer.error.message


def test_a_refused_connection_is_named():
    """With the host that refuses it."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        said = refusal_at(f"http://127.0.0.1:{port}")

    assert f"127.0.0.1:{port} refused the connection" in said


def test_a_name_that_does_not_exist_is_named():
    """With the name."""
    assert "the name nowhere.invalid was not found" in refusal_at("https://nowhere.invalid")


def test_a_certificate_that_is_not_trusted_is_named(tmp_path):
    """With the variable that names another one: companies inspect connections."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_certificate(tmp_path / "own.pem"))

    async def scenario() -> Any:
        server = await asyncio.start_server(
            lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context
        )
        port = server.sockets[0].getsockname()[1]
        async with httpx.AsyncClient(trust_env=False) as client:
            url = f"https://localhost:{port}"
            backend = BY_NAME["fal"].backend(dict.fromkeys(URLS, url), limits=HASTY)
            backend.connect(client)
            answer = await within(submit(backend))
        server.close()
        return answer

    answer = asyncio.run(scenario())

    assert isinstance(answer, Refused)
    assert answer.passing
    assert "is not trusted" in answer.error.message
    assert "SSL_CERT_FILE" in answer.error.message
