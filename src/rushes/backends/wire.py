"""Requests to a service over HTTP: a submission that is sent once, and questions.

Whether the service may have a submission that it did not answer is decided here, once for all
services: see `Wire.post_once`.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

import httpx

from rushes.backends.body import ReplyUnusable, read
from rushes.backends.key import KeyWithheld
from rushes.backends.protocol import Refused, Unknown
from rushes.backends.reply import object_of
from rushes.backends.unreachable import unauthorized, unreachable
from rushes.contract.errors import BackendUnavailable, RateLimited, RushesError
from rushes.io.headers import date_of, retry_after
from rushes.io.site import Barred, Site
from rushes.io.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rushes.backends.unreachable import Peer

QUICK = 20.0
"""Seconds for a call that the user waits for."""

LEAST_SPEED = 50_000
"""Bytes a second; an upload that is slower is aborted."""

IDENTITY = {"Accept-Encoding": "identity"}
"""Compression would save little, and cost an unknown amount of time and memory."""

CONNECTING = "connecting"
"""The extension of a request with what httpcore reports to about a new connection, if one is made
for it. All reports about a request take half as long as the request itself."""

NOT_SENT = (
    httpx.ConnectError,  # Includes names that do not resolve, and TLS handshakes that fail.
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    # Raised when a proxy refuses the tunnel. A proxy that forwards the request itself answers
    # with a status, like any server.
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""Errors that are raised only before the first byte of a request leaves.

They decide for transports that do not report their steps; for httpcore's see `_Steps`.
"""

PERMANENT = (
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
    ValueError,
    TypeError,
    ArithmeticError,
)
"""Errors before sending that come again whenever the same request is sent."""

FAILURES = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    # Raised by the system, e.g. for an address that nothing can connect to.
    OSError,
    ValueError,
    ArithmeticError,
    TypeError,
    ExceptionGroup,
)
"""What sending a request and reading its reply may raise."""


class NotSent(asyncio.CancelledError):
    """A submission that was cancelled, e.g. by a deadline, before the first byte of it left."""


class _TooLate(Exception):
    """The first byte of a submission was about to leave at a time at which it must not."""


@dataclass(frozen=True, slots=True)
class Response:
    """A reply that was read completely.

    Attributes:
        status: of HTTP.
        body: its JSON object; empty when the body is something else, e.g. a page of HTML.
        headers: by name, in any case.
        request: what it answers.
    """

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    headers: httpx.Headers = field(default_factory=httpx.Headers, repr=False)
    request: httpx.Request | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, reply: httpx.Response) -> Self:
        """A reply of httpx whose body was read."""
        request = getattr(reply, "_request", None)
        return cls(reply.status_code, object_of(reply.content), reply.headers, request)

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return httpx.codes.is_success(self.status)

    @property
    def is_error(self) -> bool:
        """Whether the status is 4xx or 5xx."""
        return httpx.codes.is_error(self.status)

    @property
    def is_client_error(self) -> bool:
        """Whether the status is 4xx."""
        return httpx.codes.is_client_error(self.status)

    @property
    def is_server_error(self) -> bool:
        """Whether the status is 5xx."""
        return httpx.codes.is_server_error(self.status)

    @property
    def retry_after(self) -> float | None:
        """Seconds that the service asks to wait."""
        return retry_after(self.headers)


Outcome = Response | Refused | Unknown
"""The outcome of a submission: the service's own answer, certainly not sent, or unknown."""


@dataclass(slots=True)
class ServiceClock:
    """A service's clock, as far as its replies tell it.

    Attributes:
        headers: of the latest reply.
    """

    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def date(self) -> float | None:
        """Of the latest reply, unix seconds; None without one."""
        return date_of(self.headers)


