"""What an emulated Kling checks and makes by signature: callers' tokens, its own callbacks."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

TOLERANCE = 300
"""Seconds by which the time of a callback may differ from now."""


class TokenError(Exception):
    """A token that is not let in.

    Args:
        code: Kling's code.
        message: In words.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


_AHEAD = time.time() - time.monotonic()


def check_token(token: str, secrets: Mapping[str, str], now: float | None = None) -> str:
    """Return the access key of a token (HS256).

    Args:
        token: As it stands in the header.
        secrets: Secret keys by access key.
        now: Unix seconds; the time of day by default.

    Raises:
        TokenError: as Kling refuses it.
    """
    # A test may set the clock of its process between the signature and this; then either time is
    # right.
    times = (time.time(), time.monotonic() + _AHEAD) if now is None else (now,)
    head, claims, signature = _parts(token)
    if head.get("alg") != "HS256":
        raise TokenError(1002, "Authorization is invalid: the algorithm has to be HS256")
    secret = secrets.get(claims.get("iss", ""))
    signed = token.rpartition(".")[0].encode()
    if secret is None or not hmac.compare_digest(_hmac(secret.encode(), signed), signature):
        raise TokenError(1000, "Authentication failed: access key not found or signature wrong")
    begins, ends = claims.get("nbf"), claims.get("exp")
    if not isinstance(begins, int) or not isinstance(ends, int):
        raise TokenError(1002, "Authorization is invalid: exp and nbf have to be whole seconds")
    if all(begins > at for at in times):
        raise TokenError(1003, "Authorization is not yet valid")
    if not any(begins <= at < ends for at in times):
        raise TokenError(1004, "Authorization has expired")
    return str(claims["iss"])


def signature_of(secret: str, delivery: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a callback, as Kling writes it into `webhook-signature`.

    Args:
        secret: ``whsec_`` and base64.
        delivery: `webhook-id`.
        timestamp: `webhook-timestamp`, unix seconds.
        body: As it is sent.
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{delivery}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(_hmac(key, signed)).decode()}"


def is_signed(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Tell whether a callback is Kling's and fresh; one of several signatures is enough."""
    delivery, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(now - int(timestamp)) > TOLERANCE:
        return False
    expected = signature_of(secret, delivery, timestamp, body)
    given = headers["webhook-signature"].split()
    return any(hmac.compare_digest(expected, each) for each in given)


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    pieces = token.split(".")
    try:
        head, claims, signature = (_decoded(piece) for piece in pieces)
        read = json.loads(head), json.loads(claims)
    except ValueError as error:
        raise TokenError(1002, "Authorization is invalid") from error
    if not all(isinstance(part, dict) for part in read):
        raise TokenError(1002, "Authorization is invalid")
    return *read, signature


def _decoded(piece: str) -> bytes:
    if "=" in piece:
        message = "a part of a token has no padding"
        raise ValueError(message)
    try:
        return base64.urlsafe_b64decode(piece + "=" * (-len(piece) % 4))
    except binascii.Error as error:
        raise ValueError(str(error)) from error


def _hmac(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, content, hashlib.sha256)
