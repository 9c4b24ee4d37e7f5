"""Everything that one gateway process has open."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from rushes.catalog import Catalog
from rushes.contract.errors import JournalError
from rushes.engine import Engine
from rushes.gateway.audit import Audit
from rushes.gateway.guard import Guard
from rushes.gateway.inputs import Inputs
from rushes.gateway.links import Links
from rushes.gateway.news import News
from rushes.gateway.operations import Operations
from rushes.gateway.register import Register
from rushes.gateway.replies import Replies
from rushes.gateway.rules import Rules
from rushes.gateway.serving import Serving
from rushes.io.folders import Folders
from rushes.journal import JobState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rushes.backends.protocol import Backend
    from rushes.engine import Timing
    from rushes.gateway.register import Owner
    from rushes.gateway.settings import Settings
    from rushes.journal import JobRecord

log = logging.getLogger("rushes")

REMEMBERED = 5.0
"""Seconds for which the tier of a person is not looked up again."""

CLEARING = 6 * 3600.0
"""Seconds between two rounds in which old uploads are removed."""


class Runtime:
    """A gateway that works: the engine, the register, and what stands between them and callers.

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
        self.settings = settings
        self._widths: dict[Owner, tuple[float, int | None]] = {}
        self._chores: list[asyncio.Task[None]] = []
        self.register = Register(settings.home, settings.journal)
        try:
            if settings.journal is not None:
                self.register.agree(settings.home)
            folders = Folders(home=settings.home, config=settings.config)
            # The engine asks for the limits as soon as it works.
            self.rules = Rules(settings.policy, Catalog.load(folders.providers))
            self.engine = Engine(
                folders,
                timing=timing,
                has_policy_file=False,
                most_at_once=self._most_at_once,
                journal=settings.journal,
            )
        except BaseException:
            self.register.close()
            raise
        try:
            for backend in backends:
                self.engine.use(backend)
            self.serving = Serving(self.engine, settings.backend)
        except BaseException:
            self.close()
            raise
        self.guard = Guard(self.register)
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
        self.waiting: Counter[Owner] = Counter()

    def owner_of(self, job: JobRecord) -> Owner | None:
        """The application and person whose job it is, by its folder; None for a stranger's."""
        folder = Path(job.folder)
        if folder.parent.parent != self.settings.media:
            return None
        return folder.parent.name, folder.name

    def _most_at_once(self, job: JobRecord) -> int | None:
        """How many jobs of a job's owner may be at services at once; None for no limit."""
        owner = self.owner_of(job)
        if owner is None:
            return None
        now = time.monotonic()
        until, most = self._widths.get(owner, (0.0, None))
        if now >= until:
            with contextlib.suppress(JournalError):
                most = self.rules.concurrent(self.register.tier_of(owner))
            self._widths[owner] = (now + REMEMBERED, most)
        return most

    def census(self) -> tuple[list[tuple[str, str]], float]:
        """State and service of every job that is unfinished or uncertain, and the longest wait.

        Returns:
            The pairs, and the age in seconds of the oldest job that is not sent yet.
        """
        found = self.engine.journal.recent(0.0)
        open_ = [job for job in found if not job.is_ended]
        queued = [job.created_at for job in open_ if job.state is JobState.QUEUED]
        age = max(0.0, time.time() - min(queued)) if queued else 0.0
        return [(job.state.value, job.backend) for job in open_], age

    async def open(self) -> None:
        """Start the work in the background."""
        self._chores = [
            asyncio.create_task(self.news.run()),
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
        self.engine.close()
        self.register.close()

    async def _clear(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(self.operations.inputs.clear)
            await asyncio.sleep(CLEARING)
