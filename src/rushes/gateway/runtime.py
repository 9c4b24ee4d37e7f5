"""Everything that one process has open that answers callers."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import Counter
from typing import TYPE_CHECKING

from rushes.gateway.announcing import Announcer
from rushes.gateway.audit import Audit
from rushes.gateway.core import Core
from rushes.gateway.guard import Guard
from rushes.gateway.hooks import Hooks
from rushes.gateway.hub import Hub
from rushes.gateway.inputs import Inputs
from rushes.gateway.links import Links
from rushes.gateway.news import News
from rushes.gateway.operations import Operations
from rushes.gateway.replies import Replies

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rushes.backends.protocol import Backend
    from rushes.engine import Timing
    from rushes.gateway.register import Owner
    from rushes.gateway.settings import Settings

CLEARING = 6 * 3600.0
"""Seconds between two rounds in which old uploads are removed."""


class Runtime(Core):
    """A gateway that answers: its core, and what stands between that and callers.

    Args:
        settings: those of the gateway.
        timing: the engine's intervals.
        backends: services that are set up already, besides those of the environment.

    Attributes:
        waiting: by person, calls of `sync-generate` that wait.

    Raises:
        RushesError: why it cannot be opened.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        timing: Timing | None = None,
        backends: Iterable[Backend] = (),
    ) -> None:
        app = settings.hub_app
        self.hub = None if app is None else Hub.from_environment(os.environ, app)
        super().__init__(settings, timing=timing, backends=backends)
        self._chores: list[asyncio.Task[None]] = []
        self.guard = Guard(self.register, self.hub)
        self.audit = Audit(settings.home, self.register if settings.journal else None)
        self.links = Links(self.register.secret("links"))
        self.operations = Operations(
            engine=self.engine,
            serving=self.serving,
            inputs=Inputs(self.engine, largest=settings.largest_upload),
            rules=self.rules,
            media=settings.media,
        )
        self.replies = Replies(self.engine, self.links, settings.media)
        self.news = News(self.engine, self.register, self.owner_of)
        self.hooks = Hooks(self.register.tables)
        self._announcer = Announcer(self.hooks, self.operations, private=settings.private_webhooks)
        self.waiting: Counter[Owner] = Counter()

    @property
    def prefix(self) -> str:
        """What paths of calls may begin with, without a slash at its end; empty for nothing."""
        return "" if self.hub is None else self.hub.prefix

    async def open(self) -> None:
        """Start the work in the background."""
        self._chores = [
            asyncio.create_task(self.news.run()),
            asyncio.create_task(self._announcer.run()),
            asyncio.create_task(self._clear()),
        ]

    async def shut(self) -> None:
        """End it, and close everything. Jobs continue at their services."""
        self.news.close()
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """Close what is open."""
        super().close()
        if self.hub is not None:
            self.hub.close()

    async def _clear(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(self.operations.inputs.clear)
            await asyncio.sleep(CLEARING)
