"""Models of Runway are added by their ids, and make videos; some that are carried, too."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from emulators.runway import RUNWAY_KEY, RunwayEmulator, RunwaySettings
from reliability.asking import at_rest
from rushes import InvalidParams, JobState, VideoGen
from rushes.backends.runway import RunwayBackend
from rushes.cli import app
from support.imported import inputs, requests_of, runway_document
from support.services import SWIFT
from support.timings import QUICK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rushes import Job

TWELVE = (
    "enhance_frame_rate",
    "gemini_omni_flash_1.1",
    "gen4_turbo",
    "grok_imagine_1_5",
    "hailuo3",
    "happyhorse_1_0",
    "klingO3_pro",
    "magnific_video_upscaler_creative",
    "ruby",
    "seedance2_mini",
    "veo3.1",
    "wan3",
)
"""One of each maker and of each kind of input; the emulator has no types for any of them."""

ALEPH = {"provider": "aleph-2", "prompt": "Let it snow"}

FIELDS = {
    "gemini_omni_flash_1.1": "videoUri",
    "hailuo3": "promptVideo",
    "klingO3_pro": "promptVideo",
}
"""By model, Runway's name for the video that is edited."""


@pytest.fixture
def runway() -> Iterator[RunwayEmulator]:
    """Runway, with the document that it publishes."""
    settings = RunwaySettings(
        run_seconds=(0.1, 0.1), tiny_clips=True, document=runway_document(inputs("runway"))
    )
    with RunwayEmulator(settings) as running:
        yield running


