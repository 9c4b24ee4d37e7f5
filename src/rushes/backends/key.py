"""A service's key: it goes to that service's own addresses, and is kept out of what is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from rushes.backends.address import base_of, is_loopback, origin_of, shown
from rushes.backends.secret import Secret, in_use
from rushes.contract.errors import AuthenticationFailed

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from rushes.backends.address import Origin


class KeyWithheld(AuthenticationFailed):
    """A request would have taken a key to where it does not belong; it was not sent."""


class Destinations:
    """The origins that a key may go to.

    Args:
        urls: addresses of the service. Without any, the first that is used becomes the only one.

    Raises:
        NoBackend: when one is neither https nor on this machine.
    """

    def __init__(self, urls: Iterable[str] = ()) -> None:
        self._origins: set[Origin] = {
            origin_of(httpx.URL(base_of(url, "The service's address"))) for url in urls
        }

    def check(self, url: httpx.URL) -> None:
        """Make sure that a request may have the key.

        Raises:
            KeyWithheld: when it may not.
        """
        origin = origin_of(url)
        if not self._origins and (url.scheme == "https" or is_loopback(url.host)):
            self._origins.add(origin)
        if origin in self._origins:
            return
        own = shown(self._origins) or "https addresses"
        msg = (
            f"A request to {shown([origin])} was not sent, because the key belongs to {own}. "
            f"Check the address that is set for the service."
        )
        raise KeyWithheld(msg)


class KeyAuth(httpx.Auth):
    """Adds ``Authorization: <scheme> <key>`` to a request to the service itself.

    The key is given request by request, never as a default of the client, and to no other origin
    (scheme, host and port), whatever a reply, the journal or a setting says.

    Args:
        key: the key; parts joined by colons are secrets of their own.
        scheme: the word before it.
        origins: addresses of the service, https or on this machine. Without them the key belongs
            to the origin that it is used with first.

    Raises:
        NoBackend: when an address is neither.
    """

    def __init__(
        self, key: str | Secret, *, scheme: str = "Bearer", origins: Iterable[str] = ()
    ) -> None:
        self._key = in_use(Secret(key).printable())
        self._scheme = scheme
        self._destinations = Destinations(origins)

    def __repr__(self) -> str:
        return "KeyAuth(***)"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header.

        Raises:
            KeyWithheld: when the request goes to another origin; it is not sent.
        """
        self._destinations.check(request.url)
        request.headers["Authorization"] = f"{self._scheme} {self._key.reveal()}"
        yield request

    def redact(self, text: str) -> str:
        """A text of the service without the key or a part of it, should it repeat them."""
        return self._key.redact(text)
