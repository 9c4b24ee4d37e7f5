"""Jobs through Runway."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from emulators.runway import (
    RUNWAY_KEY,
    Fault,
    FaultKind,
    Operation,
    RunwayEmulator,
    RunwaySettings,
)
from reliability.asking import assert_bought_once, assert_kept, at_rest, in_state
from rushes import (
    AuthenticationFailed,
    BackendUnavailable,
    CreditsExhausted,
    InvalidParams,
    JobCancelled,
    JobState,
    NoBackend,
    PolicyDenied,
    RateLimited,
    SafetyFilter,
    VideoGen,
)
from rushes.backends.protocol import Absent, Done, Failed, Limits, Passing, Working
from rushes.backends.runway import RunwayBackend
from rushes.backends.runway.backend import LIMITS
from rushes.backends.runway.refusal import failure, is_passing, refusal
from rushes.backends.runway.task import status_of
from rushes.backends.wire import Response
from support.requests import FOX
from support.timings import QUICK
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def runway() -> Iterator[RunwayEmulator]:
    settings = RunwaySettings(run_seconds=(0.1, 0.3), tiny_clips=True)
    with RunwayEmulator(settings) as running:
        yield running


@pytest.fixture
def make(runway: RunwayEmulator, tmp_path: Path) -> Iterator[Callable[..., VideoGen]]:
    made: list[VideoGen] = []

    def client(key: str = RUNWAY_KEY, url: str | None = None) -> VideoGen:
        limits = Limits(poll_floor=0.05, first_poll=0.05)
        backend = RunwayBackend(key, url=url or runway.base_url, limits=limits)
        made.append(
            VideoGen(
                backend,
                library=tmp_path / "media",
                home=tmp_path / "home",
                timing=QUICK,
                timeout=60.0,
            )
        )
        return made[-1]

    yield client
    for each in made:
        each.close()


@pytest.fixture
def gen(make: Callable[..., VideoGen]) -> VideoGen:
    return make()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A picture that has enough bytes for Runway."""
    path = tmp_path / "fox.png"
    Image.effect_noise((320, 320), 60).save(path)
    return path


def picture_at(runway: RunwayEmulator, address: str) -> bytes | None:
    """The bytes that were uploaded."""
    return runway.uploads[address].data


# --- making videos ------------------------------------------------------------------------------


def test_a_text_becomes_a_video(gen, runway):
    """Bought once, and paid in the credits that Runway counted."""
    job = gen.submit(FOX)
    record = at_rest(gen, job)

    assert_bought_once(runway, record)
    cost = job.result().cost
    assert cost is not None
    assert (cost.amount, cost.currency, cost.estimated) == (1.8, "USD", False)
    assert "180 credits" in str(cost.source)


def test_a_local_image_is_uploaded_without_the_key(gen, runway, picture):
    """The form goes to another host; the task names the address that came back."""
    job = gen.submit(FOX | {"mode": "image-to-video", "start_image_url": str(picture)})

    assert_bought_once(runway, at_rest(gen, job))
    [frame] = runway.jobs[0].input["promptImage"]
    assert frame["position"] == "first"
    assert picture_at(runway, frame["uri"]) == picture.read_bytes()
    forms = [item for item in runway.requests if item.path.startswith("/form/")]
    assert [(item.origin, item.authorization) for item in forms] == [(runway.media_url, False)]


def test_references_from_here_and_from_the_web(gen, runway, picture):
    """Each in the list of its kind."""
    asked = {
        "mode": "reference-to-video",
        "image_references": [str(picture), "https://a.example/1.png"],
        "video_references": ["https://a.example/2.mp4"],
        "audio_references": ["https://a.example/3.mp3"],
    }

    assert_bought_once(runway, at_rest(gen, gen.submit(FOX | asked)))
    body, job = runway.jobs[0].input, runway.jobs[0]
    assert [item["uri"].partition(":")[0] for item in body["references"]] == ["runway", "https"]
    assert body["referenceVideos"] == [{"type": "video", "uri": "https://a.example/2.mp4"}]
    assert body["referenceAudio"] == [{"type": "audio", "uri": "https://a.example/3.mp3"}]
    assert job.endpoint == "text_to_video/seedance2"
    assert job.unknown_fields == []


def test_an_image_is_uploaded_once_for_many_jobs(gen, runway, picture):
    """While its address holds."""
    asked = FOX | {"mode": "image-to-video", "start_image_url": str(picture)}
    for number in range(3):
        at_rest(gen, gen.submit(asked | {"prompt": f"Fox {number}"}))

    assert len(runway.uploads) == 1
    assert len(runway.jobs) == 3


