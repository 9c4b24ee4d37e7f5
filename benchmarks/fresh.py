"""Pages of a browser that nothing was shown in before, as a reader opens them."""

from __future__ import annotations

import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.place import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

STATIC = ROOT / "src" / "rushes" / "widgets" / "static"


def in_fresh_pages(script: str, traits: dict[str, Any], rounds: int) -> Iterator[Any]:
    """Run a script in one page after the other.

    The first page is one more than the rounds: it fills the browser's cache of compiled scripts,
    as an earlier visit does.

    Args:
        script: a function in JavaScript; built widgets are at ``/static``.
        traits: its argument.
        rounds: number of pages after the first one.

    Yields:
        What the function returns in each page.
    """
    sys.path[:0] = [str(ROOT / "tests")]
    from page.hosting import served  # noqa: PLC0415
    from support.chromium import chromium  # noqa: PLC0415 - from the tests, found above

    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        served(Path(folder), STATIC, threading.Event()) as site,
    ):
        for _ in range(rounds + 1):
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            page.goto(f"{site}/index.html")
            yield page.evaluate(script, traits)
            page.close()


def samples() -> Any:
    """The module of the tests that makes traits."""
    sys.path[:0] = [str(ROOT / "tests")]
    from page import samples as found  # noqa: PLC0415 - from the tests, found above

    return found
