"""Pictures of the Studio in its states, for people to judge; they land in `artifacts/screenshots`.

A state that cannot be reached fails its test; what it looks like, no test can say.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from emulators.fal import FAL_KEY, FalEmulator, FalSettings, Fault, FaultKind
from lab.conftest import SCREENSHOTS, TAKES
from lab.notebook import RENDERING, STUDIO, Notebook
from lab.pictures import shoot
from rushes import VideoGen
from rushes.backends.fal import FalBackend
from rushes.engine import Timing
from support.previews import busy_preview
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.server import LabServer

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.soak]

RESULT = """
from rushes import VideoGen

VideoGen("preview").jobs(state="completed")[0]
"""

AT_ONCE = Timing(submit_guard=1.0, submit_deadline=1.0, look_up=0.1, retry=0.05, forgotten=0.5)
"""Times with which a lost reply is given up within seconds."""


@pytest.fixture
def open_wide(open_notebook: Callable[..., Notebook]) -> Callable[..., Notebook]:
    """Opens a notebook without the list of files, so that most of the page is its own."""

    def make(folder: str, *sources: str) -> Notebook:
        notebook = open_notebook(folder, *sources)
        notebook.command("application:toggle-left-area")
        notebook.page.locator("#jp-left-stack").wait_for(state="hidden")
        return notebook

    return make


def test_an_empty_studio(open_wide: Callable[..., Notebook]) -> None:
    """A first look: the form as it begins and no takes; then what it says without a prompt."""
    notebook = open_wide("empty", STUDIO)
    studio = notebook.run_studio()
    expect(studio.root.locator(".rs-estimate")).not_to_contain_text("Estimating")
    shoot(notebook, "empty", notebook.cell(0))
    studio.send.click()
    expect(studio.error("prompt")).not_to_be_empty()
    shoot(notebook, "wrong", notebook.cell(0))
    studio.controls.get_by_text("Kling 3.0 standard").click()
    studio.prompt.fill("The tide comes in")
    studio.controls.get_by_role("button", name="Split into shots").click()
    studio.controls.get_by_role("button", name="Add shot").click()
    expect(studio.controls.get_by_label("Prompt of shot 2")).to_be_visible()
    shoot(notebook, "shots", notebook.cell(0))


@pytest.mark.usefixtures("stock")
def test_a_working_studio(server: LabServer, open_wide: Callable[..., Notebook]) -> None:
    """Takes of several shapes and providers, and one under way; then the kernel restarts."""
    notebook = open_wide("stock", STUDIO)
    studio = notebook.run_studio()
    studio.prompt.fill("A night market in the rain, neon on wet asphalt, slow dolly forward")
    studio.controls.get_by_label("Duration").press("End")
    # Large, so that it takes long enough to be seen under way.
    studio.controls.get_by_text("1080p", exact=True).click()
    studio.send.click()
    expect(studio.cards).to_have_count(len(TAKES) + 1)
    card = studio.card("A night market")
    expect(card).to_contain_text(re.compile(r"rendering, [1-9]\d%"), timeout=RENDERING)
    for poster in studio.root.locator(".rs-player").all():
        expect(poster).to_have_class(re.compile("rs-pictured"))
    notebook.cell(0).evaluate("element => element.scrollIntoView({ block: 'start' })")
    notebook.page.screenshot(path=SCREENSHOTS / "studio.png")
    shoot(notebook, "takes", notebook.cell(0))
    card.get_by_role("button", name="Cancel").click()
    expect(card).to_have_attribute("data-state", re.compile("cancelled|completed"))

    with busy_preview(server.home):
        studio.prompt.fill("The market closes")
        studio.send.click()
        expect(studio.card("The market closes")).to_have_attribute("data-state", "running")
        notebook.restart_kernel()
        notebook.cell(0).locator(".rushes.rs-dead").wait_for()
        shoot(notebook, "restarted", notebook.cell(0))
        notebook.wait_for_kernel()
        studio = notebook.run_studio()
        closing = studio.card("The market closes")
        closing.get_by_role("button", name="Cancel").click()
    expect(closing).to_have_attribute("data-state", "cancelled")


def test_takes_that_went_wrong(server: LabServer, open_wide: Callable[..., Notebook]) -> None:
    """A failed take, an uncertain one, and what each of them offers."""
    folder = server.root / "trouble"
    settings = FalSettings(history_usable=False, tiny_clips=True)
    with FalEmulator(settings) as fal:
        backend = FalBackend(
            FAL_KEY,
            queue_url=fal.queue_url,
            rest_url=fal.rest_url,
            api_url=fal.api_url,
            lag=0.0,
        )
        library = folder / "rushes-media"
        with VideoGen(backend, home=server.home, library=library, timing=AT_ONCE) as gen:
            fal.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1))
            refused = gen.submit(TAKES[3], mode="text-to-video")
            until(lambda: refused.state == "failed")
            fal.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
            lost = gen.submit(TAKES[0], mode="text-to-video")
            until(lambda: lost.state == "uncertain")

    notebook = open_wide("trouble", STUDIO)
    studio = notebook.run_studio()
    expect(studio.cards).to_have_count(2)
    shoot(notebook, "trouble", notebook.cell(0))


@pytest.mark.usefixtures("stock")
def test_a_result_in_a_cell(open_wide: Callable[..., Notebook]) -> None:
    """A result as the output of a cell, in the colours of the notebook."""
    show = (
        "from rushes import VideoGen\n\ngen = VideoGen('preview')\ngen.jobs(state='completed')[0]"
    )
    notebook = open_wide("inline", show)
    video = notebook.run(0).locator(".jp-OutputArea-output video")
    video.wait_for()
    notebook.page.wait_for_function(
        "video => video.networkState === video.NETWORK_IDLE", arg=video.element_handle()
    )
    shoot(notebook, "result", notebook.cell(0))
