"""The Studio as a guest of JupyterLab: form, keys, a reloaded page, other ways to a video."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from lab.conftest import TAKES
from lab.notebook import STUDIO, await_take, play, see_it_move

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lab.notebook import Notebook
    from lab.server import LabServer

pytestmark = [pytest.mark.slow, pytest.mark.browser]

LIGHTHOUSE = str(TAKES[0]["prompt"])


def test_what_is_wrong_is_said_at_its_field(
    server: LabServer, open_notebook: Callable[..., Notebook]
) -> None:
    """The page and the kernel name the field that is wrong, and nothing is sent."""
    notebook = open_notebook("wrong", STUDIO)
    studio = notebook.run_studio()
    studio.send.click()
    expect(studio.error("prompt")).to_have_text("Say what the video shows.")
    studio.prompt.fill("a boat")
    expect(studio.error("prompt")).to_be_empty()

    studio.controls.get_by_text("Image", exact=True).click()
    picture = studio.controls.get_by_role("textbox", name="Start image")
    picture.fill("nowhere/to-be-found.png")
    expect(studio.send).to_contain_text("check start image")
    studio.send.click()
    expect(studio.error("startImageUrl")).to_contain_text("nowhere/to-be-found.png")
    expect(picture).to_be_focused()
    expect(studio.cards).to_have_count(0)
    assert server.jobs(notebook.library) == []


def test_no_click_is_lost_to_a_message(open_notebook: Callable[..., Notebook]) -> None:
    """Leaving a field makes its message appear, and the click that left it counts all the same."""
    studio = open_notebook("clicks", STUDIO).run_studio()
    studio.prompt.click()
    studio.controls.get_by_text("480p", exact=True).click()
    expect(studio.error("prompt")).to_have_text("Say what the video shows.")
    expect(studio.controls.get_by_role("radio", name="480p")).to_be_checked()


@pytest.mark.usefixtures("stock")
def test_keys_do_not_reach_the_notebook(open_notebook: Callable[..., Notebook]) -> None:
    """On buttons, videos and in boxes of the Studio no key is a shortcut of the notebook."""
    notebook = open_notebook("stock", STUDIO, "'kept'")
    keyboard = notebook.page.keyboard
    studio = notebook.run_studio()
    cells = notebook.cells()

    def press_shortcuts() -> None:
        # Insert, cut, delete, make it Markdown, make it raw.
        for key in ["a", "b", "x", "d", "d", "m", "r", "Backspace"]:
            keyboard.press(key)

    card = studio.card(LIGHTHOUSE)
    card.get_by_role("button", name="Reuse").focus()
    press_shortcuts()
    assert notebook.cells() == cells
    play(card)
    expect(card.locator(".rs-player")).to_be_focused()
    press_shortcuts()
    assert notebook.cells() == cells
    studio.prompt.fill("")
    studio.prompt.focus()
    press_shortcuts()
    expect(studio.prompt).to_have_value("abxddm")
    assert notebook.cells() == cells

    # The same keys do something outside.
    notebook.cell(1).locator(".jp-InputPrompt").click()
    keyboard.press("b")
    notebook.page.wait_for_function(
        "count => jupyterapp.shell.currentWidget.content.model.cells.length === count",
        arg=len(cells) + 1,
    )


@pytest.mark.usefixtures("stock")
def test_a_reloaded_page_shows_the_takes(open_notebook: Callable[..., Notebook]) -> None:
    """While the kernel lives, a page that is loaded again has the takes, playable, and the form."""
    notebook = open_notebook("stock", STUDIO)
    studio = notebook.run_studio()
    studio.prompt.fill("half a thought")
    # What the form holds is with the kernel before its estimate comes back.
    expect(studio.root.locator(".rs-estimate:not(.rs-pending)")).to_contain_text("free")
    notebook.save()
    notebook.page.reload()
    notebook.wait_for_kernel()
    expect(studio.cards).to_have_count(len(TAKES))
    expect(studio.prompt).to_have_value("half a thought")
    play(studio.card(LIGHTHOUSE))
    expect(studio.root.get_by_role("alert").filter(has_text="kernel")).to_have_count(0)


def test_a_library_that_is_not_served_plays_through_the_kernel(
    tmp_path: Path, open_notebook: Callable[..., Notebook]
) -> None:
    """Where the server has no address for a file, its bytes come as messages."""
    library = str(tmp_path / "outside")
    code = f"from rushes import Studio\n\nStudio(backend='preview', library={library!r})"
    studio = open_notebook("outside", code).run_studio()
    card = studio.generate("a drawer that is shut")
    await_take(card)
    video = play(card)
    assert video.evaluate("video => video.currentSrc").startswith("blob:")
    expect(card.locator(".rs-player")).to_have_attribute("data-source", "kernel")
    length = video.evaluate("video => video.duration")
    assert length == pytest.approx(4, abs=0.1)


INLINE = """
from rushes import VideoGen

gen = VideoGen("preview")
job = gen.submit(
    provider="seedance-2.0",
    mode="text-to-video",
    prompt="<b>a bridge</b>",
    resolution="480p",
    duration_seconds=4,
)
await job
job
"""


def test_a_job_plays_in_the_output_of_its_cell(
    server: LabServer, open_notebook: Callable[..., Notebook]
) -> None:
    """Without the Studio a finished job is a player too, served by the notebook's server."""
    notebook = open_notebook("inline", INLINE)
    output = notebook.run(0).locator(".jp-OutputArea-output")
    video = output.locator("video")
    video.wait_for()
    expect(output).to_contain_text("<b>a bridge</b>")
    video.evaluate("video => { video.muted = true; return video.play(); }")
    see_it_move(video)
    source = video.evaluate("video => video.currentSrc")
    assert source.startswith(f"{server.url}files/inline/rushes-media/")


def test_a_saved_notebook_shows_its_takes_without_a_kernel(
    stock: Path, open_notebook: Callable[..., Notebook]
) -> None:
    """What nbconvert makes of it has each take's picture, and plays the files beside it."""
    from nbconvert import HTMLExporter  # noqa: PLC0415 - takes half a second

    notebook = open_notebook("stock", STUDIO)
    notebook.run_studio()
    notebook.save()
    html, _ = HTMLExporter().from_filename(str(notebook.path))
    page = stock / "takes.html"
    page.write_text(html)

    notebook.page.goto(page.as_uri(), wait_until="domcontentloaded")
    videos = notebook.page.locator("video")
    expect(videos).to_have_count(len(TAKES))
    for video in videos.all():
        assert re.match("data:image/jpeg;base64,", video.get_attribute("poster") or "")
        video.evaluate("video => { video.muted = true; return video.play(); }")
        see_it_move(video)
    expect(notebook.page.locator("body")).to_contain_text(LIGHTHOUSE)
