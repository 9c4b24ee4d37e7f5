"""The emulated Runway keeps to Runway's wire protocol: the vendor's own client is content."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import runwayml
from runwayml import RunwayML

from emulators import clips
from emulators.runway import (
    RUNWAY_KEY,
    Fault,
    FaultKind,
    Operation,
    RunwayEmulator,
    RunwaySettings,
)
from support.imported import inputs, runway_document

if TYPE_CHECKING:
    from collections.abc import Iterator

FOX = {"model": "seedance2", "prompt_text": "A red fox", "ratio": "1280:720", "duration": 5}
KLING = {"model": "kling3.0_standard", "prompt_text": "A grey owl", "ratio": "1280:720"}
IMAGE = "https://a.example/1.png"
FIRST, LAST = {"uri": IMAGE, "position": "first"}, {"uri": IMAGE, "position": "last"}


@pytest.fixture
def runway() -> Iterator[RunwayEmulator]:
    with RunwayEmulator(RunwaySettings(run_seconds=(60, 60), tiny_clips=True)) as emulator:
        yield emulator


@pytest.fixture
def official(runway: RunwayEmulator) -> Iterator[RunwayML]:
    with client_of(runway) as client:
        yield client


def client_of(runway: RunwayEmulator, **options: Any) -> RunwayML:
    options = {"api_key": RUNWAY_KEY, "max_retries": 0, **options}
    return RunwayML(base_url=runway.base_url, _strict_response_validation=True, **options)


def test_a_task_runs_to_its_video(runway, official):
    """Created with an estimate, running with progress, succeeded with a cost and a link."""
    made = official.text_to_video.create(**FOX)
    runway.advance(30)
    running = official.tasks.retrieve(made.id)
    runway.advance(31)
    done = official.tasks.retrieve(made.id)

    assert made.estimated_cost.credits == 180
    assert running.status == "RUNNING"
    assert running.progress == pytest.approx(0.5, abs=0.1)
    assert (done.status, done.cost.credits) == ("SUCCEEDED", 180)
    assert httpx.get(done.output[0]).headers["content-type"] == "video/mp4"


def test_tasks_beyond_the_tier_are_held_back():
    """They are accepted, and THROTTLED until others have ended."""
    settings = RunwaySettings(run_seconds=(60, 60), max_concurrent=1, tiny_clips=True)
    with RunwayEmulator(settings) as narrow, client_of(narrow) as client:
        first, second = (client.text_to_video.create(**FOX) for _ in range(2))

        assert client.tasks.retrieve(first.id).status == "RUNNING"
        assert client.tasks.retrieve(second.id).status == "THROTTLED"
        narrow.advance(61)
        assert client.tasks.retrieve(second.id).status == "RUNNING"


def test_a_waiting_task_is_pending(official, runway):
    """Before it runs."""
    runway.settings.queue_seconds = (30, 30)

    assert official.tasks.retrieve(official.text_to_video.create(**FOX).id).status == "PENDING"


def test_a_link_expires_and_a_new_answer_has_another(official, runway):
    """The old one stays dead."""
    runway.settings.url_lifetime = 600
    made = official.text_to_video.create(**FOX)
    runway.advance(61)
    [old] = official.tasks.retrieve(made.id).output
    runway.advance(601)
    assert httpx.get(old).status_code == 403

    [new] = official.tasks.retrieve(made.id).output

    assert new != old
    assert httpx.get(new).status_code == 200


@pytest.mark.parametrize(("waits", "left"), [(True, 1000), (False, 820)])
def test_a_cancelled_task_is_forgotten_and_a_running_one_not_refunded(
    official, runway, waits, left
):
    """Credits come back only for one that had not begun."""
    runway.settings.credits = 1000
    runway.settings.queue_seconds = (30, 30) if waits else (0, 0)
    made = official.text_to_video.create(**FOX)

    official.tasks.delete(made.id)

    assert runway.settings.credits == left
    with pytest.raises(runwayml.NotFoundError):
        official.tasks.retrieve(made.id)


def test_a_cancelled_task_may_say_so_instead(official, runway):
    """The client has a state for it."""
    runway.settings.forgets_deleted = False
    made = official.text_to_video.create(**FOX)
    official.tasks.delete(made.id)

    task = official.tasks.retrieve(made.id)

    assert (task.status, task.cost.credits) == ("CANCELLED", 180)


def test_deleting_a_finished_task_deletes_its_video(official, runway):
    """Whoever cancels too late loses what was paid for."""
    made = official.text_to_video.create(**FOX)
    runway.advance(61)
    [url] = official.tasks.retrieve(made.id).output

    official.tasks.delete(made.id)

    assert httpx.get(url).status_code == 404
    with pytest.raises(runwayml.NotFoundError):
        official.tasks.retrieve(made.id)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(FaultKind.MODEL_FAILURE), "SAFETY.OUTPUT.VIDEO"),
        (Fault(FaultKind.PLATFORM_FAILURE), "INTERNAL.BAD_OUTPUT.CODE01"),
        (Fault(FaultKind.PLATFORM_FAILURE, error_type="ASSET.INVALID"), "ASSET.INVALID"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_failed_task_says_why(official, runway, fault, code):
    """With a code and what it cost."""
    runway.add_fault(fault)
    made = official.text_to_video.create(**FOX)
    runway.advance(61)

    task = official.tasks.retrieve(made.id)

    assert (task.status, task.failure_code, task.cost.credits) == ("FAILED", code, 0)


def test_an_upload_is_used_by_its_address_until_it_expires(official, runway, tmp_path):
    """The form carries no key, and arrives byte for byte."""
    path = tmp_path / "fox.png"
    path.write_bytes(os.urandom(700) + b"\r\n\r\n--")

    uri = official.uploads.create_ephemeral(file=path).uri
    official.image_to_video.create(model="seedance2", prompt_image=uri, prompt_text="It runs")

    assert runway.uploads[uri].data == path.read_bytes()
    forms = [item for item in runway.requests if item.path.startswith("/form/")]
    assert [(item.origin, item.authorization) for item in forms] == [(runway.media_url, False)]
    runway.advance(86_401)
    with pytest.raises(runwayml.BadRequestError, match="expired"):
        official.image_to_video.create(model="seedance2", prompt_image=uri)


def test_a_file_that_is_too_small_is_refused(official):
    """By the storage, not by Runway."""
    with pytest.raises(runwayml.APIStatusError, match="400"):
        official.uploads.create_ephemeral(file=("fox.png", b"small"))


@pytest.mark.parametrize(
    "right",
    [
        {"duration": "auto"},
        {"seed": 7, "audio": False},
        {"ratio": "2206:946"},
        {
            "references": [{"uri": IMAGE}],
            "reference_videos": [{"type": "video", "uri": "https://a.example/1.mp4"}],
            "reference_audio": [{"type": "audio", "uri": "data:audio/mp3;base64,AA=="}],
        },
        KLING,
        KLING | {"cfg_scale": 0.3},
        {
            **KLING,
            "duration": 6,
            "provider_settings": {
                "multi_prompt": [
                    {"prompt": "It wakes", "duration": 2},
                    {"prompt": "It flies", "duration": 4},
                ],
                "shot_type": "customize",
            },
        },
    ],
    ids=str,
)
def test_what_the_types_allow_is_taken(official, runway, right):
    """And every field is known."""
    official.text_to_video.create(**(FOX | right))

    assert runway.jobs[0].unknown_fields == []


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"model": "seedance9"}, "model"),
        ({"ratio": "16:9"}, "ratio"),
        ({"model": "seedance2_fast", "ratio": "1920:1080"}, "ratio"),
        ({"duration": 3}, "duration"),
        ({"duration": "5"}, "duration"),
        ({"audio": "yes"}, "audio"),
        ({"seed": "7"}, "seed"),
        ({"prompt_text": ""}, "promptText"),
        ({"prompt_text": "x" * 3501}, "promptText"),
        ({"references": [{"uri": IMAGE}] * 10}, "references"),
        ({"references": [{"uri": "http://a.example/1.png"}]}, "references"),
        ({"references": [{"uri": "https://11.22.33.44/1.png"}]}, "references"),
        ({"references": [{"uri": "runway://nowhere"}]}, "references"),
        ({"reference_videos": [{"uri": "https://a.example/1.mp4"}]}, "referenceVideos"),
        ({"reference_audio": [{"type": "audio", "uri": IMAGE}]}, "referenceAudio"),
        ({**KLING, "duration": 16}, "duration"),
        ({**KLING, "ratio": "1112:834"}, "ratio"),
        ({**KLING, "cfg_scale": 1.5}, "cfgScale"),
        ({**KLING, "provider_settings": {"shot_type": "intelligent"}}, "providerSettings"),
    ],
    ids=str,
)
def test_a_wrong_body_is_refused_with_the_path_of_the_field(official, runway, wrong, path):
    """As a list of issues, and nothing is made or charged."""
    with pytest.raises(runwayml.BadRequestError) as caught:
        official.text_to_video.create(**(FOX | wrong))

    body = caught.value.body
    assert body["error"] == "Validation of body failed"
    assert body["issues"][0]["path"][0] == path
    assert (runway.jobs, runway.settings.credits) == ([], 1_000_000)


@pytest.mark.parametrize(
    ("given", "is_taken"),
    [
        ({"mode": "edit", "prompt_text": "At night", "duration": "auto"}, True),
        ({"mode": "edit", "prompt_text": "At night", "duration": 5}, False),
        ({"mode": "edit", "prompt_text": "At night"}, False),
        ({"mode": "edit", "duration": "auto"}, False),
        ({"mode": "extend", "prompt_text": "It runs", "duration": 8}, True),
        ({"mode": "extend", "prompt_text": "It runs", "ratio": "1280:720"}, False),
        ({"mode": "extend"}, False),
        ({"ratio": "1280:720"}, True),
    ],
    ids=str,
)
def test_a_video_is_edited_and_extended_as_the_types_say(official, given, is_taken):
    """With a prompt and without a ratio, and an edit as long as Runway makes it."""
    video = {"model": "seedance2_5", "prompt_video": "https://a.example/1.mp4"}

    if is_taken:
        assert official.video_to_video.create(**video, **given).id
    else:
        with pytest.raises(runwayml.BadRequestError):
            official.video_to_video.create(**video, **given)


@pytest.mark.parametrize(
    ("frames", "is_taken"),
    [
        (IMAGE, True),
        ([FIRST], True),
        ([FIRST, LAST], True),
        ([{"uri": IMAGE}, {"uri": IMAGE}], True),
        ([LAST], False),
        ([FIRST, FIRST], False),
        ([FIRST, {"uri": IMAGE}], False),
        ([], False),
    ],
    ids=str,
)
def test_frames_have_places_and_references_have_none(official, frames, is_taken):
    """The two cannot be mixed."""
    if is_taken:
        official.image_to_video.create(model="seedance2", prompt_image=frames)
        return
    with pytest.raises(runwayml.BadRequestError):
        official.image_to_video.create(model="seedance2", prompt_image=frames)


def test_a_given_video_is_edited_and_billed_for_at_least_two_seconds(official, runway):
    """By the length of what was uploaded; one on the web is not read."""
    short = official.uploads.create_ephemeral(file=("a.mp4", clips.clip(clips.TINY))).uri
    edit = {"model": "aleph2", "prompt_text": "Let it snow", "target_aspect_ratio": "9:16"}
    costs = [
        official.video_to_video.create(**edit, video_uri=uri).estimated_cost.credits
        for uri in (short, "https://a.example/1.mp4")
    ]

    assert costs == [56, 140]
    assert runway.jobs[0].unknown_fields == []
    with pytest.raises(runwayml.BadRequestError) as caught:
        official.video_to_video.create(**edit, video_uri="http://a.example/1.mp4")
    assert caught.value.body["issues"][0]["path"] == ["videoUri"]


def test_a_model_of_the_document_takes_what_that_says(official, runway):
    """The address of a medium has to be one all the same; without the document it is unknown."""
    good = {"model": "enhance_frame_rate", "video_uri": "https://a.example/1.mp4"}
    with pytest.raises(runwayml.BadRequestError):
        official.video_upscale.create(**good, target_framerate="60")
    runway.settings.document = runway_document(inputs("runway"))
    official.video_upscale.create(**good, target_framerate="60")

    wrong = [
        (good | {"target_framerate": "61"}, ["targetFramerate"]),
        (good | {"video_uri": "runway://nowhere", "target_framerate": "60"}, ["videoUri"]),
    ]
    for body, path in wrong:
        with pytest.raises(runwayml.BadRequestError) as caught:
            official.video_upscale.create(**body)
        assert caught.value.body["issues"][0]["path"] == path
    assert [job.endpoint for job in runway.jobs] == ["video_upscale/enhance_frame_rate"]


def test_the_document_is_public(runway):
    """It stands at the host of the documentation, and there may be none."""
    address = f"{runway.base_url}/docs/openapi.json"
    assert httpx.get(address).status_code == 404
    runway.settings.document = runway_document({})

    assert httpx.get(address).json()["openapi"] == "3.1.0"


def test_a_wrong_key_is_refused(runway):
    """With 401."""
    with (
        client_of(runway, api_key="key_other") as client,
        pytest.raises(runwayml.AuthenticationError),
    ):
        client.text_to_video.create(**FOX)


def test_a_request_names_the_version(runway):
    """The client does so by itself."""
    headers = {"Authorization": f"Bearer {RUNWAY_KEY}"}

    assert httpx.get(f"{runway.base_url}/v1/tasks/x", headers=headers).status_code == 400


def test_without_credits_nothing_is_made(official, runway):
    """It is a wrong request, not one that comes too soon."""
    runway.settings.credits = 179

    with pytest.raises(runwayml.BadRequestError, match="not have enough credits"):
        official.text_to_video.create(**FOX)
    assert runway.jobs == []


def test_a_day_has_so_many_tasks(official, runway):
    """More are refused as if they came too fast."""
    runway.settings.daily_limit = 1
    official.text_to_video.create(**FOX)

    with pytest.raises(runwayml.RateLimitError, match="daily task limit"):
        official.text_to_video.create(**FOX)


def test_status_calls_can_be_limited(official, runway):
    """The rest are told to wait."""
    made = official.text_to_video.create(**FOX)
    runway.settings.polls_per_second = 0.001
    official.tasks.retrieve(made.id)

    with pytest.raises(runwayml.RateLimitError):
        official.tasks.retrieve(made.id)


def test_a_lost_reply_makes_the_official_client_buy_two(runway):
    """It sends again what it got no answer to, and Runway knows no idempotency."""
    runway.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))

    with client_of(runway, max_retries=2) as client:
        client.text_to_video.create(**FOX)

    assert len(runway.jobs) == 2


@pytest.mark.parametrize("kind", [FaultKind.ERROR_BEFORE, FaultKind.ERROR_AFTER])
def test_an_error_says_nothing_about_the_task(official, runway, kind):
    """It may have been made, or not."""
    runway.add_fault(Fault(kind, on=Operation.SUBMIT, status=502))

    with pytest.raises(runwayml.InternalServerError):
        official.text_to_video.create(**FOX)
    assert len(runway.jobs) == (kind is FaultKind.ERROR_AFTER)


def test_it_runs_as_a_process_and_keeps_no_key(runway):
    """Its ledger can be read by anybody."""
    del runway
    with subprocess.Popen(
        [sys.executable, "-m", "emulators.runway", "--settings", '{"tiny_clips": true}'],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    ) as process:
        try:
            assert process.stdout is not None
            urls = json.loads(process.stdout.readline())
            with RunwayML(api_key=RUNWAY_KEY, base_url=urls["base_url"], max_retries=0) as client:
                client.text_to_video.create(**FOX)
            ledger = httpx.get(f"{urls['base_url']}/_ledger").text
        finally:
            process.terminate()
    assert RUNWAY_KEY not in ledger
    assert json.loads(ledger)["counts"] == {"submit": 1}
