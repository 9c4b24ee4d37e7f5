"""A service's key, kept out of anything that is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Generator

SHORTEST_SECRET = 6
"""Characters; shorter parts of a key are words that occur anyway."""


class KeyAuth(httpx.Auth):
    """Adds ``Authorization: <scheme> <key>`` to a request.

    The key is given request by request, never as a default of the client, so that no other host
    can get it.

    Args:
        key: the key; parts joined by colons are secrets of their own.
        scheme: the word before it.
    """

    def __init__(self, key: str, *, scheme: str = "Bearer") -> None:
        # A pasted key may bring a line's end or spaces along; HTTP libraries put a header that they
        # refuse into their error and their log.
        self._key = "".join(sign for sign in key if "!" <= sign <= "~")
        self._scheme = scheme

    def __repr__(self) -> str:
        return "KeyAuth(***)"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header."""
        request.headers["Authorization"] = f"{self._scheme} {self._key}"
        yield request

    def redact(self, text: str) -> str:
        """A text of the service without the key or a part of it, should it repeat them."""
        for part in (self._key, *self._key.split(":")):
            if len(part) >= SHORTEST_SECRET:
                text = text.replace(part, "***")
        return text
