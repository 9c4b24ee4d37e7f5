"""Which machine a server runs on, for people who have several."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from rushes.backends import reply
from rushes.backends.wire import QUICK
from rushes.contract.errors import RushesError

if TYPE_CHECKING:
    from rushes.backends.wire import Wire

FRESH = 300.0
"""Seconds until the server is asked again: it may have been restarted on another card."""

_CARD = re.compile(r"(?:[a-z]+:\d+ )?(.+?)(?: : .*)?")
"""A device as the server writes it, e.g. ``cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync``."""


class Machine:
    """The name of a server.

    Args:
        wire: makes the calls.
        url: base of the server.
    """

    def __init__(self, wire: Wire, url: str) -> None:
        self._wire = wire
        self._url = url
        self._asked_at = float("-inf")
        self._card: str | None = None

    async def name(self) -> str:
        """Its host, and its graphics card as far as it says so."""
        if time.monotonic() - self._asked_at > FRESH:
            self._asked_at = time.monotonic()
            self._card = await self._read()
        host = self._wire.site.host
        return f"{host}, {self._card}" if self._card else host

    async def _read(self) -> str | None:
        try:
            response = await self._wire.ask("GET", f"{self._url}/system_stats", deadline=QUICK)
        except RushesError:
            return None
        devices = reply.items(response.body.get("devices"))
        said = reply.text(devices[0].get("name"), most=80) if devices else None
        found = _CARD.fullmatch(said) if said else None
        return found[1] if found else None
