"""A library that was copied or moved, and a batch, in a real JupyterLab."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from lab.conftest import TAKES
from lab.notebook import RENDERING, STUDIO, play
from lab.pictures import shoot
from support.previews import busy_preview

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lab.notebook import Notebook
    from lab.server import LabServer

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_a_library_that_was_handed_over_shows_its_takes(
    server: LabServer, stock: Path, open_notebook: Callable[..., Notebook]
) -> None:
    """A copied folder beside a copied notebook: its takes play and are compared."""
    shutil.copytree(stock / "rushes-media", server.root / "handed over" / "rushes-media")
    notebook = open_notebook("handed over", STUDIO)
    studio = notebook.run_studio()
    expect(studio.cards).to_have_count(len(TAKES))
    expect(studio.root.locator(".rs-folder")).to_have_text("rushes-media")
    video = play(studio.card("lighthouse keeper"))
    served = f"{server.url}files/handed%20over/rushes-media/"
    assert video.evaluate("video => video.currentSrc").startswith(served)
    for number in range(2):
        studio.cards.nth(number).get_by_role("button", name="Compare").click()
    studio.root.locator(".rs-tray").get_by_role("button", name="Compare").click()
    expect(studio.root.locator(".rs-compare figure")).to_have_count(2)
    studio.root.locator(".rs-tray").get_by_role("button", name="Close").click()
    shoot(notebook, "handed-over", notebook.cell(0))
    assert server.jobs(notebook.library) == []


@pytest.mark.usefixtures("stock")
def test_an_empty_copy_says_where_takes_are(open_notebook: Callable[..., Notebook]) -> None:
    """A notebook that was copied without its library."""
    notebook = open_notebook("copied alone", STUDIO)
    studio = notebook.run_studio()
    expect(studio.root.locator(".rs-empty-takes").first).to_contain_text(
        re.compile(r'another folder: Studio\(library=".*rushes-media"\)')
    )


def test_a_batch_of_24_takes_is_one_row(
    server: LabServer, open_notebook: Callable[..., Notebook]
) -> None:
    """Slim rows for what waits; what is done is counted, and one button cancels the rest."""
    code = (
        "from rushes import Studio\n\nStudio(backend='preview', "
        "providers=['seedance-2.0', 'seedance-2.0-fast', 'kling-3.0-standard'])"
    )
    notebook = open_notebook("batch", code)
    studio = notebook.run_studio()
    row = studio.root.locator(".rs-batch")
    with busy_preview(server.home):
        studio.prompt.fill("A heron lifts off from a salt flat")
        studio.controls.get_by_text("480p", exact=True).click()
        studio.controls.get_by_label("Duration").press("Home")
        studio.controls.get_by_role("slider", name="Takes").press("End")
        studio.controls.get_by_role("button", name="Generate 24 takes").click()
        expect(row).to_contain_text("0 of 24 done")
        expect(row).to_contain_text("24 in line")
        expect(row.locator(".rs-slim")).to_have_count(5)
        shoot(notebook, "batch-in-line", notebook.cell(0))
    expect(row).to_contain_text(re.compile("[1-9]\\d* of 24 done"), timeout=RENDERING)
    shoot(notebook, "batch", notebook.cell(0))
    row.get_by_role("button", name="Cancel all").click()
    expect(row).to_have_count(0)
    expect(studio.root.locator(".rs-takes-line")).to_contain_text("24 takes")
    assert len(server.jobs(notebook.library)) == 24
