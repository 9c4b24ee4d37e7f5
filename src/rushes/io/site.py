"""Where a service is, and so where it may lead: by name, and by what a name resolves to."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from rushes.io.place import Place, place_of, place_of_peer, place_of_url

if TYPE_CHECKING:
    from collections.abc import Mapping

LOOK_UP = 5.0
"""Seconds for resolving a service's own name."""


class Barred(Exception):
    """A host's name resolves to a place where the service may not lead; nothing was sent there."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a service is.

    Attributes:
        host: its name; "" when it is not known.
        place: what that name says.
    """

    host: str = ""
    place: Place = Place.WEB

    @classmethod
    def of(cls, url: str) -> Self:
        """The site of a service with this address."""
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            host = ""
        return cls(host, place_of_url(url))

    def may_link(self, host: str) -> bool:
        """Whether the service may link to a host, judging by its name."""
        return place_of(host).is_reachable_from(self.place)

    def out_of_reach(self, link: str) -> str | None:
        """Why the service cannot fetch an input, as a clause; None when it may be able to."""
        try:
            host = urlsplit(link).hostname
        except ValueError:
            return None
        return None if host is None or self.may_link(host) else f"leads to {place_of(host).value}"

    def guard(self, host: str) -> dict[str, Any]:
        """Extensions of a request with which httpx connects to a host only where it may.

        A name is resolved when the connection is made, so this is decided after that, and before
        anything is sent over it. A proxy resolves names itself, and is trusted.

        Args:
            host: of the request's URL, as it is written there in ASCII.
        """
        return {"trace": _Guard(self, host), "site": self}

    async def covers(self, place: Place) -> bool:
        """Whether the service may lead to a place that a name resolved to.

        A name of the web may resolve to an address in a network, e.g. with a company's own name
        servers. What such a service links to may be there as well.
        """
        if place.is_reachable_from(self.place):
            return True
        if not self.host:
            return False
        try:
            async with asyncio.timeout(LOOK_UP):
                found = await asyncio.get_running_loop().getaddrinfo(
                    self.host, None, type=socket.SOCK_STREAM
                )
        except OSError:
            return False
        return any(place.is_reachable_from(place_of_peer(str(each[4][0]))) for each in found)


class _Guard:
    """Watches httpcore connect, for one request."""

    def __init__(self, site: Site, host: str) -> None:
        self._site = site
        self._host = host
        self._asked = ""

    async def __call__(self, step: str, details: Mapping[str, Any]) -> None:
        if step == "connection.connect_tcp.started":
            self._asked = details["host"]
        elif step == "connection.connect_tcp.complete" and self._asked == self._host:
            stream = details["return_value"]
            peer = stream.get_extra_info("server_addr")
            place = place_of_peer(str(peer[0])) if peer else self._site.place
            if not await self._site.covers(place):
                await stream.aclose()
                msg = f"{self._host} is {place.value}"
                raise Barred(msg)
