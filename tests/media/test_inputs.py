"""Inputs that last: whatever is given, a link or a file of this package's own goes on."""

from __future__ import annotations

import base64
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, strategies as st
from PIL import Image

from rushes.catalog import Catalog
from rushes.catalog.kinds import CONTRACT_KINDS, MEDIA
from rushes.contract.errors import Problem
from rushes.contract.media_errors import LibraryUnwritable
from rushes.contract.params import VideoGenParams
from rushes.io.kind import Medium, sniff
from rushes.media.inputs import freeze, freeze_all
from support.films import film, sound


def image(kind: str = "PNG", color: str = "red", **settings: object) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (8, 6), color).save(data, kind, **settings)
    return data.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "inputs"


@pytest.fixture
def png(tmp_path: Path) -> Path:
    path = tmp_path / "My Fox (1).PNG"
    path.write_bytes(image())
    return path


def medium_of(parameter: str) -> Medium:
    return MEDIA[CONTRACT_KINDS[parameter.partition("[")[0]]]


def frozen(value: object, folder: Path, parameter: str = "start_image_url") -> Path:
    result = freeze(value, medium_of(parameter), parameter=parameter, folder=folder)
    assert isinstance(result, str), result
    assert Path(result).is_absolute()
    assert Path(result).parent == folder
    return Path(result)


def refused(value: object, folder: Path, parameter: str = "start_image_url") -> str:
    result = freeze(value, medium_of(parameter), parameter=parameter, folder=folder)
    assert isinstance(result, Problem), result
    assert result.parameter == parameter
    assert not folder.exists() or list(folder.iterdir()) == []
    return result.message


# --- what can be given -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "link",
    [
        "https://cdn.example/a.png?sig=1",
        "http://127.0.0.1:8000/a.png",
        "HTTPS://CDN.example/a.png",
        "asset://approved-1",
        "runway://upload-1",
    ],
)
def test_links_stay_as_they_are(link: str, folder: Path) -> None:
    """So do the names that a service gave to what it stores; nothing is written."""
    assert freeze(link, "image", parameter="start_image_url", folder=folder) == link
    assert not folder.exists()


def test_a_path_is_copied_under_its_digest_and_name(png: Path, folder: Path) -> None:
    """The copy's name can be read, is safe, and its ending says what it is."""
    copy = frozen(str(png), folder)
    assert copy.name.endswith("-my-fox-1.png")
    assert len(copy.name.split("-")[0]) == 16
    assert copy.read_bytes() == png.read_bytes()


def test_the_copy_stays_when_the_original_changes(png: Path, folder: Path) -> None:
    """That is what it is for."""
    before = png.read_bytes()
    copy = frozen(png, folder)
    png.unlink()
    assert copy.read_bytes() == before


def test_every_spelling_of_a_file_gives_the_same_copy(
    png: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Path, text, `~`, relative, `file:` URI, bytes, data URI and the copy itself."""
    monkeypatch.setenv("HOME", str(png.parent))
    monkeypatch.setenv("USERPROFILE", str(png.parent))
    monkeypatch.chdir(png.parent)
    data = png.read_bytes()
    uri = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    spellings = [png, str(png), f"~/{png.name}", png.name, Path(png.name), png.as_uri(), data]
    spellings += [bytearray(data), memoryview(data), uri, uri.replace("png", "jpeg")]
    copies = {frozen(value, folder) for value in spellings}
    copies |= {frozen(copy, folder) for copy in list(copies)}
    assert len(copies) == 1
    assert list(folder.iterdir()) == list(copies)


def test_a_damaged_copy_is_made_again(png: Path, folder: Path) -> None:
    """A file of the right name and another size is not believed."""
    copy = frozen(png, folder)
    copy.write_bytes(b"")
    assert frozen(png, folder).read_bytes() == png.read_bytes()


def test_a_pil_image_is_kept_without_loss(folder: Path) -> None:
    """As PNG; the same picture gives the same file."""
    picture = Image.new("RGBA", (5, 4), (1, 2, 3, 4))
    copy = frozen(picture, folder)
    with Image.open(copy) as read:
        assert (read.format, read.mode, read.getpixel((0, 0))) == ("PNG", "RGBA", (1, 2, 3, 4))
    assert frozen(picture.copy(), folder) == copy


def test_a_pil_image_is_turned_as_it_is_shown(folder: Path) -> None:
    """PNG keeps no note of a camera's orientation."""
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Image.open(io.BytesIO(image("JPEG", exif=exif.tobytes())))
    with Image.open(frozen(picture, folder)) as read:
        assert read.size == (6, 8)


@pytest.mark.parametrize("mode", ["CMYK", "F", "I;16", "HSV"])
def test_pil_images_of_unusual_modes_are_converted(folder: Path, mode: str) -> None:
    """Services take plain pictures."""
    with Image.open(frozen(Image.new(mode, (4, 4)), folder)) as read:
        assert read.mode == "RGB"


@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (image("JPEG"), "jpg"),
        (image("PNG"), "png"),
        (image("WEBP"), "webp"),
        (image("GIF"), "gif"),
        (image("BMP"), "bmp"),
        (image("TIFF"), "tiff"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(20), "heic"),
    ],
)
def test_images_are_known_by_content(data: bytes, ending: str, folder: Path) -> None:
    """Whatever they are called."""
    copy = frozen(data, folder, "image_references[0]")
    assert copy.name.endswith(f"-image.{ending}")


