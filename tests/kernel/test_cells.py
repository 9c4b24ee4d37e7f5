"""Cells of a notebook as people write them: awaiting, blocking, run again, showing things."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from support.kernels import TAKE, Kernel
from support.previews import busy_preview, rendered

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

WIDGET = "application/vnd.jupyter.widget-view+json"
HOSTILE = "<script>alert('&')</script> \"a boat\""

SETUP = "from rushes import Studio, VideoGen\n\ngen = VideoGen('preview')"

BLOCK = """
import time

deadline = time.monotonic() + 120
while job.state != "completed" and time.monotonic() < deadline:
    time.sleep(0.05)
"""

TURN = """
import asyncio

turns = 0

async def count():
    global turns
    while True:
        turns += 1
        await asyncio.sleep(0.01)

def turn():
    return asyncio.get_running_loop().create_task(count())
"""


class Tags(HTMLParser):
    """Collects the elements of a page, and what is between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def only(self, tag: str) -> dict[str, str | None]:
        """Attributes of the one element of that name."""
        [found] = [attributes for name, attributes in self.elements if name == tag]
        return found


@pytest.fixture(autouse=True)
def _setup(kernel: Kernel) -> None:
    kernel.run(SETUP)


def test_a_cell_that_blocks_stops_no_job(kernel: Kernel) -> None:
    """While a cell sleeps and the kernel's loop stands still, a job is sent, followed, fetched."""
    kernel.run(f"job = gen.submit({TAKE!r})\n{BLOCK}")
    assert kernel.value("job.finished.path.exists()")


def test_a_cell_can_wait_with_and_without_await(kernel: Kernel) -> None:
    """`await job` and `job.result()` give the video inside a running cell."""
    kernel.run("await gen.get_completed_jobs()")
    kernel.run(f"job = gen.submit({TAKE!r})\nother = gen.submit({TAKE!r})")
    kernel.run("awaited = await job\nblocked = other.result()")
    assert kernel.value("(awaited.width, blocked.width)") == (864, 864)
    # What a wait has returned is no news any more.
    assert kernel.value("gen.get_completed_jobs_sync()") == []


def test_the_loop_turns_while_a_cell_blocks(kernel: Kernel) -> None:
    """`generate_sync` gives the video inside a running cell, and widgets stay alive meanwhile."""
    kernel.run(TURN)
    kernel.run(f"beside = turn()\nmade = gen.generate_sync({TAKE!r})\nbeside.cancel()")
    assert kernel.value("made.path.exists()")
    assert kernel.value("turns") > 1


def test_the_setup_cell_may_run_again(kernel: Kernel, home: Path) -> None:
    """A second client sends nothing again, and no second engine works beside the first."""
    before = len(rendered(home))
    with busy_preview(home):
        kernel.run(f"job = gen.submit({TAKE!r})")
        kernel.run(SETUP)
        kernel.run(SETUP)
    kernel.run("await job")
    names = "[thread.name for thread in __import__('threading').enumerate()]"
    assert kernel.value(names).count("rushes-engine") == 1
    assert len(rendered(home)) == before + 1


def test_two_kernels_see_one_job(kernel: Kernel, home: Path, tmp_path: Path) -> None:
    """A kernel waits for a job of another one, and neither makes it a second time."""
    before = len(rendered(home))
    with Kernel(tmp_path / "second", home) as second:
        with busy_preview(home):
            kernel.run(f"job = gen.submit({TAKE!r})")
            job_id = kernel.value("job.id")
            second.run(SETUP)
            assert second.value("gen.jobs()[0].id") == job_id
            assert second.value("gen.jobs()[0].finished") is None
        second.run(f"result = await gen.job({job_id!r})")
        kernel.run("result = await job")
        assert second.value("str(result.path)") == kernel.value("str(result.path)")
    assert len(rendered(home)) == before + 1


def test_a_job_shows_how_it_stands(kernel: Kernel, home: Path) -> None:
    """The last line of a cell may be a job: HTML without script, with the prompt as it is."""
    with busy_preview(home):
        cell = kernel.run(f"job = gen.submit({TAKE | {'prompt': HOSTILE}!r})\njob")
        [bundle] = cell.shown()
        page = Tags(bundle["text/html"])
        assert HOSTILE in page.text
        assert "script" not in [tag for tag, _ in page.elements]
        assert "preview" in bundle["text/plain"]
        kernel.run("job.cancel()")


def test_a_result_plays_beside_the_notebook(kernel: Kernel) -> None:
    """A finished job and its result are a player of the file, addressed from the notebook."""
    cell = kernel.run(f"result = await gen.generate({TAKE | {'prompt': HOSTILE}!r})\nresult")
    again = kernel.run("gen.jobs()[0]")
    [bundle], [same] = cell.shown(), again.shown()
    assert same == bundle
    page = Tags(bundle["text/html"])
    assert HOSTILE in page.text
    assert "script" not in [tag for tag, _ in page.elements]
    source = page.only("video")["src"]
    assert source is not None
    assert re.fullmatch(r"rushes-media/[\w.-]+\.mp4", source)
    assert (kernel.folder / source).exists()


def test_the_studio_is_a_widget_with_a_page_for_later(kernel: Kernel) -> None:
    """Displayed, the Studio is a view of a model, and HTML for when there is no kernel."""
    kernel.run(f"await gen.generate({TAKE!r})")
    [bundle] = kernel.run("studio = Studio(gen)\nstudio").shown()
    model = bundle[WIDGET]["model_id"]
    assert kernel.value("studio.model_id") == model
    assert "<video" in bundle["text/html"]
    assert "base64" not in kernel.value("repr(studio._takes)")
