"""What a user gives is read once: nothing of it is dropped, and nothing broken is paid for."""

from __future__ import annotations

import collections
import io
import itertools
import json
import os
import types
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from emulators.clips import ClipSpec, clip
from rushes import InvalidParams, RushesError, VideoGen, VideoGenParams
from support.pages import pages
from support.requests import FOX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emulators.fal import FalEmulator

LIKE = {"provider": "seedance-2.0", "mode": "reference-to-video", "prompt": "A fox like @Image1"}
FROM = {"provider": "seedance-2.0", "mode": "image-to-video", "prompt": "A fox"}
SHOTS = {"provider": "kling-3.0-standard", "mode": "text-to-video"}


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    """Two pictures of different colours."""
    paths = [tmp_path / "red.png", tmp_path / "blue.png"]
    for path in paths:
        Image.new("RGB", (400, 300), path.stem).save(path)
    return [str(path) for path in paths]


def refused(gen: VideoGen, emulator: FalEmulator, **request: Any) -> str:
    """What a request that is refused is told; nothing may have been sent."""
    with pytest.raises(InvalidParams) as caught:
        gen.submit(**request)
    assert emulator.jobs == []
    return str(caught.value)


def colours(job: Any) -> list[tuple[int, ...]]:
    """The colours of the pictures that a job refers to, in order."""
    found = []
    for path in job.params.image_references or ():
        with Image.open(path) as image:
            found.append(image.convert("RGB").getpixel((0, 0)))
    return found


RED, BLUE = (255, 0, 0), (0, 0, 255)

CONTAINERS: dict[str, Callable[[list[str]], Any]] = {
    "generator": lambda paths: (path for path in paths),
    "map": lambda paths: map(str, paths),
    "values": lambda paths: dict(enumerate(paths)).values(),
    "keys": lambda paths: dict.fromkeys(paths).keys(),
    "deque": collections.deque,
    "numpy": np.array,
    "numpy objects": lambda paths: np.array(paths, dtype=object),
    "chain": lambda paths: itertools.chain(paths[:1], paths[1:]),
    "user list": collections.UserList,
    "tuple": tuple,
}


# --- lists -----------------------------------------------------------------------------------


@pytest.mark.parametrize("container", CONTAINERS)
def test_references_in_any_container_are_sent(gen, emulator, pictures, container):
    """Every item arrives at the service, in order, whatever the items came in."""
    job = gen.submit(**LIKE, image_references=CONTAINERS[container](pictures))
    job.result()

    assert len(emulator.jobs[0].input["image_urls"]) == 2
    assert colours(job) == [RED, BLUE]


@pytest.mark.parametrize("container", CONTAINERS)
def test_references_in_any_container_are_copied(gen, pictures, container):
    """What is done to the user's files afterwards changes nothing."""
    job = gen.submit(**LIKE, image_references=CONTAINERS[container](pictures))
    for path in pictures:
        Image.new("RGB", (400, 300), "green").save(path)

    assert colours(job) == [RED, BLUE]


@pytest.mark.parametrize("container", CONTAINERS)
def test_relative_paths_mean_the_folder_of_the_call(gen, pictures, container, monkeypatch):
    """The job is sent later, perhaps by a process in another folder."""
    monkeypatch.chdir(os.path.dirname(pictures[0]))  # noqa: PTH120 - the fixture gives texts
    names = [os.path.basename(path) for path in pictures]  # noqa: PTH119 - as above

    plan = gen.plan(LIKE, image_references=CONTAINERS[container](names))

    copies = str(gen.engine.folders.inputs)
    assert len(plan.params.image_references) == 2
    assert all(path.startswith(copies) for path in plan.params.image_references)


def test_references_in_a_mapping_may_be_read_once_only(gen, emulator, pictures):
    """A mapping of parameters, of either spelling, is read as keywords are."""
    request = types.MappingProxyType(LIKE | {"imageReferences": iter(pictures)})

    gen.submit(request).result()

    assert len(emulator.jobs[0].input["image_urls"]) == 2


def test_a_mapping_is_copied(gen, pictures):
    """A request that the user changes after submitting stays as it was."""
    request = LIKE | {"image_references": list(pictures)}
    job = gen.submit(request)
    request["image_references"].clear()

    assert colours(gen.job(job.id)) == [RED, BLUE]


