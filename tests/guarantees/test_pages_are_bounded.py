"""A page can write what is its own, and fills neither the disk nor the kernel."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from rushes.contract.errors import InvalidParams
from rushes.widgets import inputs, messages
from rushes.widgets.compare import answers
from rushes.widgets.inputs import DRAFT, Inputs, look
from support.requests import FOX
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.pages import Page


@pytest.fixture
def page(show: Callable[..., Page]) -> Page:
    return show()


def write(page: Page, **state: object) -> None:
    """Write traits, as a page does."""
    data = {"method": "update", "state": state, "buffer_paths": []}
    page._comm.handle_msg({"content": {"data": data}, "buffers": []})


# --- traits -------------------------------------------------------------------------------------


def test_a_page_writes_its_own_traits_alone(page):
    """Whatever else is shared with it, also what the widget libraries add, stays the kernel's."""
    before = {name: getattr(page.studio, name) for name in page.studio.keys}
    others = [name for name in before if name not in messages.WRITTEN]
    assert {"_esm", "_takes", "_view_module", "_dom_classes", "layout"} <= set(others)

    for name in others:
        write(page, **{name: "other" if isinstance(before[name], str) else ["other"]})

    assert {name: getattr(page.studio, name) for name in page.studio.keys} == before


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize("values", [{"seed": float("nan")}, {"seed": float("inf")}, nested(900)])
def test_what_is_no_json_is_not_kept(page, caplog, values):
    """It would be sent to every later page and saved with the notebook."""
    before = page.studio._settings

    write(page, _settings=dict(before) | {"values": values})

    assert page.studio._settings == before
    assert "Traceback" not in caplog.text


def test_another_studio_opens_whatever_a_page_wrote(page, show):
    """What a page selects is checked where it is written, so nothing odd is taken over."""
    write(page, _selected=[{}])
    write(page, _selected=["nothing", "nothing"])

    assert show().studio.selected == ()


HALF = "\ud800"
"""Half of an emoji, as JavaScript may cut it."""

ODD: list[tuple[str, dict[str, Any]]] = [
    ("submit", {"key": HALF, "params": FOX}),
    ("submit", {"key": "a\0b", "params": FOX}),
    ("submit", {"key": "../../x", "params": FOX}),
    ("submit", {"key": "k", "params": FOX | {"prompt": HALF}}),
    ("submit", {"key": "k", "params": FOX | {HALF: 1}}),
    ("submit", {"key": "k", "params": {}}),
    ("submit", {"key": "k", "params": {"provider": []}}),
    ("submit", {"key": "k", "params": {"provider": {"a": 1}, "mode": 3}}),
    ("submit", {"key": "k", "params": FOX | {"seed": 10**400}}),
    ("submit", {"key": "k", "params": FOX | {"startImageUrl": {"a": 1}}}),
    ("submit", {"key": "k", "params": FOX | {"startImageUrl": HALF}}),
    ("submit", {"key": "k", "params": FOX | {"startImageUrl": "a\0b"}}),
    ("submit", {"key": "k", "params": FOX | {"imageReferences": {"a": 1}}}),
    ("submit", {"key": "k", "params": FOX | {"imageReferences": [[["x"]]]}}),
    ("estimate", {"params": {"provider": HALF}}),
    ("estimate", {"params": FOX | {"durationSeconds": float("nan")}}),
    ("estimate", {"params": nested(900)}),
    *[("look", {"path": path}) for path in (HALF, "a\0b", "", "~", "/dev/zero", "~nobody9/x")],
    ("cancel", {"job": HALF}),
    ("decide", {"job": HALF, "action": "resolve", "remoteId": HALF}),
    ("media", {"job": "../x", "part": "video"}),
    ("locate", {"job": HALF}),
    ("hide", {"job": HALF, "hidden": True}),
    ("retry", {"job": HALF, "key": "k"}),
    ("borrow", {"job": "x", "field": HALF}),
    ("upload", {"upload": HALF, "field": "image", "name": HALF, "size": 5, "offset": 0}),
    ("vote", {"key": HALF, "question": "looks", "left": "a", "right": "b", "choice": "tie"}),
    ("export", {"what": "page", "jobs": [HALF, "x"]}),
    ("standings", {"jobs": [HALF]}),
]


def test_whatever_a_page_sends_is_answered_in_words(page, caplog):
    """Texts that nothing can write down, names that lead elsewhere, values of other types."""
    for kind, body in ODD:
        reply = page.ask(kind, **body)

        assert "inside rushes" not in str(reply), (kind, body)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


# --- files --------------------------------------------------------------------------------------


