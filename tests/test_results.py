"""The contract's JSON of results, events and errors: exact keys, and the way there and back."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rushes.contract import errors
from rushes.contract.errors import (
    JobUncertain,
    ProviderErrorDetail,
    RateLimited,
    RushesError,
    SafetyFilter,
)
from rushes.contract.params import VideoGenParams
from rushes.contract.results import Cost, Timings, VideoGenJobEvent, VideoGenResult
from rushes.journal import Failure

PLAIN = VideoGenResult(
    generation_id="remote-1",
    video_url="https://media.example/1.mp4",
    duration_seconds=5.04,
    width=1280,
    height=720,
    provider="seedance-2.0",
    mode="text-to-video",
)
BARE = PLAIN.model_copy(
    update={"poster_url": "https://media.example/1.jpg", "prompt": "A fox", "seed": 7}
)
FULL = BARE.model_copy(
    update={
        "path": Path("/media/1.mp4"),
        "poster_path": Path("/media/posters/1.jpg"),
        "fps": 24.0,
        "has_audio": True,
        "cost": Cost(amount=1.5),
        "backend": "fal",
        "created_at": datetime(2026, 11, 22, tzinfo=UTC),
        "timings": Timings(submitting=1.0, running=60.0, fetching=2.0),
        "job_id": "job-1",
    }
)
"""With all that is this package's own."""

RESULT_KEYS = {
    "generationId",
    "videoUrl",
    "posterUrl",
    "durationSeconds",
    "width",
    "height",
    "provider",
    "mode",
    "prompt",
    "seed",
}
OPTIONAL_KEYS = {"posterUrl", "prompt", "seed"}

PARAMS = VideoGenParams(
    provider="seedance-2.0", mode="text-to-video", prompt="A fox", client_ref="mine"
)
DETAIL = ProviderErrorDetail(
    loc=("body", "image_urls", 0),
    type="content_policy_violation",
    reason="faces",
    msg="It was flagged.",
)
COMPLETED = VideoGenJobEvent(job_id="job-1", status="completed", params=PARAMS, result=BARE)
FAILED = VideoGenJobEvent(
    job_id="job-1", status="failed", params=PARAMS, error="Refused.", error_detail=DETAIL
)

CODES = {
    "VIDEO_GEN_INVALID_PARAMS": errors.InvalidParams,
    "VIDEO_GEN_SAFETY_FILTER": errors.SafetyFilter,
    "RATE_LIMITED": errors.RateLimited,
    "CREDITS_EXHAUSTED": errors.CreditsExhausted,
    "AI_POLICY_DENIED": errors.PolicyDenied,
    "TIMEOUT": errors.DeadlineExceeded,
    "AUTHENTICATION": errors.AuthenticationFailed,
    "BACKEND_UNAVAILABLE": errors.BackendUnavailable,
    "NO_BACKEND": errors.NoBackend,
    "JOB_UNCERTAIN": errors.JobUncertain,
    "JOB_CANCELLED": errors.JobCancelled,
    "MEDIA_ERROR": errors.MediaError,
    "JOB_NOT_FOUND": errors.JobNotFound,
    "MISSING_EXTRA": errors.MissingExtra,
    "JOURNAL_ERROR": errors.JournalError,
}


def through_text(plain: dict) -> dict:
    """What is left of JSON that was written to a file and read again."""
    return json.loads(json.dumps(plain))


def test_a_result_has_the_keys_of_the_contract():
    """All ten of them, and none of this package's own."""
    assert set(FULL.to_json()) == RESULT_KEYS


def test_a_result_has_no_key_without_a_value():
    """A seed that the service did not report is absent."""
    assert set(PLAIN.to_json()) == RESULT_KEYS - OPTIONAL_KEYS


def test_a_result_comes_back_as_it_was():
    """From JSON that holds the contract's part of it."""
    assert VideoGenResult.model_validate(through_text(FULL.to_json())) == BARE


def test_the_event_of_a_completed_job_has_the_keys_of_the_contract():
    """With the request and the result as they are written on their own."""
    plain = COMPLETED.to_json()

    assert set(plain) == {"jobId", "status", "params", "result"}
    assert set(plain["params"]) == {"provider", "mode", "prompt", "clientRef"}
    assert set(plain["result"]) == RESULT_KEYS


def test_the_event_of_a_failed_job_has_the_keys_of_the_contract():
    """With what went wrong, in words and in parts."""
    plain = FAILED.to_json()

    assert set(plain) == {"jobId", "status", "params", "error", "errorDetail"}
    assert set(plain["errorDetail"]) == {"loc", "type", "reason", "msg"}


@pytest.mark.parametrize("event", [COMPLETED, FAILED], ids=["completed", "failed"])
def test_an_event_comes_back_as_it_was(event):
    """Nothing of it is lost in JSON."""
    assert VideoGenJobEvent.from_json(through_text(event.to_json())) == event


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("Refused.", ("Refused.", None, None)),
        ({"message": "Refused."}, ("Refused.", None, None)),
        (
            {
                "code": "VIDEO_GEN_SAFETY_FILTER",
                "message": "Refused.",
                "detail": "words",
                "providerType": "content_policy_violation",
                "errorDetail": {"loc": ["body", "image_urls", 0], "reason": "faces"},
            },
            (
                "Refused.",
                "VIDEO_GEN_SAFETY_FILTER",
                ProviderErrorDetail(
                    loc=("body", "image_urls", 0), type="content_policy_violation", reason="faces"
                ),
            ),
        ),
        ({"message": "Refused.", "providerType": "x"}, ("Refused.", None, {"type": "x"})),
    ],
    ids=["text", "short object", "object", "type"],
)
def test_the_error_of_an_event_is_a_text_or_an_object(error, said):
    """Both of the original API's forms are read, and the text is written, with code and detail."""
    plain = {"jobId": "job-1", "status": "failed", "params": PARAMS.to_json(), "error": error}
    words, code, detail = said
    if isinstance(detail, dict):
        detail = ProviderErrorDetail(**detail)

    event = VideoGenJobEvent.from_json(through_text(plain))

    assert (event.error, event.code, event.error_detail) == (words, code, detail)
    assert VideoGenJobEvent.from_json(through_text(event.to_json())) == event
    assert event.to_json()["error"] == words