def test_a_params_object_may_be_made_of_an_iterator(gen, pictures):
    """It holds the items from then on."""
    params = VideoGenParams(**LIKE, image_references=iter(pictures))

    assert colours(gen.submit(params)) == [RED, BLUE]
    assert colours(gen.submit(params)) == [RED, BLUE]


def test_shots_may_come_from_a_generator(gen):
    """Scenes are read once, too, and their numbers made plain."""
    shots = ({"prompt": text, "duration_seconds": np.int64(3)} for text in ("It wakes", "It runs"))

    params, _ = gen.check(SHOTS | {"multi_prompt": shots}, backend="preview")

    assert [shot.duration_seconds for shot in params.multi_prompt] == [3, 3]


def test_a_set_of_several_has_no_order(gen, emulator, pictures):
    """The prompt counts the references, so they need an order."""
    said = refused(gen, emulator, **LIKE, image_references=set(pictures))

    assert "image_references" in said
    assert "order" in said


@pytest.mark.parametrize(
    "value", [b"bytes", {"a": "b.png"}, "red.png", range(2), 7], ids=lambda value: str(type(value))
)
def test_what_is_no_list_of_media_is_refused(gen, emulator, value):
    """Bytes and mappings are no lists, and numbers are no media."""
    assert "image_references" in refused(gen, emulator, **LIKE, image_references=value)


@pytest.mark.parametrize("name", ["image_references", "multi_prompt"])
def test_an_endless_iterator_is_refused(gen, emulator, pictures, name):
    """One item more than is allowed is enough to know."""
    item = {"image_references": pictures[0], "multi_prompt": {"prompt": "x"}}[name]
    drawn = itertools.count()

    def endless() -> Iterator[object]:
        while next(drawn) < 100_000:
            yield item

    request = LIKE if name == "image_references" else SHOTS

    said = refused(gen, emulator, **request, **{name: endless()})

    assert name in said
    assert next(drawn) < 1_100


def test_an_iterable_that_fails_is_named(gen, emulator, pictures):
    """The error names the parameter, and says what its own code raised."""

    def broken() -> Iterator[str]:
        yield pictures[0]
        msg = "the table is closed"
        raise LookupError(msg)

    with pytest.raises(InvalidParams, match=r"image_references.*the table is closed") as caught:
        gen.submit(**LIKE, image_references=broken())

    assert isinstance(caught.value.__cause__, LookupError)
    assert emulator.jobs == []


# --- rows of a table ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("duration_seconds", np.int64(4), 4),
        ("duration_seconds", np.int32(4), 4),
        ("duration_seconds", 4.0, 4),
        ("duration_seconds", np.float64(4.0), 4),
        ("duration_seconds", np.array(4), 4),
        ("seed", np.uint32(7), 7),
        ("seed", 7.0, 7),
        ("generate_audio", np.bool_(False), False),  # noqa: FBT003 - what is tested
        ("resolution", np.str_("480p"), "480p"),
    ],
)
def test_values_of_a_table_are_taken(gen, name, value, sent):
    """Numpy's scalars, and whole numbers that a column with gaps keeps as fractions."""
    params, _ = gen.check(FOX | {name: value})

    assert json.dumps(params.given()[name]) == json.dumps(sent)


@pytest.mark.parametrize("value", [4.5, np.float64(4.5), "4", True, np.bool_(True)])  # noqa: FBT003 - what is tested
def test_what_is_no_whole_number_is_refused(gen, emulator, value):
    """Nothing is rounded, and no text or truth value becomes a number."""
    assert "duration_seconds" in refused(gen, emulator, **FOX, duration_seconds=value)


@pytest.mark.parametrize("name", ["seed", "duration_seconds", "negative_prompt", "resolution"])
@pytest.mark.parametrize("value", [float("nan"), np.float64("nan"), np.datetime64("NaT")])
def test_an_empty_cell_says_what_to_do(gen, emulator, name, value):
    """NaN is how a table writes nothing; the parameter has to be left out."""
    if isinstance(value, np.datetime64):
        value = type("NaTType", (), {})()  # What pandas has for it.

    assert f"{name}: is nan" in refused(gen, emulator, **FOX, **{name: value})


# --- addresses and paths -----------------------------------------------------------------------


@pytest.mark.parametrize("written", ["{}\n", " {}", "\t{}\r\n", "\ufeff{}", "{}\u00a0"])
def test_white_space_around_an_address_is_not_sent(gen, written):
    """An address out of a file comes with the end of its line."""
    address = written.format("https://cdn.example/x.png")

    params, _ = gen.check(FROM | {"start_image_url": address})
    others, _ = gen.check(LIKE | {"image_references": [address]})

    assert params.start_image_url == "https://cdn.example/x.png"
    assert others.image_references == ("https://cdn.example/x.png",)


