"""What all services over HTTP have in common: calls with limits, and what became of them."""

from __future__ import annotations

import asyncio
import math
import socket
import ssl
import time
import zlib
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies

import httpx

from rushes.backends.protocol import Refused, Unknown
from rushes.backends.reply import object_of, text
from rushes.contract.errors import BackendUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

LONGEST_WAIT = 600.0
"""A service may ask for more silence than this; it is asked again all the same, in seconds."""

MOST_BYTES = 8 * 2**20
"""A reply that is longer is not read; counted after it was unpacked."""

QUICK = 20.0
"""Seconds for a call that the user waits for."""

LEAST_SPEED = 50_000
"""Bytes a second at which a file is sent at least; a slower upload is given up."""

IDENTITY = {"Accept-Encoding": "identity"}
"""Packed replies would save little, and cost time and memory that nobody knows beforehand."""

PACKED = frozenset({"gzip", "x-gzip", "deflate"})
"""What is unpacked all the same, when a proxy packs it."""

BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    # Raised for a proxy that makes no connection; one that carries the request answers with a
    # status like any server.
    httpx.ProxyError,
)
"""What happens only before the first byte of a request leaves: the service does not have it."""


class ReplyUnusable(BackendUnavailable):
    """A reply that is too long, or packed in a way that was not asked for."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Makes the calls to a service.

    Attributes:
        client: sends them.
        service: how sentences name it.
        auth: its key.
        deadline: longest time for a call other than a submission, in seconds, until all of its
            reply is there.
        headers: what every call carries.
    """

    client: httpx.AsyncClient
    service: str
    auth: httpx.Auth
    deadline: float
    headers: Mapping[str, str] = field(default_factory=dict)

    async def ask(
        self,
        method: str,
        url: str,
        *,
        auth: httpx.Auth | None = None,
        deadline: float | None = None,
        **content: Any,
    ) -> httpx.Response:
        """Make a call that buys nothing.

        Args:
            method: of HTTP.
            url: where to.
            auth: what goes along instead of the key, `NO_KEY` for another host.
            deadline: longest time, when it is not the usual one.
            content: `params`, `json` and so on, as for httpx.

        Returns:
            The reply, all of it, whatever its status.

        Raises:
            BackendUnavailable: when there is none in time, or none that can be read.
        """
        longest = self.deadline if deadline is None else deadline
        try:
            async with asyncio.timeout(longest):
                return await self._exchange(self._request(method, url, content), auth or self.auth)
        except TimeoutError as error:
            words = f"{self.service} did not answer completely within {longest:g} s."
            raise BackendUnavailable(words) from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise unreachable(error, self.service) from error
        except (OSError, ValueError, ArithmeticError, TypeError, ExceptionGroup) as error:
            # An address that the service named may be one that nothing can connect to.
            words = f"{self.service} cannot be asked ({type(error).__name__})."
            raise BackendUnavailable(words) from error

    async def post_once(self, url: str, json: Any) -> httpx.Response | Refused | Unknown:
        """Submit something, once: the services would make a second video.

        The engine limits its time.

        Returns:
            The reply when it says whether the service has the job, whatever it says.
        """
        try:
            request = self._request("POST", url, {"json": json})
        except (httpx.InvalidURL, ValueError, TypeError) as error:
            words = f"The request to {self.service} cannot be made ({type(error).__name__})."
            return Refused(BackendUnavailable(words))
        try:
            response = await self._exchange(request, self.auth)
        except httpx.UnsupportedProtocol as error:
            return Refused(unreachable(error, self.service))
        except BEFORE_SENDING as error:
            return Refused(unreachable(error, self.service), passing=True)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ReplyUnusable) as error:
            return Unknown(f"{type(error).__name__} while sending to {self.service}")
        if not response.is_success and not response.is_error:
            # 303 follows a request that was taken; of the others nobody knows.
            return Unknown(f"{self.service} redirected it ({response.status_code})")
        return response

    def in_doubt(self, response: httpx.Response) -> Unknown | None:
        """Whether a service may have the job though it answered with an error."""
        status = response.status_code
        if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.REQUEST_TIMEOUT:
            return Unknown(f"{self.service} answered {status}")
        return None

    def _request(self, method: str, url: str, content: Mapping[str, Any]) -> httpx.Request:
        headers = {**self.headers, **IDENTITY, **content.get("headers", {})}
        return self.client.build_request(method, url, **{**content, "headers": headers})

    async def _exchange(self, request: httpx.Request, auth: httpx.Auth) -> httpx.Response:
        response = await self.client.send(request, auth=auth, stream=True, follow_redirects=False)
        try:
            await read(response)
        finally:
            await response.aclose()
        return response


def seconds_for(content: bytes) -> float:
    """Longest time for sending a file."""
    return 60.0 + len(content) / LEAST_SPEED


