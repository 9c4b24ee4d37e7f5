"""Files that a page sends to the kernel piece by piece, and what it learns of them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from rushes.widgets.inputs import LARGEST


def png(width: int = 640, height: int = 360) -> bytes:
    data = io.BytesIO()
    Image.effect_noise((width, height), 80).convert("RGB").save(data, "PNG")
    return data.getvalue()


def send(page, data: bytes, *, offset: int = 0, piece: bytes | None = None, **more):
    body = {"upload": "one", "field": "image", "name": "Ein Föhn <b>.png", "size": len(data)}
    return page.ask("upload", offset=offset, data=piece, **(body | more))


def test_a_file_arrives_in_pieces(page):
    """Each answer says how much is there; the last one where the file is kept."""
    data = png()
    half = len(data) // 2

    assert send(page, data)["value"] == {"have": 0, "path": None}
    assert send(page, data, piece=data[:half])["value"] == {"have": half, "path": None}
    kept = Path(send(page, data, offset=half, piece=data[half:])["value"]["path"])

    assert kept.read_bytes() == data
    assert kept.name.endswith("-ein-fohn-b.png")
    assert kept.parent == page.studio.gen.engine.folders.inputs
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_an_interrupted_file_goes_on_where_it_stopped(page):
    """A piece that was already there, or does not follow on, changes nothing."""
    data = png()
    send(page, data, piece=data[:100])

    assert send(page, data)["value"]["have"] == 100
    assert send(page, data, offset=0, piece=data[:100])["value"]["have"] == 100
    assert send(page, data, offset=300, piece=data[300:400])["value"]["have"] == 100


def test_the_same_content_is_kept_once(page):
    """Whatever its name is."""
    data = png()
    first = send(page, data, piece=data)["value"]["path"]
    again = send(page, data, piece=data, upload="two", name="other.png")["value"]["path"]

    assert first == again


def test_a_file_of_another_kind_is_refused_by_its_content(page):
    """With what it is and what is wanted; nothing of it is left."""
    data = b"GIF89a" + bytes(64)
    reply = send(page, data, piece=data, field="videos")

    assert "is an image by its content (GIF), not a video" in reply["error"]["message"]
    assert list(page.studio.gen.engine.folders.inputs.iterdir()) == []


@pytest.mark.parametrize(("size", "words"), [(0, "empty"), (LARGEST + 1, "give its path")])
def test_a_file_that_cannot_be_sent_says_why(page, size, words):
    """Before any of it is."""
    assert words in send(page, b"", size=size)["error"]["message"]


def test_a_name_cannot_leave_the_folder(page):
    """A file's name is but a hint for the name of its copy."""
    data = png()
    kept = Path(send(page, data, piece=data, name="../../../.ssh/keys")["value"]["path"])

    assert kept.parent == page.studio.gen.engine.folders.inputs


def test_what_a_file_is_can_be_asked(page):
    """Name, size and shape, with a small picture."""
    data = png(900, 300)
    path = send(page, data, piece=data)["value"]["path"]

    reply = page.ask("look", path=path)

    assert reply["value"] == {
        "name": "ein-fohn-b.png",
        "bytes": len(data),
        "width": 900,
        "height": 300,
    }
    with Image.open(io.BytesIO(bytes(reply["buffers"][0]))) as small:
        assert (small.format, small.width) == ("JPEG", 320)


def test_a_path_that_leads_nowhere_is_said_to(page):
    """In words for the slot."""
    assert "does not exist" in page.ask("look", path="nowhere.png")["error"]["message"]


def test_a_take_lends_its_last_frame(page):
    """As an image; as a video, its file."""
    job = page.make_take()

    frame = Path(page.ask("borrow", job=job, field="image")["value"]["path"])
    video = Path(page.ask("borrow", job=job, field="videos")["value"]["path"])

    with Image.open(frame) as image:
        assert image.size == (64, 36)
    assert video.read_bytes() == page.studio.gen.job(job).finished.path.read_bytes()


def test_a_problem_of_a_list_names_its_item(page):
    """So that it stands at the slot concerned."""
    params = {
        "provider": "seedance-2.0",
        "mode": "reference-to-video",
        "prompt": "@Image2 walks",
        "imageReferences": ["https://example.com/a.png", "nowhere.png"],
    }

    (problem,) = page.ask("estimate", params=params)["value"]["problems"]

    assert (problem["parameter"], problem["index"]) == ("imageReferences", 1)
