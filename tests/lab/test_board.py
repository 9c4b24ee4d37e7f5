"""A board in JupyterLab: a sweep that runs, one clock, keys that judge, and what is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
import pytest
from playwright.sync_api import expect

from lab.notebook import play_row, see_it_move
from lab.pictures import shoot
from rushes import VideoGen
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.notebook import Notebook
    from lab.server import LabServer

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SWEEP = """
from rushes import VideoGen

gen = VideoGen("preview")
sweep = gen.sweep(
    "A {animal} crosses a salt flat, {light}",
    animal=["fox", "heron"],
    light=["at dawn", "under neon"],
    provider=["seedance-2.0-fast", "kling-3.0-standard"],
    duration_seconds=4,
    name="salt flat",
)
sweep.board(rows="animal", columns="provider")
"""

VOTE = 'gen.bakeoff("salt flat").vote("Anna")'

RENDERING = 240_000

OWN = ["r", "c", "v", "l", "l", ",", ".", "[", "]", "s", "s", "Home", "End", "PageUp", "PageDown"]
OWN += ["f", "f", "+", "=", "-", "x", "x", "0", "0", "?", "Escape", "t", "Escape", "n", "Escape"]
"""Keys of a board; by the end nothing is open."""

OF_PLAYER = ["j", "k", "l", "k", "i", "o", "g", "r", "m", "s", "s", "a", "b", "v", "+", "-", "0"]
OF_PLAYER += ["0", "z", "x", "x", "1", "1", "t", "Escape", "n", "Escape", "?", "Escape"]
"""Keys of a comparison, the same."""

OF_JUPYTER = ["a", "b", "d", "d", "z", "y", "m", "i", "i", "j", "k", "h", "o", "0", "0", "q"]
"""Commands of notebooks: a new cell, one less, the kernel interrupted, and more."""


def press(notebook: Notebook, keys: list[str]) -> None:
    """Press keys where the focus is."""
    for key in keys:
        notebook.page.keyboard.press(key)


def vote(notebook: Notebook) -> None:
    """Judge the first pair in the second cell, by keys."""
    ballot = notebook.run(1).locator(".rushes:has(.rs-vote)")
    shown = ballot.locator(".rs-compare")
    expect(shown.locator("figure video")).to_have_count(2)
    for video in shown.locator("figure video").all():
        see_it_move(video)
    shoot(notebook, "vote", notebook.cell(1).locator(".jp-OutputArea"))
    cells = notebook.cells()
    shown.focus()
    press(notebook, [*OF_JUPYTER[2:], "Backspace", "b", "t"])
    expect(ballot.get_by_text("1 pair judged, 3 left")).to_be_visible()
    assert notebook.cells() == cells


def test_a_sweep_is_run_watched_and_judged(
    open_notebook: Callable[..., Notebook], server: LabServer
) -> None:
    """From its button to a pick in the journal; no cell of the notebook is touched by the keys."""
    notebook = open_notebook("board", SWEEP, VOTE)
    board = notebook.run(0).locator(".rs-board")
    expect(board.locator('.rs-bd-cell[data-state="empty"]')).to_have_count(4)
    board.get_by_role("button", name="Run · free").click()
    done = board.locator('.rs-bd-cell[data-state="completed"]')
    expect(done).to_have_count(4, timeout=RENDERING)
    expect(board.locator(".rs-bd-standing")).to_contain_text("8 of 8", timeout=RENDERING)
    expect(board.locator(".rs-bd-pictured")).to_have_count(4)

    cells = notebook.cells()
    pane = board.get_by_role("grid")
    play_row(board, pane)
    pane.press("p")
    pane.press("4")
    expect(board.locator(".rs-bd-signs:not([hidden])")).to_have_text("✓★★★★")
    shoot(notebook, "board", notebook.cell(0).locator(".jp-OutputArea"))
    with VideoGen("preview", home=server.home, library=notebook.library) as gen:
        until(lambda: [take.marks.stars for take in gen.takes(picked=True)] == [4])

    press(notebook, [*OWN, *OF_JUPYTER])
    pane.press("Home")
    pane.press("Shift+ArrowRight")
    pane.press("Enter")
    comparison = board.locator(".rs-compare")
    expect(comparison.locator("figure")).to_have_count(2)
    shoot(notebook, "board-compare", notebook.cell(0).locator(".jp-OutputArea"))
    comparison.focus()
    press(notebook, [*OF_PLAYER, *OF_JUPYTER])
    expect(comparison).to_be_visible()
    board.get_by_role("button", name="Back to the board").click()
    expect(pane).to_be_focused()
    board.get_by_role("button", name="Export").click()
    board.get_by_role("menuitem", name="Contact sheet (PNG)").click()
    until(lambda: list((notebook.path.parent / "boards").glob("*.png")))
    assert notebook.cells() == cells
    vote(notebook)
    expect(notebook.page.locator(".jp-Dialog")).to_have_count(0)

    notebook.save()
    (output,) = nbformat.read(notebook.path, 4).cells[0].outputs
    html = output.data["text/html"]
    assert "fox" in html
    assert "not started" in html
