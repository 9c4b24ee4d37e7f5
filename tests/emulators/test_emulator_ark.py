"""The emulated Ark keeps to Ark's wire protocol: the vendor's own client is content with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from volcenginesdkarkruntime import Ark
from volcenginesdkarkruntime._exceptions import (
    ArkAuthenticationError,
    ArkBadRequestError,
    ArkConflictError,
    ArkNotFoundError,
    ArkRateLimitError,
)

from emulators.ark import ARK_KEY, ArkEmulator, ArkSettings, Fault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL = "dreamina-seedance-2-0-260128"
LATER = "dreamina-seedance-2-5-260628"
TEXT = [{"type": "text", "text": "A red fox"}]
IMAGE = {"type": "image_url", "image_url": {"url": "https://a.example/1.png"}}


@pytest.fixture
def ark() -> Iterator[ArkEmulator]:
    with ArkEmulator(ArkSettings(run_seconds=(60, 60), tiny_clips=True)) as emulator:
        yield emulator


@pytest.fixture
def official(ark: ArkEmulator) -> Iterator[Ark]:
    with Ark(api_key=ARK_KEY, base_url=ark.url, max_retries=0) as client:
        yield client


def test_a_task_runs_to_its_video(ark, official):
    """Created, running, succeeded, with a link that needs no key."""
    tasks = official.content_generation.tasks
    made = tasks.create(model=MODEL, content=TEXT, ratio="16:9", duration=5)
    assert tasks.get(task_id=made.id).status == "running"

    ark.advance(61)
    task = tasks.get(task_id=made.id)

    assert task.status == "succeeded"
    assert httpx.get(task.content.video_url).headers["content-type"] == "video/mp4"


@pytest.mark.parametrize(
    ("resolution", "tokens"), [("720p", 108_900), ("1080p", 245_025), ("480p", 50_638)]
)
def test_tokens_are_counted_as_ark_counts_them(ark, official, resolution, tokens):
    """Width x height x (24 x seconds + 1) / 1024; the first two were seen in life."""
    tasks = official.content_generation.tasks
    made = tasks.create(model=MODEL, content=TEXT, ratio="16:9", duration=5, resolution=resolution)
    ark.advance(61)

    assert tasks.get(task_id=made.id).usage.completion_tokens == tokens


def test_the_list_shows_tasks_with_their_mark_newest_first(official):
    """The mark of each attempt comes back, so it can be found."""
    tasks = official.content_generation.tasks
    made = [
        tasks.create(model=MODEL, content=TEXT, safety_identifier=f"mark-{number}")
        for number in range(3)
    ]

    listed = tasks.list(page_num=1, page_size=2)

    assert listed.total == 3
    assert [item.safety_identifier for item in listed.items] == ["mark-2", "mark-1"]
    some = tasks.list(task_ids=[made[0].id, made[2].id], page_size=10)
    assert {item.id for item in some.items} == {made[0].id, made[2].id}


def test_a_waiting_task_is_removed_and_a_running_one_is_not(ark, official):
    """Cancelling a running task is a conflict."""
    ark.settings.queue_seconds = (30, 30)
    tasks = official.content_generation.tasks
    waiting = tasks.create(model=MODEL, content=TEXT)
    tasks.delete(task_id=waiting.id)
    assert tasks.get(task_id=waiting.id).status == "cancelled"

    running = tasks.create(model=MODEL, content=TEXT)
    ark.advance(31)
    with pytest.raises(ArkConflictError):
        tasks.delete(task_id=running.id)


def test_deleting_a_finished_task_forgets_it(ark, official):
    """Whoever cancels too late loses the video's address."""
    tasks = official.content_generation.tasks
    made = tasks.create(model=MODEL, content=TEXT)
    ark.advance(61)
    tasks.delete(task_id=made.id)

    with pytest.raises(ArkNotFoundError):
        tasks.get(task_id=made.id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"resolution": "8k"},
        {"ratio": "2:1"},
        {"duration": 3},
        {"duration": "5"},
        {"seed": "7"},
        {"camera_fixed": True},
        {"safety_identifier": "x" * 65},
        {"content": []},
        {"content": [IMAGE | {"role": "last_frame"}]},
        {"content": [IMAGE | {"role": "first_frame"}, IMAGE | {"role": "reference_image"}]},
        {"content": [*TEXT, IMAGE, IMAGE]},
        {"content": [*TEXT, *([IMAGE | {"role": "reference_image"}] * 10)]},
        {
            "content": [
                {
                    "type": "video_url",
                    "video_url": {"url": "data:video/mp4;base64,AA"},
                    "role": "reference_video",
                }
            ]
        },
        {
            "content": [
                *TEXT,
                {
                    "type": "audio_url",
                    "audio_url": {"url": "https://a.example/1.mp3"},
                    "role": "reference_audio",
                },
            ]
        },
    ],
    ids=str,
)
def test_a_wrong_task_is_refused(official, wrong):
    """Fields at the top are checked strictly."""
    with pytest.raises(ArkBadRequestError):
        official.content_generation.tasks.create(**({"model": MODEL, "content": TEXT} | wrong))


