"""What cells show in JupyterLab while they wait, and of lists; with pictures for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
import pytest
from playwright.sync_api import expect

from lab.notebook import RENDERING, Notebook
from lab.pictures import shoot
from support.kernels import TAKE
from support.previews import busy_preview

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator

    from lab.server import LabServer

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SETUP = "import rushes\n\ngen = rushes.VideoGen('preview')"

WAIT = f"take = await gen.generate({TAKE!r})\ntake"

LISTS = (
    "gen.jobs(library=gen.library)",
    "rushes.providers()",
    "rushes.providers()[0]",
    "rushes.list_backends()",
    f"gen.plan({TAKE!r})",
    "gen.spend()",
    f"""
try:
    gen.submit({TAKE | {"resolution": "4k", "durationSeconds": 99}!r})
except rushes.RushesError as error:
    it = error
it
""",
    f"gen.generate({TAKE!r})",
)


def output(notebook: Notebook, number: int) -> Locator:
    return notebook.cell(number).locator(".jp-OutputArea-output")


def test_a_line_becomes_the_video(
    open_notebook: Callable[..., Notebook], server: LabServer
) -> None:
    """One output, in place; the saved notebook has the video and nothing of the way there."""
    notebook = open_notebook("cells", SETUP, WAIT, "1 + 1")
    notebook.run(0)
    with busy_preview(server.home):
        notebook.run(1)
        expect(output(notebook, 1).get_by_role("progressbar")).to_be_visible()
        shoot(notebook, "cell-waiting", notebook.cell(0))
    expect(output(notebook, 1).locator("video")).to_be_visible(timeout=RENDERING)
    expect(output(notebook, 1)).to_have_count(1)
    shoot(notebook, "cell-done", notebook.cell(0))

    notebook.run(2)
    expect(output(notebook, 2)).to_contain_text("2")
    notebook.save()
    (saved,) = nbformat.read(notebook.path, 4).cells[1].outputs
    assert "<video" in saved.data["text/html"]


def test_a_job_stays_live_and_a_stopped_wait_says_what_becomes_of_it(
    open_notebook: Callable[..., Notebook], server: LabServer
) -> None:
    """The stop button leaves the job's id and how to cancel it; a job shown later gets its end."""
    notebook = open_notebook("stopped", SETUP, WAIT, "job = gen.jobs(limit=1)[0]\njob")
    notebook.run(0)
    with busy_preview(server.home):
        notebook.run(1)
        expect(output(notebook, 1).get_by_role("progressbar")).to_be_visible()
        notebook.command("notebook:interrupt-kernel")
        expect(output(notebook, 1).first).to_contain_text(".cancel() cancels it.")
        notebook.wait_for_kernel()
        notebook.run(2)
        expect(output(notebook, 2).get_by_role("progressbar")).to_be_visible()
        shoot(notebook, "cell-stopped", notebook.cell(0))
    expect(output(notebook, 2).locator("video")).to_be_visible(timeout=RENDERING)


def test_lists_print_for_people(open_notebook: Callable[..., Notebook], stock: Path) -> None:
    """Tables with stills, sentences and cards, and nowhere the dump of an object."""
    setup = f"{SETUP}\ngen = rushes.VideoGen('preview', library={str(stock / 'rushes-media')!r})"
    notebook = open_notebook("lists", setup, *LISTS)
    notebook.run(0)
    for number in range(1, len(LISTS) + 1):
        notebook.run(number)
        expect(output(notebook, number)).to_have_count(1)
    expect(output(notebook, 1).locator("img")).to_have_count(4)
    for number in (1, 4, 6):
        shoot(notebook, f"cell-lists-{number}", notebook.cell(number))