NO_KEY = httpx.Auth()
"""Adds nothing; with None, httpx would send the user's name of an address."""


async def read(response: httpx.Response) -> None:
    """Read a reply's body, which is `response.content` after that.

    Raises:
        ReplyUnusable: when it is longer than `MOST_BYTES`, or cannot be unpacked.
        httpx.HTTPError: when the connection fails.
    """
    if response.is_stream_consumed or not isinstance(response.stream, httpx.AsyncByteStream):
        return
    packing = response.headers.get("content-encoding", "identity").strip().lower()
    unpacker = None
    if packing in PACKED:
        unpacker = zlib.decompressobj(wbits=47)  # Recognises which of them it is.
    elif packing not in ("", "identity"):
        words = f"The reply is packed ({text(packing, most=40)}), which was not asked for."
        raise ReplyUnusable(words)
    # It is unpacked here, so httpx must not do it again.
    response.headers.pop("content-encoding", None)
    response.stream = _Body(response.stream, unpacker)
    await response.aread()


class _Body(httpx.AsyncByteStream):
    """A body that ends in an error when it gets too long."""

    def __init__(self, stream: httpx.AsyncByteStream, unpacker: Any) -> None:
        self._stream = stream
        self._unpacker = unpacker

    async def __aiter__(self) -> AsyncIterator[bytes]:
        room = MOST_BYTES
        async for chunk in self._stream:
            content = chunk
            if self._unpacker is not None:
                try:
                    content = self._unpacker.decompress(chunk, room + 1)
                except zlib.error as error:
                    msg = "The reply cannot be unpacked."
                    raise ReplyUnusable(msg) from error
            room -= len(content)
            if room < 0:
                msg = f"The reply is longer than {MOST_BYTES >> 20} MiB, and was not read."
                raise ReplyUnusable(msg)
            yield content

    async def aclose(self) -> None:
        await self._stream.aclose()


def body_of(response: httpx.Response) -> dict[str, Any]:
    """The reply's JSON object, or an empty one when it is something else, e.g. an HTML page."""
    return object_of(response.content)


def retry_after_of(response: httpx.Response) -> float | None:
    """Seconds that ``Retry-After`` asks for, as a number or as a date."""
    asked = response.headers.get("retry-after", "").strip()
    if not asked:
        return None
    try:
        seconds = float(asked)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(asked).timestamp() - time.time()
        except (ValueError, OverflowError, OSError):
            return None
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


# --- what went wrong on the way -------------------------------------------------------------------


INSPECTED = (
    "Where a company's network inspects connections, set SSL_CERT_FILE to a file with its "
    "certificate, and restart the kernel."
)


def unreachable(error: Exception, service: str) -> BackendUnavailable:
    """A call that failed on the way: how, and what helps.

    Of the address only the host is named: its query may hold a signature.
    """
    how, advice = _reason(error)
    return BackendUnavailable(f"{service} cannot be reached: {how}. {advice}")


def _reason(error: Exception) -> tuple[str, str]:
    """What happened, and what to do about it."""
    host = _host_of(error)
    causes = tuple(_causes(error))
    if isinstance(error, httpx.ProxyError):
        return f"{_proxy()} answered {text(str(error), most=100)}", "Check HTTPS_PROXY."
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            said = text(cause.verify_message, most=100) or "unknown reason"
            return f"the certificate of {host} is not trusted ({said})", INSPECTED
        if isinstance(cause, ssl.SSLError):
            return f"no secure connection to {host} could be made", "Check the network."
        if isinstance(cause, socket.gaierror):
            return f"the name {host} was not found", "Check the network and the address."
        if isinstance(cause, ConnectionRefusedError):
            return f"{host} refused the connection", "Check the network and the address."
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return f"{host} did not answer in time", "Check the network."
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return f"the address is not one of the web ({type(error).__name__})", "Check the address."
    return f"the connection to {host} failed ({type(error).__name__})", "Check the network."


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and those that it came from."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        if isinstance(cause, BaseExceptionGroup):
            waiting += cause.exceptions
        waiting += [each for each in (cause.__cause__, cause.__context__) if each is not None]


def _host_of(error: Exception) -> str:
    try:
        url = error.request.url  # type: ignore[attr-defined]
    except (AttributeError, RuntimeError):
        return "it"
    return f"{url.host}:{url.port}" if url.port else str(url.host)


def _proxy() -> str:
    """The proxy by its host and port: its address may hold a password."""
    try:
        proxies = getproxies()
        url = httpx.URL(proxies.get("https") or proxies.get("all") or proxies["http"])
    except (KeyError, httpx.InvalidURL):
        return "the proxy"
    return f"the proxy {url.host}:{url.port}" if url.port else f"the proxy {url.host}"
