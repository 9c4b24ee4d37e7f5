"""Files in the objects of a request are inputs like any others."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from emulators.runway import RUNWAY_KEY, RunwayEmulator, RunwaySettings
from reliability.asking import at_rest
from rushes import InvalidParams, JobState, VideoGen
from rushes.backends.runway import RunwayBackend
from support.services import SWIFT
from support.timings import QUICK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rushes import Job

LINK = "https://media.example/night.png"
SIGNED = f"{LINK}?signature=abc"


@pytest.fixture
def runway() -> Iterator[RunwayEmulator]:
    with RunwayEmulator(RunwaySettings(run_seconds=(0.1, 0.1))) as running:
        yield running


@pytest.fixture
def gen(runway: RunwayEmulator, tmp_path: Path) -> Iterator[VideoGen]:
    with ExitStack() as stack:
        backend = RunwayBackend(RUNWAY_KEY, url=runway.base_url, limits=SWIFT)
        opened = VideoGen(backend, library=tmp_path / "media", timing=QUICK, timeout=60.0)
        stack.callback(opened.close)
        yield opened


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "night.png"
    Image.new("RGB", (640, 360), (10, 20, 60)).save(path)
    return path


def edit(*keyframes: dict[str, Any]) -> dict[str, Any]:
    """A request to Aleph 2 with keyframes."""
    video = "https://media.example/harbour.mp4"
    return {"provider": "aleph-2", "video_url": video, "keyframes": list(keyframes)}


def done(gen: VideoGen, job: Job) -> Job:
    at_rest(gen, job)
    assert job.state is JobState.COMPLETED, job.error
    return job


def test_a_keyframe_is_uploaded_under_the_names_of_the_service(gen, runway, picture):
    """A file, an image in memory and a link, each with its time."""
    job = done(
        gen,
        gen.submit(
            edit(
                {"image": picture, "seconds": 1.5},
                {"image": Image.new("RGB", (640, 360)), "part": 0.5},
                {"image": LINK, "seconds": 4, "from_seconds": 3, "to_seconds": 5},
            )
        ),
    )

    first, second, third = runway.jobs[-1].input["keyframes"]
    assert runway.uploads[first["uri"]].data == picture.read_bytes()
    assert second["uri"].startswith("runway://")
    assert (first["seconds"], second["at"]) == (1.5, 0.5)
    assert third == {"uri": LINK, "seconds": 4, "range": {"start_seconds": 3, "end_seconds": 5}}
    assert [row["seconds"] for row in job.params.keyframes if "seconds" in row] == [1.5, 4]


def test_a_keyframe_that_is_a_take_is_the_parent(gen, runway):
    """Its last frame is what is uploaded."""
    made = done(gen, gen.submit(provider="seedance-2.0", prompt="A fox", duration_seconds=5))
    job = done(gen, gen.submit(edit({"image": made, "seconds": 1})))

    assert job.parent == made.id
    assert runway.uploads[runway.jobs[-1].input["keyframes"][0]["uri"]].data[:4] == b"\x89PNG"


def test_a_keyframe_means_the_same_after_its_file_has_changed(gen, runway, picture):
    """It is copied when the request is planned."""
    plan = gen.plan(edit({"image": picture, "seconds": 1}))
    before = picture.read_bytes()
    picture.write_bytes(b"something else")
    done(gen, gen.submit(plan))

    sent = runway.jobs[-1].input["keyframes"][0]["uri"]
    assert runway.uploads[sent].data == before


def test_a_request_with_the_same_keyframes_is_made_once(gen, runway, picture, tmp_path):
    """By the content of the files, and the times."""
    other = tmp_path / "copy.png"
    other.write_bytes(picture.read_bytes())
    first = done(gen, gen.submit(edit({"image": picture, "seconds": 1}), once=True))
    again = gen.submit(edit({"image": other, "seconds": 1}), once=True)
    later = done(gen, gen.submit(edit({"image": other, "seconds": 2}), once=True))

    assert again.id == first.id
    assert later.id != first.id
    assert len(runway.jobs) == 2


def test_a_signature_in_the_link_of_a_keyframe_stays_out_of_the_sidecar(gen):
    """As with every other link."""
    job = done(gen, gen.submit(edit({"image": SIGNED, "seconds": 1})))

    text = next(job.path.parent.glob("*.json")).read_text("utf-8")
    assert "signature" not in text
    assert json.loads(text)["params"]["keyframes"] == [{"image": LINK, "seconds": 1}]
    assert json.loads(text)["media"] == ["videoUrl", "keyframes"]


def test_a_keyframe_that_cannot_be_read_is_named(gen, runway, tmp_path):
    """With its place, and nothing is sent."""
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")

    with pytest.raises(InvalidParams) as caught:
        gen.submit(edit({"image": LINK, "seconds": 1}, {"image": broken, "seconds": 2}))
    assert [problem.parameter for problem in caught.value.problems] == ["keyframes[1].image"]
    assert runway.jobs == []
