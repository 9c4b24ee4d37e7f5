"""What holds for every service: nothing is lost, nothing is bought twice, whatever goes wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from emulators.faults import Fault, FaultKind, Operation
from reliability.asking import assert_bought_once, assert_kept, at_rest
from rushes import AuthenticationFailed, JobState, SafetyFilter, VideoGen
from support.services import SERVICES, Service
from support.timings import BRIEF, QUICK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emulators.emulator import Emulator

HASTY = replace(QUICK, submit_deadline=0.5)

REPLY_LOST = {
    "no reply": {"kind": FaultKind.LOSE_REPLY},
    "500": {"kind": FaultKind.ERROR_AFTER},
    "504": {"kind": FaultKind.ERROR_AFTER, "status": 504},
    "half a reply": {"kind": FaultKind.MALFORMED_JSON},
    "late reply": {"kind": FaultKind.SLOW_REPLY, "seconds": (2.0, 2.0)},
}
NOT_TAKEN = {
    "no reply": {"kind": FaultKind.DROP_BEFORE},
    "500": {"kind": FaultKind.ERROR_BEFORE},
    "web page": {"kind": FaultKind.HTML_PAGE},
}
TROUBLE = {
    "no reply": FaultKind.DROP_BEFORE,
    "500": FaultKind.ERROR_BEFORE,
    "web page": FaultKind.HTML_PAGE,
    "429": FaultKind.TOO_MANY,
    "half a reply": FaultKind.MALFORMED_JSON,
}
BAD_DOWNLOAD = [
    FaultKind.TRUNCATED_BODY,
    FaultKind.SHORT_BODY,
    FaultKind.HTML_BODY,
    FaultKind.ZERO_BODY,
    FaultKind.EXPIRED_LINK,
    FaultKind.REDIRECT,
]


@pytest.fixture(params=SERVICES, ids=str)
def service(request: pytest.FixtureRequest) -> Service:
    chosen: Service = request.param
    return chosen


@pytest.fixture
def emulator(service: Service) -> Iterator[Emulator[Any]]:
    with service.emulator(run_seconds=(0.1, 0.3), tiny_clips=True) as running:
        yield running


@pytest.fixture
def make_gen(service: Service, emulator: Emulator[Any], tmp_path: Path) -> Iterator[Callable]:
    made: list[VideoGen] = []

    def make(timing: Any = QUICK, **options: Any) -> VideoGen:
        gen = VideoGen(
            service.backend(emulator.urls, **options),
            library=tmp_path / "media",
            home=tmp_path / "home",
            timing=timing,
            timeout=60.0,
        )
        made.append(gen)
        return gen

    yield make
    for gen in made:
        gen.close()


@pytest.fixture
def gen(make_gen: Callable[..., VideoGen]) -> VideoGen:
    return make_gen()


def test_a_job_becomes_a_file(gen, emulator, service):
    """It is sent once, and the video that is kept is its own."""
    assert_bought_once(emulator, at_rest(gen, gen.submit(service.request)))


@pytest.mark.parametrize("fault", REPLY_LOST.values(), ids=REPLY_LOST)
def test_a_lost_reply_buys_no_second_video(make_gen, emulator, service, fault):
    """The job is found at the service, or the user decides; it is never sent again."""
    emulator.add_fault(Fault(**fault, times=1))
    gen = make_gen(HASTY)

    record = at_rest(gen, gen.submit(service.request))

    assert len(emulator.jobs) == 1
    if gen.engine.backends.get(service.name).reconciliation == "key":
        assert emulator.counts["submit"] >= 2
    else:
        assert emulator.counts["submit"] == 1
    if service.lag is None and emulator.counts["submit"] == 1:
        assert record.state is JobState.UNCERTAIN
    else:
        assert_kept(record)


@pytest.mark.parametrize("fault", NOT_TAKEN.values(), ids=NOT_TAKEN)
def test_a_request_that_did_not_arrive_is_sent_again_only_on_proof(
    make_gen, emulator, service, fault
):
    """Where absence is proof, the job is sent again; elsewhere the user decides."""
    emulator.add_fault(Fault(**fault, times=1))
    gen = make_gen(BRIEF, **({"lag": 0.3} if service.lag else {}))

    record = at_rest(gen, gen.submit(service.request))

    reconciliation = gen.engine.backends.get(service.name).reconciliation
    if reconciliation in {"key", "lookup"}:
        assert emulator.counts["submit"] == 2 or reconciliation == "key"
        assert len(emulator.jobs) == 1
        assert_kept(record)
    else:
        assert record.state is JobState.UNCERTAIN
        assert (emulator.counts["submit"], emulator.jobs) == (1, [])


def test_a_list_that_lags_is_asked_again(make_gen, emulator, service):
    """Within the service's lag a job may turn up late."""
    if service.lag is None:
        pytest.skip(f"{service} has no list")
    setattr(emulator.settings, service.lag, 0.5)
    emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    gen = make_gen()

    assert_bought_once(emulator, at_rest(gen, gen.submit(service.request)))


