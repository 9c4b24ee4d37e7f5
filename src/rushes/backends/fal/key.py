"""fal's key, kept out of anything that is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Generator


class KeyAuth(httpx.Auth):
    """Adds ``Authorization: Key <id>:<secret>`` to a request.

    The key is given request by request, never as a default of the client, so that no other host
    can get it.

    Args:
        key: ``"<id>:<secret>"``.
    """

    def __init__(self, key: str) -> None:
        # A pasted key may bring a line's end or spaces along; HTTP libraries put a header that they
        # refuse into their error and their log.
        self._header = f"Key {''.join(sign for sign in key if '!' <= sign <= '~')}"

    def __repr__(self) -> str:
        return "KeyAuth(***)"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header."""
        request.headers["Authorization"] = self._header
        yield request

    def redact(self, text: str) -> str:
        """A text of the service without the key or either half of it, should it repeat them."""
        key = self._header.removeprefix("Key ")
        for part in (key, *key.split(":")):
            if len(part) >= 6:  # noqa: PLR2004 - shorter parts are words that occur anyway
                text = text.replace(part, "***")
        return text
