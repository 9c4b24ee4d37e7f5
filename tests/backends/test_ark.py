"""Jobs through Ark."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from emulators.ark import ARK_KEY, ArkEmulator, ArkSettings, Fault, FaultKind
from reliability.asking import at_rest, in_state
from rushes import CreditsExhausted, JobCancelled, JobState, NoBackend, RateLimited, VideoGen
from rushes.backends.ark import ArkBackend
from rushes.backends.ark.refusal import failure
from rushes.backends.protocol import Limits
from support.requests import FOX
from support.timings import A_WHILE, AN_HOUR, QUICK
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def ark() -> Iterator[ArkEmulator]:
    with ArkEmulator(ArkSettings(run_seconds=(0.1, 0.3), tiny_clips=True)) as running:
        yield running


@pytest.fixture
def gen(make: Callable[..., VideoGen]) -> VideoGen:
    return make()


@pytest.fixture
def make(ark: ArkEmulator, tmp_path: Path) -> Iterator[Callable[..., VideoGen]]:
    made: list[VideoGen] = []

    def client(**options: Any) -> VideoGen:
        options.setdefault("limits", Limits(poll_floor=0.05, first_poll=0.05, polls=512))
        backend = ArkBackend(ARK_KEY, url=ark.url, **{"list_pause": 0.01, **options})
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


@pytest.mark.parametrize(
    ("request_", "amount"),
    [
        # 108,900 tokens x $7.0 a million
        pytest.param({}, 0.7623, id="720p"),
        # 245,025 tokens x $7.7 a million
        pytest.param({"resolution": "1080p"}, 1.886692, id="1080p"),
        # 960 x 960 x 97 / 1,024 = 87,300 tokens x $5.6 a million
        pytest.param(
            {"provider": "seedance-2.0-fast", "aspect_ratio": "1:1", "duration_seconds": 4},
            0.48888,
            id="fast",
        ),
    ],
)
def test_the_cost_is_what_ark_counted_and_the_estimate_is_near(gen, request_, amount):
    """Ark bills whole tokens; the estimate uses the same formula."""
    params, backend = gen.check(FOX | request_)
    estimate = gen.catalog.providers[params.provider].estimate(params, backend)

    billed = gen.submit(FOX | request_).result().cost

    assert billed is not None
    assert estimate is not None
    assert not billed.estimated
    assert billed.amount == pytest.approx(amount, abs=1e-5)
    assert estimate.amount == pytest.approx(billed.amount, abs=1e-5)


def test_a_local_image_goes_inside_the_request(gen, ark, tmp_path):
    """Ark has no upload; the journal keeps the file's address, not its bytes."""
    path = tmp_path / "fox.png"
    Image.new("RGB", (320, 320)).save(path)

    job = gen.submit(FOX | {"mode": "image-to-video", "start_image_url": str(path)})
    record = at_rest(gen, job)

    item = ark.jobs[0].input["content"][1]
    head, _, content = item["image_url"]["url"].partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(content) == path.read_bytes()
    assert "base64" not in str(record.request)


@pytest.mark.slow
def test_many_jobs_are_asked_for_with_one_call(gen, ark):
    """Fewer status calls than jobs, and none by itself while others wait."""
    ark.settings.run_seconds = (1.0, 1.0)
    jobs = [gen.submit(FOX | {"prompt": f"Fox {number}"}) for number in range(40)]

    for job in jobs:
        at_rest(gen, job)

    assert ark.counts["status"] + ark.counts["history"] < 5 * len(jobs)


def test_a_key_that_may_not_list_asks_for_each_job(gen, ark):
    """The list is a saving, not a need."""
    ark.settings.may_list = False
    jobs = [gen.submit(FOX | {"prompt": f"Fox {number}"}) for number in range(4)]

    assert {at_rest(gen, job).state for job in jobs} == {JobState.COMPLETED}


def test_a_lost_reply_with_a_key_that_may_not_list_is_for_the_user(gen, ark):
    """Nobody can tell."""
    ark.settings.may_list = False
    ark.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))

    assert at_rest(gen, gen.submit(FOX)).state is JobState.UNCERTAIN


def test_cancelling_a_waiting_job_removes_it(gen, ark):
    """And it is not billed."""
    ark.settings.queue_seconds = (60, 60)
    job = gen.submit(FOX)
    in_state(job, JobState.RUNNING)

    cancellation = job.cancel()

    assert (cancellation.reached, cancellation.may_bill) == (True, False)
    with pytest.raises(JobCancelled):
        job.result()


def test_a_running_job_cannot_be_stopped(gen, ark):
    """That is said, and the job is left to end."""
    ark.settings.run_seconds = AN_HOUR
    job = gen.submit(FOX)
    in_state(job, JobState.RUNNING)

    cancellation = job.cancel()

    assert (cancellation.reached, cancellation.may_bill) == (False, True)
    assert "cannot stop" in cancellation.message
    ark.advance(A_WHILE)
    assert at_rest(gen, job).state is JobState.COMPLETED


def test_cancelling_too_late_forgets_no_video(gen, ark):
    """A finished task is not deleted: its video would be gone."""
    job = gen.submit(FOX)
    at_rest(gen, job)

    backend = gen.engine.backends.get("ark")
    cancellation = gen.engine.call(backend.cancel(job.remote_id, {})).result(60.0)

    assert cancellation.may_bill
    assert len(ark.jobs) == 1


@pytest.mark.slow
def test_a_full_queue_is_waited_for(gen, ark):
    """The job is sent again, and bought once."""
    ark.settings.queue_cap = 1
    ark.settings.queue_seconds = AN_HOUR
    jobs = [gen.submit(FOX | {"prompt": f"Fox {number}"}) for number in range(3)]
    until(lambda: ark.counts["submit"] > 3)
    ark.settings.queue_seconds = (0.0, 0.0)
    ark.advance(A_WHILE)

    assert {at_rest(gen, job).state for job in jobs} == {JobState.COMPLETED}
    assert len(ark.jobs) == 3


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        ("QuotaExceeded", "The number of queued tasks exceeds the queue limit.", RateLimited),
        ("QuotaExceeded", "The free trial quota is used up.", CreditsExhausted),
        ("SetLimitExceeded", "The inference limit is reached.", CreditsExhausted),
        ("ServerOverloaded", "Busy.", RateLimited),
        ("AccountOverdueError", "The account has an overdue balance.", CreditsExhausted),
    ],
)
def test_a_429_is_read_by_its_code(code, text, kind):
    """Limits that pass are waited for, money is not."""
    error = failure({"code": code, "message": text}, lambda words: words, status=429)

    assert type(error) is kind
    assert error.error_detail is not None
    assert error.error_detail.type == code


def test_a_job_that_ark_gave_up_is_told(gen, ark):
    """Expired is neither failed nor cancelled."""
    ark.add_fault(Fault(FaultKind.PLATFORM_FAILURE, error_type="expired"))

    record = at_rest(gen, gen.submit(FOX))

    assert record.state is JobState.FAILED
    assert "took too long" in str(record.error)


def test_the_region_is_one_that_exists(tmp_path):
    """A wrong one is named with those that exist."""
    with pytest.raises(NoBackend, match="eu-west-1"):
        ArkBackend.from_environment({"ARK_API_KEY": "k", "ARK_REGION": "mars"}, tmp_path)


def test_without_a_key_the_variable_is_named(tmp_path):
    """Nothing is sent."""
    with pytest.raises(NoBackend, match="ARK_API_KEY"):
        ArkBackend.from_environment({}, tmp_path)
