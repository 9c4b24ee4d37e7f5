"""The Studio's longer ways in JupyterLab: several providers, pictures, one take after another."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from lab.notebook import STUDIO, await_take, play
from lab.pictures import shoot
from rushes import VideoGen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lab.notebook import Notebook
    from lab.server import LabServer

pytestmark = [pytest.mark.slow, pytest.mark.browser]

BOTH = "from rushes import Studio\n\nstudio = Studio(backend='preview', budget=1, providers={!r})"
PROVIDERS = ["seedance-2.0", "kling-3.0-standard"]


def noise(width: int, height: int) -> bytes:
    """A PNG that cannot be made small."""
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    return data.getvalue()


def test_a_picture_from_the_page_starts_a_take_of_each_provider(
    open_notebook: Callable[..., Notebook],
) -> None:
    """Its bytes cross the connection in pieces; both takes start from the kernel's copy."""
    data = noise(1280, 900)
    assert len(data) > 3 << 20
    notebook = open_notebook("pieces", BOTH.format(PROVIDERS) + "\nstudio", "studio.selected")
    studio = notebook.run_studio()
    studio.controls.get_by_text("Image", exact=True).click()
    slot = studio.controls.locator('[data-field="startImageUrl"]')
    slot.locator("input[type=file]").set_input_files(
        [{"name": "noise.png", "mimeType": "image/png", "buffer": data}]
    )
    expect(slot).to_contain_text("1280\N{MULTIPLICATION SIGN}900")
    studio.prompt.fill("The noise begins to move")
    studio.controls.get_by_role("button", name="Generate 2 takes").click()
    expect(studio.cards).to_have_count(2)
    for card in studio.cards.all():
        await_take(card)
        card.get_by_role("button", name="Compare").click()
    notebook.run(1)
    expect(notebook.cell(1)).to_contain_text("Job studio-")


@pytest.mark.usefixtures("stock")
def test_a_take_goes_on_from_the_last_one(open_notebook: Callable[..., Notebook]) -> None:
    """The last frame is taken from the film, shown, and there after the page is loaded again."""
    notebook = open_notebook("stock", STUDIO)
    studio = notebook.run_studio()
    # What other tests made may come first, and cards out of sight are empty.
    studio.root.get_by_placeholder("Search prompts").fill("lighthouse keeper")
    card = studio.card("lighthouse keeper")
    card.get_by_role("button", name="More actions").click()
    notebook.page.get_by_role("menuitem", name="Start from its last frame").click()
    slot = studio.controls.locator('[data-field="startImageUrl"]')
    size = "864\N{MULTIPLICATION SIGN}496"
    expect(slot).to_contain_text(size)
    expect(slot.locator("img")).to_have_js_property("complete", value=True)
    expect(studio.root.locator(".rs-estimate:not(.rs-pending)")).to_contain_text("free")
    notebook.save()
    notebook.page.reload()
    notebook.wait_for_kernel()
    expect(slot).to_contain_text(size)


def test_takes_are_judged_by_keys(
    stock: Path, server: LabServer, open_notebook: Callable[..., Notebook]
) -> None:
    """On their cards, durably; no key reaches the notebook, and letters of a tag are letters."""
    notebook = open_notebook("stock", STUDIO)
    studio = notebook.run_studio()
    studio.root.get_by_placeholder("Search prompts").fill("lighthouse keeper")
    card = studio.card("lighthouse keeper")
    expect(card).to_have_count(1)
    cells = notebook.cells()
    card.focus()
    for key in "pxp123453abddmy04":
        notebook.page.keyboard.press(key)
    notebook.page.keyboard.press("t")
    notebook.page.keyboard.type("abdd, px5")
    notebook.page.keyboard.press("Enter")
    notebook.page.keyboard.press("n")
    notebook.page.keyboard.type("dd 00")
    notebook.page.keyboard.press("Enter")

    expect(card.locator(".rs-mark-tag")).to_have_text(["abdd", "px5"])
    expect(card.locator(".rs-note")).to_have_text("dd 00")
    expect(card.locator(".rs-signs")).to_have_attribute("aria-label", "Picked, 4 of 5 stars")
    shoot(notebook, "judged", card)
    assert notebook.cells() == cells
    expect(notebook.page.locator(".jp-Dialog")).to_have_count(0)
    with VideoGen("preview", home=server.home, library=stock / "rushes-media") as gen:
        (take,) = gen.takes(picked=True, tag="px5")
        assert (take.marks.stars, take.marks.note) == (4, "dd 00")


