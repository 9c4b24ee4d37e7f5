"""Why a service cannot be reached, in words: what happened on the way, and what helps."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING
from urllib.request import getproxies

import httpx

from rushes.backends.reply import text
from rushes.contract.errors import BackendUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    """What happened, and what to do about it. The words of an error may hold the key."""
    host, check = _host_of(error), "Check the network and the address."
    if isinstance(error, httpx.ProxyError):
        return f"{_proxy()} answered {text(str(error), most=100)}", "Check HTTPS_PROXY."
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            said = text(cause.verify_message, most=100) or "unknown reason"
            return f"the certificate of {host} is not trusted ({said})", INSPECTED
        if isinstance(cause, ssl.SSLError):
            return f"no secure connection to {host} could be made", "Check the network."
        if isinstance(cause, socket.gaierror):
            return f"the name {host} was not found", check
        if isinstance(cause, ConnectionRefusedError):
            return f"{host} refused the connection", check
    kind = type(error).__name__
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return f"{host} did not answer in time", "Check the network."
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return f"the address is not a web address ({kind})", "Check the address."
    if isinstance(error, httpx.LocalProtocolError):
        return f"the request cannot be written ({kind})", "Check the key and the settings."
    return f"the connection to {host} failed ({kind})", "Check the network."


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
