"""Processes that work on the jobs of a journal, and may be killed at any time."""

from __future__ import annotations

import logging
import multiprocessing
import os
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Protocol, Self

from emulators.fal import FAL_KEY
from rushes import VideoGen
from rushes.backends.fal import FalBackend

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path

    from rushes.backends.protocol import Limits
    from rushes.engine import Timing

PRELOAD = ("av", "httpx", "reliability.worker", "rushes.engine.work", "rushes.media.poster")
"""What a worker imports; done once, so that a restart costs milliseconds and most kills hit work,
not imports."""


class Addresses(Protocol):
    """Where an emulated fal is."""

    @property
    def queue_url(self) -> str: ...

    @property
    def rest_url(self) -> str: ...

    @property
    def api_url(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """Folders, services and times of some worker processes; plain values, so it can be sent.

    Attributes:
        home: folder of the journal.
        library: folder of the videos.
        queue_url: where jobs are sent.
        rest_url: where uploads begin.
        api_url: where the request history is.
        timing: the engine's times.
        limits: how hard the engine may press.
        grace: how long after its intent a lost attempt is looked for.
    """

    home: Path
    library: Path
    queue_url: str
    rest_url: str
    api_url: str
    timing: Timing
    limits: Limits
    grace: float

    @classmethod
    def at(
        cls, fal: Addresses, folder: Path, *, timing: Timing, limits: Limits, grace: float
    ) -> Self:
        """A workplace below a folder, for an emulated fal."""
        return cls(
            home=folder / "home",
            library=folder / "media",
            queue_url=fal.queue_url,
            rest_url=fal.rest_url,
            api_url=fal.api_url,
            timing=timing,
            limits=limits,
            grace=grace,
        )

    def open(self) -> VideoGen:
        """Open a client; its engine starts at once."""
        fal = FalBackend(
            FAL_KEY,
            queue_url=self.queue_url,
            rest_url=self.rest_url,
            api_url=self.api_url,
            limits=self.limits,
            grace=self.grace,
        )
        return VideoGen(fal, home=self.home, library=self.library, timing=self.timing, timeout=60.0)


def start(target: Callable[..., object], place: Workplace, *args: object) -> ForkServerProcess:
    """Run ``target(place, *args)`` in a new process."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", *PRELOAD])
    process = context.Process(target=_run, args=(target, place, *args), daemon=True)
    process.start()
    return process


def work(place: Workplace) -> None:
    """Work on the jobs of a journal until killed, or until the parent process is gone."""
    with place.open():
        parent = multiprocessing.parent_process()
        assert parent is not None
        wait([parent.sentinel])


def _run(target: Callable[..., object], place: Workplace, *args: object) -> None:
    # What a person has set for the real service must never reach a test.
    for name in list(os.environ):
        if name.startswith(("ARK_", "FAL_", "KLING_", "RUNWAYML_", "RUSHES_")):
            del os.environ[name]
    place.home.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        filename=place.home / "workers.log",
        level=logging.INFO,
        format="%(asctime)s %(process)d %(message)s",
        force=True,
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        target(place, *args)
    except BaseException:
        logging.getLogger("rushes").exception("a worker failed")
        raise
