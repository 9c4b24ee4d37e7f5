"""Links to videos that work without a token, for a while: a `<video>` sends no headers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

LIFETIME = 86_400
"""Seconds for which a link works; every reply about a job has a fresh one."""

STEP = 3_600
"""Links end at full hours, so that one asked for again is the same, and is in a cache."""

NAMES = {"video.mp4", "poster.jpg"}


class Links:
    """Makes and checks links.

    Args:
        secret: signs the links; anyone who has it can make some.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def path(self, key: str, name: str) -> str:
        """The path of a link, with query.

        Args:
            key: the journal's id of the job.
            name: one of `NAMES`.
        """
        ends = (int(time.time()) // STEP + 1) * STEP + LIFETIME
        return f"/v1/media/{key}/{name}?exp={ends}&sig={self._signature(key, name, ends)}"

    def allows(self, key: str, name: str, ends: int, signature: str) -> bool:
        """Whether a link was made here and has not expired."""
        is_own = hmac.compare_digest(
            self._signature(key, name, ends).encode(), signature.encode("utf-8", "replace")
        )
        return is_own and ends > time.time()

    def _signature(self, key: str, name: str, ends: int) -> str:
        made = hmac.digest(self._secret, f"{key}/{name}\n{ends}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode()
