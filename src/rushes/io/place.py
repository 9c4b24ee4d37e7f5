"""Classifies hosts: a service's links may lead to this machine only if the service runs on it."""

from __future__ import annotations

import ipaddress
import socket
from enum import Enum
from functools import lru_cache
from urllib.parse import urlsplit

_LOCAL = (".local", ".lan", ".internal", ".home.arpa")
"""Suffixes of names that exist only in private networks."""


_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""NAT64: the last 32 bits are the IPv4 address that a packet ends up at."""

_INVENTED = ipaddress.IPv4Network("198.18.0.0/15")
"""Clients of VPNs answer every name, also a public one, with an address from here."""


_METADATA = frozenset({"fd00:ec2::254", "100.100.100.200", "192.0.0.192"})
"""Where clouds keep secrets that is not link-local: Amazon's, Alibaba's and Oracle's."""


class Place(Enum):
    """Where a host is, judging by its name or address; the value is the end of a sentence."""

    WEB = "a public host"
    MACHINE = "an address of this machine"
    LINK = "a link-local address or one of a cloud's metadata"
    NETWORK = "an address in a private network"
    NAME = "a name in a private network"

    def is_reachable_from(self, other: Place) -> bool:
        """Whether a service in another place may link here."""
        return self is other or other in _SOURCES[self]


_SOURCES: dict[Place, tuple[Place, ...]] = {
    Place.WEB: tuple(Place),
    # A name without a dot may be an alias of this machine.
    Place.MACHINE: (Place.NAME,),
    Place.LINK: (),
    Place.NETWORK: (Place.MACHINE, Place.NAME),
    Place.NAME: (Place.MACHINE, Place.NETWORK),
}
"""By place, the other places whose services may link there."""


@lru_cache(maxsize=256)
def place_of(host: str) -> Place:
    """The place of a host. Public names are not resolved."""
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
    if number.is_link_local or str(number) in _METADATA:
        return Place.LINK
    if getattr(number, "is_site_local", False):
        return Place.NETWORK
    return Place.WEB if number.is_global else Place.NETWORK


def place_of_peer(address: str) -> Place:
    """The place of an IP address that a name was resolved to."""
    number = _number_of(address)
    if isinstance(number, ipaddress.IPv4Address) and number in _INVENTED:
        return Place.WEB
    return place_of(address)


def place_of_url(url: str) -> Place:
    """The place of a URL's host; an invalid URL counts as public."""
    try:
        return place_of(urlsplit(url).hostname or ".web")
    except ValueError:
        return Place.WEB


def _number_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that a host denotes, in any notation that systems accept, e.g. ``127.1``."""
    try:
        number = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except (OSError, ValueError):
            return None
    if isinstance(number, ipaddress.IPv4Address):
        return number
    if number in _TRANSLATED:
        return ipaddress.IPv4Address(int(number) & 0xFFFF_FFFF)
    return number.ipv4_mapped or number.sixtofour or number
