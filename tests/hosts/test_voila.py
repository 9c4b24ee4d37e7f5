"""The widgets in Voila: a kernel for each page, no code, files only where it is told to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
import pytest
from playwright.sync_api import expect

from hosts.server import Host
from hosts.shown import (
    SWEEP,
    compare_in_tray,
    comparison,
    judge_on_board,
    play_on_one_clock,
    shoot,
    studio,
)
from lab.notebook import await_take, play
from support.kernels import SOCKETS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

IMPORTS = "from rushes import Studio, VideoGen, compare"
STUDIO = "Studio(backend='preview')"
COMPARE = "compare({'one': 'one.mp4', 'two <b>': 'two.mp4'})"
BOARD = f'{SWEEP}\nsweep.board(rows="prompt", columns="provider")'

OPTIONS = (SOCKETS, "--no-browser", "--Voila.ip=127.0.0.1", "--theme=dark")

VIDEOS = r"--VoilaConfiguration.file_allowlist=.*\.(mp4|jpg)"


def write(folder: Path, name: str, *cells: str) -> str:
    """Write a notebook, and return its name."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, folder / "served" / name)
    return name


@pytest.fixture(scope="module")
def page(folder: Path, open_page: Callable[[Host], Page]) -> Iterator[Page]:
    notebook = write(folder, "takes.ipynb", IMPORTS, STUDIO, COMPARE, BOARD)
    with Host(folder, "voila", notebook, *OPTIONS) as voila:
        yield open_page(voila)


def test_a_take_is_made_and_played(page: Page) -> None:
    """From the form to a picture that moves, its bytes from the kernel, in the page's theme."""
    shown = studio(page)
    expect(shown.root).to_have_attribute("data-rs-theme", "dark")
    card = shown.generate("The tide comes in")
    await_take(card)
    video = play(card)
    expect(card.locator(".rs-player")).to_have_attribute("data-source", "kernel")
    assert video.evaluate("video => video.duration") == pytest.approx(4, abs=0.1)
    shoot(shown.root, "voila")


def test_two_films_play_on_one_clock(page: Page) -> None:
    """Files beside the notebook, with the labels that were given, as text."""
    shown = comparison(page)
    expect(shown).to_contain_text("two <b>")
    play_on_one_clock(shown)
    shoot(shown, "voila-compare")


def test_a_board_is_judged(page: Page) -> None:
    """A row plays on one clock, and a key marks a take."""
    shoot(judge_on_board(page, "p", "✓"), "voila-board")


def test_the_tray_compares(page: Page) -> None:
    """Its player comes from the kernel when it is asked for."""
    compare_in_tray(studio(page), "The tide goes out")


def test_films_come_as_files_where_voila_may_serve_them(
    folder: Path, open_page: Callable[[Host], Page]
) -> None:
    """Its list of allowed files is by default of pictures alone."""
    notebook = write(folder, "films.ipynb", IMPORTS, COMPARE)
    with Host(folder, "voila", notebook, *OPTIONS, VIDEOS) as voila:
        shown = comparison(open_page(voila))
        for video in shown.locator("figure video").all():
            assert str(video.get_attribute("src")).startswith(f"{voila.url}voila/files/")
