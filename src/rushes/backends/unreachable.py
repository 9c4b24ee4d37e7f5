"""Why a service cannot be reached, in words: what happened on the way, and what helps."""

from __future__ import annotations

import os
import socket
import ssl
from typing import TYPE_CHECKING
from urllib.request import getproxies

import httpx

from rushes.backends.address import origin_of
from rushes.backends.reply import text
from rushes.contract.errors import BackendUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

INSPECTED = (
    "Where a company's network inspects connections, set SSL_CERT_FILE to a file with its "
    "certificate, and restart the kernel."
)


Peer = tuple[str, int]
"""The host that a connection was made to, and its port."""


def unreachable(error: Exception, service: str, peer: Peer | None = None) -> BackendUnavailable:
    """A call that failed on the way: how, and what helps.

    Of the address only the host is named: its query may hold a signature.

    Args:
        error: what failed.
        service: how sentences name it.
        peer: where the last connection led, which is a proxy if it is not the service.
    """
    how, advice = _reason(error, peer)
    return BackendUnavailable(f"{service} cannot be reached: {how}. {advice}")


def unauthorized(service: str, url: httpx.URL, peer: Peer | None) -> BackendUnavailable:
    """A proxy that wants a name and a password, and has not forwarded a request (407)."""
    proxy = f"the proxy {peer[0]}:{peer[1]}" if peer else _proxy()
    how = f"{proxy} answered {httpx.codes.PROXY_AUTHENTICATION_REQUIRED.value}"
    return BackendUnavailable(f"{service} cannot be reached: {how}. {_proxy_advice(url.scheme)}")


def _reason(error: Exception, peer: Peer | None) -> tuple[str, str]:
    """What happened, and what to do about it. The words of an error may hold the key."""
    host, check = _host_of(error), "Check the network and the address."
    scheme = url.scheme if (url := _url_of(error)) else "https"
    is_proxy = peer is not None and peer != _target_of(error)
    if peer is not None and is_proxy:
        host, check = f"the proxy {peer[0]}:{peer[1]}", _proxy_advice(scheme)
    if isinstance(error, httpx.ProxyError):
        said = text(str(error), most=100)
        return f"{host if is_proxy else _proxy()} answered {said}", _proxy_advice(scheme)
    kind = type(error).__name__
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return f"the address is not a web address ({kind})", "Check the address."
    if isinstance(error, httpx.LocalProtocolError):
        return f"the request cannot be written ({kind})", "Check the key and the settings."
    return _failure(error, host, check, "the name of" if is_proxy else "the name")


def _failure(error: Exception, host: str, check: str, name: str) -> tuple[str, str]:
    """What happened to a connection, and what to do about it.

    Args:
        error: why it failed.
        host: whose connection it is.
        check: what to do where nothing else helps.
        name: how the host's name is called.
    """
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            said = text(cause.verify_message, most=100) or "unknown reason"
            return f"the certificate of {host} is not trusted ({said})", INSPECTED
        if isinstance(cause, ssl.SSLError):
            return f"no secure connection to {host} could be made", check
        if isinstance(cause, socket.gaierror):
            return f"{name} {host} was not found", check
        if isinstance(cause, ConnectionRefusedError):
            return f"{host} refused the connection", check
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return f"{host} did not answer in time", check
    return f"the connection to {host} failed ({type(error).__name__})", check


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


def _url_of(error: Exception) -> httpx.URL | None:
    try:
        return error.request.url  # type: ignore[attr-defined, no-any-return]
    except (AttributeError, RuntimeError):
        return None


def _target_of(error: Exception) -> Peer | None:
    """The host and port that a request was for."""
    url = _url_of(error)
    return None if url is None else (url.raw_host.decode("ascii"), origin_of(url)[2])


def _proxy_advice(scheme: str) -> str:
    """Which setting names the proxy for addresses of a scheme."""
    names = (f"{scheme}_proxy", "all_proxy")
    spelled = (each for name in names for each in (name, name.upper()) if os.environ.get(each))
    variable = next(spelled, None)
    return f"Check {variable}." if variable else "Check the proxy in the system's settings."


def _host_of(error: Exception) -> str:
    url = _url_of(error)
    if url is None:
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