def test_members_of_the_event_hold_where_its_error_says_nothing():
    """An object that is only a message leaves the event's own code and detail alone."""
    plain = FAILED.to_json() | {"code": "RATE_LIMITED", "error": {"message": "Refused."}}

    event = VideoGenJobEvent.from_json(through_text(plain))

    assert (event.error, event.code, event.error_detail) == ("Refused.", "RATE_LIMITED", DETAIL)


@pytest.mark.parametrize(
    ("given", "loc"),
    [
        (["body", "image_urls", 0], ("body", "image_urls", 0)),
        ("body.image_urls.0", ("body", "image_urls", 0)),
        ("image_references[0]", ("image_references", 0)),
        ("prompt", ("prompt",)),
        (["body", None, 1.5, True, {}, 7], ("body", 7)),
        (["x"] * 1_000, ("x",) * 20),
        ("1" * 5_000, ("1" * 5_000,)),
        ("...", None),
        ([], None),
        ({}, None),
        (7, None),
        (None, None),
    ],
)
def test_a_location_is_a_list_of_names_and_numbers(given, loc):
    """Journals of earlier releases, and some services, have a text; other things are dropped."""
    detail = ProviderErrorDetail(loc=given)

    assert detail.loc == loc
    plain = RushesError("Refused.", error_detail=detail).to_json().get("errorDetail", {})
    assert plain.get("loc") == (None if loc is None else list(loc))


def test_the_detail_of_an_error_comes_back_as_it_was():
    """Under the contract's four names."""
    plain = DETAIL.model_dump(mode="json", by_alias=True)

    assert set(plain) == {"loc", "type", "reason", "msg"}
    assert ProviderErrorDetail.model_validate(through_text(plain)) == DETAIL


def test_an_error_has_the_keys_of_the_contract():
    """In camelCase, as an event has them."""
    error = RateLimited("Slow down.", status=429, detail="too many", error_detail=DETAIL)
    error.retry_after = 7.5

    assert error.to_json() == {
        "code": "RATE_LIMITED",
        "message": "Slow down.",
        "status": 429,
        "detail": "too many",
        "errorDetail": {
            "loc": ["body", "image_urls", 0],
            "type": "content_policy_violation",
            "reason": "faces",
            "msg": "It was flagged.",
        },
        "retryAfter": 7.5,
    }


def test_an_error_has_no_key_without_a_value():
    """Without a reply of the service, code, message and status 0 are all there is."""
    assert SafetyFilter("Refused.").to_json() == {
        "code": "VIDEO_GEN_SAFETY_FILTER",
        "message": "Refused.",
        "status": 0,
    }


@pytest.mark.parametrize("kind", CODES.values(), ids=CODES)
def test_an_error_comes_back_as_it_was(kind):
    """Of the same class, with all that the service said."""
    error = kind("Refused.", status=422, detail="words", error_detail=DETAIL)

    again = RushesError.from_json(through_text(error.to_json()), job_id="job-1")

    assert type(again) is kind
    assert str(again) == "Refused."
    assert (again.status, again.detail, again.error_detail) == (422, "words", DETAIL)
    assert again.job_id == "job-1"


def test_the_time_to_wait_comes_back():
    """A journaled objection of a service still says how long to be silent."""
    error = RateLimited("Slow down.")
    error.retry_after = 7.5

    assert RushesError.from_json(through_text(error.to_json())).retry_after == 7.5


def test_advice_is_read_with_the_message_and_kept_apart():
    """Also after the journal and a pickle, and without control characters."""
    error = JobUncertain("It may exist.", advice="job.look_again() asks\x1b once more.")

    for again in (
        error,
        pickle.loads(pickle.dumps(error)),
        RushesError.from_json(through_text(error.to_json())),
        Failure.of(error).to_error("20261128-090000-00000000"),
    ):
        assert again.message == "It may exist."
        assert str(again) == f"It may exist. {error.advice}"
        assert "\x1b" not in str(again)


def test_an_error_of_an_earlier_release_is_read_as_it_was_written():
    """Its advice is in its message, and nothing is said twice."""
    message = "It may exist. Otherwise use job.abandon() to give it up."
    written = {"code": "JOB_UNCERTAIN", "message": message}

    assert str(RushesError.from_json(written)) == message
    assert str(Failure.from_json(written).to_error("20261128-090000-00000000")) == message


def test_an_error_of_a_newer_release_can_be_read():
    """An unknown code is an error of the tree all the same."""
    again = RushesError.from_json({"code": "NEWER", "message": "Refused."})

    assert type(again) is RushesError
    assert again.message == "Refused."


@pytest.mark.parametrize(("code", "kind"), CODES.items(), ids=CODES)
def test_a_code_belongs_to_a_class(code, kind):
    """Programs tell errors apart by these texts, so they never change."""
    assert kind.code == code


def test_every_class_has_a_code_of_the_table():
    """No error of the tree is without a code that programs can know."""
    pending, classes = [RushesError], set()
    while pending:
        found = pending.pop().__subclasses__()
        pending += found
        classes |= {kind for kind in found if kind.__module__ == errors.__name__}

    assert {kind.code for kind in classes} == set(CODES)
