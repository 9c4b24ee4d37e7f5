"""A page of takes needs nothing but itself, and shows every text as text."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from rushes.comparison import entries, page
from rushes.contract.errors import InvalidParams, MediaError
from rushes.contract.params import Shot, VideoGenParams
from support.numbered import Numbered, numbered

if TYPE_CHECKING:
    from pathlib import Path


HOSTILE = """</script></style><img src=x onerror="alert(1)"> & 'quote' "quote" -->"""

SIZE = (320, 180)


class Parsed(HTMLParser):
    """Elements, attributes and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "input", "path"}:
            self._inside.append(tag)

    def handle_endtag(self, tag):
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass

    def handle_data(self, data):
        if self._inside:
            self.texts.setdefault(self._inside[-1], []).append(data)

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def takes(tmp_path: Path) -> list[Numbered]:
    return [
        numbered(tmp_path, 0, rate=24, count=24, size=SIZE, tone=440),
        numbered(tmp_path, 1, rate=30, count=60, size=SIZE),
        numbered(tmp_path, 2, suffix="webm", codec="libvpx", size=SIZE),
    ]


def parsed(path: Path) -> Parsed:
    return Parsed(path.read_text("utf-8"))


def request(**values: object) -> VideoGenParams:
    return VideoGenParams(provider="kling-3.0-standard", mode="text-to-video", **values)


def test_a_page_holds_its_videos(takes, tmp_path):
    """Byte for byte, and of the kind that each one is."""
    found = parsed(page([take.entry for take in takes], tmp_path / "page.html"))

    sources = [video["src"].partition(",") for video in found.attributes("video")]
    assert [head for head, _, _ in sources] == [
        "data:video/mp4;base64",
        "data:video/mp4;base64",
        "data:video/webm;base64",
    ]
    assert [base64.b64decode(data, validate=True) for _, _, data in sources] == [
        take.path.read_bytes() for take in takes
    ]


def test_a_page_refers_to_nothing_else(takes, tmp_path):
    """There is no link, no address and no file that it would load."""
    found = parsed(page([take.entry for take in takes], tmp_path / "page.html"))

    values = [
        value
        for tag, attributes in found.elements
        for name, value in attributes.items()
        if name in {"src", "href", "action", "poster", "srcset"} and tag != "video"
    ]
    assert values == []
    assert not re.search(r"https?:|url\(|@import", "".join(found.texts["style"]))
    assert not re.search(r"https?:|\bimport\b|fetch|eval", "".join(found.texts["script"]))


def test_only_its_own_script_and_style_may_run(takes, tmp_path):
    """The policy names both by their digests, lets videos be data, and nothing more."""
    found = parsed(page([take.entry for take in takes], tmp_path / "page.html"))

    [policy] = [
        meta["content"]
        for meta in found.attributes("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    ]

    def digest(tag: str) -> str:
        text = "".join(found.texts[tag]).encode()
        return f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'"

    assert policy.split("; ") == [
        "default-src 'none'",
        "media-src data:",
        f"style-src {digest('style')}",
        f"script-src {digest('script')}",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_hostile_texts_are_texts(takes, tmp_path):
    """Labels, prompts and values bring in no element and no attribute."""
    mild = [
        replace(take.entry, params=request(prompt=name, negative_prompt=name))
        for take, name in zip(takes, "abc", strict=True)
    ]
    wild = [
        replace(
            entry,
            label=f"{HOSTILE}{number}",
            params=request(prompt=f"{HOSTILE}{number}", negative_prompt=HOSTILE * (number + 1)),
        )
        for number, entry in enumerate(mild)
    ]

    tame = parsed(page(mild, tmp_path / "mild.html"))
    found = parsed(page(wild, tmp_path / "wild.html"))

    assert [(tag, set(names)) for tag, names in found.elements] == [
        (tag, set(names)) for tag, names in tame.elements
    ]
    assert not any(name.startswith("on") for _, names in found.elements for name in names)
    assert [video["aria-label"] for video in found.attributes("video")] == [
        f"{HOSTILE}{number}" for number in range(3)
    ]
    assert f"{HOSTILE}2" in found.texts["td"]


def test_a_page_tells_what_differs_and_no_more(takes, tmp_path):
    """A row for each parameter that is not the same in all requests."""
    pair = [
        replace(takes[0].entry, params=request(prompt="A fox", cfg_scale=0.5, camera_fixed=True)),
        replace(takes[1].entry, params=request(prompt="A fox", cfg_scale=0.7)),
    ]

    found = parsed(page(pair, tmp_path / "page.html"))

    rows = [text for text in found.texts["th"] if not text.startswith("take")]
    assert rows == ["camera fixed", "cfg scale"]
    assert found.texts["td"] == ["yes", "\N{EN DASH}", "0.5", "0.7"]
    assert "A fox" in found.texts["p"]


def test_a_page_without_differences_has_no_table(takes, tmp_path):
    """Nothing is said where nothing is known."""
    assert parsed(page([take.entry for take in takes], tmp_path / "p.html")).attributes("td") == []


def test_a_page_gives_nothing_away(takes, tmp_path):
    """Of links and paths only the file's name is told, and nothing of the caller's records."""
    secret = request(
        start_image_url="https://example.com/in/fox.png?X-Signature=confidential",
        image_references=("/private/folder/den.png", "data:image/png;base64,confidential"),
        client_ref="confidential",
        multi_prompt=(Shot(prompt="Snow", duration_seconds=3),),
    )
    pair = [replace(takes[0].entry, params=secret), takes[1].entry]

    text = page(pair, tmp_path / "page.html").read_text("utf-8")

    assert "confidential" not in text
    assert "/private" not in text
    assert "<td>fox.png</td>" in text
    assert "<td>den.png\nan embedded file</td>" in text
    assert "<td>Snow (3 s)</td>" in text


def test_videos_that_are_too_large_are_named(takes, tmp_path):
    """The error says how large each is, how much a page holds, and what else could be done."""
    with pytest.raises(MediaError, match=r"at most 0\.0 MB \(take 0 .*raise `limit`.*side_by_side"):
        page([take.entry for take in takes], tmp_path / "page.html", limit=1000)
    assert not (tmp_path / "page.html").exists()


def test_what_cannot_be_written_is_named(takes, tmp_path):
    """The error names the page, and no draft is left."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MediaError, match=r"page\.html cannot be written"):
        page([takes[0].entry, takes[1].entry], tmp_path / "file" / "page.html")
    with pytest.raises(InvalidParams, match="is a folder"):
        page([takes[0].entry, takes[1].entry], tmp_path)


def test_a_file_that_is_no_video_is_refused(takes, tmp_path):
    """A page never embeds what it cannot play."""
    (tmp_path / "text.mp4").write_text("<html>")
    with pytest.raises(MediaError, match="not a playable video"):
        page(entries([takes[0].path, tmp_path / "text.mp4"]), tmp_path / "page.html")
