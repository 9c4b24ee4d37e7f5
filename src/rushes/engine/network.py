"""The engine's HTTP client: connections, certificates and proxies, as the environment says."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.request import getproxies

import httpx

from rushes.backends.wire import CONNECTING
from rushes.contract.errors import BackendUnavailable, MissingExtra, RushesError

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

log = logging.getLogger("rushes")

Origin = tuple[str, str, int | None, object]
"""Scheme, host, port (None where it is the scheme's), and the site whose guard let it connect."""

KEPT = 50.0
"""Seconds for which an idle connection is kept. Jobs are asked for every few seconds to a minute,
and a new connection costs more than a call; many services close theirs after 60 s."""

FRESH = 5.0
"""Only a connection that was idle for less is used to send anything. A service may close an idle
one just as the request is on its way, and then it is not known whether it was taken. httpx itself
keeps none for longer."""

ALONE = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEPT)

TIMEOUT = httpx.Timeout(30.0, connect=10.0)

SCHEMES = ("http", "https", "socks5", "socks5h")
"""Kinds of proxies that can be used."""


def open_client() -> httpx.AsyncClient:
    """The client for all calls of an engine, with the environment's certificates and proxies.

    httpx reads the same variables. It uses its own transport then, for all hosts, and one word
    in them that it cannot read ends it, also where the preview needs no network at all.

    Raises:
        BackendUnavailable: when a variable cannot be used; the message names it.
        MissingExtra: when a SOCKS proxy is set and the library for it is not installed.
    """
    trust = _trust()
    mounts = {pattern: _way(proxy, trust) for pattern, proxy in _proxies()}
    return _Client(timeout=TIMEOUT, transport=Connections(trust), mounts=mounts, trust_env=False)