def test_a_file_that_runway_cannot_take_is_refused_here(gen, runway, tmp_path):
    """It names the file, the limit and the size; nothing is sent."""
    path = tmp_path / "dot.png"
    Image.new("RGB", (300, 300)).resize((1, 1)).save(path)
    backend = gen.engine.backends.get("runway")

    with pytest.raises(Exception, match=r"dot\.png has \d+ bytes; Runway takes files of 512"):
        gen.engine.call(backend.upload(path)).result(60.0)
    assert runway.requests == []


def test_an_upload_that_fails_is_tried_again(gen, runway, picture):
    """It costs nothing, and the job is bought once."""
    runway.add_fault(Fault(FaultKind.ERROR_BEFORE, on=Operation.UPLOAD, times=2, status=503))

    job = gen.submit(FOX | {"mode": "image-to-video", "start_image_url": str(picture)})

    assert_bought_once(runway, at_rest(gen, job))


def test_what_runway_cannot_be_told_is_not_sent(gen, runway, picture):
    """The job fails before anything is paid."""
    asked = {"mode": "image-to-video", "start_image_url": str(picture), "resolution": "1080p"}

    with pytest.raises(InvalidParams, match="aspect_ratio"):
        gen.submit(FOX | asked).result()
    assert runway.jobs == []


def test_kling_shots_in_runways_words(gen, runway):
    """The strict emulator takes them."""
    shots = [
        {"prompt": "It wakes", "duration_seconds": 2},
        {"prompt": "Off", "duration_seconds": 3},
    ]
    asked = {"provider": "kling-3.0-standard", "mode": "text-to-video", "multi_prompt": shots}

    assert_bought_once(runway, at_rest(gen, gen.submit(asked)))


# --- when the answer is missing -----------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.LOSE_REPLY),
        Fault(FaultKind.ERROR_AFTER),
        Fault(FaultKind.ERROR_AFTER, status=408),
        Fault(FaultKind.MALFORMED_JSON),
    ],
    ids=["lost-reply", "500-after", "408-after", "half-a-reply"],
)
def test_a_submission_without_an_answer_is_for_the_user(gen, runway, fault):
    """Uncertain and bought once: Runway has no list in which to look, and nothing is sent twice."""
    fault.times, fault.struck = 1, 0
    runway.add_fault(fault)

    record = at_rest(gen, gen.submit(FOX))

    assert record.state is JobState.UNCERTAIN
    assert "Runway has no list of tasks" in str(record.error)
    assert (runway.counts["submit"], len(runway.jobs)) == (1, 1)


def test_an_id_that_the_user_found_is_adopted(gen, runway):
    """Runway's own pages show it; the job goes on from there, bought once."""
    runway.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    job = gen.submit(FOX)
    at_rest(gen, job)

    job.resolve(remote_id=runway.jobs[0].request_id)

    assert_bought_once(runway, at_rest(gen, job))


def test_an_id_cannot_lead_to_another_route(gen, runway):
    """What a user types is one part of the address."""
    backend = gen.engine.backends.get("runway")

    gen.engine.call(backend.poll("../organization?x=", {})).result(60.0)

    assert "/v1/organization" not in [item.path for item in runway.requests]


def test_a_service_that_cannot_be_reached_has_nothing(make, runway):
    """The job stays in line; it is not uncertain."""
    gen = make(url="http://127.0.0.1:9")
    job = gen.submit(FOX)

    until(lambda: "cannot be reached" in str(job.progress))

    assert job.state in (JobState.QUEUED, JobState.SUBMITTING)
    assert runway.jobs == []


# --- refusals -----------------------------------------------------------------------------------


def test_a_429_is_waited_for_and_bought_once(gen, runway):
    """The job keeps its place."""
    runway.add_fault(Fault(FaultKind.TOO_MANY, times=2, retry_after=0.05))

    record = at_rest(gen, gen.submit(FOX))

    assert record.state is JobState.COMPLETED
    assert (runway.counts["submit"], len(runway.jobs)) == (3, 1)


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"credits": 0}, CreditsExhausted),
        ({"daily_limit": 0}, RateLimited),
        ({"keys": frozenset({"key_other"})}, AuthenticationFailed),
    ],
    ids=["credits", "day", "key"],
)
def test_what_waiting_does_not_mend_is_asked_once(gen, runway, settings, kind):
    """The user has to do something."""
    for name, value in settings.items():
        setattr(runway.settings, name, value)

    with pytest.raises(kind) as caught:
        gen.submit(FOX).result()

    assert runway.counts["submit"] == 1
    assert RUNWAY_KEY not in json.dumps(caught.value.to_json())