@dataclass(frozen=True, slots=True)
class Wire:
    """Makes the calls to a service.

    Attributes:
        client: sends them.
        service: how sentences name it.
        auth: its key.
        deadline: longest time for a call other than a submission, in seconds, until its reply is
            complete.
        headers: what every call carries.
        site: where the service is.
        clock: the service's.
    """

    client: httpx.AsyncClient
    service: str
    auth: httpx.Auth
    deadline: float
    headers: Mapping[str, str] = field(default_factory=dict)
    site: Site = field(default_factory=Site)
    clock: ServiceClock = field(default_factory=ServiceClock)
    _head: httpx.Headers = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Once: `AsyncClient.build_request` would put it together for every call.
        head = httpx.Headers(self.client.headers)
        head.update({**self.headers, **IDENTITY})
        object.__setattr__(self, "_head", head)

    async def post_once(
        self,
        url: str,
        body: Any,
        *,
        doubt: Callable[[Response], str | None] | None = None,
        headers: Mapping[str, str] | None = None,
        within: float = math.inf,
    ) -> Outcome:
        """Submit something once; a service that gets it twice makes, and bills, two videos.

        The engine limits the time. That is not enough where this computer sleeps, or the process
        is stopped, after it has begun: another process may have taken the job over when the first
        byte leaves. So the time is checked in that very moment as well.

        Args:
            url: where to.
            body: plain JSON, or an awaitable that makes it; when that raises an error of the
                tree, nothing was sent.
            doubt: for services whose documents say more than the status of HTTP does: why a
                reply leaves open whether the job was created, or None when it settles that.
            headers: besides those of every call.
            within: seconds after which it must not be sent any more; see
                `Attempt.arrives_within`.

        Returns:
            ``Refused`` when the request certainly was not sent: it cannot be made, the key does
            not belong to the address, there is no connection (name, route, TLS, proxy, a full
            pool), its head cannot be written, or it is too late. ``Response`` when the service
            says whether it has the job. ``Unknown`` for everything else: any failure after the
            first byte may have left, a redirect, and an error after which the service may still
            have the job.

        Raises:
            NotSent: in place of `asyncio.CancelledError` when the request certainly was not sent.
        """
        steps = _Steps(within)
        request = await self._submission(url, body, steps, headers or {})
        if isinstance(request, Refused):
            return request
        try:
            response = await self._exchange(request, self.auth)
        except KeyWithheld as error:
            return Refused(error)
        except _TooLate:
            words = (
                f"Nothing was sent to {self.service}, because this computer or this process was "
                f"asleep meanwhile."
            )
            return Refused(BackendUnavailable(words), passing=True)
        except asyncio.CancelledError as error:
            if steps.are_before_sending:
                raise NotSent from error
            raise
        except (*FAILURES, ReplyUnusable) as error:
            if steps.exclude_sending(error):
                passing = not isinstance(error, PERMANENT)
                return Refused(unreachable(error, self.service, steps.peer), passing=passing)
            return Unknown(f"{type(error).__name__} while sending to {self.service}")
        if response.status == httpx.codes.PROXY_AUTHENTICATION_REQUIRED:
            # No service says so, and a proxy does before it forwards anything.
            return Refused(unauthorized(self.service, request.url, steps.peer), passing=True)
        if not response.is_success and not response.is_error:
            # 303 follows a request that was accepted; the others settle nothing.
            return Unknown(f"{self.service} redirected it ({response.status})")
        why = (doubt or in_doubt)(response)
        return response if why is None else Unknown(f"{self.service} returned {why}")

    async def _submission(
        self, url: str, body: Any, steps: _Steps, headers: Mapping[str, str]
    ) -> httpx.Request | Refused:
        """The request of `post_once`, or why it cannot be sent."""
        content: dict[str, Any] = {"extensions": {"trace": steps}, "headers": {**headers}}
        try:
            if inspect.isawaitable(body):  # It may contain large files.
                whole = await body
                content["content"] = await asyncio.to_thread(_encoded, whole)
                content["headers"]["Content-Type"] = "application/json"
            else:
                content["json"] = body
            request = self.request("POST", _parsed(url), content)
        except asyncio.CancelledError as error:
            raise NotSent from error
        except RushesError as error:
            # Where a part of it has to be uploaded first, the service may be of another mind later.
            return Refused(error, passing=isinstance(error, BackendUnavailable | RateLimited))
        except (httpx.InvalidURL, ValueError, TypeError) as error:
            words = f"The request to {self.service} cannot be made ({type(error).__name__})."
            return Refused(BackendUnavailable(words))
        if self.client.is_closed:
            words = f"Nothing was sent to {self.service}, because the client is closed."
            return Refused(BackendUnavailable(words), passing=True)
        return request

    async def ask(
        self,
        method: str,
        url: str,
        *,
        auth: httpx.Auth | None = None,
        deadline: float | None = None,
        **content: Any,
    ) -> Response:
        """Make a call that submits nothing, within limits of time and size.

        Args:
            method: of HTTP.
            url: where to.
            auth: what is sent instead of the key; `NO_KEY` for another host, which is connected to
                only where the service may lead.
            deadline: longest time in seconds, if not `deadline` of this object.
            content: `params`, `json` and so on, as for httpx.

        Returns:
            The reply, whatever its status.

        Raises:
            BackendUnavailable: when there is none in time, or none that can be read.
        """
        longest = self.deadline if deadline is None else deadline
        steps = _Steps()
        try:
            async with asyncio.timeout(longest):
                extensions = {CONNECTING: steps}
                # A link to another host may open something, so it is not kept.
                place = url if auth is NO_KEY else _parsed(url)
                request = self.request(method, place, {"extensions": extensions, **content})
                if auth is NO_KEY:
                    request.extensions |= self.site.guard(request.url.raw_host.decode())
                response = await self._exchange(request, auth or self.auth)
        except Barred as error:
            words = f"{self.service} named another address that is not used: {error}."
            raise BackendUnavailable(words) from error
        except TimeoutError as error:
            words = f"{self.service} did not respond completely within {longest:g} s."
            raise BackendUnavailable(words) from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise unreachable(error, self.service, steps.peer) from error
        except FAILURES as error:
            words = f"{self.service} cannot be called ({type(error).__name__})."
            raise BackendUnavailable(words) from error
        if response.status == httpx.codes.PROXY_AUTHENTICATION_REQUIRED:
            raise unauthorized(self.service, request.url, steps.peer)
        return response

    def request(
        self, method: str, url: httpx.URL | str, content: Mapping[str, Any]
    ) -> httpx.Request:
        """A request with the headers and cookies that every call carries.

        Args:
            method: of HTTP.
            url: where to.
            content: `params`, `json` and so on, as for `httpx.Request`; its headers come last.
        """
        head = httpx.Headers(self._head)
        if "headers" in content:
            head.update(content["headers"])
        cookies = self.client.cookies
        return httpx.Request(method, url, cookies=cookies, **{**content, "headers": head})

    async def _exchange(self, request: httpx.Request, auth: httpx.Auth) -> Response:
        reply = await self.client.send(request, auth=auth, stream=True, follow_redirects=False)
        try:
            await read(reply)
        finally:
            await reply.aclose()
        self.clock.headers = reply.headers
        return Response.of(reply)


