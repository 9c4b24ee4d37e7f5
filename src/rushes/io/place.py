"""Where a host is: links of a service lead to this machine only when the service is there."""

from __future__ import annotations

import ipaddress
import socket
from enum import Enum
from urllib.parse import urlsplit

_LOCAL = (".local", ".lan", ".internal", ".home.arpa")
"""Endings of names that only a private network knows."""


class Place(Enum):
    """Where a host is, as far as its name or number says; the value ends a sentence."""

    WEB = "a host of the web"
    MACHINE = "an address of this machine"
    LINK = "a link-local address"
    NETWORK = "an address of a private network"
    NAME = "a name of a private network"

    def is_reachable_from(self, other: Place) -> bool:
        """Whether a service in another place may lead here."""
        return self is other or other in _SOURCES[self]


_SOURCES: dict[Place, tuple[Place, ...]] = {
    Place.WEB: tuple(Place),
    # A name without a dot may be another one of this machine.
    Place.MACHINE: (Place.NAME,),
    Place.LINK: (),
    Place.NETWORK: (Place.MACHINE, Place.NAME),
    Place.NAME: (Place.MACHINE, Place.NETWORK),
}
"""By place, the others whose services may lead there."""


def place_of(host: str) -> Place:
    """The place of a host. What a name of the web resolves to is not looked up."""
    host = host.rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return Place.MACHINE
    number = _number_of(host)
    if number is None:
        if "." not in host:
            return Place.NAME
        return Place.NETWORK if host.endswith(_LOCAL) else Place.WEB
    if number.is_loopback or number.is_unspecified:
        return Place.MACHINE
    if number.is_link_local:
        return Place.LINK
    return Place.WEB if number.is_global else Place.NETWORK


def place_of_url(url: str) -> Place:
    """The place of an address's host; an address that cannot be read is one of the web."""
    try:
        return place_of(urlsplit(url).hostname or ".web")
    except ValueError:
        return Place.WEB


def _number_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The number that a host is, in any way of writing it that a system takes, e.g. ``127.1``."""
    try:
        number = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except (OSError, ValueError):
            return None
    return getattr(number, "ipv4_mapped", None) or number
