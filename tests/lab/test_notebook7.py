"""The widgets in Notebook 7, whose pages are built of JupyterLab's parts but are others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from lab.conftest import SCREENSHOTS
from lab.notebook import STUDIO, Notebook, await_take, play, see_it_move

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext

    from lab.server import LabServer

pytestmark = [pytest.mark.slow, pytest.mark.browser]

COMPARE = """
from rushes import VideoGen, compare

compare(VideoGen("preview").jobs(state="completed")[:2])
"""


@pytest.fixture
def faults_of_host() -> frozenset[str]:
    """Notebook 7.6 looks for a setting and a command of plugins that only JupyterLab has."""
    return frozenset(
        {
            "Cannot read properties of undefined (reading 'schema')",
            "Command 'filebrowser:open-path' not registered.",
        }
    )


@pytest.fixture
def open_page(context: BrowserContext, server: LabServer) -> Callable[..., Notebook]:
    """Opens a new notebook in Notebook 7."""

    def make(folder: str, *sources: str) -> Notebook:
        notebook = Notebook(context.new_page(), server, server.root / folder / "seven.ipynb")
        notebook.address = f"{server.url}notebooks/{folder}/seven.ipynb"
        notebook.write(*sources)
        notebook.open()
        return notebook

    return make


def test_a_video_is_made_and_played(open_page: Callable[..., Notebook]) -> None:
    """From a prompt to a picture that moves."""
    notebook = open_page("seven", STUDIO)
    studio = notebook.run_studio()
    card = studio.generate("The tide comes in over black sand")
    await_take(card)
    play(card)
    notebook.page.screenshot(path=SCREENSHOTS / "notebook7.png")


@pytest.mark.soak
@pytest.mark.usefixtures("stock")
def test_two_takes_play_on_one_clock(open_page: Callable[..., Notebook]) -> None:
    """And the keys are the player's, not the notebook's."""
    notebook = open_page("stock", COMPARE)
    comparison = notebook.run(0).locator(".rs-compare")
    expect(comparison.locator("figure")).to_have_count(2)
    cells = notebook.cells()
    comparison.focus()
    comparison.press("Space")
    for video in comparison.locator("figure video").all():
        see_it_move(video)
    comparison.press("b")
    assert notebook.cells() == cells
    notebook.page.screenshot(path=SCREENSHOTS / "notebook7-compare.png")