def replied(status: int, body: Any, **headers: str) -> Response:
    request = httpx.Request("POST", "https://api.dev.runwayml.com/v1/text_to_video")
    return Response.of(httpx.Response(status, json=body, headers=headers, request=request))


@pytest.mark.parametrize(
    ("status", "text", "kind", "passes"),
    [
        (400, "You do not have enough credits to run this task.", CreditsExhausted, False),
        (402, "Payment required.", CreditsExhausted, False),
        (429, "Your daily task limit has been reached.", RateLimited, False),
        (429, "Too many requests.", RateLimited, True),
        (429, "The monthly credit limit is reached.", CreditsExhausted, False),
        (400, "The prompt did not pass content moderation.", SafetyFilter, False),
        (400, "Validation of body failed", InvalidParams, False),
        (401, "The API key is not valid.", AuthenticationFailed, False),
        (403, "Model variant not available.", PolicyDenied, False),
        (404, "Not found.", BackendUnavailable, False),
        (307, "", BackendUnavailable, False),
    ],
)
def test_a_refusal_is_read_by_its_status_and_words(status, text, kind, passes):
    """Only a limit that passes is waited for."""
    error = refusal(replied(status, {"error": text}), lambda words: words)

    assert type(error) is kind
    assert is_passing(error) is passes
    assert text in error.message


@pytest.mark.parametrize(
    ("body", "loc", "said"),
    [
        (
            {
                "error": "Validation of body failed",
                "issues": [
                    {"code": "invalid_value", "values": ["a", "b"], "path": ["ratio"]},
                    {"code": "too_big", "message": "Too big", "path": ["references", 0, "uri"]},
                    {"code": "odd"},
                    "not an object",
                ],
            },
            ("ratio",),
            (
                "Validation of body failed: ratio: allowed are a, b; references.0.uri: Too big; "
                "body: is wrong"
            ),
        ),
        ({"error": {"message": "No."}}, None, "No."),
        ({"error": 7, "issues": 7}, None, None),
        ([], None, None),
    ],
    ids=["issues", "object", "odd", "list"],
)
def test_every_issue_is_told(body, loc, said):
    """With the path of its field; whatever else comes is survived."""
    detail = refusal(replied(400, body), lambda words: words).error_detail

    assert detail is not None
    assert (detail.loc, detail.msg) == (loc, said)


def test_a_repeated_key_is_taken_out():
    """Whatever Runway says."""
    backend = RunwayBackend(RUNWAY_KEY)

    error = refusal(replied(401, {"error": f"Not {RUNWAY_KEY}"}), backend._auth.redact)

    assert RUNWAY_KEY not in error.message


# --- failures -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("SAFETY.INPUT.TEXT", SafetyFilter),
        ("SAFETY.OUTPUT.VIDEO", SafetyFilter),
        ("INPUT_PREPROCESSING.SAFETY.TEXT", SafetyFilter),
        ("INPUT_PREPROCESSING.SAFETY.THIRD_PARTY", SafetyFilter),
        ("INPUT_PREPROCESSING.INTERNAL", BackendUnavailable),
        ("INPUT_PREPROCESSING.FORMAT", InvalidParams),
        ("ASSET.INVALID", InvalidParams),
        ("THIRD_PARTY.INPUT_VALIDATION", InvalidParams),
        ("THIRD_PARTY.UNAVAILABLE", BackendUnavailable),
        ("INTERNAL.BAD_OUTPUT.CODE01", BackendUnavailable),
        ("INTERNAL", BackendUnavailable),
        (None, BackendUnavailable),
    ],
)
def test_a_failure_is_read_by_its_code(code, kind):
    """The code is kept, and what it cost is told."""
    task = {"failureCode": code, "failure": "It did not work.", "cost": {"credits": 25}}

    error = failure(task, lambda words: words)

    assert type(error) is kind
    assert error.error_detail is not None
    assert (error.error_detail.type, error.error_detail.msg) == (code, "It did not work.")
    assert "charged 25 credits for it ($0.25)" in error.message


