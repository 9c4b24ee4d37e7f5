"""A file works under any name, everywhere, or one clear sentence says why not."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

import rushes
from rushes import MediaError, VideoGen
from rushes.comparison import frames, page, side_by_side
from rushes.contract.errors import JournalError
from rushes.media.inputs import freeze
from rushes.widgets.inputs import look
from support.films import film

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no such names")

BAD = os.fsdecode(b"bad\xff.mp4")

NAMES = [
    "take2:fox.mp4",
    "https:fox.mp4",
    "data:fox.mp4",
    "file:fox.mp4",
    "asset:fox.mp4",
    "concat:a|b.mp4",
    "pipe:1",
    "~fox.mp4",
    "~",
    BAD,
    "-rf.mp4",
    "line\nbreak.mp4",
    "\x1b[31mred.mp4",
    "%03d.mp4",
    "%s{0}.mp4",
    "a" * 240 + ".mp4",
    "\N{FOX FACE}.mp4",
    "\u202efox.mp4",
    "e\u0301.mp4",
    " fox.mp4 ",
    "q?x=1#f.mp4",
    "a%20b.mp4",
    "<b>&amp;'\".mp4",
    "back\\slash.mp4",
    "glob*[1].mp4",
    "fox",
    "..mp4",
]

LIBRARIES = ["take2:lib", "~lib", "-%03d\n\N{FOX FACE}", "http:lib"]


@pytest.fixture(scope="module")
def clip() -> bytes:
    return film([60, 120, 180] * 4)


@pytest.fixture
def place(tmp_path: Path, clip: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a plain file."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    Path("plain.mp4").write_bytes(clip)
    return folder


def sendable(value: Any) -> None:
    """Check that a page or a notebook can hold a value: JSON in UTF-8."""
    json.dumps(value, ensure_ascii=False, default=str).encode()


def shown(path: str) -> None:
    widget = rushes.compare(path, "plain.mp4")
    bundle = widget._repr_mimebundle_()
    sendable(bundle)
    sendable(widget.get_state())
    html = (bundle[0] if isinstance(bundle, tuple) else bundle)["text/html"]
    assert html.count("<video") == 2
    widget.close()


WAYS: dict[str, Callable[[str, Path], object]] = {
    "send": lambda name, home: freeze(name, "video", parameter="v", folder=home),
    "send a Path": lambda name, home: freeze(Path(name), "video", parameter="v", folder=home),
    "look": lambda name, _: sendable(look(name)[0]),
    "fit": lambda name, _: rushes.media.fit(name, seconds=0.1),
    "fit to": lambda name, _: rushes.media.fit("plain.mp4", f"{name[:200]}.fit.mp4", seconds=0.1),
    "compare": lambda name, _: shown(name),
    "frames": lambda name, _: frames([name, "plain.mp4"], "frames.png"),
    "page": lambda name, _: page([name, "plain.mp4"], "page.html"),
    "film": lambda name, _: side_by_side([name, "plain.mp4"], "film.mp4"),
    "frames to": lambda name, _: frames(["plain.mp4", "plain.mp4"], f"{name[:200]}.png"),
}


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_file_of_any_name_works_everywhere(tmp_path, clip, name):
    """Going in and coming out."""
    Path(name).write_bytes(clip)
    found = {}
    for way, run in WAYS.items():
        result = run(name, tmp_path / "inputs")
        found[way] = "fine" if result is None or Path(str(result)).is_file() else result
    assert found == dict.fromkeys(WAYS, "fine")


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("name", [*NAMES[:9], BAD, "@Image1", "line\nbreak"], ids=ascii)
def test_an_image_of_any_name_can_be_planned(tmp_path, name):
    """Its plan can be shown, its estimate, too."""
    data = io.BytesIO()
    Image.new("RGB", (400, 300)).save(data, "PNG")
    Path(name).write_bytes(data.getvalue())
    request = {
        "provider": "kling-3.0-standard",
        "mode": "image-to-video",
        "prompt": "A fox",
        "start_image_url": name,
    }
    with VideoGen(backend="preview", home=tmp_path / "home", library=tmp_path / "media") as gen:
        str(gen.plan(request)).encode()
        gen.estimate(request)


@pytest.mark.slow
@pytest.mark.parametrize("name", LIBRARIES, ids=ascii)
def test_a_library_of_any_name_works(tmp_path, name):
    """Video, poster, sidecar, and what a cell and a page show of them."""
    folders = {"home": tmp_path / "home", "library": tmp_path / name}
    with VideoGen(backend="preview", **folders) as gen:
        request = {"provider": "kling-3.0-standard", "prompt": "A fox", "duration_seconds": 3}
        result = gen.submit(request).result(60)
        assert result.path.parent == tmp_path / name
        assert result.poster_path.is_file()
        sendable(result._repr_mimebundle_())
        studio = rushes.Studio(gen)
        sendable(studio.get_state())
        studio.close()


@pytest.mark.parametrize("which", ["library", "home"])
def test_a_folder_whose_name_is_not_text_is_refused(tmp_path, which):
    """The journal could not record it; the message says what to do."""
    folders = {"home": tmp_path / "home", "library": tmp_path / "media"}
    folders[which] = tmp_path / os.fsdecode(b"bad\xff")
    with pytest.raises((MediaError, JournalError), match="not valid Unicode"):
        VideoGen(backend="preview", **folders)


@pytest.mark.usefixtures("place")
def test_a_take_that_is_gone_costs_no_display(clip):
    """A comparison shows the others, and says of this one what is wrong."""
    Path("other.mp4").write_bytes(clip)
    widget = rushes.compare("plain.mp4", "other.mp4")
    Path("other.mp4").write_bytes(b"<html>")

    bundle = widget._repr_mimebundle_()

    html = (bundle[0] if isinstance(bundle, tuple) else bundle)["text/html"]
    assert html.count("<video") == 1
    assert re.search("other.mp4.*a web page", html)
    Path("other.mp4").unlink()
    assert "does not exist" in str(widget._repr_mimebundle_())
    widget.close()


@pytest.mark.usefixtures("place")
def test_a_recording_without_a_length_can_be_compared():
    """Its length is measured."""
    data = film([60, 120] * 12, container="webm", codec="libvpx-vp9", options={"live": "1"})
    Path("live.webm").write_bytes(data)
    shown("live.webm")