@pytest.mark.parametrize("written", ["{}\n", " {}"])
def test_white_space_around_a_path_is_no_part_of_it(gen, pictures, written):
    """Unless there is such a file."""
    params, _ = gen.check(FROM | {"start_image_url": written.format(pictures[0])})

    assert params.start_image_url.endswith("-red.png")


@pytest.mark.parametrize("address", ["https://cdn.example/a\nb.png", "https://cdn.example/\0.png"])
def test_an_address_with_a_line_end_inside_is_refused(gen, emulator, address):
    """It is two lines, or none that can be fetched."""
    assert "start_image_url" in refused(gen, emulator, **FROM, start_image_url=address)


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_at_once(gen, emulator, tmp_path):
    """Opening one would wait until somebody writes to it."""
    os.mkfifo(tmp_path / "pipe.png")

    said = refused(gen, emulator, **LIKE, image_references=iter([tmp_path / "pipe.png"]))

    assert "image_references[0]" in said


@pytest.mark.parametrize("path", ["/proc/self/mem", "/dev/zero", "/dev/null"])
def test_what_is_no_ordinary_file_is_refused_in_words(gen, emulator, path):
    """A file that cannot be read, or has no end, is a problem of the request."""
    if not os.path.exists(path):  # noqa: PTH110 - no path of a test's own
        pytest.skip(f"there is no {path}")
    assert "start_image_url: " in refused(gen, emulator, **FROM, start_image_url=path)


def _png(**parts: bytes) -> bytes:
    """A PNG of noise, which no compression makes small."""
    data = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    Image.fromarray(noise).save(data, "PNG", **parts)
    return data.getvalue()


def _jpeg() -> bytes:
    data = io.BytesIO()
    with Image.open(io.BytesIO(_png())) as image:
        image.save(data, "JPEG", quality=90)
    return data.getvalue()


def _flipped(data: bytes) -> bytes:
    """One byte of the pixels changed."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]


def _chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return len(content).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)


def _header(width: int, height: int) -> bytes:
    sides = width.to_bytes(4) + height.to_bytes(4)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", sides + b"\x08\x02\0\0\0")


def _noted(exif: bytes) -> bytes:
    """A PNG with a note about the camera."""
    return _header(400, 300) + _chunk(b"eXIf", exif) + _png()[33:]


def _boxes(brand: bytes) -> bytes:
    """An image in boxes, the last of which says that it is longer."""
    head = (16).to_bytes(4) + b"ftyp" + brand + bytes(4)
    return head + (1_000).to_bytes(4) + b"mdat" + bytes(20)


BROKEN: dict[str, Callable[[], bytes]] = {
    "half a JPEG": lambda: _jpeg()[: len(_jpeg()) // 2],
    "half a PNG": lambda: _png()[: len(_png()) // 2],
    "a PNG with a broken byte": lambda: _flipped(_png()),
    "a PNG without pixels": lambda: _header(0, 0) + _chunk(b"IEND", b""),
    "the beginning of a PNG": lambda: _png()[:20],
    "a PNG with broken notes": lambda: (
        _header(400, 300) + _chunk(b"eXIf", b"garbage") + _png()[33:]
    ),
    "the beginning of a GIF": lambda: b"GIF89a" + bytes(20),
    "the beginning of a WebP": lambda: b"RIFF\x24\0\0\0WEBPVP8 " + bytes(20),
    "the beginning of a TIFF": lambda: b"II*\0" + bytes(20),
    "the beginning of an AVIF": lambda: _boxes(b"avif"),
    "the beginning of a HEIC": lambda: _boxes(b"heic"),
    "the beginning of a bitmap": lambda: b"BM" + bytes(30),
}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("given", ["path", "bytes"])
def test_a_broken_picture_is_refused_before_it_is_sent(gen, emulator, tmp_path, what, given):
    """Pictures are decoded to their end; whatever goes wrong is said in words."""
    data = BROKEN[what]()
    (tmp_path / "broken.img").write_bytes(data)

    said = refused(
        gen, emulator, **FROM, start_image_url=tmp_path / "broken.img" if given == "path" else data
    )

    assert "start_image_url" in said
    assert "broken" in said or "by its content; accepted are" in said


@pytest.mark.parametrize("name", ["start_image_url", "image_references"])
def test_a_picture_of_too_many_pixels_is_too_large(gen, emulator, tmp_path, name):
    """What nobody can decode is not taken for small, and no warning of Pillow's is shown."""
    path = tmp_path / "bomb.png"
    path.write_bytes(_header(20_000, 20_000) + _chunk(b"IDAT", zlib.compress(bytes(1_000))))
    request = FROM if name == "start_image_url" else LIKE
    value = path if name == "start_image_url" else [path]

    said = refused(gen, emulator, **request, **{name: value})

    assert "20000 x 20000" in said


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_video_that_is_cut_off_is_refused_before_it_is_sent(gen, emulator, tmp_path, share):
    """Its beginning says how long it was."""
    data = clip(ClipSpec(320, 180, 4, audio=False))
    (tmp_path / "cut.mp4").write_bytes(data[: int(len(data) * share)])

    said = refused(gen, emulator, **LIKE, video_references=[tmp_path / "cut.mp4"])

    assert "video_references[0]" in said
    assert "truncated" in said