def test_moderation_ends_the_job(gen, runway):
    """It is not sent again."""
    runway.add_fault(Fault(FaultKind.MODEL_FAILURE, error_type="SAFETY.INPUT.TEXT"))

    with pytest.raises(SafetyFilter) as caught:
        gen.submit(FOX).result()

    assert caught.value.error_detail is not None
    assert caught.value.error_detail.type == "SAFETY.INPUT.TEXT"
    assert runway.counts["submit"] == 1


@pytest.mark.parametrize(
    ("task", "kind"),
    [
        ({"status": "PENDING"}, Working),
        ({"status": "THROTTLED"}, Working),
        ({"status": "RUNNING", "progress": 0.5}, Working),
        ({"status": "SUCCEEDED", "output": []}, Passing),
        ({"status": "SUCCEEDED", "output": "x"}, Passing),
        ({"status": "SUCCEEDED", "output": ["https://a.example/1.mp4"]}, Done),
        ({"status": "CANCELLED", "cost": {"credits": 0}}, Failed),
        ({"status": "DREAMING"}, Passing),
        ({}, Passing),
    ],
    ids=str,
)
def test_a_task_is_read_by_its_state(task, kind):
    """What cannot be read says nothing about the job."""
    assert isinstance(status_of(task, lambda words: words), kind)


@pytest.mark.parametrize(
    ("progress", "fraction"),
    [(0, 0.0), (0.4, 0.4), (1.2, 1.0), (float("nan"), None), (True, None), ("half", None)],
)
def test_progress_is_a_share_or_nothing(progress, fraction):
    """Whatever Runway says."""
    status = status_of({"status": "RUNNING", "progress": progress}, lambda words: words)

    assert status == Working(fraction=fraction)


def test_a_cost_that_is_not_told_is_not_invented():
    """The catalog has no price for Runway either."""
    task = {"status": "SUCCEEDED", "output": ["https://a.example/1.mp4"]}

    assert status_of(task, lambda words: words) == Done("https://a.example/1.mp4")


# --- while it runs ------------------------------------------------------------------------------


def test_progress_is_what_runway_says(gen, runway):
    """A share of the work."""
    runway.settings.run_seconds = (3600.0, 3600.0)
    job = gen.submit(FOX)
    in_state(job, JobState.RUNNING)
    runway.advance(1800)

    until(lambda: job.progress.fraction is not None and job.progress.fraction > 0.4)

    assert not job.progress.estimated


def test_a_job_that_is_held_back_is_done_in_its_turn(make, tmp_path):
    """It was accepted: nothing is sent again."""
    del tmp_path
    settings = RunwaySettings(run_seconds=(0.1, 0.1), max_concurrent=1, tiny_clips=True)
    with RunwayEmulator(settings) as narrow:
        gen = make(url=narrow.base_url)
        jobs = [gen.submit(FOX | {"prompt": f"Fox {number}"}) for number in range(3)]

        assert {at_rest(gen, job).state for job in jobs} == {JobState.COMPLETED}
        assert (narrow.counts["submit"], len(narrow.jobs)) == (3, 3)
        gen.close()


def test_a_status_call_that_fails_fails_no_job(gen, runway):
    """The next one succeeds."""
    runway.add_fault(Fault(FaultKind.HTML_PAGE, on=Operation.STATUS, times=2))
    runway.add_fault(Fault(FaultKind.TOO_MANY, on=Operation.STATUS, times=1, retry_after=0.05))

    assert_bought_once(runway, at_rest(gen, gen.submit(FOX)))


def test_an_expired_link_is_renewed(gen, runway):
    """Asking for the task again names a fresh one."""
    runway.add_fault(Fault(FaultKind.EXPIRED_LINK, times=1))
    # The next answer names another link only when the last one has run out.
    runway.settings.url_lifetime = 0.001

    job = gen.submit(FOX)
    until(lambda: job.state is JobState.FETCHING or runway.counts["download"] > 0)
    runway.settings.url_lifetime = None

    assert_kept(at_rest(gen, job))
    assert runway.counts["download"] > 1


def test_a_task_is_not_asked_for_too_often():
    """Runway wants five seconds between two looks."""
    assert (LIMITS.poll_floor, LIMITS.first_poll) == (5.0, 5.0)


# --- cancelling ---------------------------------------------------------------------------------


