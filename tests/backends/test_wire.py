"""Did the service get the POST? One place decides, and it decides alike for every service."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from rushes.backends.protocol import Attempt, Refused, Unknown
from rushes.backends.wire import IDENTITY, NotSent, Wire
from rushes.contract.errors import AuthenticationFailed
from rushes.engine.network import open_client
from support.services import SERVICES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from rushes.backends.protocol import Backend, Submission
    from support.services import Service

    Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

URLS = ("queue", "rest", "api", "url", "base_url")

FAR = "https://service.example.com"

REQUEST = {"endpoint": "a/b", "route": "x", "input": {}, "body": {}, "params": {}}

every_service = pytest.mark.parametrize("service", SERVICES, ids=str)


def submitted(
    service: Service, client: httpx.AsyncClient, url: str = FAR, **request: Any
) -> Submission:
    """What a backend says of a submission."""

    async def scenario() -> Submission:
        async with client:
            backend = service.backend(dict.fromkeys(URLS, url))
            backend.connect(client)
            return await submit(backend, **request)

    return asyncio.run(scenario())


async def submit(backend: Backend, **request: Any) -> Submission:
    return await backend.submit(Attempt("job", "token", REQUEST | request, time.time()))


def raising(error: BaseException) -> httpx.AsyncClient:
    """A client whose transport ends so, without a word about how far it got."""

    def send(_: httpx.Request) -> httpx.Response:
        raise error

    return httpx.AsyncClient(transport=httpx.MockTransport(send))


def replying(
    *statuses: int, body: Any = None, headers: dict[str, str] | None = None
) -> httpx.AsyncClient:
    """A client whose service answers so, with one status after the other."""
    left = list(statuses)

    def send(_: httpx.Request) -> httpx.Response:
        return httpx.Response(left.pop(0), json=body, headers=headers)

    return httpx.AsyncClient(transport=httpx.MockTransport(send))


def after_each(
    service: Service, *statuses: int, body: Any = None, headers: dict[str, str] | None = None
) -> dict[int, Submission]:
    """What a backend says of a submission that is answered so, by status."""

    async def scenario() -> dict[int, Submission]:
        async with replying(*statuses, body=body, headers=headers) as client:
            backend = service.backend(dict.fromkeys(URLS, FAR))
            backend.connect(client)
            return {status: await submit(backend) for status in statuses}

    return asyncio.run(scenario())


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[str]:
    """A server on this machine; its address."""
    lines = set[asyncio.StreamWriter]()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in lines:
            writer.transport.abort()


def at_server(
    service: Service, serve: Serve, *, is_proxy: bool = False, read: float = 60.0
) -> Submission:
    """What a backend says of a submission to a server, or through it as a proxy."""

    async def scenario() -> Submission:
        async with listening(serve) as url:
            timeout = httpx.Timeout(60.0, read=read)
            proxy = url if is_proxy else None
            async with httpx.AsyncClient(timeout=timeout, trust_env=False, proxy=proxy) as client:
                backend = service.backend(dict.fromkeys(URLS, FAR if is_proxy else url))
                backend.connect(client)
                return await submit(backend)

    return asyncio.run(scenario())


def saying(*chunks: bytes) -> Serve:
    """Reads the head of a request, answers with these bytes and closes the connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for chunk in chunks:
            writer.write(chunk)
        await writer.drain()

    return serve


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Reads, and never answers."""
    await reader.read()


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads the head of a request and breaks the connection."""
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.abort()


