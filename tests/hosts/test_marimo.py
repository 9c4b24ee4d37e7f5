"""The widgets in marimo, which shows them below a shadow root and shares a module among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from playwright.sync_api import expect

from hosts.host import Host
from lab.conftest import SCREENSHOTS
from lab.notebook import Studio, await_take, play, see_it_move
from page import burnt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

NOTEBOOK = """
import marimo

app = marimo.App()


@app.cell
def _():
    from rushes import Studio, compare

    return Studio, compare


@app.cell
def _(Studio):
    Studio(backend="preview")
    return


@app.cell
def _(compare):
    compare("one.mp4", "two.mp4")
    return


@app.cell
def _(Studio):
    Studio(backend="preview")
    return
"""

CONFIG = """
[display]
theme = "system"

[runtime]
auto_instantiate = true
"""

STUDIO = ".rushes:has(.rs-controls)"

OPTIONS = ("--headless", "--no-token", "--skip-update-check", "--host=127.0.0.1")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    host = Host(tmp_path_factory.mktemp("marimo"), "marimo", "edit", *OPTIONS, "notebook.py")
    (host.root / "notebook.py").write_text(NOTEBOOK)
    (host.root / ".marimo.toml").write_text(CONFIG)
    burnt.write_film(host.root / "one.mp4", fps=24, seconds=4.0)
    burnt.write_film(host.root / "two.mp4", fps=30, seconds=4.0, hue=60)
    with host:
        yield host


@pytest.fixture
def notebook(page: Page, host: Host) -> Page:
    """The notebook, whose cells have run."""
    page.goto(host.url)
    page.locator(".rs-compare").wait_for()
    return page


def test_a_video_is_made_and_played(notebook: Page) -> None:
    """From a prompt to a picture that moves."""
    studio = Studio(notebook.locator(STUDIO).first)
    card = studio.generate("The tide comes in over black sand")
    await_take(card)
    play(card)
    notebook.screenshot(path=SCREENSHOTS / "marimo.png")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_are_those_of_the_page(notebook: Page, theme: Literal["light", "dark"]) -> None:
    """Below its shadow root a widget has its styles, and knows how the page is dressed."""
    notebook.emulate_media(color_scheme=theme)
    studio = notebook.locator(STUDIO).first
    expect(studio).to_have_attribute("data-rs-theme", theme)
    ground = studio.evaluate("element => getComputedStyle(element).backgroundColor")
    assert (int(ground.split("(")[1].split(",")[0]) > 128) == (theme == "light"), ground
    notebook.screenshot(path=SCREENSHOTS / f"marimo-{theme}.png")


def test_two_takes_play_on_one_clock(notebook: Page) -> None:
    """Their bytes come from the kernel, because marimo serves no files beside the notebook."""
    comparison = notebook.locator(".rs-compare")
    comparison.focus()
    comparison.press("Space")
    for video in comparison.locator("figure video").all():
        see_it_move(video)
    notebook.screenshot(path=SCREENSHOTS / "marimo-compare.png")


def test_two_studios_are_two(notebook: Page) -> None:
    """What is typed in one does not stand in the other."""
    one, two = notebook.locator(STUDIO).all()
    Studio(one).prompt.fill("Only here")
    Studio(two).prompt.fill("And this there")
    expect(Studio(one).prompt).to_have_value("Only here")