@pytest.mark.parametrize("kind", ["mp4", "mov", "webm"])
def test_videos_are_known_by_content(kind: str, folder: Path) -> None:
    """MP4, MOV and WebM."""
    data = film([100] * 3, container=kind, codec="libvpx-vp9" if kind == "webm" else "libx264")
    assert frozen(data, folder, "video_references[0]").suffix == f".{kind}"


@pytest.mark.parametrize(
    ("container", "codec", "ending"),
    [
        ("wav", "pcm_s16le", "wav"),
        ("mp3", "libmp3lame", "mp3"),
        ("adts", "aac", "aac"),
        ("ipod", "aac", "m4a"),
        ("mp4", "aac", "m4a"),
        ("ogg", "libopus", "ogg"),
        ("flac", "flac", "flac"),
        ("webm", "libopus", "webm"),
    ],
)
def test_sounds_are_known_by_content(container: str, codec: str, ending: str, folder: Path) -> None:
    """Also in containers that usually hold videos: what is in them decides."""
    data = sound(container, codec)
    assert frozen(data, folder, "audio_references[0]").suffix == f".{ending}"


def test_an_mp3_without_a_tag_is_known(folder: Path) -> None:
    """It begins with its first frame."""
    data = sound("mp3", "libmp3lame")
    tag = 10 + (data[8] << 7) + data[9]
    assert frozen(data[tag:], folder, "audio_references[0]").suffix == ".mp3"


def test_a_take_is_a_video_reference(tmp_path: Path, folder: Path) -> None:
    """Its file is meant."""
    path = tmp_path / "take.mp4"
    path.write_bytes(film([100] * 3))
    copy = frozen(SimpleNamespace(path=path), folder, "video_references[0]")
    assert copy.read_bytes() == path.read_bytes()


def test_a_take_as_an_image_is_its_last_frame(tmp_path: Path, folder: Path) -> None:
    """So that the next take goes on from there."""
    path = tmp_path / "take.mp4"
    path.write_bytes(film([20] * 10 + [200]))
    copy = frozen(SimpleNamespace(path=path), folder)
    assert copy.name.endswith("-take-last-frame.png")
    with Image.open(copy) as read:
        assert read.size == (64, 36)
        assert read.convert("L").getpixel((30, 18)) > 180


