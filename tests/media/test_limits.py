"""What is found out of local files before anything is sent."""

from __future__ import annotations

import struct

import pytest
from PIL import Image

from emulators.clips import ClipSpec, clip
from rushes.catalog.source import read_text
from rushes.contract.params import VideoGenParams
from rushes.media.limits import inspect, length_of
from support.films import film

PROVIDER = """
id = "acme"
title = "Acme"
modes = ["text-to-video", "image-to-video", "reference-to-video"]

[parameters.duration_seconds]
kind = "integer"
min = 1
max = 15
default = 5

[parameters.start_image_url]
kind = "image"
modes = ["image-to-video"]
max_megabytes = 0.002
min_side = 300
max_side = 800
max_ratio = 2.5

[parameters.video_references]
kind = "videos"
modes = ["reference-to-video"]
max_items = 3
max_megabytes = 1
min_clip_seconds = 2
max_clip_seconds = 4
max_total_seconds = 6

[parameters.image_references]
kind = "images"
modes = ["reference-to-video"]
max_items = 3
formats = ["jpg", "webp"]
help = "{formats} only."

[parameters.audio_references]
kind = "audios"
modes = ["reference-to-video"]
max_items = 3
formats = ["wav", "mp3"]

[backends.preview]
"""


@pytest.fixture
def acme():
    return read_text(PROVIDER)


def said(spec, **given) -> list[str]:
    params = VideoGenParams(provider="acme", mode="image-to-video", **given)
    return [
        f"{problem.parameter}: {problem.message}"
        for problem in inspect(spec, params, spec.media_of(params)).problems
    ]


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ((400, 400), None),
        ((299, 400), "is 299 x 400 pixels; the minimum is 300 per side"),
        ((801, 400), "the maximum is 800 per side"),
        ((800, 310), "from 1:2.5 to 2.5:1"),
    ],
)
def test_pixels_of_an_image(acme, tmp_path, size, words):
    """Named are the file, what it has and what is allowed."""
    path = tmp_path / "0a1b-fox.png"
    Image.new("L", size).save(path, optimize=True)

    found = said(acme, start_image_url=str(path))

    if words is None:
        assert found == []
    else:
        assert any(words in line and "fox.png" in line for line in found)


def test_a_turned_photograph_counts_as_it_is_shown(acme, tmp_path):
    """Cameras store pictures sideways and say so."""
    path = tmp_path / "a-b.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (500, 290)).save(path, exif=exif)

    assert any("is 290 x 500 pixels" in line for line in said(acme, start_image_url=str(path)))


def test_the_size_of_a_file(acme, tmp_path):
    """In megabytes, with what would help."""
    path = tmp_path / "0a1b-noise.png"
    Image.effect_noise((400, 400), 90).save(path)

    assert any(
        "the maximum is 0.002 MB" in line and "fit(" in line
        for line in said(acme, start_image_url=str(path))
    )


@pytest.mark.parametrize(
    ("lengths", "words"),
    [
        ((2, 3), None),
        ((1,), "the minimum is 2 s"),
        ((5,), "the maximum is 4 s"),
        ((4, 4), "they are 8.0 s long in total; the maximum is 6 s"),
    ],
)
def test_lengths_of_clips(acme, tmp_path, lengths, words):
    """Each by itself, and all together."""
    paths = []
    for index, seconds in enumerate(lengths):
        path = tmp_path / f"{index}-clip.mp4"
        path.write_bytes(clip(ClipSpec(64, 36, seconds)))
        paths.append(str(path))

    found = said(acme, video_references=paths)

    assert (found == []) if words is None else any(words in line for line in found)


def test_a_file_that_is_no_clip_is_named(acme, tmp_path):
    """With the index in the list."""
    path = tmp_path / "0-clip.mp4"
    path.write_bytes(b"nothing")

    (line,) = said(acme, video_references=[str(path)])
    assert line.startswith("video_references[0]: clip.mp4 cannot be read")


def test_links_are_left_to_the_service(acme):
    """Nobody here can see what is behind one."""
    assert said(acme, start_image_url="https://a.example/1.png") == []


# --- formats ----------------------------------------------------------------------------------


