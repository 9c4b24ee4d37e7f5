"""A comparison in a saved notebook: no kernel, no widgets, only what stands in the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from playwright.sync_api import expect

import rushes
from hosts.shown import shoot
from lab.notebook import see_it_move

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

HOSTILE = '<img src=x onerror="document.title=1">'


@pytest.fixture
def saved(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A notebook with a comparison of a film, one with a name of its own, and a link."""
    served = folder / "served"
    monkeypatch.chdir(served)
    odd = served / f"{HOSTILE}# 50 %?.mp4"
    odd.write_bytes((served / "two.mp4").read_bytes())
    widget = rushes.compare(
        {"one": "one.mp4", HOSTILE: odd, "a link": f"https://films.invalid/{HOSTILE}.mp4"}
    )
    bundle: Any = widget._repr_mimebundle_()
    widget.close()
    cell = nbformat.v4.new_code_cell("compare(…)")
    cell.outputs = [nbformat.v4.new_output("display_data", data=bundle[0])]
    path = served / "saved.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return path


def exported(path: Path, browser: Browser, **options: Any) -> Page:
    """The page that nbconvert makes of a notebook, without any script of the Internet."""
    from nbconvert import HTMLExporter  # noqa: PLC0415 - takes half a second

    html, _ = HTMLExporter(**options).from_filename(str(path))
    target = path.with_suffix(".html")
    target.write_text(html)
    page = browser.new_page(viewport={"width": 1400, "height": 700})
    page.goto(target.as_uri(), wait_until="domcontentloaded")
    return page


def test_the_films_play_beside_the_notebook(saved: Path, browser: Browser) -> None:
    """With a picture of each before; whatever a file is called stays a text."""
    page = exported(saved, browser)
    videos = page.locator("figure video")
    expect(videos).to_have_count(3)
    for video in videos.all()[:2]:
        assert re.match("data:image/jpeg;base64,", video.get_attribute("poster") or "")
    shoot(page.locator("figure").first, "saved-compare")
    for video in videos.all()[:2]:
        video.evaluate("video => { video.muted = true; return video.play(); }")
        see_it_move(video)
    expect(page.get_by_text(HOSTILE).first).to_be_visible()
    assert page.locator("figure img").count() == 0
    assert page.title() == "saved"


def test_links_are_left_where_videos_are_taken_out(saved: Path, browser: Browser) -> None:
    """Sites that clean what they show let no video through."""
    page = exported(saved, browser, sanitize_html=True)
    expect(page.locator("video")).to_have_count(0)
    links = page.locator("a").evaluate_all("links => links.map((link) => link.href)")
    beside = saved.parent.as_uri()
    assert f"{beside}/one.mp4" in links
    assert any(link.startswith(f"{beside}/%3Cimg") for link in links)
    assert any(link.startswith("https://films.invalid/") for link in links)
