"""Whatever goes wrong while a job is sent, it is bought once at most and never forgotten."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulators.fal import Fault, FaultKind, Operation
from reliability.asking import assert_bought_once, assert_kept, at_rest
from rushes import (
    AuthenticationFailed,
    CreditsExhausted,
    InvalidParams,
    JobState,
    JobUncertain,
)
from rushes.backends.protocol import Limits
from support.requests import FOX, OWL
from support.timings import AN_HOUR, BRIEF, QUICK
from support.waiting import until

HASTY = replace(QUICK, submit_deadline=0.5)

REPLY_LOST = {
    "no reply": {"kind": FaultKind.LOSE_REPLY},
    "500": {"kind": FaultKind.ERROR_AFTER},
    "504": {"kind": FaultKind.ERROR_AFTER, "status": 504},
    "408": {"kind": FaultKind.ERROR_AFTER, "status": 408},
    "half a reply": {"kind": FaultKind.MALFORMED_JSON},
    "late reply": {"kind": FaultKind.SLOW_REPLY, "seconds": (2.0, 2.0)},
}
NOT_TAKEN = {
    "no reply": {"kind": FaultKind.DROP_BEFORE},
    "500": {"kind": FaultKind.ERROR_BEFORE},
    "web page": {"kind": FaultKind.HTML_PAGE},
}

each_reply_lost = pytest.mark.parametrize("fault", REPLY_LOST.values(), ids=REPLY_LOST)
each_not_taken = pytest.mark.parametrize("fault", NOT_TAKEN.values(), ids=NOT_TAKEN)
each_provider = pytest.mark.parametrize("request_", [FOX, OWL], ids=["marked", "unmarked"])


@each_provider
@each_reply_lost
def test_a_job_whose_reply_was_lost_is_adopted(make_gen, emulator, request_, fault):
    """The history shows what the service took; that is the job, and it is not sent again."""
    emulator.add_fault(Fault(**fault, times=1))
    gen = make_gen(timing=HASTY)

    record = at_rest(gen, gen.submit(request_))

    assert_bought_once(emulator, record)


@each_provider
@each_reply_lost
def test_a_lost_reply_without_a_history_is_for_the_user_to_decide(
    make_gen, emulator, request_, fault
):
    """Nobody can tell, so nothing is sent again; the error names the three ways out."""
    emulator.settings.history_usable = False
    emulator.add_fault(Fault(**fault, times=1))
    gen = make_gen(timing=HASTY)
    job = gen.submit(request_)

    with pytest.raises(JobUncertain, match=r"resolve.*resubmit.*abandon") as caught:
        job.result()

    assert caught.value.job_id == job.id
    assert job.state is JobState.UNCERTAIN
    assert (emulator.counts["submit"], len(emulator.jobs)) == (1, 1)


@each_not_taken
def test_what_a_lagging_history_does_not_show_is_not_sent_again(make_gen, emulator, fault):
    """Its absence proves nothing: after the service's lag the user decides."""
    emulator.add_fault(Fault(**fault, times=1))
    gen = make_gen(lag=0.3, timing=BRIEF)

    record = at_rest(gen, gen.submit(FOX))

    assert record.state is JobState.UNCERTAIN
    assert (emulator.counts["submit"], emulator.jobs) == (1, [])
    assert emulator.counts["history"] >= 1


def test_a_history_that_lags_is_asked_again(make_gen, emulator):
    """Within the service's lag a job may turn up late."""
    emulator.settings.history_lag = AN_HOUR[0]
    emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    gen = make_gen()
    job = gen.submit(FOX)
    until(lambda: emulator.counts["history"] > 1)

    emulator.settings.history_lag = 0.0

    assert_bought_once(emulator, at_rest(gen, job))


@pytest.mark.parametrize(
    "kind", [FaultKind.ERROR_BEFORE, FaultKind.HTML_PAGE, FaultKind.TOO_MANY, FaultKind.DROP_BEFORE]
)
def test_a_history_that_fails_is_asked_again(gen, emulator, kind):
    """A trouble of the history is no answer."""
    emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    emulator.add_fault(Fault(kind, on=Operation.HISTORY, times=2, retry_after=0.1))

    assert_bought_once(emulator, at_rest(gen, gen.submit(FOX)))


