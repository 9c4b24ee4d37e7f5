"""What every process of a gateway has open: the register, the rules, and the engine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rushes.catalog import Catalog
from rushes.engine import Engine, Share
from rushes.engine.line import Terms
from rushes.gateway.register import Register
from rushes.gateway.rules import Rules
from rushes.gateway.serving import Serving
from rushes.gateway.tiers import Tiers
from rushes.io.folders import Folders
from rushes.journal import JobState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rushes.backends.protocol import Backend
    from rushes.engine import Timing
    from rushes.gateway.register import Owner
    from rushes.gateway.settings import Settings
    from rushes.journal import JobRecord


class Core:
    """The part of a gateway that works on jobs.

    Args:
        settings: those of the gateway.
        timing: the engine's intervals.
        backends: services that are set up already, besides those of the environment.

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
        self.register = Register(settings.home, settings.journal)
        try:
            if settings.journal is not None:
                self.register.agree(settings.home)
            folders = Folders(home=settings.home, config=settings.config)
            # The engine asks for the limits as soon as it works.
            self.rules = Rules(settings.policy, Catalog.load(folders.providers))
            self._tiers = Tiers(self.register, self.rules, self._review_line)
            share = Share(settings.lanes, dict(settings.divided))
            self.engine = Engine(
                folders,
                timing=timing,
                has_policy_file=False,
                limits=self,
                journal=settings.journal,
                share=None if settings.journal is None else share,
            )
            self._tiers.start()
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def owner_of(self, job: JobRecord) -> Owner | None:
        """The application and person whose job it is, by its folder; None for a stranger's."""
        folder = Path(job.folder)
        if folder.parent.parent != self.settings.media:
            return None
        return folder.parent.name, folder.name

    def terms(self, job: JobRecord) -> Terms:
        """On what terms the jobs of a job's owner are sent."""
        owner = self.owner_of(job)
        if owner is None:
            return Terms()
        is_known, name = self._tiers.of(owner)
        if not is_known:
            return Terms(most=0)
        tier = self.rules.tier_named(name)
        return Terms(most=tier.concurrent, weight=tier.weight, priority=tier.priority)

    def places(self, backend: str) -> int | None:
        """How many jobs may be at a service at once, from all processes of the gateway."""
        return self.rules.places(backend)

    def _review_line(self) -> None:
        engine: Engine | None = getattr(self, "engine", None)
        if engine is not None:
            engine.review_line()

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

    def close(self) -> None:
        """Close what is open. Jobs continue at their services."""
        self._tiers.close()
        self.engine.close()
        self.register.close()