def test_the_fast_model_has_no_1080p(official):
    """Each model has resolutions of its own."""
    with pytest.raises(ArkBadRequestError):
        official.content_generation.tasks.create(
            model="dreamina-seedance-2-0-fast-260128", content=TEXT, resolution="1080p"
        )


def test_a_wrong_key_is_refused(ark):
    """With the code that Ark gives."""
    with (
        Ark(api_key="other", base_url=ark.url, max_retries=0) as client,
        pytest.raises(ArkAuthenticationError) as caught,
    ):
        client.content_generation.tasks.create(model=MODEL, content=TEXT)
    assert caught.value.code == "AuthenticationError"


def test_one_list_call_a_second(ark, official):
    """The limit of an account."""
    ark.settings.lists_per_second = 1.0
    official.content_generation.tasks.list()

    with pytest.raises(ArkRateLimitError):
        official.content_generation.tasks.list()


def test_a_lost_reply_makes_the_official_client_buy_two(ark):
    """It sends again what it got no answer to, and Ark knows no idempotency."""
    ark.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))

    with Ark(api_key=ARK_KEY, base_url=ark.url) as client:
        client.content_generation.tasks.create(model=MODEL, content=TEXT)

    assert len(ark.jobs) == 2


@pytest.mark.parametrize("task", ["edit", "extend"])
def test_an_edit_and_an_extension_are_of_a_video(ark, official, task):
    """And are what Seedance 2.5 makes."""
    asked = {"omni_reference_task_type": task, "duration": -1}
    url = {"url": "https://a.example/1.mp4"}
    video = {"type": "video_url", "video_url": url, "role": "reference_video"}
    create = official.content_generation.tasks.create

    assert create(model=LATER, content=[*TEXT, video], **asked).id
    with pytest.raises(ArkBadRequestError, match="reference_video"):
        create(model=LATER, content=TEXT, **asked)
    with pytest.raises(ArkBadRequestError, match=r"Seedance 2\.5"):
        create(model=MODEL, content=[*TEXT, video], **asked)
    assert len(ark.jobs) == 1


def test_a_full_queue_refuses(ark, official):
    """Tasks above the cap are not taken."""
    ark.settings.queue_cap = 1
    ark.settings.queue_seconds = (30, 30)
    official.content_generation.tasks.create(model=MODEL, content=TEXT)

    with pytest.raises(ArkRateLimitError) as caught:
        official.content_generation.tasks.create(model=MODEL, content=TEXT)
    assert caught.value.code == "QuotaExceeded"


def test_a_failed_task_says_why(ark, official):
    """Moderation of the output fails the task."""
    ark.add_fault(Fault(FaultKind.MODEL_FAILURE))
    made = official.content_generation.tasks.create(model=MODEL, content=TEXT)
    ark.advance(61)

    task = official.content_generation.tasks.get(task_id=made.id)

    assert task.status == "failed"
    assert task.error.code == "OutputVideoSensitiveContentDetected.PolicyViolation"
