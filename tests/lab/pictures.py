"""Pictures of a notebook for people to judge; they land in `artifacts/screenshots`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from lab.conftest import SCREENSHOTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator

    from lab.notebook import Notebook

WIDTHS = {1400: 1000, 900: 1000}
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def shoot(notebook: Notebook, name: str, top: Locator | None = None) -> None:
    """Take pictures in both themes and both widths, with an element at the upper edge."""
    for width, theme in looks(notebook):
        if top is not None:
            top.evaluate("element => element.scrollIntoView({ block: 'start' })")
        notebook.page.screenshot(path=SCREENSHOTS / f"{name}-{theme}-{width}.png")


def looks(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """Put the page into each theme and width, ending with what it began with."""
    for theme, name in reversed(THEMES.items()):
        notebook.command("apputils:change-theme", {"theme": name})
        expect(notebook.page.locator("body")).to_have_attribute("data-jp-theme-name", name)
        shown = notebook.page.locator(f'.rushes[data-rs-theme="{theme}"], .jp-RenderedHTML')
        shown.first.wait_for()
        expect(notebook.page.locator("#jupyterlab-splash")).to_have_count(0)
        for width, height in reversed(WIDTHS.items()):
            notebook.page.set_viewport_size({"width": width, "height": height})
            # Two frames: one to lay out, one to paint.
            notebook.page.evaluate(
                "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
            )
            yield width, theme
