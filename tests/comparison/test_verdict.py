"""The pages of a bake-off need nothing but themselves, and give away what they should alone."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING

import pytest

from comparison.test_document import HOSTILE, Parsed
from rushes.contract.errors import InvalidParams, MediaError

if TYPE_CHECKING:
    from pathlib import Path

    from rushes import VideoGen
    from rushes.explore.bakeoff import BakeOff

PROVIDERS = ["kling-3.0-standard", "seedance-2.0"]


@pytest.fixture
def bake(gen: VideoGen) -> BakeOff:
    bake = gen.bakeoff([HOSTILE, "A hare"], providers=PROVIDERS, name="two", duration_seconds=4)
    bake.run().wait(60)
    return bake


def parsed(path: Path) -> Parsed:
    return Parsed(path.read_text("utf-8"))


def test_a_page_for_colleagues_holds_every_film_once(bake, tmp_path):
    """Byte for byte, in base64, in elements that nothing runs."""
    page = bake.page(tmp_path / "vote.html").read_text("utf-8")

    films = re.findall(
        r'<script type="text/plain" id="film-(\d)" data-type="video/mp4">(.*?)</', page
    )
    assert [number for number, _ in films] == ["0", "1", "2", "3"]
    assert {base64.b64decode(film) for _, film in films} == {
        job.result().path.read_bytes() for job in bake.jobs
    }


def test_a_page_for_colleagues_says_nothing_of_makers(bake, tmp_path):
    """Neither names nor paths nor prices."""
    page = bake.page(tmp_path / "vote.html").read_text("utf-8")
    outside = re.sub(r'<script type="text/plain".*?</script>', "", page)
    for word in ("kling", "seedance", "fal", str(tmp_path), "$", "1280"):
        data = re.search(r'id="asked">(.*?)</script>', outside)[1]
        assert word not in data.lower(), word
    assert "kling" not in outside.lower()
    assert "seedance" not in outside.lower()


def test_a_page_for_colleagues_shows_texts_as_texts(bake, tmp_path):
    """A prompt cannot end the element that it is in."""
    found = parsed(bake.page(tmp_path / "vote.html"))

    scripts = found.attributes("script")
    assert [each.get("type") for each in scripts] == [
        "application/json",
        *["text/plain"] * 4,
        "module",
    ]
    assert found.attributes("img") == []
    asked = json.loads(next(text for text in found.texts["script"] if text.startswith("{")))
    assert HOSTILE in asked["prompts"]


def test_a_page_that_is_too_large_is_refused(bake, tmp_path):
    """With how large it would be, and nothing is written."""
    with pytest.raises(MediaError, match=r"at most 0\.0 MB"):
        bake.page(tmp_path / "vote.html", limit=1000)
    assert list(tmp_path.glob("*.html")) == []


def test_a_page_without_pairs_is_refused(gen, tmp_path):
    """There is nothing to vote on before the takes are made."""
    bake = gen.bakeoff(["A fox"], providers=PROVIDERS, name="one", duration_seconds=4)
    with pytest.raises(InvalidParams, match="run it"):
        bake.page(tmp_path / "vote.html")


def test_a_report_has_all_that_was_asked_made_and_voted(bake, tmp_path):
    """Settings, takes, votes, money and results; every text as text."""
    pair = bake.next_pair("Anna")
    bake.add_vote(pair, prompt="left", looks="tie", voter="Anna")

    found = parsed(bake.report(tmp_path / "report.html"))

    words = " ".join(text for texts in found.texts.values() for text in texts)
    for job in bake.jobs:
        assert job.id in words
        assert str(job.cost) in words
    for expected in (HOSTILE, "Anna", "Kling 3.0 standard", '"durationSeconds": 4', "Jackknife"):
        assert expected.lower() in words.lower()
    assert found.attributes("script") == []
    assert found.attributes("img") == []
    values = [value or "" for _, attributes in found.elements for value in attributes.values()]
    assert not any(
        re.match(r"https?:|javascript:", value) for value in values if "w3.org" not in value
    )


def test_a_report_has_no_signature_and_no_path(gen, tmp_path):
    """Links of inputs may be secret behind the question mark."""
    link = "https://example.com/fox.png?sig=s3cret"
    bake = gen.bakeoff(
        ["A fox"],
        providers=PROVIDERS,
        name="one",
        duration_seconds=4,
        mode="image-to-video",
        start_image_url=link,
    )
    bake.run().wait(60)

    text = bake.report(tmp_path / "report.html").read_text("utf-8")

    assert "https://example.com/fox.png" in text
    assert "s3cret" not in text
    assert str(tmp_path) not in text
