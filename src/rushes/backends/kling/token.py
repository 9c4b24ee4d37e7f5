"""Tokens of the older routes: created from an access key and its secret, valid for half an hour.

Source: Kling API documentation, "Authentication", September 2026.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

import httpx

from rushes.backends.body import read
from rushes.backends.key import Destinations, Secret, in_use
from rushes.backends.kling.refusal import code_of
from rushes.backends.wire import Response
from rushes.io.headers import date_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Iterable

LIFETIME = 1_800.0
"""Seconds for which a token is valid, as in Kling's sample; no maximum is documented."""

RENEWAL = 300.0
"""Seconds before its expiry at which a token is replaced, so that none expires in transit."""

EARLIER = 5.0
"""Seconds by which a token is backdated, because clocks differ (Kling's sample)."""

SMALLEST_CORRECTION = 3.0
"""Seconds; a smaller difference of the clocks is ignored: the reply took time, and `EARLIER`
allows for it."""

FRESH = 60.0
"""Seconds; an older token that is rejected is replaced before the keys count as wrong, because
tokens may expire early."""

MISDATED = frozenset({1003, 1004})
"""Kling's codes for a token that is not valid yet, or no longer valid."""


class TokenAuth(httpx.Auth):
    """Adds a token to a request, renewed in time and dated by Kling's clock.

    If Kling rejects the date of a token, its clock is read from the reply. A read-only request is
    then sent once more; a submission is not, the engine decides about it.

    Args:
        access_key: identifies the account.
        secret_key: signs the tokens.
        origins: URLs of the service, as for `KeyAuth`.
        clock: Unix seconds.
    """

    def __init__(
        self,
        access_key: str | Secret,
        secret_key: str | Secret,
        *,
        origins: Iterable[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._access_key = in_use(Secret(access_key).printable())
        self._secret_key = in_use(Secret(secret_key).printable())
        self._destinations = Destinations(origins)
        self._clock = clock
        self._ahead = 0.0
        self._token = Secret("")
        self._made_at = float("-inf")

    def __repr__(self) -> str:
        return "TokenAuth(***)"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header; after a wrong date correct the clock, and read once more.

        Raises:
            KeyWithheld: if the request goes to another origin; it is not sent.
        """
        self._destinations.check(request.url)
        request.headers["Authorization"] = self._header()
        response = yield request
        if code_of(Response.of(response)) not in MISDATED:
            return
        self._learn(response)
        if request.method == "GET" and self.is_outdated(request):
            request.headers["Authorization"] = self._header()
            yield request

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Add the header, and read the reply within the usual limits."""
        flow = self.auth_flow(request)
        to_send = next(flow)
        while True:
            response = yield to_send
            await read(response)
            try:
                to_send = flow.send(response)
            except StopIteration:
                return

    def is_outdated(self, request: httpx.Request) -> bool:
        """Whether a request had a different token from one created now."""
        return bool(request.headers.get("Authorization") != self._header())

    def redact(self, text: str) -> str:
        """Remove the keys and the token from a text of the service."""
        signature = Secret(self._token.reveal().rpartition(".")[2])
        for part in (self._token, signature, self._secret_key, self._access_key):
            text = part.redact(text)
        return text

    def _header(self) -> str:
        now = self._clock()
        # If the clock was set back, the age is negative.
        if not 0 <= now - self._made_at < LIFETIME - RENEWAL:
            claims = {
                "iss": self._access_key.reveal(),
                "exp": int(now + self._ahead + LIFETIME),
                "nbf": int(now + self._ahead - EARLIER),
            }
            self._token = in_use(Secret(sign(claims, self._secret_key.reveal())))
            self._made_at = now
        return f"Bearer {self._token.reveal()}"

    def _learn(self, response: httpx.Response) -> None:
        """Drop a rejected token, unless a new one would be the same."""
        now = self._clock()
        if now - self._made_at > FRESH:
            self._made_at = float("-inf")
        theirs = date_of(response.headers)
        if theirs is not None and abs(theirs - now - self._ahead) > SMALLEST_CORRECTION:
            self._ahead, self._made_at = theirs - now, float("-inf")


def sign(claims: dict[str, Any], secret: str) -> str:
    """A JSON Web Token with HMAC and SHA-256 (RFC 7519, RFC 7515)."""
    signed = f"{_json({'alg': 'HS256', 'typ': 'JWT'})}.{_json(claims)}"
    signature = hmac.digest(secret.encode(), signed.encode(), hashlib.sha256)
    return f"{signed}.{_part(signature)}"


def _json(content: dict[str, Any]) -> str:
    return _part(json.dumps(content, separators=(",", ":")).encode())


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