# --- what cannot -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("no-such-file.png", "does not exist"),
        ("/no/such/file.png", "does not exist"),
        ("file:///no/such/file.png", "does not exist"),
        ("file://elsewhere/a.png", "another machine"),
        ("", "is empty"),
        ("  ", "is empty"),
        (".", "is a folder"),
        (Path(), "is a folder"),
        ("~nobody-of-that-name/a.png", "does not exist"),
        ("x" * 5000, "cannot be read|no file"),
        ("a\0b", "no file|cannot be read"),
        ("ftp://example.com/a.png", "ftp: links are not supported"),
        ("s3://bucket/a.png", "s3: links are not supported"),
        ("gs:bucket", "gs: links are not supported"),
        ("https://", "without a host"),
        ("https://[", "without a host"),
        ("data:image/png;base64,####", "damaged"),
        ("data:image/png;base64", "no comma"),
        ("data:image/png;base64,", "empty file"),
        ("data:text/plain,hello", "not an image by its content"),
        (b"", "empty file"),
        (b"hello", "not an image by its content"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image by its content"),
        (42, "a int cannot be used"),
        (["a.png"], "a list cannot be used"),
        (SimpleNamespace(path=None), "has no file"),
        (SimpleNamespace(path="/no/such/take.mp4"), "does not exist"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_bad_values_say_why(
    value: Any, reason: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A problem with the parameter's name; nothing is written, nothing is raised."""
    monkeypatch.chdir(tmp_path)
    assert re.search(reason, refused(value, folder))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_no_file(tmp_path: Path, folder: Path) -> None:
    """Reading one could take for ever."""
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in refused(tmp_path / "pipe", folder)


def test_media_of_another_kind_is_refused(folder: Path) -> None:
    """By content; the message says what it is and what is wanted."""
    video, song = film([100] * 3), sound("mp3", "libmp3lame")
    assert "is a video by its content (MP4), not an image" in refused(video, folder)
    assert "last_frame" in refused(video, folder)
    assert "is an audio file by its content" in refused(song, folder, "video_references[2]")
    assert "is an image by its content" in refused(image(), folder, "audio_references[0]")
    assert "not an audio file" in refused(video, folder, "audio_references[0]")


def test_a_take_that_is_broken_has_no_last_frame(tmp_path: Path, folder: Path) -> None:
    """The file is named."""
    (tmp_path / "take.mp4").write_bytes(b"<html>")
    message = refused(SimpleNamespace(path=tmp_path / "take.mp4"), folder)
    assert "take.mp4 is not a playable video" in message


def test_problems_show_no_bytes(folder: Path) -> None:
    """They are journaled, shown and logged."""
    secret = b"not an image " * 1000
    problem = freeze(secret, "image", parameter="start_image_url", folder=folder)
    assert problem.value == "<13000 bytes>"
    uri = "data:text/plain;base64," + base64.b64encode(secret).decode()
    assert len(freeze(uri, "image", parameter="start_image_url", folder=folder).value) <= 80


def test_a_folder_that_cannot_be_written_is_an_error_not_a_problem(png: Path, folder: Path) -> None:
    """The request is fine; the machine is not."""
    folder.parent.mkdir()
    folder.write_bytes(b"")
    with pytest.raises(LibraryUnwritable, match="RUSHES_HOME"):
        freeze(png, "image", parameter="start_image_url", folder=folder)


# --- whole requests --------------------------------------------------------------------------


@pytest.mark.parametrize("camel", [False, True])
def test_all_media_of_a_request_are_frozen_in_either_spelling(
    png: Path, folder: Path, *, camel: bool
) -> None:
    """Keys, links and everything else stay; files become absolute paths."""
    names = {
        "start_image_url": "startImageUrl",
        "end_image_url": "endImageUrl",
        "image_references": "imageReferences",
        "negative_prompt": "negativePrompt",
    }
    given_ = {
        "start_image_url": png,
        "end_image_url": None,
        "image_references": ("https://cdn.example/a.png", image(color="blue")),
        "negative_prompt": "blur",
    }
    spelled = {names[key] if camel else key: value for key, value in given_.items()}
    data, problems = freeze_all(
        {"provider": "p", "mode": "image-to-video", **spelled}, CONTRACT_KINDS, folder
    )
    assert problems == []
    assert list(data) == ["provider", "mode", *spelled]
    params = VideoGenParams.from_json(data)
    assert params.start_image_url.endswith("-my-fox-1.png")
    assert params.image_references[0] == "https://cdn.example/a.png"
    assert params.negative_prompt == "blur"
    copies = [Path(params.start_image_url), Path(params.image_references[1])]
    local = Catalog([]).local_files(params)
    assert list(local) == copies
    assert [str(path) for path in local] == [params.start_image_url, params.image_references[1]]
    assert freeze_all(data, CONTRACT_KINDS, folder) == (data, [])


def test_every_problem_of_a_request_is_told(folder: Path) -> None:
    """Each with its parameter and place; the value stays."""
    data, problems = freeze_all(
        {"startImageUrl": "/no.png", "audio_references": ["https://x.example/a.mp3", b"", 7]},
        CONTRACT_KINDS,
        folder,
    )
    assert [problem.parameter for problem in problems] == [
        "start_image_url",
        "audio_references[1]",
        "audio_references[2]",
    ]
    assert data["startImageUrl"] == "/no.png"


def test_values_of_a_wrong_shape_are_left_to_the_params(folder: Path) -> None:
    """They say what shape is wanted; keys that are no texts are theirs, too."""
    given_ = {"image_references": "a.png", 7: "x"}
    assert freeze_all(given_, CONTRACT_KINDS, folder) == (given_, [])


def test_a_file_with_a_colon_in_its_name_is_local(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When there is such a file, it is not taken for a link."""
    if sys.platform == "win32":
        pytest.skip("Windows has no such names")
    monkeypatch.chdir(tmp_path)
    Path("take:two.png").write_bytes(image())
    assert frozen("take:two.png", folder).name.endswith("-take-two.png")


@given(st.binary(max_size=64))
def test_no_bytes_make_sniffing_fail(data: bytes) -> None:
    """Any content gets an answer."""
    sniff(data)


def test_a_byte_order_mark_is_no_sound() -> None:
    """FF FE looks like the start of an MPEG frame, but its layer is not in use."""
    assert sniff("plain text".encode("utf-16-le").join([b"\xff\xfe", b""])) is None


@pytest.mark.slow
def test_processes_that_freeze_the_same_file_do_no_harm(png: Path, folder: Path) -> None:
    """One copy, and no draft."""
    code = (
        "import sys, pathlib; from rushes.media.inputs import freeze\n"
        "for _ in range(20): print(freeze(sys.argv[1], 'image', parameter='start_image_url',"
        " folder=pathlib.Path(sys.argv[2])))"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(png), str(folder)]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = {line for run in runs for line in run.communicate(timeout=60)[0].splitlines()}
    assert [run.returncode for run in runs] == [0, 0]
    assert [str(path) for path in folder.iterdir()] == list(said)


# --- kinds that a start does not say ----------------------------------------------------------


def test_a_turned_photograph_is_sent_as_it_is_shown(tmp_path: Path, folder: Path) -> None:
    """Services may ignore the camera's note, so the copy is turned and has none."""
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Image.new("RGB", (80, 60), "blue")
    picture.paste("red", (0, 0, 40, 60))
    picture.save(tmp_path / "phone.jpg", exif=exif, icc_profile=b"profile")

    with Image.open(frozen(tmp_path / "phone.jpg", folder)) as sent:
        assert (sent.format, sent.size) == ("JPEG", (60, 80))
        assert sent.getexif().get(0x0112, 1) == 1
        assert sent.info["icc_profile"] == b"profile"
        red, _, blue = sent.convert("RGB").getpixel((30, 10))
        assert red > 200
        assert blue < 50


def test_a_picture_that_is_not_turned_is_sent_as_it_is(png: Path, folder: Path) -> None:
    """To the byte."""
    assert frozen(png, folder).read_bytes() == png.read_bytes()


def test_matroska_is_not_webm(folder: Path) -> None:
    """What is in it decides, and what the copy is called."""
    data = film([100] * 3, container="matroska")
    assert frozen(data, folder, "video_references[0]").suffix == ".mkv"


@pytest.mark.parametrize("first", ["mdat", "moov", "wide", "free"])
def test_quicktime_without_a_brand_is_a_video(folder: Path, first: str) -> None:
    """Older cameras begin with the pictures."""
    options = {"movflags": "faststart"} if first == "moov" else {}
    data = film([100] * 3, container="mov", options=options)
    rest = data[int.from_bytes(data[:4]) :]
    if first == "mdat":
        rest = rest[8:] if rest[4:8] in (b"wide", b"free") else rest
    elif first in ("wide", "free"):
        rest = (8).to_bytes(4) + first.encode() + rest
    assert rest[4:8] == first.encode()
    assert frozen(rest, folder, "video_references[0]").suffix == ".mov"


@pytest.mark.parametrize("text", ["carefree people", "rewide", "on the\0free", "    mdatx"[:4]])
def test_a_text_with_the_name_of_a_box_is_no_video(folder: Path, text: str) -> None:
    """Letters stand where the box's size would be."""
    assert "is not a video" in refused(text.encode() + b" " * 64, folder, "video_references[0]")


@pytest.mark.parametrize("container", ["mp4", "mov"])
def test_a_song_with_a_cover_is_a_sound_in_any_container(folder: Path, container: str) -> None:
    """A cover is no video track."""
    data = sound(container, "aac", cover=container != "mov")
    assert frozen(data, folder, "audio_references[0]").suffix == ".m4a"


def test_a_recording_without_pictures_is_no_video(folder: Path) -> None:
    """Whatever its container; the message says what it has."""
    message = refused(sound("mp4", "aac"), folder, "video_references[0]")
    assert message.startswith("has audio but no video track")


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"RF64", "RF64 WAV"),
        (b"FORM\0\0\0\0AIFF", "AIFF"),
        (b"caff", "CAF"),
        (b"RIFF\0\0\0\0AVI ", "AVI"),
        (b"II+\0", "BigTIFF"),
        (b"\0\0\0\x0cjP  ", "JPEG 2000"),
        (b"\xff\x0a", "JPEG XL"),
        (b"8BPS", "a Photoshop document"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<!DOCTYPE html>", "a web page"),
        (b"%PDF-1.7", "a PDF"),
        (b"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer"),
    ],
)
def test_a_format_that_is_not_read_is_named(folder: Path, start: bytes, name: str) -> None:
    """So that the user knows what to convert."""
    assert f"by its content, but {name}" in refused(start + bytes(200), folder)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_grey_of_sixteen_bits_is_sent_as_it_is_shown(
    tmp_path: Path, folder: Path, kind: str
) -> None:
    """Readers that clip such values would see a white picture."""
    path = tmp_path / "depth"
    Image.new("I;16", (80, 60), 32_768).save(path, kind)

    with Image.open(frozen(path, folder)) as sent:
        assert (sent.format, sent.mode, sent.size) == ("PNG", "RGB", (80, 60))
        assert sent.getpixel((3, 3)) == (128, 128, 128)