def _gradient(mode: str) -> Image.Image:
    """From black to white, in a mode of more than eight bits."""
    ramp = np.tile(np.linspace(0, 1, 400, dtype=np.float32), (300, 1))
    match mode:
        case "F":
            return Image.fromarray(ramp)
        case "I":
            return Image.fromarray((ramp * 65_535).astype(np.int32))
    return Image.fromarray((ramp * 65_535).astype(np.uint16))


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_a_picture_of_many_bits_looks_as_it_is(gen, mode):
    """White stays white, black stays black, and grey is grey."""
    image = _gradient(mode)
    assert image.mode == mode

    params, _ = gen.check(FROM | {"start_image_url": image})

    with Image.open(params.start_image_url) as sent:
        shades = [sent.convert("L").getpixel((x, 150)) for x in (0, 100, 200, 300, 399)]
    assert shades == pytest.approx([0, 64, 128, 191, 255], abs=2)


@pytest.mark.parametrize("numbers", [(-5.0, 5.0), (0.0, 1e6), (0.0, float("nan"))])
def test_a_picture_of_unknown_white_is_refused(gen, emulator, numbers):
    """Rather than sent as black or white."""
    image = Image.fromarray(np.array([numbers] * 300, dtype=np.float32)).resize((400, 300))

    assert "white level is unknown" in refused(gen, emulator, **FROM, start_image_url=image)


def test_a_half_loaded_image_object_is_refused(gen, emulator, tmp_path):
    """An image that Pillow has opened is decoded when it is copied."""
    (tmp_path / "half.jpg").write_bytes(BROKEN["half a JPEG"]())
    with Image.open(tmp_path / "half.jpg") as image:
        assert "start_image_url" in refused(gen, emulator, **FROM, start_image_url=image)


def test_an_estimate_copies_no_file(gen, pictures, monkeypatch):
    """A page asks for one with every letter of a prompt; only what is sent has to last."""
    request = FROM | {"startImageUrl": pictures[0]}

    with pages(gen, monkeypatch) as open_page:
        reply = open_page().ask("estimate", params=request)

    assert reply["value"]["problems"] == []
    assert reply["value"]["cost"] is not None
    assert list(gen.engine.folders.inputs.glob("*")) == []


# --- the library --------------------------------------------------------------------------------


@pytest.fixture
def blocked(gen: VideoGen, tmp_path: Path) -> Iterator[VideoGen]:
    """A client whose library cannot be written: a file is in its place."""
    (tmp_path / "blocked").write_text("in the way")
    home = gen.engine.folders.home
    with VideoGen("fal", library=tmp_path / "blocked", home=home) as client:
        yield client


def test_a_library_that_cannot_be_written_is_found_out_before_paying(emulator, blocked):
    """The video would have nowhere to go."""
    with pytest.raises(RushesError) as caught:
        blocked.submit(**FOX)

    assert caught.value.code == "MEDIA_ERROR"
    assert str(blocked.library) in str(caught.value)
    assert emulator.jobs == []
    assert blocked.jobs() == []


def test_the_advice_about_the_library_works(gen, blocked):
    """It is to move what is in the way, or to make a client of another library."""
    with pytest.raises(RushesError, match=r"(?s)move it.*VideoGen\(library="):
        blocked.submit(**FOX)

    assert gen.submit(**FOX).result().path.is_file()
    blocked.library.unlink()
    assert blocked.submit(**FOX).result().path.parent == blocked.library