@pytest.fixture
def received(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inputs:
    """Room for three pieces of files that do not come to their end."""
    monkeypatch.setattr(inputs, "MOST_BYTES", 300)
    return Inputs(tmp_path / "inputs")


def bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_files_that_do_not_end_are_bounded_in_sum(received, tmp_path):
    """The oldest is forgotten, and the page sends it again from its beginning."""
    for number in range(20):
        received.receive(f"file {number}", offset=0, size=1000, data=bytes(100))

    assert bytes_in(tmp_path / "inputs") == 300
    assert received.receive("file 19", offset=100, size=1000, data=b"") == 100
    assert received.receive("file 0", offset=100, size=1000, data=b"") == 0


def test_a_file_that_grows_is_never_its_own_victim(received, tmp_path):
    """A single file may be larger than what all others may be together."""
    received.receive("other", offset=0, size=1000, data=bytes(100))
    for offset in range(0, 1000, 100):
        have = received.receive("large", offset=offset, size=1000, data=bytes(100))

    assert have == 1000
    assert bytes_in(tmp_path / "inputs") == 1000


def test_asking_makes_no_files(received, tmp_path):
    """A page that only asks how much is there leaves nothing."""
    for number in range(50):
        assert received.receive(f"file {number}", offset=0, size=9, data=b"") == 0

    assert list(tmp_path.rglob(f"{DRAFT}*")) == []


def test_so_many_files_at_once(received, tmp_path, monkeypatch):
    """Small ones are bounded by their number."""
    monkeypatch.setattr(inputs, "MOST_DRAFTS", 5)

    for number in range(20):
        received.receive(f"file {number}", offset=0, size=1000, data=b"x")

    assert len(list(tmp_path.rglob(f"{DRAFT}*"))) == 5


def test_a_disk_that_takes_nothing_is_said_in_words(tmp_path):
    """With what to do instead."""
    from rushes.contract.media_errors import LibraryUnwritable  # noqa: PLC0415 - here only

    (tmp_path / "inputs").write_text("in the way")

    with pytest.raises(LibraryUnwritable, match="give the file's path"):
        Inputs(tmp_path / "inputs").receive("a", offset=0, size=9, data=b"x")


# --- thumbnails ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16", "I", "CMYK"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_thumbnail_is_small_and_its_picture_measured(tmp_path, mode, orientation):
    """Whatever its mode is, and as it is displayed."""
    kind = {"I": "tif", "CMYK": "jpg"}.get(mode, "png")
    path = tmp_path / f"picture.{kind}"
    image = Image.new(mode, (1200, 600))
    exif = image.getexif()
    exif[0x0112] = orientation
    image.save(path, exif=exif)

    facts, small = look(str(path))

    turned = orientation == 6
    assert (facts["width"], facts["height"]) == ((600, 1200) if turned else (1200, 600))
    with Image.open(io.BytesIO(small)) as shown:
        assert shown.size == ((160, 320) if turned else (320, 160))


# --- exports ------------------------------------------------------------------------------------


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Exports that take as long as the test wants."""
    go = threading.Event()
    monkeypatch.setattr(answers.CompareAnswers, "_write", lambda *_: go.wait(60))
    yield go
    go.set()
    until(lambda: not [each for each in threading.enumerate() if each.name == "rushes-export"])


@pytest.mark.usefixtures("held")
def test_exports_wait_in_a_short_line():
    """Each takes all processors and a thread, whichever page asks; the page is told to wait."""
    sent: list[dict[str, Any]] = []
    for number in range(30):
        page = answers.CompareAnswers(None, "epoch", lambda content, _=None: sent.append(content))
        page.receive({"kind": "export", "id": f"e{number}", "what": "frames", "jobs": []})

    threads = [each for each in threading.enumerate() if each.name == "rushes-export"]
    refused = [message["id"] for message in sent if message.get("ok") is False]
    assert len(threads) == answers.MOST_EXPORTS
    assert refused == [f"e{number}" for number in range(answers.MOST_EXPORTS, 30)]


def test_a_film_of_days_is_refused(tmp_path):
    """Offsets may lie far apart; the film would fill the disk, and could not be stopped."""
    from emulators.clips import ClipSpec, clip  # noqa: PLC0415 - here only
    from rushes.comparison import side_by_side  # noqa: PLC0415 - brings the decoder

    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(clip(ClipSpec(64, 64, 1)))

    with pytest.raises(InvalidParams, match=r"minutes long.*`start` to `end`"):
        side_by_side(
            [tmp_path / "a.mp4", tmp_path / "b.mp4"],
            tmp_path / "film.mp4",
            offsets=[-86_400.0, 0.0],
        )
    assert not (tmp_path / "film.mp4").exists()
