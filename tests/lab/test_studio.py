"""The Studio in JupyterLab, as a newcomer uses it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from lab.conftest import SCREENSHOTS, STUDIO
from playwright.sync_api import Locator, Page, expect

if TYPE_CHECKING:
    from lab.conftest import Lab

pytestmark = [pytest.mark.browser, pytest.mark.slow]

expect.set_options(timeout=60_000)


def open_notebook(page: Page, lab: Lab, name: str, *cells: str) -> None:
    lab.write(name, *cells)
    page.goto(f"{lab.url}/lab/tree/{name}?reset")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell .cm-content")
    # The kernel's name stands in the toolbar; it is idle when the circle is.
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
    if page.get_by_label("Collapse left sidebar").count():
        page.keyboard.press("Control+b")


def run_cell(page: Page, number: int = 0) -> None:
    page.locator(".jp-Notebook .jp-CodeCell").nth(number).locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")


def prompt(page: Page, text: str) -> None:
    page.locator(".rushes").get_by_label("Prompt").fill(text)


def generate(page: Page) -> None:
    page.locator(".rushes").get_by_role("button", name="Generate").click()


def card(page: Page, text: str) -> Locator:
    return page.locator(".rushes .rs-card", has_text=text)


def theme(page: Page, name: str) -> None:
    page.evaluate(
        "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name
    )
    dark = "false" if "Dark" in name else "true"
    page.wait_for_selector(f'body[data-jp-theme-light="{dark}"]')


def shoot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def play(page: Page, take: Locator) -> dict:
    """Start a take and wait until its time has advanced."""
    take.get_by_role("button", name="Play with sound").click()
    video = take.locator("video").element_handle()
    page.wait_for_function("video => video.currentTime > 0.3", arg=video)
    return page.evaluate(
        "v => ({width: v.videoWidth, height: v.videoHeight, source: v.currentSrc})", video
    )


def journal(lab: Lab) -> list[tuple[str, str]]:
    db = sqlite3.connect(lab.home / "journal.sqlite3")
    rows = db.execute("SELECT id, state FROM jobs ORDER BY created_at").fetchall()
    db.close()
    return rows


def test_from_a_prompt_to_a_video_and_through_a_restart(page: Page, lab: Lab) -> None:
    """Prompt, watch, restart mid-job from the menu, re-run: both takes are there, made once."""
    open_notebook(page, lab, "studio.ipynb", STUDIO)
    run_cell(page)
    page.wait_for_selector(".rushes .rs-card, .rushes textarea")
    shoot(page, "empty-light")

    prompt(page, "A lighthouse in a storm at night")
    generate(page)
    first = card(page, "A lighthouse in a storm")
    expect(first).to_have_attribute("data-state", "completed")
    played = play(page, first)
    assert (played["width"], played["height"]) == (1280, 720)
    assert "/files/rushes-media/" in played["source"]
    shoot(page, "played-light")

    prompt(page, "A paper boat drifts down a rainy street")
    page.locator(".rushes").get_by_label("Duration").press("End")
    generate(page)
    second = card(page, "A paper boat drifts")
    expect(second).to_have_attribute("data-state", "running")
    shoot(page, "running-light")
    page.locator("#jp-MainMenu").get_by_text("Kernel", exact=True).click()
    page.locator(".lm-Menu").get_by_text("Restart Kernel…", exact=True).click()
    page.locator(".jp-Dialog").get_by_role("button", name="Restart").click()
    expect(page.locator(".rushes .rs-banner")).to_contain_text("The kernel restarted")
    expect(page.locator(".rushes").get_by_role("button", name="Generate")).to_be_disabled()
    shoot(page, "restarted-light")

    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
    run_cell(page)
    expect(page.locator(".rushes .rs-banner")).to_have_count(0)
    expect(card(page, "A paper boat drifts")).to_have_attribute("data-state", "completed")
    expect(card(page, "A lighthouse in a storm")).to_have_attribute("data-state", "completed")
    again = play(page, card(page, "A paper boat drifts"))
    assert (again["width"], again["height"]) == (1280, 720)
    shoot(page, "after-restart-light")
    theme(page, "JupyterLab Dark")
    shoot(page, "after-restart-dark")
    page.set_viewport_size({"width": 900, "height": 900})
    shoot(page, "after-restart-dark-900")

    assert [state for _, state in journal(lab)] == ["completed", "completed"]
    made = [path for path in (lab.home / "preview").iterdir() if path.name.isalnum()]
    assert len(made) == 2


def test_a_reload_shows_the_takes(page: Page, lab: Lab) -> None:
    """A page that is loaded again finds the living kernel's takes."""
    open_notebook(page, lab, "reload.ipynb", STUDIO)
    run_cell(page)
    page.wait_for_selector(".rushes textarea")
    prompt(page, "A meadow in the morning")
    generate(page)
    expect(card(page, "A meadow in the morning")).to_have_attribute("data-state", "completed")
    page.keyboard.press("Control+s")
    page.wait_for_function(
        "() => !document.querySelector('.jp-mod-dirty') && !document.querySelector('.lm-mod-dirty')"
    )

    page.reload()

    expect(card(page, "A meadow in the morning")).to_have_attribute("data-state", "completed")


