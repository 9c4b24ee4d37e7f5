"""Processes that work on the jobs of a journal, and may be killed at any time."""

from __future__ import annotations

import logging
import multiprocessing
import os
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Self

from reliability.clock import follow
from rushes import JournalError, VideoGen
from support.services import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path

    from rushes.backends.protocol import Backend, Limits
    from rushes.engine import Timing

PRELOAD = ("av", "httpx", "reliability.worker", "rushes.engine.dispatch", "rushes.media.poster")
"""What a worker imports; done once, so that a restart costs milliseconds and most kills hit work,
not imports."""


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """Folders, services and times of some worker processes; plain values, so it can be sent.

    Attributes:
        home: folder of the journal.
        library: folder of the videos.
        service: name of the service.
        urls: where it is.
        timing: the engine's times.
        limits: how hard the engine may press.
        lag: how late the service may list a job.
        clock: the wall clock, if it is one that is set (`reliability.clock`).
        journal: the address of the database with the journal, if it is not in the home folder.
        others: where more services are, by name.
    """

    home: Path
    library: Path
    service: str
    urls: dict[str, str]
    timing: Timing
    limits: Limits
    lag: float
    clock: Path | None = None
    journal: str | None = None
    others: Mapping[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def at(
        cls,
        urls: Mapping[str, str],
        folder: Path,
        *,
        timing: Timing,
        limits: Limits,
        lag: float,
        service: str = "fal",
        others: Mapping[str, dict[str, str]] | None = None,
    ) -> Self:
        """A workplace below a folder, for an emulated service, or several."""
        return cls(
            home=folder / "home",
            library=folder / "media",
            service=service,
            urls=dict(urls),
            timing=timing,
            limits=limits,
            lag=lag,
            others=dict(others or {}),
        )

    def open(self) -> VideoGen:
        """Open a client; its engine starts at once."""
        gen = VideoGen(
            self._backend(self.service, self.urls),
            home=self.home,
            library=self.library,
            journal=self.journal,
            timing=self.timing,
            timeout=60.0,
        )
        for name, urls in self.others.items():
            gen.engine.use(self._backend(name, urls))
        return gen

    def _backend(self, name: str, urls: dict[str, str]) -> Backend:
        service = BY_NAME[name]
        # Where jobs cannot be looked for there is no list that may lag.
        lag = {} if service.lag is None else {"lag": self.lag}
        return service.backend(urls, limits=self.limits, **lag)


def start(target: Callable[..., object], place: Workplace, *args: object) -> ForkServerProcess:
    """Run ``target(place, *args)`` in a new process."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", *PRELOAD])
    process = context.Process(target=_run, args=(target, place, *args), daemon=True)
    process.start()
    return process


def work(place: Workplace) -> None:
    """Work on the jobs of a journal until killed, or until the parent process is gone."""
    with _opened(place):
        parent = multiprocessing.parent_process()
        assert parent is not None
        wait([parent.sentinel])


def _opened(place: Workplace) -> VideoGen:
    """A client, as soon as no other process is stopped inside a write."""
    while True:
        try:
            return place.open()
        except JournalError as error:
            logging.getLogger("rushes").warning("%s", error.message)


def _run(target: Callable[..., object], place: Workplace, *args: object) -> None:
    # What a person has set for the real service must never reach a test.
    for name in list(os.environ):
        if name.startswith(("ARK_", "FAL_", "KLING_", "RUNWAYML_", "RUSHES_")):
            del os.environ[name]
    place.home.mkdir(parents=True, exist_ok=True)
    if place.clock is not None:
        follow(place.clock)
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
