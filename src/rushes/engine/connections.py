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

    Args:
        trust: the certificates that are trusted; None takes httpx's.
    """

    def __init__(self, trust: ssl.SSLContext | None = None) -> None:
        self._trust = trust or httpx.create_ssl_context()
        self._idle: list[Idle] = []
        self._is_closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; returns when the head of the reply is there."""
        origin = (request.url.scheme, request.url.host, request.url.port)
        line = self._take(origin, FRESH if request.method == "POST" else KEPT)
        try:
            response = await line.handle_async_request(request)
        except BaseException:
            # httpcore has closed the connection; the line makes a new one for its next call.
            await self._give_back(origin, line)
            raise
        stream = cast("httpx.AsyncByteStream", response.stream)
        response.stream = _Body(stream, partial(self._give_back, origin, line))
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
        return httpx.AsyncHTTPTransport(verify=self._trust, limits=ALONE)

    async def _give_back(self, origin: Origin, line: httpx.AsyncHTTPTransport) -> None:
        now = time.monotonic()
        self._idle.append(Idle(origin, line, now))
        while self._idle and (self._is_closed or self._idle[0].since < now - KEPT):
            await self._idle.pop(0).line.aclose()


class _Body(httpx.AsyncByteStream):
    """The body of a reply, which says when it needs its connection no longer."""

    def __init__(self, stream: httpx.AsyncByteStream, end: Callable[[], Awaitable[None]]) -> None:
        self._stream = stream
        self._end: Callable[[], Awaitable[None]] | None = end

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.__aiter__()

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            end, self._end = self._end, None
            if end is not None:
                await end()
