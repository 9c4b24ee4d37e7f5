"""Many takes as an image and as a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from rushes import InvalidParams
from rushes.comparison.entry import Entry, entry_of
from rushes.comparison.wall import Tile, Wall, wall_page, wall_picture
from support.requests import FOX

if TYPE_CHECKING:
    from rushes import Job, VideoGen


@pytest.fixture
def job(gen: VideoGen) -> Job:
    """A finished job."""
    made = gen.submit(FOX)
    made.result(60)
    return made


@pytest.fixture
def entry(job: Job) -> Entry:
    return entry_of(job)


def wall(entry: Entry, *, heads: bool = True) -> Wall:
    """Two rows and two columns, with a place for a take that is not there and one that is empty."""
    made = Tile("fox <b>", entry, "✓ ★★★")
    lines = [[made, Tile("heron", words="not started")], [made, None]]
    rows, columns = (["fox <i>", "heron"], ["one", "two"]) if heads else (["", ""], ["", ""])
    return Wall("salt & flat", rows, columns, lines)


@pytest.mark.parametrize("heads", [True, False])
def test_a_picture_has_a_still_of_each_take(entry, tmp_path, heads):
    """In rows and columns, as wide as they need."""
    path = wall_picture(wall(entry, heads=heads), tmp_path / "wall.png")

    with Image.open(path) as image:
        assert image.format == "PNG"
        across = 2 * 320 + 8 + 40 + (180 if heads else 0)
        assert image.width == across
        # The picture of the take, not the paper.
        corner = image.getpixel((image.width - 20 - 320 - 8 - 160, image.height // 2 - 60))
        assert corner != (23, 24, 27)


def test_a_picture_that_nobody_could_open_is_refused(entry, tmp_path):
    """Nothing is written; the advice helps."""
    tile = Tile("fox", entry)
    tall = Wall("", [""] * 400, [""], [[tile]] * 400)
    with pytest.raises(InvalidParams, match="Filter the board"):
        wall_picture(tall, tmp_path / "wall.png")
    assert list(tmp_path.glob("wall*")) == []


def test_a_page_stands_alone_and_runs_nothing(entry, tmp_path):
    """No script, no address of another place, and texts as texts."""
    html = wall_page(wall(entry), tmp_path / "wall.html").read_text("utf-8")

    assert "<script" not in html
    assert not re.search(r"https?://", html)
    assert "default-src 'none'" in html
    for text in ("salt &amp; flat", "fox &lt;i&gt;", "not started"):
        assert text in html
    assert html.count("<video") == 2
    assert html.count("data:image/jpeg;base64,") == 2
    assert "all films are in this page" in html


@pytest.mark.parametrize("films", [0, 1])
def test_a_page_says_which_films_it_lacks(entry, tmp_path, films):
    """The pictures are there all the same."""
    html = wall_page(wall(entry), tmp_path / "wall.html", films=films).read_text("utf-8")

    assert "<video" not in html
    assert html.count("<img") == 2
    assert "0 of 2 films are in this page" in html


def test_a_take_whose_file_is_gone_costs_no_other(entry, tmp_path):
    """It stands there in words, or with its picture."""
    gone = Entry("gone", path=tmp_path / "gone.mp4")
    lines = [[Tile("gone", gone, "lost"), Tile("fox", entry)]]
    html = wall_page(Wall("", [""], ["", ""], lines), tmp_path / "wall.html").read_text("utf-8")
    assert "lost" in html
    assert "<video" in html
    wall_picture(Wall("", [""], ["", ""], lines), tmp_path / "wall.png")
