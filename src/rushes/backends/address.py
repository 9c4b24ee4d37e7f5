"""Addresses of services, and of what they have.

Text from a service, from the journal or from a user may end up in an address, so it is checked and
quoted here.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

import httpx

from rushes.backends.protocol import LONGEST_ID, is_id
from rushes.contract.errors import InvalidParams, NoBackend

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


Origin = tuple[str, str, int]
"""Scheme, host and port."""

PORTS = {"http": 80, "https": 443}


class NoAddress(InvalidParams):
    """An id or a model that cannot be part of an address; no call was made."""


# --- of services -----------------------------------------------------------------------------


def base_of(url: str, name: str) -> str:
    """A service's address, if a key may be sent there: over https, or http on this machine.

    Args:
        url: as it was set.
        name: of the variable or argument, for the error.

    Raises:
        NoBackend: when it is anything else. The error shows only its scheme and host, because a
            key may have been pasted there.
    """
    parsed = parsed_or_none(url)
    if parsed is None:
        msg = f"{name} is not a URL; it has to start with https://."
        raise NoBackend(msg)
    if parsed.userinfo or parsed.query or parsed.fragment:
        msg = (
            f"{name} has a user, a query or a fragment; it has to be a plain URL, e.g. "
            f"https://{parsed.host}{parsed.path}."
        )
        raise NoBackend(msg)
    if not _is_safe(parsed):
        msg = (
            f"{name} is http://{parsed.host}, which would send the key in clear text. It has to "
            f"start with https://; http:// is only for services on this machine (127.0.0.1)."
        )
        raise NoBackend(msg)
    return url.strip().rstrip("/")


class Settings(Protocol):
    """The environment, as far as an address is read from it."""

    def text(self, name: str) -> str:
        """A variable without white space around it; empty when it is not set."""


def regional_base_of(environment: Settings, service: str, regions: Mapping[str, str]) -> str:
    """A service's address: ``<SERVICE>_BASE_URL``, else that of ``<SERVICE>_REGION``.

    Args:
        environment: the variables.
        service: beginning of their names, e.g. ``"ARK"``.
        regions: addresses by region; the first is the default.

    Raises:
        NoBackend: when the region does not exist, or a key may not be sent to the address.
    """
    region = environment.text(f"{service}_REGION") or next(iter(regions))
    url = environment.text(f"{service}_BASE_URL") or regions.get(region)
    if url is None:
        msg = f"{service}_REGION is {region!r}; it has to be one of {', '.join(regions)}."
        raise NoBackend(msg)
    return base_of(url, f"{service}_BASE_URL")


def parsed_or_none(url: object) -> httpx.URL | None:
    """A web address; None if the value is not one."""
    if not isinstance(url, str):
        return None
    try:
        parsed = httpx.URL(url.strip())
        port = parsed.port
    except (httpx.InvalidURL, ValueError):
        return None
    is_web = parsed.scheme in PORTS and bool(parsed.host)
    return parsed if is_web and (port is None or port > 0) else None


def origin_of(url: httpx.URL) -> Origin:
    """The origin of a URL."""
    return url.scheme, url.host, url.port or PORTS.get(url.scheme, 0)


def shown(origins: Iterable[Origin]) -> str:
    """Origins as messages show them."""
    return ", ".join(
        f"{scheme}://{host}" if PORTS.get(scheme) == port else f"{scheme}://{host}:{port}"
        for scheme, host, port in sorted(origins)
    )


def _is_safe(url: httpx.URL) -> bool:
    return url.scheme == "https" or is_loopback(url.host)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, regardless of any name server."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# --- of what they have -----------------------------------------------------------------------


def segment(value: object) -> str:
    """An id as one segment of a path, so that it cannot lead to another route.

    Raises:
        NoAddress: when it cannot be an id.
    """
    if not is_id(value):
        msg = f"An id has 1 to {LONGEST_ID} printable characters; {str(value)[:40]!r} is not one."
        raise NoAddress(msg)
    return quote(value, safe="")