@pytest.mark.usefixtures("stock")
def test_a_second_view_shows_the_same_studio(open_notebook: Callable[..., Notebook]) -> None:
    """Both play, and what is chosen in one is chosen in the other."""
    made = STUDIO.replace("Studio(", "studio = Studio(") + "\nstudio"
    notebook = open_notebook("stock", made, "import ipywidgets\n\nipywidgets.HBox([studio])")
    studio = notebook.run_studio()
    second = notebook.run(1).locator(".rushes")
    second.wait_for()
    card = second.locator(".rs-card").filter(has_text="lighthouse keeper")
    card.get_by_role("button", name="Compare").click()
    play(card)
    # The first view may be out of sight, where its cards are empty.
    expect(studio.root.locator(".rs-tray-takes button")).to_have_count(1)


def test_a_provider_of_a_users_file_gets_its_form(
    tmp_path: Path, open_notebook: Callable[..., Notebook]
) -> None:
    """No code knows of it; its take is made like any other."""
    home = tmp_path / "home"
    (home / "providers").mkdir(parents=True)
    (home / "providers" / "dream.toml").write_text(DREAM)
    code = f"""
import os
os.environ["RUSHES_CONFIG"] = {str(home)!r}
from rushes import Studio

Studio(backend="preview", home={str(home)!r}, library={str(tmp_path / "media")!r})
"""
    studio = open_notebook("dream", code).run_studio()
    studio.controls.get_by_text("Dream <b>1</b>").click()
    studio.controls.locator(".rs-chip", has_text="Seedance 2.0").first.click()
    studio.controls.locator('[data-field="palette"]').get_by_text("cold").click()
    studio.prompt.fill("A <i>dream</i>")
    studio.send.click()
    card = studio.card("A <i>dream</i>")
    await_take(card)
    expect(card).to_contain_text("Dream <b>1</b>")
    card.locator("summary").click()
    expect(card).to_contain_text("palette")


DREAM = """
id = "dream-1"
title = "Dream <b>1</b>"
order = 900
modes = ["text-to-video"]

[parameters.palette]
kind = "choice"
choices = ["warm", "cold"]
default = "warm"

[parameters.aspect_ratio]
kind = "choice"
choices = ["16:9"]
default = "16:9"

[parameters.duration_seconds]
kind = "integer"
min = 2
max = 4
default = 2

[pixels.any]
"16:9" = [320, 180]

[backends.preview]
"""


def test_a_template_becomes_a_sweep(open_notebook: Callable[..., Notebook]) -> None:
    """Its size stands on the button before it is made, and a cell has it as one thing."""
    cell = "sweep = studio.gen.sweeps()[0]\nsweep.wait()\nsweep"
    notebook = open_notebook("template", f"{BOTH.format(PROVIDERS[1:])}\nstudio", cell)
    studio = notebook.run_studio()
    studio.prompt.fill("A {animal} turns its head")
    values = studio.controls.get_by_label("Values of {animal}")
    values.press_sequentially("heron, hare,")
    studio.controls.get_by_role("button", name="2 takes").click()
    for words in ("heron turns", "hare turns"):
        await_take(studio.card(words))
    notebook.run(1)
    expect(notebook.cell(1)).to_contain_text("2 of 2 takes done")
    # The same form again makes nothing, and says so.
    expect(studio.root.locator(".rs-estimate:not(.rs-pending)")).to_contain_text(
        "All of them exist"
    )
