"""One browser for all hosts; each host is started, and its page loaded, once for its tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("playwright.sync_api")

from lab.conftest import FLAGS
from page.burnt import write_film
from support.chromium import PATIENCE, chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from hosts.server import Host

HEIGHT = 1000


# It ends with this folder: while Playwright runs, no other test of this process can have an
# event loop.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium(*FLAGS) as browser:
        yield browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A host's, with two films of different rates where it works."""
    folder = tmp_path_factory.mktemp("host")
    served = folder / "served"
    served.mkdir()
    write_film(served / "one.mp4", fps=24, seconds=4.0)
    write_film(served / "two.mp4", fps=30, seconds=5.0, hue=60)
    return folder


@pytest.fixture(scope="module")
def open_page(browser: Browser) -> Iterator[Callable[[Host], Page]]:
    """Loads a host's page; a script error in one fails the last test of the module."""
    context = browser.new_context(viewport={"width": 1400, "height": HEIGHT})
    context.set_default_timeout(PATIENCE)
    errors: list[str] = []
    context.on("weberror", lambda event: errors.append(str(event.error)))

    def load(host: Host) -> Page:
        page = context.new_page()
        page.goto(host.url)
        return page

    yield load
    context.close()
    assert errors == []
