"""Connections to services, each for one call at a time, kept for the next one.

httpx's own transport keeps them in a pool of httpcore, which goes through all its connections
several times for each call, with a system call for each idle one, and wraps each reply twice. So
the calls go straight to httpcore's connections here; a pool only makes them.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

import httpcore
import httpx

from rushes.backends.wire import CONNECTING
from rushes.engine.sockets import Sockets
from rushes.io.stopwatch import Stopwatch

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterator

Origin = tuple[str, str, int | None, object]
"""Scheme, host, port (None where it is the scheme's), and the site whose guard let it connect."""

KEPT = 50.0
"""Seconds for which an idle connection is kept. Jobs are asked for every few seconds to a minute,
and a new connection costs more than a call; many services close theirs after 60 s."""

FRESH = 5.0
"""Only a connection that was idle for less is used to send anything. A service may close an idle
one just as the request is on its way, and then it is not known whether it was taken. httpx itself
keeps none for longer."""

SCHEMES = ("http", "https")
"""What can be connected to."""

ERRORS: dict[type[Exception], type[httpx.TransportError]] = {
    httpcore.TimeoutException: httpx.TimeoutException,
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.WriteTimeout: httpx.WriteTimeout,
    httpcore.NetworkError: httpx.NetworkError,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.WriteError: httpx.WriteError,
    httpcore.ProxyError: httpx.ProxyError,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
    httpcore.ProtocolError: httpx.ProtocolError,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
}
"""What httpx calls the errors of httpcore."""


@dataclass(frozen=True, slots=True)
class Idle:
    """A connection that waits for its next call.

    Attributes:
        origin: where it leads to.
        line: the connection.
        since: runs since its last call ended.
    """

    origin: Origin
    line: httpcore.AsyncConnectionInterface
    since: Stopwatch

    def serves(self, longest: float) -> bool:
        """Whether it was idle for so many seconds at most.

        The monotonic clock stops while a computer sleeps, and services close connections then.
        """
        return self.since.elapsed <= longest and not self.since.has_jumped


class Connections(httpx.AsyncBaseTransport):
    """A stack of connections: a call takes the one to its host that was used last.

    So few stay open, and a stream's connection serves the call for its job's result.

    Only a connection whose last call ended well is used again. httpcore counts a connection as in
    use forever when its call is cancelled at the wrong moment, and every later call on it would
    time out.

    Args:
        trust: the certificates that are trusted; None takes httpx's.
        proxy: the proxy through which all calls go.

    Raises:
        ImportError: when the library for this kind of proxy is not installed.
    """

    def __init__(
        self, trust: ssl.SSLContext | None = None, *, proxy: httpx.Proxy | None = None
    ) -> None:
        self._maker = _maker(trust or httpx.create_ssl_context(), proxy)
        self._idle: list[Idle] = []
        self._is_closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; returns when the head of the reply is there."""
        url = request.url
        if url.scheme not in SCHEMES:
            msg = f"The address begins with neither http:// nor https:// but {url.scheme!r}."
            raise httpx.UnsupportedProtocol(msg, request=request)
        origin = (url.scheme, url.host, url.port, request.extensions.get("site"))
        target = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        line = await self._take(origin, FRESH if request.method == "POST" else KEPT)
        if line is None:
            line = self._maker.create_connection(target.origin)
            if CONNECTING in request.extensions:
                request.extensions["trace"] = request.extensions[CONNECTING]
        sent = httpcore.Request(
            method=request.method,
            url=target,
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            with _as_httpx():
                reply = await line.handle_async_request(sent)
        except BaseException:
            await line.aclose()
            raise
        return httpx.Response(
            status_code=reply.status,
            headers=reply.headers,
            stream=_Body(reply, line, partial(self._give_back, origin, line)),
            extensions=reply.extensions,
        )

    async def aclose(self) -> None:
        """Close every connection, and those of calls that are under way when these end."""
        self._is_closed = True
        while self._idle:
            await self._idle.pop().line.aclose()

    async def _take(
        self, origin: Origin, longest: float
    ) -> httpcore.AsyncConnectionInterface | None:
        for number in range(len(self._idle) - 1, -1, -1):
            idle = self._idle[number]
            if idle.origin == origin and idle.serves(longest):
                del self._idle[number]
                if not idle.line.has_expired():
                    return idle.line
                await idle.line.aclose()  # The service has closed it.
                return None
        return None

    async def _give_back(self, origin: Origin, line: httpcore.AsyncConnectionInterface) -> None:
        if line.is_idle():  # httpcore closes one whose reply was not read to its end.
            self._idle.append(Idle(origin, line, Stopwatch()))
        while self._idle and (self._is_closed or not self._idle[0].serves(KEPT)):
            await self._idle.pop(0).line.aclose()


class _Body(httpx.AsyncByteStream):
    """The body of a reply; it gives the connection back once it was closed without trouble."""

    def __init__(
        self,
        reply: httpcore.Response,
        line: httpcore.AsyncConnectionInterface,
        give_back: Callable[[], Awaitable[None]],
    ) -> None:
        self._reply = reply
        self._line = line
        self._give_back = give_back
        self._is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx():
            async for part in cast("AsyncIterable[bytes]", self._reply.stream):
                yield part

    async def aclose(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        try:
            await self._reply.aclose()
        except BaseException:
            await self._line.aclose()
            raise
        await self._give_back()


def _maker(trust: ssl.SSLContext, proxy: httpx.Proxy | None) -> httpcore.AsyncConnectionPool:
    """What makes connections, to services or through a proxy to them."""
    settings: dict[str, Any] = {
        "ssl_context": trust,
        "keepalive_expiry": KEPT,
        "network_backend": Sockets(),
    }
    if proxy is None:
        return httpcore.AsyncConnectionPool(**settings)
    address = httpcore.URL(
        scheme=proxy.url.raw_scheme,
        host=proxy.url.raw_host,
        port=proxy.url.port,
        target=proxy.url.raw_path,
    )
    if proxy.url.scheme.startswith("socks"):
        if find_spec("socksio") is None:
            msg = "socksio is not installed."
            raise ImportError(msg)
        return httpcore.AsyncSOCKSProxy(address, proxy_auth=proxy.raw_auth, **settings)
    return httpcore.AsyncHTTPProxy(
        address,
        proxy_auth=proxy.raw_auth,
        proxy_headers=proxy.headers.raw,
        proxy_ssl_context=proxy.ssl_context,
        **settings,
    )


@contextmanager
def _as_httpx() -> Iterator[None]:
    """Raise httpcore's errors as those of httpx."""
    try:
        yield
    except Exception as error:
        kinds = (ERRORS[kind] for kind in type(error).__mro__ if kind in ERRORS)
        kind = next(kinds, None)
        if kind is None:
            raise
        raise kind(str(error)) from error
