"""The widgets in Voila, which shows notebooks without their code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
import pytest

from hosts.host import Host
from lab.conftest import SCREENSHOTS
from lab.notebook import Studio, await_take, play, see_it_move
from page import burnt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

CELLS = (
    "from rushes import Studio, compare\n\nStudio(backend='preview')",
    "compare('one.mp4', 'two.mp4')",
)

OPTIONS = ("--no-browser", "--Voila.ip=127.0.0.1")

VIDEOS = r"--VoilaConfiguration.file_allowlist=.*\.(mp4|jpg)"


def voila(folder: Path, *options: str) -> Host:
    """A Voila that shows one notebook."""
    host = Host(folder, "voila", "notebook.ipynb", *OPTIONS, *options)
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata=kernel), host.root / "notebook.ipynb"
    )
    burnt.write_film(host.root / "one.mp4", fps=24, seconds=4.0)
    burnt.write_film(host.root / "two.mp4", fps=30, seconds=4.0, hue=60)
    return host


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """As it is without settings: it serves no videos."""
    with voila(tmp_path_factory.mktemp("voila")) as host:
        yield host


def test_a_video_is_made_and_played(page: Page, host: Host) -> None:
    """From a prompt to a picture that moves, with the bytes from the kernel."""
    page.goto(host.url)
    studio = Studio(page.locator(".rushes:has(.rs-controls)"))
    card = studio.generate("The tide comes in over black sand")
    await_take(card)
    assert str(play(card).get_attribute("src")).startswith("blob:")
    page.screenshot(path=SCREENSHOTS / "voila.png")


def test_two_takes_play_on_one_clock(page: Page, tmp_path: Path) -> None:
    """As Voila serves them where its list allows videos."""
    with voila(tmp_path, VIDEOS) as host:
        page.goto(host.url)
        comparison = page.locator(".rs-compare")
        comparison.focus()
        comparison.press("Space")
        for video in comparison.locator("figure video").all():
            address = see_it_move(video).get_attribute("src")
            assert str(address).startswith(f"{host.url}voila/files/")
        page.screenshot(path=SCREENSHOTS / "voila-compare.png")