async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers whatever comes in clear text."""
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()


# --- certainly not sent ---------------------------------------------------------------------------

BEFORE_SENDING = [
    # error, whether the same request may succeed later
    (httpx.ConnectError("refused"), True),
    (httpx.ConnectError("[Errno -2] Name or service not known"), True),
    (httpx.ConnectTimeout("slow"), True),
    (httpx.PoolTimeout("full"), True),
    (httpx.ProxyError("407 Proxy Authentication Required"), True),
    (httpx.UnsupportedProtocol("gopher://"), False),
    (httpx.LocalProtocolError("Illegal header value"), False),
]


class TestCertainlyNotSent:
    """Every way in which no byte of the request leaves is a refusal, for every service."""

    @every_service
    @pytest.mark.parametrize(
        ("error", "passing"), BEFORE_SENDING, ids=lambda value: type(value).__name__
    )
    def test_an_error_that_comes_before_the_first_byte(self, service, error, passing):
        """It is passing where a later try may succeed."""
        answer = submitted(service, raising(error))

        assert isinstance(answer, Refused)
        assert answer.passing is passing

    @every_service
    def test_a_key_of_another_origin(self, service):
        """The key's owner is told; the address is not asked."""
        answer = Unknown("not asked")

        async def scenario() -> None:
            nonlocal answer
            async with httpx.AsyncClient() as client:
                backend = service.backend(dict.fromkeys(URLS, FAR))
                backend._auth._destinations._origins = {("https", "other.example.com", 443)}
                backend.connect(client)
                answer = await submit(backend)

        asyncio.run(scenario())

        assert isinstance(answer, Refused)
        assert isinstance(answer.error, AuthenticationFailed)
        assert not answer.passing

    @every_service
    @pytest.mark.parametrize(
        "odd", [float("nan"), object(), "\ud83d"], ids=["nan", "object", "half"]
    )
    def test_a_body_that_is_not_json(self, service, odd):
        """It cannot be written, today or later."""
        fields = {name: {"odd": odd} for name in ("input", "body", "params")}

        answer = submitted(service, replying(200), **fields)

        assert isinstance(answer, Refused)
        assert not answer.passing

    @every_service
    def test_an_input_that_is_none_of_the_jobs(self, service):
        """Services that get files inside the request; to the others it is an object like any."""
        if service.name in ("fal", "runway"):
            pytest.skip("it gets no files inside the request")
        fields = {name: {"image": {"$input": "gone.png"}} for name in ("body", "params")}
        fields["params"] = {"startImageUrl": "file:///gone.png"}

        answer = submitted(service, replying(200), **fields)

        assert isinstance(answer, Refused)
        assert not answer.passing

    @every_service
    def test_a_client_that_is_closed(self, service):
        """The engine has ended; the job waits for the next one."""

        async def scenario() -> Submission:
            client = httpx.AsyncClient()
            backend = service.backend(dict.fromkeys(URLS, FAR))
            backend.connect(client)
            await client.aclose()
            return await submit(backend)

        answer = asyncio.run(scenario())

        assert isinstance(answer, Refused)
        assert answer.passing

    @every_service
    def test_a_port_where_nobody_listens(self, service):
        """With the engine's own transport."""
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{closed.getsockname()[1]}"
            answer = submitted(service, open_client(), url)

        assert isinstance(answer, Refused)
        assert answer.passing

    @every_service
    def test_a_host_that_is_not_of_tls(self, service):
        """The handshake fails, and with it the request."""

        async def scenario() -> Submission:
            async with listening(plain) as url, open_client() as client:
                backend = service.backend(dict.fromkeys(URLS, url.replace("http:", "https:")))
                backend.connect(client)
                return await submit(backend)

        answer = asyncio.run(scenario())

        assert isinstance(answer, Refused)
        assert answer.passing

    @every_service
    @pytest.mark.parametrize(
        "proxy",
        [
            saying(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"),
            saying(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"),
            saying(b"this is not HTTP\r\n\r\n"),
            saying(b""),
            reset,
            silent,
            saying(b"HTTP/1.1 200 Connection established\r\n\r\n"),
        ],
        ids=["407", "502", "odd", "closed", "reset", "silent", "tunnel without an end"],
    )
    def test_a_proxy_that_makes_no_tunnel(self, service, proxy):
        """However it fails: only its own request was sent, not the submission."""
        answer = at_server(service, proxy, is_proxy=True, read=0.2)

        assert isinstance(answer, Refused)
        assert answer.passing


# --- nobody knows ---------------------------------------------------------------------------------

ON_THE_WAY = [
    httpx.ReadError("broken"),
    httpx.WriteError("broken"),
    httpx.CloseError("broken"),
    httpx.NetworkError("broken"),
    httpx.ReadTimeout("slow"),
    httpx.WriteTimeout("slow"),
    httpx.TimeoutException("slow"),
    httpx.RemoteProtocolError("odd"),
    httpx.ProtocolError("odd"),
    httpx.DecodingError("odd"),
    httpx.TooManyRedirects("lost"),
    httpx.TransportError("broken"),
    httpx.StreamClosed(),
    httpx.InvalidURL("of a redirect"),
    ConnectionResetError(),
    OSError("broken"),
    ValueError("odd"),
    ExceptionGroup("several", [OSError("broken")]),
]


class TestNobodyKnows:
    """Whatever may have happened after the first byte left is unknown, for every service."""

    @every_service
    @pytest.mark.parametrize("error", ON_THE_WAY, ids=lambda error: type(error).__name__)
    def test_an_error_that_may_come_later(self, service, error):
        """A transport that does not say how far it got is given no benefit of the doubt."""
        assert isinstance(submitted(service, raising(error)), Unknown)

    @every_service
    @pytest.mark.parametrize("location", [None, "/elsewhere", "https://[odd", "gopher://x"])
    def test_every_redirect(self, service, location):
        """303 follows a request that was taken, and of the others nobody knows."""
        headers = {} if location is None else {"Location": location}
        answers = after_each(service, *range(300, 400), body={"code": 1101}, headers=headers)
        assert {type(answer) for answer in answers.values()} == {Unknown}

    @every_service
    def test_every_error_of_the_server_and_a_408(self, service):
        """It may have the job all the same."""
        answers = after_each(service, 408, *range(500, 600), body={})
        assert {type(answer) for answer in answers.values()} == {Unknown}

    @every_service
    @pytest.mark.parametrize("body", [None, [], "yes", {}, {"id": None}, {"code": 0, "data": {}}])
    def test_a_success_that_names_no_job(self, service, body):
        """It was taken, under a name that nobody heard."""
        assert isinstance(submitted(service, replying(200, body=body)), Unknown)

    @every_service
    @pytest.mark.parametrize(
        "serve",
        [
            saying(b""),
            saying(b"this is not HTTP\r\n\r\n"),
            saying(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
            saying(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 99\r\n\r\n{"),
            saying(b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\n{"),
            saying(b"HTTP/1.1 302 Found\r\nLocation: https://[odd\r\nContent-Length: 0\r\n\r\n"),
            reset,
            silent,
        ],
        ids=["closed", "odd", "half", "half a 400", "packed", "odd redirect", "reset", "silent"],
    )
    def test_a_server_that_read_the_request(self, service, serve):
        """With a transport that says how far it got."""
        assert isinstance(at_server(service, serve, read=0.2), Unknown)

    @every_service
    def test_a_proxy_that_forwards_and_fails(self, service):
        """Without a tunnel the proxy has the request itself, and may have passed it on."""

        async def scenario() -> Submission:
            async with (
                listening(reset) as url,
                httpx.AsyncClient(trust_env=False, proxy=url) as client,
            ):
                backend = service.backend(dict.fromkeys(URLS, "http://127.0.0.1:9"))
                backend.connect(client)
                return await submit(backend)

        assert isinstance(asyncio.run(scenario()), Unknown)


# --- too late -------------------------------------------------------------------------------------


def after(meanwhile: Callable[[], None]) -> Callable[[httpx.Request], Awaitable[None]]:
    """What a client does when a request is made and nothing of it was sent."""

    async def hook(_: httpx.Request) -> None:
        meanwhile()

    return hook


async def sent_after(
    service: Service, meanwhile: Callable[[], None], *, within: float = 75.0, before: int = 0
) -> tuple[list[Submission], int]:
    """What a backend says of submissions, and how many the service got.

    Args:
        service: whose backend.
        meanwhile: happens before the last of them leaves.
        within: seconds in which it may leave.
        before: how many there are before that, so that a connection waits to be used again.
    """
    got = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal got
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(httpx.Headers(_lines(head)).get("content-length", "0"))
            await reader.readexactly(length)
            got += 1
            writer.write(b"HTTP/1.1 422 No\r\nContent-Length: 2\r\n\r\n{}")

    attempt = Attempt("job", "token", REQUEST, time.time(), arrives_within=within)
    async with listening(serve) as url, open_client() as client:
        backend = service.backend(dict.fromkeys(URLS, url))
        backend.connect(client)
        answers = [await backend.submit(attempt) for _ in range(before)]
        client.event_hooks = {"request": [after(meanwhile)]}
        answers.append(await backend.submit(attempt))
    return answers, got


def _lines(head: bytes) -> list[tuple[bytes, bytes]]:
    pairs = (line.partition(b":") for line in head.split(b"\r\n")[1:] if line)
    return [(name, value.strip()) for name, _, value in pairs]


@every_service
@pytest.mark.parametrize("before", [0, 1], ids=["new connection", "used connection"])
def test_nothing_leaves_after_a_computer_slept(service, before, monkeypatch):
    """Another one that shares the journal may have sent the job by then; it is queued again."""
    right = time.time

    def sleep() -> None:
        monkeypatch.setattr(time, "time", lambda: right() + 3_600.0)

    answers, got = asyncio.run(sent_after(service, sleep, before=before))

    assert got == before
    match answers[-1]:
        case Refused(error=error, passing=True):
            assert "asleep" in error.message
        case other:
            pytest.fail(f"{other}")


@every_service
def test_nothing_leaves_when_its_time_is_over(service, monkeypatch):
    """A process that was stopped finds its deadlines past, and may go on before they are seen."""
    late = SimpleNamespace(
        time=lambda: time.time() + 80.0, monotonic=lambda: time.monotonic() + 80.0
    )

    def stop() -> None:
        monkeypatch.setattr("rushes.io.stopwatch.time", late)

    answers, got = asyncio.run(sent_after(service, stop))

    assert got == 0
    assert isinstance(answers[-1], Refused)


@every_service
def test_a_submission_leaves_within_its_time(service):
    """Also a second one by the same connection."""
    answers, got = asyncio.run(sent_after(service, lambda: None, before=1))

    assert got == 2
    assert not any(isinstance(answer, Unknown) for answer in answers)


# --- the service's own word -----------------------------------------------------------------------


@pytest.mark.parametrize("reads", [True, False], ids=["the request", "no body"])
def test_a_deadline_says_whether_anything_was_sent(reads):
    """Only a submission that was cancelled before its first byte left was certainly not sent."""

    async def scenario() -> type[BaseException]:
        async def serve(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            arrived.set()
            await asyncio.Event().wait()

        async def never() -> None:
            arrived.set()
            await asyncio.Event().wait()

        arrived = asyncio.Event()
        async with listening(serve) as url, open_client() as client:
            wire = Wire(client, "a service", httpx.Auth(), 5.0)

            async def post() -> type[BaseException]:
                with pytest.raises(asyncio.CancelledError) as caught:
                    await wire.post_once(f"{url}/jobs", {} if reads else never())
                return caught.type

            task = asyncio.create_task(post())
            await arrived.wait()
            task.cancel()
            return await task

    assert asyncio.run(scenario()) is (asyncio.CancelledError if reads else NotSent)


def test_a_body_that_is_made_is_encoded_like_any_other():
    """Aside from the event loop, because it may contain large files; the bytes are the same."""
    sent = list[httpx.Request]()

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={})

    async def made() -> dict[str, str]:
        return {"prompt": "Füchse 🦊", "image": "data:"}

    async def scenario() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            wire = Wire(client, "a service", httpx.Auth(), 1.0)
            await wire.post_once(FAR, await made())
            await wire.post_once(FAR, made())

    asyncio.run(scenario())
    assert sent[0].content == sent[1].content
    assert sent[0].headers == sent[1].headers


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"json": {"prompt": "Füchse"}},
        {"params": {"limit": 2}},
        {"content": b"x", "headers": {"Content-Type": "video/mp4", "Accept": "text/plain"}},
    ],
    ids=" ".join,
)
def test_a_request_is_what_the_client_would_make(content):
    """Its headers are only put together earlier."""

    async def scenario() -> tuple[httpx.Request, httpx.Request]:
        async with open_client() as client:
            client.cookies.set("route", "7")
            own = {"X-Version": "1"}
            wire = Wire(client, "a service", httpx.Auth(), 1.0, headers=own)
            headers = {**own, **IDENTITY, **content.get("headers", {})}
            made = wire.request("POST", f"{FAR}/jobs?logs=1", content)
            return made, client.build_request(
                "POST", f"{FAR}/jobs?logs=1", **content | {"headers": headers}
            )

    made, usual = asyncio.run(scenario())
    assert (made.method, made.url, made.headers) == (usual.method, usual.url, usual.headers)
    assert made.content == usual.content


@every_service
def test_an_error_of_the_client_is_a_refusal(service):
    """The service says that it does not take the request."""
    statuses = (400, 401, 402, 403, 404, 409, 413, 415, 422, 429, 451)
    for status, answer in after_each(service, *statuses, body={}).items():
        assert isinstance(answer, Refused), status
        assert answer.passing is (status == 429)


@every_service
def test_no_error_repeats_the_key(service):
    """The words of an error of the connection may hold the request's head."""
    said = submitted(service, raising(httpx.LocalProtocolError(f"Illegal value {service.key}")))

    assert isinstance(said, Refused)
    assert service.key not in said.error.message
