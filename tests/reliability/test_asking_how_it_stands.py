"""What a service answers about a job that it has never loses the job."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from emulators.fal import FAL_KEY, Fault, FaultKind, Operation
from reliability.asking import assert_bought_once, assert_kept, at_rest, in_state
from rushes import BackendUnavailable, JobState, SafetyFilter
from support.requests import FOX
from support.timings import A_WHILE, AN_HOUR, QUICK
from support.waiting import until

if TYPE_CHECKING:
    from emulators.fal import FalEmulator

PATIENT = replace(QUICK, forgotten=60.0)

NO_ANSWER = {
    "web page": {"kind": FaultKind.HTML_PAGE},
    "503 page": {"kind": FaultKind.HTML_PAGE, "status": 503},
    "500": {"kind": FaultKind.ERROR_BEFORE},
    "401": {"kind": FaultKind.ERROR_BEFORE, "status": 401},
    "half a reply": {"kind": FaultKind.MALFORMED_JSON},
    "no reply": {"kind": FaultKind.DROP_BEFORE},
    "too many": {"kind": FaultKind.TOO_MANY, "retry_after": 0.1},
    "unknown job": {"kind": FaultKind.NOT_FOUND},
}


@pytest.fixture
def emulator(emulator: FalEmulator) -> FalEmulator:
    """A fal that has to be asked."""
    emulator.settings.streams = False
    return emulator


@pytest.mark.parametrize("operation", [Operation.STATUS, Operation.RESULT])
@pytest.mark.parametrize("fault", NO_ANSWER.values(), ids=NO_ANSWER)
def test_a_question_that_is_not_answered_is_asked_again(make_gen, emulator, fault, operation):
    """It says nothing about the job, which is paid for."""
    trouble = emulator.add_fault(Fault(**fault, on=operation, times=3))
    gen = make_gen(timing=PATIENT)

    record = at_rest(gen, gen.submit(FOX))

    assert trouble.struck == 3
    assert_bought_once(emulator, record)


def test_a_service_with_a_low_limit_is_asked_slowly(gen, emulator):
    """Too many questions make all jobs wait, none fail."""
    # So few that eight jobs are too many even for a slow machine.
    emulator.settings.polls_per_second = 3.0
    emulator.settings.poll_retry_after = 0.2
    jobs = [gen.submit(FOX | {"prompt": f"Fox {number}"}) for number in range(8)]

    # All of them first: a file that is still arriving stands in the same folder.
    for record in [at_rest(gen, job) for job in jobs]:
        assert_kept(record)

    assert emulator.counts["too_many"] > 0
    assert len(emulator.jobs) == 8


def test_a_key_that_is_locked_meanwhile_fails_no_paid_job(gen, emulator):
    """It goes on when the key works again."""
    emulator.settings.run_seconds = AN_HOUR
    job = gen.submit(FOX)
    in_state(job, JobState.RUNNING)
    emulator.settings.keys = frozenset()
    until(lambda: "key" in job.progress.text)

    emulator.settings.keys = frozenset({FAL_KEY})
    emulator.advance(A_WHILE)

    assert_bought_once(emulator, at_rest(gen, job))


@pytest.mark.parametrize("operation", [Operation.STATUS, Operation.RESULT])
def test_a_job_that_stays_unknown_is_given_up_with_a_warning(gen, emulator, operation):
    """It may have been billed, and is named so that it can be looked up."""
    emulator.add_fault(Fault(FaultKind.NOT_FOUND, on=operation))
    job = gen.submit(FOX)

    with pytest.raises(BackendUnavailable, match="may have been billed") as caught:
        job.result()

    assert emulator.jobs[0].request_id in caught.value.message
    assert emulator.counts["submit"] == 1


def test_a_job_that_fal_failed_says_why(gen, emulator):
    """The status is COMPLETED with an error."""
    emulator.add_fault(Fault(FaultKind.PLATFORM_FAILURE, times=1))

    with pytest.raises(BackendUnavailable) as caught:
        gen.submit(FOX).result()

    assert caught.value.error_detail is not None
    assert caught.value.error_detail.type == "runner_server_error"
    assert emulator.counts["submit"] == 1


def test_a_job_that_the_model_failed_with_a_typed_server_error_fails(gen, emulator):
    """Fal's own type tells a verdict from a passing trouble."""
    emulator.add_fault(
        Fault(FaultKind.MODEL_FAILURE, times=1, error_type="downstream_service_unavailable")
    )

    with pytest.raises(BackendUnavailable):
        gen.submit(FOX).result()

    assert emulator.counts["submit"] == 1


def test_a_silent_refusal_is_found_in_the_result(gen, emulator):
    """The status is COMPLETED without an error; only the result tells."""
    emulator.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1))

    with pytest.raises(SafetyFilter) as caught:
        gen.submit(FOX).result()

    assert caught.value.status == 422
    assert caught.value.error_detail is not None
    assert caught.value.error_detail.type == "content_policy_violation"
    assert caught.value.error_detail.loc == ("body", "prompt")
    assert emulator.counts["submit"] == 1
