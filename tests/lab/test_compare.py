"""Takes side by side in JupyterLab: in a cell of their own, and from the Studio's tray."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from lab.notebook import STUDIO, see_it_move
from lab.pictures import shoot
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator

    from lab.notebook import Notebook

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.usefixtures("stock")]

COMPARE = """
from rushes import VideoGen, compare

first, second, *_ = VideoGen("preview").jobs(state="completed")
compare({"wide": first, "square <b>": second})
"""


def play_together(comparison: Locator) -> None:
    """Start the clock by its key, see every take move, and stop it."""
    comparison.focus()
    comparison.press("Space")
    for video in comparison.locator("figure video").all():
        see_it_move(video)
    comparison.press("Space")


def test_two_takes_play_on_one_clock(open_notebook: Callable[..., Notebook]) -> None:
    """With the labels that were given, as text; no cell of the notebook is touched by the keys."""
    notebook = open_notebook("stock", COMPARE)
    comparison = notebook.run(0).locator(".rs-compare")
    expect(comparison.locator("figure")).to_have_count(2)
    expect(comparison).to_contain_text("square <b>")
    cells = notebook.cells()
    play_together(comparison)
    comparison.press("ArrowRight")
    comparison.press("b")
    shoot(notebook, "compare", notebook.cell(0).locator(".jp-OutputArea"))
    assert notebook.cells() == cells


def test_the_tray_compares_what_was_chosen(open_notebook: Callable[..., Notebook]) -> None:
    """Beside each other above the cards; a contact sheet of it lands beside the notebook."""
    notebook = open_notebook("stock", STUDIO)
    studio = notebook.run_studio()
    for number in range(2):
        studio.cards.nth(number).get_by_role("button", name="Compare").click()
    tray = studio.root.locator(".rs-tray")
    tray.get_by_role("button", name="Compare").click()
    comparison = studio.root.locator(".rs-compare")
    expect(comparison.locator("figure")).to_have_count(2)
    play_together(comparison)
    shoot(notebook, "tray", notebook.cell(0).locator(".jp-OutputArea"))
    comparison.get_by_role("button", name="Export").click()
    comparison.get_by_role("button", name="Contact sheet").click()
    folder = notebook.path.parent / "comparisons"
    until(lambda: list(folder.glob("*contact-sheet.png")))
    tray.get_by_role("button", name="Close").click()
    expect(comparison).to_have_count(0)