def test_a_history_that_cannot_be_asked_settles_nothing(make_gen, emulator):
    """After a night without a network the first question fails; the job is still found."""
    emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    emulator.add_fault(Fault(FaultKind.DROP_BEFORE, on=Operation.HISTORY, times=5))
    gen = make_gen(lag=0.0)

    assert_bought_once(emulator, at_rest(gen, gen.submit(FOX)))


def test_a_history_that_can_never_be_asked_leaves_it_to_the_user(make_gen, emulator):
    """The job does not wait for ever."""
    emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    emulator.add_fault(Fault(FaultKind.HTML_PAGE, on=Operation.HISTORY))
    gen = make_gen(lag=0.0, timing=replace(BRIEF, retry_most=0.1))

    record = at_rest(gen, gen.submit(FOX))

    assert record.state is JobState.UNCERTAIN
    assert (emulator.counts["submit"], len(emulator.jobs)) == (1, 1)


def test_two_jobs_that_ask_for_the_same_each_get_a_video(gen, emulator):
    """A lost reply is not settled with a request that belongs to the other one."""
    emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1, skip=1))
    first = at_rest(gen, gen.submit(OWL))

    second = at_rest(gen, gen.submit(OWL))

    assert first.remote_id != second.remote_id
    assert {first.remote_id, second.remote_id} == {job.request_id for job in emulator.jobs}
    assert_kept(first)
    assert_kept(second)


def test_a_service_that_is_overrun_gets_its_peace(gen, emulator):
    """A 429 is a refusal: each job is sent again later, and bought once."""
    emulator.add_fault(Fault(FaultKind.TOO_MANY, times=4, retry_after=0.2))
    jobs = [gen.submit(FOX | {"prompt": f"Fox {number}"}) for number in range(4)]

    records = [at_rest(gen, job) for job in jobs]

    for record in records:
        assert_kept(record)
    assert {record.remote_id for record in records} == {job.request_id for job in emulator.jobs}
    assert len(emulator.jobs) == 4


def test_jobs_that_have_to_wait_say_until_when(make_gen, emulator):
    """All jobs of the service do, not only the one that it refused."""
    emulator.add_fault(Fault(FaultKind.TOO_MANY, retry_after=1_800.0))
    gen = make_gen(limits=Limits(submits=1))
    jobs = [gen.submit(FOX | {"prompt": f"Fox {number}"}) for number in range(3)]

    until(lambda: all("the next call is in 30 min, at" in job.progress.text for job in jobs))

    assert {job.state for job in jobs} == {JobState.QUEUED}
    assert all("fal asked to slow down" in job.progress.text for job in jobs)


@pytest.mark.parametrize(
    ("setting", "error"),
    [
        ({"keys": frozenset({"other:key"})}, AuthenticationFailed),
        ({"locked_keys": frozenset({"emulator-id:emulator-secret"})}, CreditsExhausted),
    ],
    ids=["wrong key", "no credit"],
)
def test_a_key_that_is_not_let_in_buys_nothing(gen, emulator, setting, error):
    """The job fails at once, with what is to be done."""
    for name, value in setting.items():
        setattr(emulator.settings, name, value)

    with pytest.raises(error):
        gen.submit(FOX).result()

    assert (emulator.counts["submit"], emulator.jobs) == (1, [])


@pytest.mark.parametrize("early", [True, False], ids=["when sent", "when run"])
def test_a_request_that_the_model_refuses_fails_with_its_words(gen, emulator, early):
    """Fal checks the input when it is sent or only when it is run."""
    emulator.settings.early_validation = early
    gone = f"{emulator.media_url}/uploads/gone/fox.png"

    with pytest.raises(InvalidParams) as caught:
        gen.submit(FOX | {"mode": "image-to-video", "start_image_url": gone}).result()

    assert caught.value.error_detail is not None
    assert caught.value.error_detail.type == "file_download_error"
    assert len(emulator.jobs) == (0 if early else 1)
