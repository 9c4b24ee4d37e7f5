"""Pictures of a notebook for people to judge; they land in `artifacts/screenshots`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from lab.conftest import SCREENSHOTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator

    from lab.notebook import Notebook

HEIGHT = 1000
LOOKS = {("dark", 900): "JupyterLab Dark", ("light", 1400): "JupyterLab Light"}
"""Both themes, one of them narrow; a page ends with what it began with."""


def shoot(notebook: Notebook, name: str, top: Locator | None = None) -> None:
    """Take pictures in each look, with an element at the upper edge."""
    for width, theme in looks(notebook):
        if top is not None:
            top.evaluate("element => element.scrollIntoView({ block: 'start' })")
        notebook.page.screenshot(path=SCREENSHOTS / f"{name}-{theme}-{width}.png")


def looks(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """Put the page into each look."""
    for (theme, width), name in LOOKS.items():
        notebook.command("apputils:change-theme", {"theme": name})
        expect(notebook.page.locator("body")).to_have_attribute("data-jp-theme-name", name)
        shown = notebook.page.locator(f'.rushes[data-rs-theme="{theme}"], .jp-RenderedHTML')
        shown.first.wait_for()
        expect(notebook.page.locator("#jupyterlab-splash")).to_have_count(0)
        notebook.page.set_viewport_size({"width": width, "height": HEIGHT})
        # Two frames: one to lay out, one to paint.
        notebook.page.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        yield width, theme