def no_client(fault: RushesError) -> httpx.AsyncClient:
    """A client that connects to nothing, because of a fault that was found before."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(fault.message, request=request)

    return httpx.AsyncClient(transport=httpx.MockTransport(refuse))


def _trust() -> ssl.SSLContext:
    """The certificates that are trusted."""
    try:
        trust = httpx.create_ssl_context()
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError.
        raise BackendUnavailable(_about_certificates(error)) from error
    folder = os.environ.get("SSL_CERT_DIR")
    if folder and not os.environ.get("SSL_CERT_FILE") and not Path(folder).is_dir():
        msg = (
            f"SSL_CERT_DIR is {folder!r}, which is not a folder. Set it to a folder of "
            f"certificates, or unset it, and make a new VideoGen(). Nothing was sent."
        )
        raise BackendUnavailable(msg)
    return trust


def _about_certificates(error: Exception) -> str:
    """Which variable it is that keeps the certificates from being read, and what to do."""
    file, keys = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSLKEYLOGFILE")
    if file and not _is_readable(file):
        return (
            f"SSL_CERT_FILE is {file!r}, and no certificates can be read from there ({error}). "
            f"Set it to a file of certificates in PEM format, or unset it, and make a new "
            f"VideoGen(). Nothing was sent."
        )
    if keys:
        return (
            f"SSLKEYLOGFILE is {keys!r}, which cannot be written ({error}). Set it to a file "
            f"that can, or unset it, and make a new VideoGen(). Nothing was sent."
        )
    return f"The certificates of this machine cannot be read ({error}). Nothing was sent."


def _is_readable(file: str) -> bool:
    import ssl  # noqa: PLC0415 - only after a fault

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
    except (OSError, ValueError):
        return False
    return True


def _proxies() -> Iterator[tuple[str, tuple[str, str] | None]]:
    """The patterns of addresses, each with its variable and proxy, or None for no proxy."""
    settings = getproxies()
    exceptions = [name.strip() for name in settings.get("no", "").split(",")]
    if "*" in exceptions:
        return
    found = False
    for scheme in ("http", "https", "all"):
        if settings.get(scheme):
            found = True
            yield f"{scheme}://", (_variable(f"{scheme}_proxy"), settings[scheme])
    for name in filter(None, exceptions if found else ()):
        pattern = _exception(name)
        try:
            httpx.URL(pattern)
        except (httpx.InvalidURL, ValueError):
            log.warning(
                "%s: the entry %r is neither a host nor an address, so it is ignored.",
                _variable("no_proxy"),
                name,
            )
        else:
            yield pattern, None


def _exception(name: str) -> str:
    """The pattern of httpx for an entry of NO_PROXY."""
    if "://" in name:
        return name
    address = name.strip("[]")
    if ":" in address and address.count(":") > 1:
        return f"all://[{address}]"
    is_address = address.replace(".", "").isdigit() or address.lower() == "localhost"
    return f"all://{address}" if is_address else f"all://*{name}"


def _way(proxy: tuple[str, str] | None, trust: ssl.SSLContext) -> httpx.AsyncBaseTransport | None:
    """The transport through a proxy."""
    if proxy is None:
        return None
    variable, value = proxy
    try:
        address = httpx.Proxy(value if "://" in value else f"http://{value}")
        return Connections(trust, proxy=address)
    except ImportError as error:
        msg = (
            f"{variable} names a SOCKS proxy, and the library for those is not installed: "
            f'pip install "httpx[socks]", then restart. Nothing was sent.'
        )
        raise MissingExtra(msg) from error
    except (httpx.InvalidURL, ValueError):
        # Neither the value nor the error is shown: the address may hold a password.
        scheme = value.partition("://")[0] if "://" in value else "http"
        kind = f" of the kind {scheme}://" if scheme not in SCHEMES else ""
        msg = (
            f"{variable} names a proxy{kind} that cannot be used. Allowed is an address like "
            f"http://host:3128 or socks5://host:1080. Correct it, or unset it, and make a new "
            f"VideoGen(). Nothing was sent."
        )
        raise BackendUnavailable(msg) from None


def _variable(name: str) -> str:
    """A variable as the environment spells it; Windows and macOS have settings elsewhere."""
    spellings = (name, name.upper(), *(key for key in os.environ if key.lower() == name))
    spelled = next((spelling for spelling in spellings if os.environ.get(spelling)), None)
    return spelled or f"The system's setting {name}"


# --- cookies --------------------------------------------------------------------------------------


class _Cookies(httpx.Cookies):
    """The cookies of a client.

    httpx describes each request and each reply to Python's jar, which takes as long as making the
    request does, though services for programs set no cookies.
    """

    def extract_cookies(self, response: httpx.Response) -> None:
        """Keep the cookies of a reply, if it has any."""
        if "set-cookie" in response.headers or "set-cookie2" in response.headers:
            super().extract_cookies(response)


class _Client(httpx.AsyncClient):
    """A client that looks for cookies only where there are some."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._jar = _Cookies()

    @property
    def cookies(self) -> httpx.Cookies:
        """What services have set."""
        return self._jar

    @cookies.setter
    def cookies(self, cookies: Any) -> None:
        self._jar = _Cookies(cookies)


# --- connections ----------------------------------------------------------------------------------


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
    use forever when its call is cancelled at the wrong moment, and every later call on it would
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
        url, site = request.url, request.extensions.get("site")
        origin = (url.scheme, url.host, url.port, site)
        line = self._take(origin, FRESH if request.method == "POST" else KEPT)
        if line is None:
            line = self._make()
            if CONNECTING in request.extensions:
                request.extensions["trace"] = request.extensions[CONNECTING]
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

    def _take(self, origin: Origin, longest: float) -> httpx.AsyncHTTPTransport | None:
        oldest = time.monotonic() - longest
        for number in range(len(self._idle) - 1, -1, -1):
            idle = self._idle[number]
            if idle.origin == origin and idle.since >= oldest:
                return self._idle.pop(number).line
        return None

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