def test_what_is_wrong_stands_at_its_field(page: Page, lab: Lab) -> None:
    """A request without a prompt is not sent; the form says what is missing."""
    open_notebook(page, lab, "wrong.ipynb", STUDIO)
    run_cell(page)
    page.wait_for_selector(".rushes textarea")
    before = len(journal(lab))

    page.locator(".rushes").get_by_label("Prompt").press("Control+Enter")

    expect(page.locator('.rushes [data-field="prompt"]')).to_contain_text("prompt")
    shoot(page, "invalid-light")
    assert len(journal(lab)) == before


def test_keys_inside_the_studio_stay_inside(page: Page, lab: Lab) -> None:
    """A letter pressed on a button of the Studio inserts no cell."""
    open_notebook(page, lab, "keys.ipynb", STUDIO)
    run_cell(page)
    page.wait_for_selector(".rushes textarea")
    cells = page.locator(".jp-Notebook .jp-Cell").count()

    page.locator(".rushes").get_by_role("button").first.focus()
    page.keyboard.press("b")
    page.keyboard.press("a")
    page.keyboard.press("x")

    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(cells)


def test_a_video_outside_the_servers_folder_plays_from_bytes(
    page: Page, lab: Lab, tmp_path
) -> None:
    """Where the host cannot serve the file, the kernel sends it."""
    cell = STUDIO.replace(
        'VideoGen("preview", ', f'VideoGen("preview", library={str(tmp_path)!r}, '
    )
    open_notebook(page, lab, "bytes.ipynb", cell)
    run_cell(page)
    page.wait_for_selector(".rushes textarea")
    prompt(page, "A forest in fog")
    generate(page)
    take = card(page, "A forest in fog")
    expect(take).to_have_attribute("data-state", "completed")

    played = play(page, take)

    assert played["source"].startswith("blob:")


def test_a_job_and_a_result_show_themselves(page: Page, lab: Lab) -> None:
    """The last line of a cell plays inline, and stays in the exported notebook."""
    cell = STUDIO.replace(
        "studio = rushes.Studio(gen)\nstudio\n",
        'job = gen.submit(provider="seedance-2.0", mode="text-to-video", prompt="<b>A fox</b>",\n'
        '    resolution="480p", duration_seconds=4)\nawait job\n',
    )
    open_notebook(page, lab, "inline.ipynb", cell)
    run_cell(page)
    video = page.locator(".jp-OutputArea-output video")
    expect(video).to_have_count(1)

    handle = video.element_handle()
    page.evaluate("video => { video.muted = true; return video.play() }", handle)
    page.wait_for_function("video => video.currentTime > 0.3", arg=handle)
    assert "<b>A fox</b>" in page.locator(".jp-OutputArea-output").last.inner_text()
    shoot(page, "result-light")

    page.keyboard.press("Control+s")
    page.wait_for_function("() => !document.querySelector('.jp-mod-dirty')")
    _wait_for_output(lab, "inline.ipynb")
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", "inline.ipynb"]
    subprocess.run(command, cwd=lab.root, check=True, capture_output=True)
    html = (lab.root / "inline.html").read_text()
    assert 'src="rushes-media/' in html
    assert "data:image/jpeg;base64," in html
    assert "<b>A fox</b>" not in html


def _wait_for_output(lab: Lab, name: str) -> None:
    """The saved notebook holds the video."""
    book = json.loads((lab.root / name).read_text())
    outputs = json.dumps(book["cells"][0]["outputs"])
    assert "<video" in outputs


def test_the_first_screen_of_the_readme(page: Page, lab: Lab) -> None:
    """A Studio with takes of several shapes and one that is being made."""
    root = lab.root / "hero"
    root.mkdir()
    takes = [
        ("kling-3.0-standard", "Fog rolls over a pine forest at dawn, slow aerial push", "16:9"),
        ("seedance-2.0", "Neon city street in the rain, reflections, night", "16:9"),
        ("seedance-2.0-fast", "A sailing boat on a calm ocean at golden hour", "9:16"),
        ("kling-3.0-standard", "Dunes under a full moon, drifting sand", "1:1"),
        ("seedance-2.0", "Northern lights above snowy mountains", "16:9"),
    ]
    make = "".join(
        f"await gen.generate(provider={provider!r}, mode='text-to-video', prompt={text!r},"
        f" aspect_ratio={ratio!r}, seed={index + 7})\n"
        for index, (provider, text, ratio) in enumerate(takes)
    )
    start, end = STUDIO.split("studio = ")
    open_notebook(page, lab, "hero/takes.ipynb", start + make, "studio = " + end)
    run_cell(page, 0)
    page.wait_for_function(
        "() => document.querySelector('.jp-Notebook .jp-InputPrompt')?.textContent == '[1]:'",
        timeout=180_000,
    )
    page.locator(".jp-Notebook .jp-CodeCell").nth(1).locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".rushes .rs-card")).to_have_count(5)
    prompt(page, "A red fox crosses a snowy clearing at blue hour, handheld follow shot")
    page.locator(".rushes").get_by_label("Duration").press("End")
    generate(page)
    expect(card(page, "A red fox crosses")).to_have_attribute("data-state", "running")
    expect(page.locator(".rushes .rs-poster").first).to_be_visible()

    for name in ("JupyterLab Light", "JupyterLab Dark"):
        theme(page, name)
        page.locator(".rushes").scroll_into_view_if_needed()
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        suffix = "" if "Light" in name else "-dark"
        page.locator(".rushes").first.screenshot(path=SCREENSHOTS / f"studio{suffix}.png")
    expect(card(page, "A red fox crosses")).to_have_attribute("data-state", "completed")