@lru_cache(maxsize=256)
def _parsed(url: str) -> httpx.URL:
    """An address of a service; a job is asked for under the same one again and again."""
    return httpx.URL(url)


def _encoded(body: Any) -> bytes:
    """The JSON of a body, as httpx writes it."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


NO_KEY = httpx.Auth()
"""Adds nothing; with None, httpx would send the user name of an address."""


def in_doubt(response: Response) -> str | None:
    """Why a service may have the job although it answered with an error; None when it has not."""
    is_doubtful = response.is_server_error or response.status == httpx.codes.REQUEST_TIMEOUT
    return str(response.status) if is_doubtful else None


def seconds_for(content: bytes) -> float:
    """Longest time for sending a file."""
    return 60.0 + len(content) / LEAST_SPEED


class _Steps:
    """What httpcore reports about a request on its way, to know whether any of it left.

    Args:
        within: seconds from now after which none of it may leave. None of it may either when the
            clock was set meanwhile, as it is when a computer wakes up; None for no such limit.

    Attributes:
        peer: the host and port that were connected to, perhaps of a proxy; None if that is not
            known, or if a tunnel leads through it.
    """

    def __init__(self, within: float | None = None) -> None:
        self._within = within
        self._begun = Stopwatch()
        self._are_known = False
        self._has_left = False
        self.peer: Peer | None = None

    async def __call__(self, step: str, details: Mapping[str, Any]) -> None:
        self._are_known = True
        match step.partition(".")[2]:
            case "connect_tcp.started":
                self.peer = details["host"], details["port"]
            case "start_tls.started" if self.peer:
                if details.get("server_hostname") != self.peer[0]:
                    self.peer = None  # Through a tunnel it is the service that shows a certificate.
            # A proxy is asked for a tunnel first, with a request that is not this one.
            case "send_request_headers.started" if details["request"].method != b"CONNECT":
                if self._is_late and not self._has_left:
                    raise _TooLate
                self._has_left = True

    @property
    def _is_late(self) -> bool:
        begun, within = self._begun, self._within
        return within is not None and (begun.has_jumped or begun.elapsed > within)

    @property
    def are_before_sending(self) -> bool:
        """Whether the transport reports its steps, and none has sent a part of the request."""
        return self._are_known and not self._has_left

    def exclude_sending(self, error: Exception) -> bool:
        """Whether a request that ended in an error certainly was not sent."""
        if isinstance(error, httpx.LocalProtocolError):
            # HTTP/1.1 raises it while it puts the head together, before it writes that.
            return True
        return not self._has_left if self._are_known else isinstance(error, NOT_SENT)


# --- reading a reply ------------------------------------------------------------------------------
