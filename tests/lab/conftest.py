"""One server, one browser and one page for all; mostly a kernel for each test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("playwright.sync_api")

from lab.desk import SIZE, Desk
from lab.notebook import Notebook
from lab.server import LabServer
from rushes import VideoGen
from support.chromium import PATIENCE, chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext

SCREENSHOTS = Path(__file__).parents[2] / "artifacts" / "screenshots"

FLAGS = (
    "--autoplay-policy=no-user-gesture-required",
    # Whatever a page asks of another host than this one fails at once.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

# The fixtures that hold a browser end with this folder: while Playwright runs, no other test of
# this process can have an event loop.


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    with LabServer(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium(*FLAGS) as browser:
        yield browser


@pytest.fixture
def faults_of_host() -> frozenset[str]:
    """Script errors of the host's own, which are not for these tests."""
    return frozenset()


@pytest.fixture
def context(
    browser: Browser, server: LabServer, faults_of_host: frozenset[str]
) -> Iterator[BrowserContext]:
    """Pages that fail their test on any script error; their kernels end with it."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(PATIENCE)
    errors: list[str] = []
    context.on("weberror", lambda event: errors.append(str(event.error)))
    yield context
    context.close()
    server.shut_kernels_down()
    assert [error for error in errors if error not in faults_of_host] == []


@pytest.fixture(scope="package")
def desk(browser: Browser, server: LabServer) -> Iterator[Desk]:
    context = browser.new_context(viewport=SIZE)
    context.set_default_timeout(PATIENCE)
    yield Desk(context, server)
    context.close()


@pytest.fixture
def open_notebook(
    desk: Desk, server: LabServer, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Notebook]]:
    """Opens a new notebook in a folder of that name, with cells of that code.

    A script error of the page fails the test.
    """
    failed = request.session.testsfailed

    def make(folder: str, *sources: str) -> Notebook:
        notebook = Notebook(desk.page, server, server.root / folder / "takes.ipynb")
        notebook.write(*sources)
        notebook.open()
        return notebook

    yield make
    errors = list(desk.errors)
    desk.clear(keep=request.session.testsfailed == failed and not errors)
    assert errors == []


TAKES = [
    {
        "provider": "seedance-2.0",
        "prompt": "A lighthouse keeper climbs the spiral stairs at dusk, lantern in hand",
        "aspect_ratio": "16:9",
        "resolution": "480p",
        "duration_seconds": 4,
        "seed": 41,
    },
    {
        "provider": "seedance-2.0-fast",
        "prompt": "A paper boat sails down a rainy gutter, close to the water",
        "aspect_ratio": "9:16",
        "resolution": "480p",
        "duration_seconds": 4,
        "seed": 7,
    },
    {
        "provider": "kling-3.0-standard",
        "prompt": "Slow push-in on a potter's hands shaping wet clay",
        "aspect_ratio": "1:1",
        "duration_seconds": 3,
    },
    {
        "provider": "seedance-2.0",
        "prompt": "Wild horses cross a salt flat, seen from far above",
        "aspect_ratio": "21:9",
        "resolution": "480p",
        "duration_seconds": 4,
        "seed": 2026,
    },
]
"""Finished takes of several shapes and providers, oldest first."""


@pytest.fixture(scope="package")
def stock(server: LabServer) -> Path:
    """A folder of the server with finished takes, for tests that do not make their own."""
    folder = server.root / "stock"
    folder.mkdir()
    library = folder / "rushes-media"
    with VideoGen("preview", home=server.home, library=library, timeout=120.0) as gen:
        jobs = [gen.submit(take, mode="text-to-video") for take in TAKES]
        for job in jobs:
            job.result()
    return folder
