"""One browser for all; a host for each file of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("playwright.sync_api")

from playwright.sync_api import Browser, Page, expect

from chromium import chromium
from lab.conftest import FLAGS, PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

# As in JupyterLab's tests, the browser ends with this folder.


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with chromium(*FLAGS) as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1400, "height": 1100})
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()