@pytest.mark.parametrize("kind", TROUBLE.values(), ids=TROUBLE)
def test_trouble_while_looking_for_a_job_is_no_answer(make_gen, emulator, service, kind):
    """The list is asked again until it answers."""
    if service.lag is None:
        pytest.skip(f"{service} has no list")
    emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    emulator.add_fault(Fault(kind, on=Operation.HISTORY, times=2, retry_after=0.1))
    gen = make_gen(lag=0.0)

    assert_bought_once(emulator, at_rest(gen, gen.submit(service.request)))


def test_a_service_that_is_overrun_gets_its_peace(gen, emulator, service):
    """A 429 is a refusal: each job is sent again later, and bought once."""
    emulator.add_fault(Fault(FaultKind.TOO_MANY, times=4, retry_after=0.2))
    jobs = [gen.submit(service.request | {"prompt": f"Fox {number}"}) for number in range(4)]

    records = [at_rest(gen, job) for job in jobs]

    for record in records:
        assert_kept(record)
    assert {record.remote_id for record in records} == {job.request_id for job in emulator.jobs}
    assert len(emulator.jobs) == 4


@pytest.mark.parametrize("kind", TROUBLE.values(), ids=TROUBLE)
def test_a_status_call_that_fails_fails_no_job(gen, emulator, service, kind):
    """The next one answers."""
    for operation in (Operation.STATUS, Operation.HISTORY):
        emulator.add_fault(Fault(kind, on=operation, times=2, retry_after=0.1))

    assert_bought_once(emulator, at_rest(gen, gen.submit(service.request)))


@pytest.mark.parametrize("kind", BAD_DOWNLOAD)
def test_a_bad_download_is_repeated(gen, emulator, service, kind):
    """What is kept is the whole video."""
    emulator.add_fault(Fault(kind, times=1))

    assert_bought_once(emulator, at_rest(gen, gen.submit(service.request)))


def test_a_key_that_is_not_let_in_buys_nothing(gen, emulator, service):
    """The job fails at once, with what is to be done."""
    for name, value in service.wrong_keys.items():
        setattr(emulator.settings, name, value)

    with pytest.raises(AuthenticationFailed):
        gen.submit(service.request).result()

    assert (emulator.counts["submit"], emulator.jobs) == (1, [])


def test_a_video_that_moderation_refuses_is_told_as_that(gen, emulator, service):
    """With the service's own words."""
    emulator.add_fault(Fault(FaultKind.MODEL_FAILURE))

    with pytest.raises(SafetyFilter) as caught:
        gen.submit(service.request).result()

    assert caught.value.error_detail is not None


def test_many_jobs_at_once_each_get_their_own_video(gen, emulator, service):
    """Answers about many jobs are not mixed up."""
    jobs = [gen.submit(service.request | {"prompt": f"Fox {number}"}) for number in range(20)]

    records = [at_rest(gen, job) for job in jobs]

    for record in records:
        assert_kept(record)
    assert len({record.remote_id for record in records}) == len(emulator.jobs) == 20
