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


MANY = """
from rushes import VideoGen, compare

first, second, *_ = VideoGen("preview").jobs(state="completed")
compare({"one": first, "two": second, "three": first, "four": second})
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


SEEN = """root => {
  const area = root.closest('.jp-WindowedPanel-outer').getBoundingClientRect();
  const boxes = [...root.querySelectorAll('.rs-cmp-frame, .rs-cmp-caption, .rs-cmp-transport')]
    .map(element => element.getBoundingClientRect());
  return Math.min(...boxes.map(({top}) => top)) >= area.top - 1
    && Math.max(...boxes.map(({bottom}) => bottom)) <= area.bottom + 1
    && Math.max(...boxes.map(({right}) => right)) <= area.right;
}"""


@pytest.mark.parametrize(
    "size",
    [
        (480, 870),
        # Without JupyterLab, tests/page tries all of them.
        *(pytest.param(size, marks=pytest.mark.soak) for size in ((1250, 870), (1700, 900))),
    ],
    ids=str,
)
def test_pictures_and_transport_are_seen_together(
    open_notebook: Callable[..., Notebook], size: tuple[int, int]
) -> None:
    """Whatever JupyterLab leaves of the window, from the moment the player is scrolled to."""
    notebook = open_notebook("stock", MANY)
    notebook.command("application:toggle-left-area")
    notebook.page.set_viewport_size({"width": size[0], "height": size[1]})
    comparison = notebook.run(0).locator(".rs-compare")
    expect(comparison.locator("figure")).to_have_count(4)
    transport = comparison.locator(".rs-cmp-transport")
    comparison.evaluate("root => root.scrollIntoView({block: 'start'})")
    # Before it is scrolled to, what steers is at the edge of what is seen.
    until(lambda: comparison.evaluate(SEEN))
    assert transport.evaluate("element => element.style.transform") == ""
    shoot(notebook, f"compare-{size[0]}", notebook.page.locator("body"))
    comparison.locator(".rs-cmp-frame").first.click()
    see_it_move(comparison.locator("figure video").first)


def test_the_tray_compares_what_was_chosen(open_notebook: Callable[..., Notebook]) -> None:
    """Beside each other over the whole width; a contact sheet of it lands beside the notebook."""
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
