"""The system's Chromium, without a screen and without a word to the Internet."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Playwright

PATIENCE = 60_000
"""Milliseconds for what a page does at once, on a machine that has much else to do."""

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
)


_open: list[Playwright] = []
"""The driver, once for each browser that is open: a process can have only one driver."""


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """A running browser, with these flags besides the usual ones."""
    expect.set_options(timeout=PATIENCE)
    path = shutil.which("chromium") or shutil.which("google-chrome")
    playwright = _open[0] if _open else sync_playwright().start()
    _open.append(playwright)
    try:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
        yield browser
        browser.close()
    finally:
        _open.pop()
        if not _open:
            playwright.stop()
