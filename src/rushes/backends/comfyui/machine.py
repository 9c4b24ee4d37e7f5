"""Which machine a server runs on, for people who have several."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import httpx

from rushes.backends import reply
from rushes.backends.comfyui.refusal import OLD
from rushes.backends.wire import QUICK
from rushes.contract.errors import BackendUnavailable, InvalidParams, RushesError

if TYPE_CHECKING:
    from rushes.backends.comfyui.access import Server

FRESH = 300.0
"""Seconds until the server is asked again: it may have been restarted on another card."""

OLDEST = (0, 3, 57)
"""The first version that takes the id of a job to interrupt; ids of jobs came before."""

ANOTHER = "What answers at {url} is not a ComfyUI server. Check RUSHES_COMFYUI_URL."

_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})")
_CARD = re.compile(r"(?:[a-z]+:\d+ )?(.+?)(?: : .*)?")
"""A device as the server writes it, e.g. ``cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync``."""


class Machine:
    """The name of a server.

    Args:
        server: is asked.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._asked_at = float("-inf")
        self._card: str | None = None
        self._version = ""
        self._is_another = False

    async def require_version(self) -> None:
        """Make sure that the server takes ids that are chosen here, also to interrupt a job.

        Raises:
            InvalidParams: when it is too old.
            BackendUnavailable: when something else answers at the address.
        """
        await self._refresh()
        if self._is_another:
            raise BackendUnavailable(ANOTHER.format(url=self._server.url))
        found = _VERSION.match(self._version)
        if found and tuple(map(int, found.groups())) < OLDEST:
            least = ".".join(map(str, OLDEST))
            raise InvalidParams(OLD.format(version=self._version, least=least))

    async def name(self) -> str:
        """Its host, and its graphics card as far as it says so."""
        await self._refresh()
        host = self._server.wire.site.host
        return f"{host}, {self._card}" if self._card else host

    async def _refresh(self) -> None:
        if time.monotonic() - self._asked_at <= FRESH:
            return
        try:
            response = await self._server.ask("GET", "system_stats", deadline=QUICK)
        except RushesError:
            return
        is_answer = response.is_success or response.status == httpx.codes.NOT_FOUND
        self._is_another = is_answer and "system" not in response.body
        if self._is_another:
            return
        self._asked_at = time.monotonic()
        version = reply.part(response.body.get("system")).get("comfyui_version")
        self._version = reply.text(version, most=40) or ""
        devices = reply.items(response.body.get("devices"))
        said = reply.text(devices[0].get("name"), most=80) if devices else None
        found = _CARD.fullmatch(said) if said else None
        self._card = found[1] if found else None
