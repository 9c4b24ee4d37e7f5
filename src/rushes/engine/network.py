"""The engine's HTTP client: certificates, proxies and cookies, as the environment says."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies

import httpx

from rushes.contract.errors import BackendUnavailable, MissingExtra, RushesError
from rushes.engine.connections import Connections

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

log = logging.getLogger("rushes")

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