def test_formats_follow_the_providers_list(acme, tmp_path):
    """With what the file is, what is accepted, and how to convert it."""
    path = tmp_path / "0a1b-fox.png"
    Image.new("RGB", (8, 8)).save(path)
    path.with_suffix(".jpg").write_bytes(path.read_bytes())

    for each in (path, path.with_suffix(".jpg")):
        (line,) = said(acme, image_references=[str(each)])
        assert "is PNG by its content; accepted are JPEG or WebP." in line
        assert "rushes.media.fit(path) makes a JPEG" in line


def test_a_help_text_names_the_formats(acme):
    """They are written once."""
    assert acme.parameters["image_references"].help == "JPEG or WebP only."


@pytest.mark.parametrize("formats", ['["jpeg"]', '["mp4"]', '["jpg", "exe"]'])
def test_a_provider_lists_only_formats_that_exist(formats):
    """With the place in the file, and what is allowed."""
    text = PROVIDER.replace('["jpg", "webp"]', formats)
    with pytest.raises(ValueError, match=r"image_references\.formats\n.*allowed are jpg, png"):
        read_text(text)


# --- files that cannot be played to their end -------------------------------------------------


def wav(seconds: float, declared: float | None = None, rate: int = 8000) -> bytes:
    """A WAV of silence that declares a length of its own."""
    size = int(seconds * rate) * 2
    told = size if declared is None else int(declared * rate) * 2
    head = (
        b"RIFF"
        + struct.pack("<I", 36 + told)
        + b"WAVEfmt "
        + struct.pack("<IHHIIHH", 16, 1, 1, rate, rate * 2, 2, 16)
    )
    return head + b"data" + struct.pack("<I", told) + bytes(size)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (wav(3), None),
        (wav(0.6, 5), "it is truncated: it declares 80044 bytes and has 9644"),
        (wav(3)[:40], "it is truncated: it has no audio"),
        (b"RIFF\0\0\0\0WAVE" + bytes(400), "cannot be read"),
        (b"ID3\x04" + bytes(4000), "cannot be read"),
    ],
    ids=["whole", "cut", "head", "hollow", "no frames"],
)
def test_a_sound_is_played_to_its_end(acme, tmp_path, data, words):
    """A service would find out after the job is accepted."""
    path = tmp_path / "0-song.wav"
    path.write_bytes(data)

    found = said(acme, audio_references=[str(path)])

    assert (found == []) if words is None else any(words in line for line in found)


@pytest.mark.parametrize("size", [0xFFFF_FFFF, 0])
def test_a_sound_from_a_pipe_is_measured(tmp_path, size):
    """Its header was written before anybody knew its length."""
    path = tmp_path / "0-pipe.wav"
    data = bytearray(wav(3))
    data[40:44] = struct.pack("<I", size)
    path.write_bytes(bytes(data))

    assert length_of(path) == pytest.approx(3, abs=0.01)


def test_a_recording_that_declares_no_length_is_measured(tmp_path):
    """As browsers record: the end was not known at the start."""
    path = tmp_path / "0-live.webm"
    path.write_bytes(film([100] * 48, container="webm", codec="libvpx-vp9", options={"live": "1"}))

    assert length_of(path) == pytest.approx(2, abs=0.05)


def test_a_video_that_is_damaged_in_the_middle_is_refused(acme, tmp_path):
    """Its container is whole; only who decodes it finds out."""
    data = bytearray(clip(ClipSpec(320, 180, 3)))
    start = data.index(b"mdat")
    middle = (start + len(data)) // 2
    data[middle : middle + 400] = bytes(range(256))[::-1] + bytes(range(144))
    path = tmp_path / "0-clip.mp4"
    path.write_bytes(bytes(data))

    assert any("it is damaged at" in line for line in said(acme, video_references=[str(path)]))


def test_each_file_is_played_once(acme, tmp_path, monkeypatch):
    """A form checks its files with every letter of the prompt."""
    path = tmp_path / "0-clip.mp4"
    path.write_bytes(clip(ClipSpec(64, 36, 3)))
    assert said(acme, video_references=[str(path)]) == []

    monkeypatch.setattr("rushes.media.playing.probe", None)
    assert said(acme, video_references=[str(path)]) == []