@pytest.mark.parametrize("forgets", [True, False], ids=["forgotten", "kept-as-cancelled"])
@pytest.mark.parametrize(
    ("waits", "words"), [(True, "credits come back unless"), (False, "not refunded")]
)
def test_cancelling_an_open_job(gen, runway, waits, words, forgets):
    """It ends as cancelled, and what it may cost is told."""
    runway.settings.forgets_deleted = forgets
    runway.settings.run_seconds = (3600, 3600)
    runway.settings.queue_seconds = (3600, 3600) if waits else (0, 0)
    job = gen.submit(FOX)
    in_state(job, JobState.RUNNING)

    cancellation = job.cancel()

    assert (cancellation.reached, cancellation.may_bill) == (True, True)
    assert words in cancellation.message
    with pytest.raises(JobCancelled):
        job.result()
    assert at_rest(gen, job).state is JobState.CANCELLED
    assert runway.counts["submit"] == 1


def test_cancelling_a_job_that_is_held_back():
    """THROTTLED is waiting too."""


@pytest.mark.parametrize(
    ("fault", "may_bill", "words"),
    [
        (None, True, "already finished"),
        (Fault(FaultKind.MODEL_FAILURE), False, "already ended without a video"),
    ],
    ids=["finished", "failed"],
)
def test_cancelling_too_late_deletes_nothing(gen, runway, fault, may_bill, words):
    """Deleting a finished task would delete its video."""
    if fault is not None:
        runway.add_fault(fault)
    job = gen.submit(FOX)
    at_rest(gen, job)
    backend = gen.engine.backends.get("runway")

    cancellation = gen.engine.call(backend.cancel(job.remote_id, {})).result(60.0)

    assert (cancellation.reached, cancellation.may_bill) == (False, may_bill)
    assert words in cancellation.message
    assert runway.counts["cancel"] == 0


def test_cancelling_what_is_not_there(gen, runway):
    """Nothing is claimed, and the id does not become a cancelled one."""
    backend = gen.engine.backends.get("runway")

    cancellation = gen.engine.call(backend.cancel("nowhere", {})).result(60.0)
    status = gen.engine.call(backend.poll("nowhere", {})).result(60.0)

    assert (cancellation.reached, cancellation.may_bill) == (False, True)
    assert isinstance(status, Absent)
    assert runway.counts["cancel"] == 0


def test_cancelling_without_an_answer(gen, runway):
    """When looking fails, nothing is deleted; when deleting fails, the job may go on."""
    runway.settings.run_seconds = (3600, 3600)
    job = gen.submit(FOX)
    # At its first poll the engine repeats a wish to cancel that is on record.
    until(lambda: runway.counts["status"])
    backend = gen.engine.backends.get("runway")
    runway.add_fault(Fault(FaultKind.ERROR_BEFORE, on=Operation.CANCEL, times=1))

    refused = job.cancel()
    assert not refused.reached
    assert isinstance(gen.engine.call(backend.poll(job.remote_id, {})).result(60.0), Working)

    runway.add_fault(Fault(FaultKind.LOSE_REPLY, on=Operation.CANCEL, times=1))
    lost = job.cancel()

    assert not lost.reached
    assert lost.may_bill
    # It was deleted all the same, and the next look knows why it is gone.
    assert at_rest(gen, job).state is JobState.CANCELLED


def test_what_another_process_cancelled_ends_as_cancelled(make, runway):
    """Whoever works on the job reads in its record why Runway no longer has it."""
    runway.settings.run_seconds = (3600, 3600)
    owner = make()
    job = owner.submit(FOX)
    in_state(job, JobState.RUNNING)

    assert make().job(job.id).cancel().reached

    assert at_rest(owner, job).state is JobState.CANCELLED
    assert owner.engine.journal.get(job.id).remote == {"deleted": True}


# --- set up -------------------------------------------------------------------------------------


def test_without_a_key_the_variable_is_named(tmp_path):
    """Nothing is sent."""
    with pytest.raises(NoBackend, match="RUNWAYML_API_SECRET"):
        RunwayBackend.from_environment({"RUNWAYML_API_SECRET": " "}, tmp_path)


def test_the_address_can_be_set(tmp_path):
    """By the variable of the official client."""
    environment = {"RUNWAYML_API_SECRET": "key_1", "RUNWAYML_BASE_URL": "https://a.example/"}

    usual = RunwayBackend.from_environment({"RUNWAYML_API_SECRET": "key_1"}, tmp_path)
    own = RunwayBackend.from_environment(environment, tmp_path)

    assert usual._url == "https://api.dev.runwayml.com"
    assert own._url == "https://a.example"
    assert "key_1" not in f"{own!r} {vars(own)}"
