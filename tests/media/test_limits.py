"""What is found out of local files before anything is sent."""

from __future__ import annotations

import pytest
from PIL import Image

from emulators.clips import ClipSpec, clip
from rushes.catalog.source import read_text
from rushes.contract.params import VideoGenParams
from rushes.media.limits import inspect

PROVIDER = """
id = "acme"
title = "Acme"

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

[backends.preview]
"""


@pytest.fixture
def acme():
    return read_text(PROVIDER)


def said(spec, **given) -> list[str]:
    params = VideoGenParams(provider="acme", mode="image-to-video", **given)
    return [f"{problem.parameter}: {problem.message}" for problem in inspect(spec, params).problems]


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
