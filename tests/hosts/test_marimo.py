"""The widgets in marimo: in a shadow root, their module loaded once, no address for a file."""

from __future__ import annotations

import re
from textwrap import indent
from typing import TYPE_CHECKING, Literal

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
    vote_on_pair,
)
from lab.notebook import await_take, play
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

NOTEBOOK = f"""
import marimo

app = marimo.App(width="full")


@app.cell
def _():
    import marimo as mo
    from rushes import Studio, VideoGen, compare

    again = mo.ui.button(label="Again")
    return Studio, VideoGen, again, compare, mo


@app.cell
def _(Studio, again, mo):
    again
    first = Studio(backend="preview", library="first")
    second = mo.ui.anywidget(Studio(backend="preview", library="second"))
    mo.vstack([again, first, second])
    return first, second


@app.cell
def _(compare):
    compare({{"one": "one.mp4", "two <b>": "two.mp4"}})
    return


@app.cell
def _(VideoGen):
{indent(SWEEP, "    ")}
    return gen, sweep


@app.cell
def _(sweep):
    sweep.board(rows="prompt", columns="provider")
    return


@app.cell
def _(gen, mo, sweep):
    sweep
    mo.ui.anywidget(gen.bakeoff("salt flat").vote("Anna"))
    return
"""

CONFIG = """
[display]
theme = "system"

[runtime]
auto_instantiate = true
"""

OPTIONS = ("--headless", "--host=127.0.0.1", "--no-token")

TIDE = "The tide comes in"

COMPARISON = ".rushes:has(.rs-compare):not(:has(.rs-vote))"


@pytest.fixture(scope="module")
def notebook(folder: Path) -> Path:
    (folder / "config" / "marimo").mkdir(parents=True)
    (folder / "config" / "marimo" / "marimo.toml").write_text(CONFIG)
    path = folder / "served" / "takes.py"
    path.write_text(NOTEBOOK)
    return path


@pytest.fixture(scope="module")
def app(folder: Path, notebook: Path) -> Iterator[Host]:
    """The notebook as an app."""
    with Host(folder, "marimo", "run", notebook.name, *OPTIONS) as running:
        yield running


@pytest.fixture(scope="module")
def page(app: Host, open_page: Callable[[Host], Page]) -> Page:
    return open_page(app)


@pytest.fixture(scope="module")
def made(page: Page) -> Locator:
    """The card of a take that the first Studio has made."""
    card = studio(page).generate(TIDE)
    await_take(card)
    return card


def test_a_take_is_made_and_played(made: Locator) -> None:
    """From the form to a picture that moves, its bytes from the kernel."""
    video = play(made)
    expect(made.locator(".rs-player")).to_have_attribute("data-source", "kernel")
    assert video.evaluate("video => video.duration") == pytest.approx(4, abs=0.1)


@pytest.mark.usefixtures("made")
def test_two_studios_share_nothing(page: Page) -> None:
    """What is written and made in one is not in the other, though both run one module."""
    first, second = studio(page), studio(page, 1)
    expect(first.cards).to_have_count(1)
    expect(second.cards).to_have_count(0)
    second.prompt.fill("only here")
    expect(second.root.locator(".rs-estimate:not(.rs-pending)")).to_contain_text("free")
    expect(first.prompt).to_have_value(TIDE)


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    ("theme", "ground"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(23, 24, 27)")]
)
def test_the_styles_are_those_of_the_theme(
    page: Page, theme: Literal["light", "dark"], ground: str
) -> None:
    """Inside each shadow root, and as soon as marimo changes."""
    page.emulate_media(color_scheme=theme)
    widgets = [studio(page).root, studio(page, 1).root, page.locator(COMPARISON)]
    for widget in widgets:
        expect(widget).to_have_attribute("data-rs-theme", theme)
        expect(widget).to_have_css("background-color", ground)
        assert widget.evaluate("element => element.getRootNode() instanceof ShadowRoot")
    shoot(widgets[0], f"marimo-{theme}")
    shoot(comparison(page), f"marimo-compare-{theme}")


def test_two_films_play_on_one_clock(page: Page) -> None:
    """Files beside the notebook, with the labels that were given, as text."""
    shown = comparison(page)
    expect(shown).to_contain_text("two <b>")
    play_on_one_clock(shown)


def test_a_board_is_judged(page: Page) -> None:
    """A row plays on one clock, and a key marks a take."""
    board = judge_on_board(page, "p", "✓")
    shoot(board, "marimo-board")


def test_a_pair_is_voted_on(page: Page) -> None:
    """Blind, by keys, in a cell of its own."""
    vote_on_pair(page, "marimo-vote")


@pytest.mark.usefixtures("made")
def test_the_tray_compares(page: Page) -> None:
    """Its player comes from the kernel, and its styles go into the shadow root."""
    compare_in_tray(studio(page), "The tide goes out")


def test_a_take_outlives_its_page(app: Host, page: Page) -> None:
    """A page that is loaded anew has kernel and Studio of its own, and the take that was begun."""
    prompt = "A kettle begins to sing"
    studio(page).generate(prompt)
    page.reload()
    await_take(studio(page).card(prompt))
    assert "Traceback" not in app.log


def test_a_cell_of_the_editor_runs_again(
    folder: Path, notebook: Path, open_page: Callable[[Host], Page]
) -> None:
    """The form keeps what was written, and no key that the widgets use is one of the editor's."""
    copy = notebook.with_name("edited.py")
    copy.write_text(NOTEBOOK)
    with Host(folder, "marimo", "edit", copy.name, *OPTIONS, "--skip-update-check") as editor:
        page = open_page(editor)
        first = studio(page)
        first.prompt.fill("half a thought")
        # The page tells the kernel soon, and not at each letter.
        drafts = folder / "home" / "drafts"
        until(lambda: any("half a thought" in kept.read_text() for kept in drafts.glob("*.json")))
        page.get_by_role("button", name="Again").click()
        first.controls.get_by_role("button", name="Roll a seed").focus()
        expect(first.prompt).to_have_value("half a thought")
        cells = page.locator(".marimo-cell").count()
        for key in ["a", "b", "d", "d", "c", "v", "Enter", "ArrowDown"]:
            page.keyboard.press(key)
        play_on_one_clock(comparison(page))
        # Another test of the same library may have picked it before.
        judge_on_board(page, "4", re.compile("^✓?★★★★$"))
        assert page.locator(".marimo-cell").count() == cells
        shoot(first.root, "marimo-editor")