@pytest.fixture(autouse=True)
def _documents(runway: RunwayEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUSHES_RUNWAY_DOCS_URL", f"{runway.base_url}/docs")
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def open_gen(runway: RunwayEmulator, tmp_path: Path) -> Iterator[Callable[[], VideoGen]]:
    """Makes clients of the emulated Runway, and closes them."""
    with ExitStack() as stack:

        def open_() -> VideoGen:
            backend = RunwayBackend(RUNWAY_KEY, url=runway.base_url, limits=SWIFT)
            gen = VideoGen(backend, library=tmp_path / "media", timing=QUICK, timeout=60.0)
            stack.callback(gen.close)
            return gen

        yield open_


def add(model: str, name: str) -> str:
    """What `rushes providers add` prints."""
    done = CliRunner().invoke(app, ["providers", "add", f"runway:{model}", "--as", name])
    assert done.exit_code == 0, done.output
    return done.output


def done(gen: VideoGen, job: Job) -> Job:
    """A job after it has made its video."""
    at_rest(gen, job)
    assert job.state is JobState.COMPLETED, job.error
    return job


def test_twelve_models_run_in_every_mode_from_their_id_to_the_take(runway, open_gen):
    """Runway checks each body by its own schema; its document is read without the key."""
    for model in TWELVE:
        add(model, f"my-{model}")
    gen = open_gen()
    jobs: list[Job] = []
    for model in TWELVE:
        spec = gen.catalog[f"my-{model}"]
        for mode in spec.modes:
            jobs += [gen.submit(request) for request in requests_of(spec, mode, "runway")]
    for job in jobs:
        done(gen, job)

    assert {job.path.exists() for job in jobs} == {True}
    assert {job.endpoint.partition("/")[2] for job in runway.jobs} == {*TWELVE}
    assert {job.endpoint.partition("/")[0] for job in runway.jobs} == {
        "text_to_video", "image_to_video", "video_to_video", "video_upscale", "video_to_hdr",
    }  # fmt: skip
    assert not any(
        request.authorization for request in runway.requests if request.path.startswith("/docs")
    )


@pytest.mark.parametrize("model", FIELDS)
def test_a_take_goes_into_an_added_model_as_its_video(runway, open_gen, model):
    """Uploaded, in the field that the service has for it, and on record as the parent."""
    assert "video_url" in add(model, "editor")
    add("gen4_turbo", "maker")
    gen = open_gen()
    image = {"start_image_url": "https://media.example/1.png", "duration_seconds": 5}
    first = done(gen, gen.submit(provider="maker", aspect_ratio="1280:720", **image))
    edit = done(gen, gen.submit(provider="editor", mode="edit", prompt="Snow", video_url=first))

    sent = runway.jobs[-1].input[FIELDS[model]]
    assert sent.startswith("runway://")
    assert runway.uploads[sent].data == first.path.read_bytes()
    assert edit.parent == first.id


def test_files_in_the_objects_of_an_added_model_are_uploaded(runway, open_gen, tmp_path):
    """Each in the form that its field says, and a take is on record as the parent."""
    shown = add("act_two", "actor")
    assert "object with image, video, required" in shown
    add("gen4_turbo", "maker")
    gen = open_gen()
    image = {"start_image_url": "https://media.example/1.png", "duration_seconds": 5}
    first = done(gen, gen.submit(provider="maker", aspect_ratio="1280:720", **image))
    fox = tmp_path / "fox.png"
    Image.new("RGB", (640, 640), "tomato").save(fox)
    act = done(
        gen, gen.submit(provider="actor", character={"image": fox}, reference={"video": first})
    )

    body = runway.jobs[-1].input
    assert (body["character"]["type"], body["reference"]["type"]) == ("image", "video")
    assert runway.uploads[body["character"]["uri"]].data == fox.read_bytes()
    assert runway.uploads[body["reference"]["uri"]].data == first.path.read_bytes()
    assert act.parent == first.id
    with pytest.raises(InvalidParams, match="exactly one of image and video"):
        gen.submit(
            provider="actor",
            character={"image": fox, "video": first},
            reference={"video": first},
        )


def test_what_a_schema_forbids_is_sent_to_nobody(runway, open_gen):
    """The message says what is allowed."""
    add("enhance_frame_rate", "smoother")
    gen = open_gen()
    video: dict[str, Any] = {"video_url": "https://media.example/1.mp4"}

    with pytest.raises(InvalidParams, match="59_94"):
        gen.submit(provider="smoother", target_framerate="61", **video)
    with pytest.raises(InvalidParams, match="video_url"):
        gen.submit(provider="smoother", target_framerate="60")
    assert runway.jobs == []


def test_aleph_2_edits_a_take_and_costs_what_was_estimated(runway, open_gen):
    """A second of video is billed as two, which is the least."""
    gen = open_gen()
    first = done(gen, gen.submit(provider="gen-4.5", prompt="A red fox", duration_seconds=5))
    plan = gen.plan(ALEPH, video_url=first, aspect_ratio="9:16", seed=7)
    edit = done(gen, gen.submit(plan))

    body = runway.jobs[-1].input
    assert body == {
        "model": "aleph2",
        "promptText": "Let it snow",
        "videoUri": body["videoUri"],
        "targetAspectRatio": "9:16",
        "seed": 7,
    }
    assert runway.uploads[body["videoUri"]].data == first.path.read_bytes()
    assert edit.parent == first.id
    assert (plan.cost.high, edit.cost.amount) == (0.56, 0.56)


def test_aleph_2_is_estimated_at_its_longest_where_the_length_is_not_known(open_gen):
    """30 seconds, of $0.28 each."""
    plan = open_gen().plan(ALEPH, video_url="https://media.example/1.mp4")

    assert plan.cost.high == pytest.approx(8.4)


@pytest.mark.parametrize(
    ("mode", "duration"), [("edit", "auto"), ("extend", 5)], ids=["edit", "extend"]
)
def test_seedance_25_edits_and_extends_a_video(runway, open_gen, mode, duration):
    """Without a size, which the plan and the job say, and therefore without an estimate."""
    gen = open_gen()
    asked = {"provider": "seedance-2.5", "mode": mode, "prompt": "Snow", "resolution": "480p"}
    plan = gen.plan(asked, video_url="https://media.example/1.mp4")
    made = done(gen, gen.submit(plan))

    assert runway.jobs[-1].input == {
        "model": "seedance2_5",
        "promptText": "Snow",
        "promptVideo": "https://media.example/1.mp4",
        "mode": mode,
        "duration": duration,
        "audio": True,
    }
    assert plan.cost.high is None
    for notes in (plan.remarks, made.notes):
        assert sum("the resolution given was not sent" in note for note in notes) == 1
