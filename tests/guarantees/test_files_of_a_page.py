"""A page names only the files of the kernel's machine that its Studio was given."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from rushes import Studio
from rushes.contract.errors import InvalidParams
from rushes.widgets import files
from support.requests import FOX

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.pages import Page

FROM = FOX | {"mode": "image-to-video"}
WITH = FOX | {"mode": "reference-to-video"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a picture in it, and one beside it."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for path in (folder / "in.png", tmp_path / "out.png"):
        Image.new("RGB", (640, 360)).save(path)
    (folder / "link.png").symlink_to(tmp_path / "out.png")
    return folder


def ways(page: Page, path: str) -> dict[str, bool]:
    """By each way in which a page names files, whether it may name this one."""

    def is_free(reply: dict[str, Any]) -> bool:
        shown = str(reply)
        assert "may not" not in shown or "640" not in shown
        return "may not use files" not in shown

    return {
        "look": is_free(page.ask("look", path=path)),
        "estimate": is_free(page.ask("estimate", params=FROM | {"startImageUrl": path})),
        "snake": is_free(page.ask("estimate", params=FROM | {"start_image_url": path})),
        "list": is_free(
            page.ask("estimate", params=WITH | {"imageReferences": ["https://a/b.png", path]})
        ),
        "submit": is_free(page.ask("submit", key=path[-20:], params=FROM | {"endImageUrl": path})),
    }


SPELLINGS: dict[str, Callable[[Path], str]] = {
    "path": str,
    "uri": lambda path: path.as_uri(),
    "host": lambda path: path.as_uri().replace("file://", "FILE://localhost"),
    "dots": lambda path: f"{path.parent}/../{path.parent.name}/{path.name}",
    "relative": os.path.relpath,
}


@pytest.mark.parametrize("given", ["none", "folder", "list"])
def test_a_page_names_what_it_was_given(show, place, emulator, given):
    """By whatever spelling and message; whether another file exists is not told."""
    chosen = {"none": False, "folder": place, "list": [str(place)]}[given]
    page = show(files=chosen)
    beside = place.parent
    outside = [beside / "out.png", beside / "missing.png", place / ".." / "out.png"]

    for spell in SPELLINGS.values():
        inside = set(ways(page, spell(place / "in.png")).values())
        others = [set(ways(page, spell(path)).values()) for path in outside]

        assert inside == {given != "none"}
        assert others == [{False}] * 3
    if given == "none":
        assert emulator.counts["submit"] == 0


def test_a_link_counts_as_what_it_leads_to(show, place):
    """A folder of links is not the whole machine."""
    assert set(ways(show(files=place), str(place / "link.png")).values()) == {False}


def test_a_notebook_may_name_all_files(show, place):
    """Its user runs the kernel."""
    assert set(ways(show(), str(place / "in.png")).values()) == {True}


@pytest.mark.parametrize("host", ["voila", "marimo"])
def test_visitors_of_an_app_name_none(show, place, monkeypatch, host):
    """Unless the app says so."""
    if host == "voila":
        monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")
    else:
        monkeypatch.setattr(files, "has_visitors", lambda: True)

    assert set(ways(show(), str(place / "in.png")).values()) == {False}
    assert set(ways(show(files=True), str(place / "in.png")).values()) == {True}


def test_what_a_page_sends_can_always_be_used(show, place):
    """Its name says nothing of other files; links and data are the service's matter."""
    page = show(files=False)
    data = (place / "in.png").read_bytes()
    body = {"upload": "u", "field": "image", "name": "a.png", "size": len(data), "offset": 0}
    sent = page.ask("upload", data=data, **body)["value"]["path"]

    assert set(ways(page, sent).values()) == {True}
    assert ways(page, "https://example.org/a.png")["estimate"]
    assert page.ask("submit", key="k", params=FROM | {"startImageUrl": sent})["ok"]
    assert page.ask("look", path=sent)["ok"]


@pytest.mark.parametrize("given", [7, "missing", [7], ["missing"], b"x"])
def test_what_is_no_folder_is_refused(gen, given):
    """With what can be given."""
    with pytest.raises(InvalidParams, match=r"files.*folder"):
        Studio(gen, files=given)
