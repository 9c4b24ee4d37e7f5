"""Parts that many tests need: an emulated service, and clients on folders of their own."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from emulators.fal import FAL_KEY, FalEmulator, FalSettings
from rushes import VideoGen
from rushes.backends.fal import FalBackend
from rushes.backends.protocol import Limits
from support.previews import FEW_FRAMES
from support.timings import QUICK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rushes.engine import Timing
    from support.pages import Page
    from support.postgres import Databases


# How long an example takes is a matter of the machine.
settings.register_profile("rushes", deadline=None)
settings.load_profile("rushes")

OF_THE_USER = ("ARK_", "FAL_", "KLING_", "RUNWAYML_", "RUSHES_")
"""Beginnings of the variables that set up services."""


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_user() -> Iterator[None]:
    """Keys and folders of whoever runs the tests never reach one."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(OF_THE_USER):
                patch.delenv(name)
        for name, value in FEW_FRAMES.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A test has the folders of no other one."""
    monkeypatch.setenv("RUSHES_HOME", str(tmp_path / "home"))


@pytest.fixture
def emulator() -> Iterator[FalEmulator]:
    """fal, with jobs that take a moment and small videos."""
    settings = FalSettings(run_seconds=(0.1, 0.3), tiny_clips=True)
    with FalEmulator(settings) as running:
        yield running


@pytest.fixture
def make_gen(tmp_path: Path, emulator: FalEmulator) -> Iterator[Callable[..., VideoGen]]:
    """Makes clients of the emulated fal, each with an engine of its own; closes them all."""
    with ExitStack() as stack:

        def make(
            *,
            timing: Timing = QUICK,
            home: Path | None = None,
            library: Path | None = None,
            **backend: object,
        ) -> VideoGen:
            backend.setdefault("limits", Limits(poll_floor=0.05, first_poll=0.05))
            fal = FalBackend(
                FAL_KEY,
                queue_url=emulator.queue_url,
                rest_url=emulator.rest_url,
                api_url=emulator.api_url,
                **backend,
            )
            folder, library = home or tmp_path / "home", library or tmp_path / "media"
            gen = VideoGen(fal, library=library, home=folder, timing=timing, timeout=60.0)
            stack.callback(gen.close)
            return gen

        yield make


@pytest.fixture
def gen(make_gen: Callable[..., VideoGen]) -> VideoGen:
    """A client of the emulated fal."""
    return make_gen()


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The PostgreSQL server of this run, which all of its processes share."""
    from support import postgres  # noqa: PLC0415 - few tests need it

    postgres.require()
    meeting = tmp_path_factory.getbasetemp()
    with postgres.shared(
        meeting.parent if "PYTEST_XDIST_WORKER" in os.environ else meeting
    ) as all_:
        yield all_


@pytest.fixture
def database(databases: Databases) -> Iterator[str]:
    """The address of a database with an empty journal."""
    url = databases.make()
    yield url
    databases.drop(url)


@pytest.fixture
def show(gen: VideoGen, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Page]]:
    """Makes Studios on the emulated service, each with the test as its page."""
    from support.pages import pages  # noqa: PLC0415 - brings the widgets, which few tests need

    with pages(gen, monkeypatch) as make:
        yield make
