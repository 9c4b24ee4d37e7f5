"""HTTP connections for hundreds of calls a second."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

import httpx

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable

Origin = tuple[str, str, int | None]
"""Scheme, host and port; no port where it is the scheme's."""

KEPT = 50.0
"""Seconds for which an idle connection is kept. Jobs are asked for every few seconds to a minute,
and a new connection costs more than a call; many services close theirs after 60 s."""

FRESH = 5.0
"""Only a connection that was idle for less is used to send anything. A service may close an idle
one just as the request is on its way, and then nobody knows whether it was taken. httpx keeps none
for longer by itself."""

ALONE = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEPT)


@dataclass(frozen=True, slots=True)
class Idle:
    """A connection that waits for its next call.

    Attributes:
        origin: where it leads to.
        line: httpx's transport, which holds this connection alone.
        since: when its last call ended, monotonic seconds.
    """

    origin: Origin
    line: httpx.AsyncHTTPTransport
    since: float


class Connections(httpx.AsyncBaseTransport):
    """A stack of connections: a call takes the one to its host that was used last.

    So few stay open, and a stream's connection serves the call for its job's result. A pool of
    httpcore goes through all its connections several times for each call, with a system call for
    each idle one: of 32 calls at once, each costs four times the processor time that it costs
    here. Measured in `benchmarks`.

    Only a connection whose last call ended well is used again. httpcore counts a connection as in
    use for ever when its call is cancelled at the wrong moment, and every later call on it would
    time out.

    Args:
        trust: the certificates that are trusted; None takes httpx's.
        proxy: the proxy through which all calls go.

    Raises:
        ImportError: when the library for this kind of proxy is not installed.
        ValueError: when no proxy can be reached at such an address.
    """

    def __init__(
        self, trust: ssl.SSLContext | None = None, *, proxy: httpx.Proxy | None = None
    ) -> None:
        self._make = partial(
            httpx.AsyncHTTPTransport,
            verify=trust or httpx.create_ssl_context(),
            limits=ALONE,
            proxy=proxy,
        )
        if proxy is not None:
            self._make()  # Raises here what would else be raised by the first call.
        self._idle: list[Idle] = []
        self._is_closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; returns when the head of the reply is there."""
        origin = (request.url.scheme, request.url.host, request.url.port)
        line = self._take(origin, FRESH if request.method == "POST" else KEPT)
        try:
            response = await line.handle_async_request(request)
        except BaseException:
            await line.aclose()
            raise
        stream = cast("httpx.AsyncByteStream", response.stream)
        response.stream = _Body(stream, line, partial(self._give_back, origin, line))
        return response

    async def aclose(self) -> None:
        """Close every connection, and those of calls that are under way when these end."""
        self._is_closed = True
        while self._idle:
            await self._idle.pop().line.aclose()

    def _take(self, origin: Origin, longest: float) -> httpx.AsyncHTTPTransport:
        oldest = time.monotonic() - longest
        for number in range(len(self._idle) - 1, -1, -1):
            idle = self._idle[number]
            if idle.origin == origin and idle.since >= oldest:
                return self._idle.pop(number).line
        return self._make()

    async def _give_back(self, origin: Origin, line: httpx.AsyncHTTPTransport) -> None:
        now = time.monotonic()
        self._idle.append(Idle(origin, line, now))
        while self._idle and (self._is_closed or self._idle[0].since < now - KEPT):
            await self._idle.pop(0).line.aclose()


class _Body(httpx.AsyncByteStream):
    """The body of a reply; it gives the connection back once it was closed without trouble."""

    def __init__(
        self,
        stream: httpx.AsyncByteStream,
        line: httpx.AsyncHTTPTransport,
        give_back: Callable[[], Awaitable[None]],
    ) -> None:
        self._stream = stream
        self._line = line
        self._give_back = give_back
        self._is_closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.__aiter__()

    async def aclose(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        try:
            await self._stream.aclose()
        except BaseException:
            await self._line.aclose()
            raise
        await self._give_back()
