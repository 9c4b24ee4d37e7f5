"""A wish to cancel is honoured as far as it can be, and the answer tells what may be billed."""

from __future__ import annotations

import pytest

from emulators.fal import Fault, FaultKind, Operation
from reliability.asking import assert_bought_once, at_rest, in_state
from rushes import JobCancelled, JobState
from rushes.backends.protocol import Limits
from support.requests import FOX
from support.timings import A_WHILE, AN_HOUR
from support.waiting import until


def test_a_job_that_was_not_sent_is_never_sent(make_gen, emulator):
    """It waits here for its turn; nothing is billed."""
    emulator.add_fault(Fault(FaultKind.SLOW_REPLY, times=1, seconds=AN_HOUR))
    gen = make_gen(limits=Limits(submits=1, poll_floor=0.05, first_poll=0.05))
    first = gen.submit(FOX)
    until(lambda: emulator.jobs)
    second = gen.submit(FOX)

    cancellation = second.cancel()

    assert (cancellation.reached, cancellation.may_bill) == (True, False)
    assert second.state is JobState.CANCELLED
    with pytest.raises(JobCancelled):
        second.result()
    emulator.advance(A_WHILE)
    assert_bought_once(emulator, at_rest(gen, first))


def test_jobs_behind_a_cancelled_one_are_sent(make_gen, emulator):
    """The one that falls out holds nobody up."""
    emulator.add_fault(Fault(FaultKind.SLOW_REPLY, times=1, seconds=AN_HOUR))
    gen = make_gen(limits=Limits(submits=1, poll_floor=0.05, first_poll=0.05))
    jobs = [gen.submit(FOX | {"prompt": f"Fox {number}"}) for number in range(4)]
    until(lambda: emulator.jobs)

    jobs[1].cancel()
    jobs[2].cancel()

    emulator.advance(A_WHILE)
    states = [at_rest(gen, job).state for job in jobs]
    assert states == ["completed", "cancelled", "cancelled", "completed"]
    assert len(emulator.jobs) == 2


def test_a_job_that_is_being_sent_is_cancelled_once_it_is_taken(gen, emulator):
    """The service is told as soon as it has given the job a name."""
    emulator.settings.run_seconds = AN_HOUR
    emulator.add_fault(Fault(FaultKind.SLOW_REPLY, times=1, seconds=(60.0, 60.0)))
    job = gen.submit(FOX)
    until(lambda: emulator.jobs)

    cancellation = job.cancel()

    assert (cancellation.reached, cancellation.may_bill) == (True, True)
    emulator.advance(61.0)
    assert at_rest(gen, job).state is JobState.CANCELLED
    assert emulator.jobs[0].cancelled
    assert emulator.counts["submit"] == 1


@pytest.mark.parametrize("early", [True, False], ids=["while it is sent", "while it runs"])
def test_a_wish_that_the_service_refuses_is_not_repeated(gen, emulator, early):
    """It is sent once, and the job is not said to be cancelled any more."""
    emulator.settings.run_seconds = AN_HOUR
    emulator.add_fault(Fault(FaultKind.ERROR_BEFORE, on=Operation.CANCEL, times=1))
    if early:
        emulator.add_fault(Fault(FaultKind.SLOW_REPLY, times=1, seconds=(60.0, 60.0)))
    job = gen.submit(FOX)
    until(lambda: emulator.jobs and (early or job.state is JobState.RUNNING))

    job.cancel()
    emulator.advance(61.0)
    until(lambda: emulator.counts["cancel"] and "cancel" not in job.progress.text)

    emulator.advance(A_WHILE)
    record = at_rest(gen, job)
    assert any("not cancelled" in note for note in record.notes) is early
    assert record.cancel_requested_at is None
    assert emulator.counts["cancel"] == 1
    assert_bought_once(emulator, record)


def test_a_job_that_is_refused_for_now_after_a_wish_to_cancel_is_not_sent_again(gen, emulator):
    """Its second try would be one that nobody wants any more."""

    def wish(_call: object) -> bool:
        gen.engine.journal.request_cancel(gen.jobs()[0].id)
        return True

    emulator.add_fault(Fault(FaultKind.TOO_MANY, times=1, retry_after=0.1, when=wish))
    job = gen.submit(FOX)

    with pytest.raises(JobCancelled, match="nothing is billed"):
        job.result()

    assert (emulator.counts["submit"], emulator.jobs) == (1, [])


def test_a_job_in_the_services_line_is_removed(gen, emulator):
    """Fal says so, and does not bill it."""
    emulator.settings.queue_seconds = (60.0, 60.0)
    job = gen.submit(FOX)
    in_state(job, JobState.RUNNING)

    cancellation = job.cancel()

    assert (cancellation.reached, cancellation.may_bill) == (True, False)
    assert at_rest(gen, job).state is JobState.CANCELLED


def test_a_running_job_is_stopped_and_may_be_billed(gen, emulator):
    """Its model stops when it is asked to."""
    emulator.settings.run_seconds = (60.0, 60.0)
    job = gen.submit(FOX)
    in_state(job, JobState.RUNNING)

    cancellation = job.cancel()

    assert (cancellation.reached, cancellation.may_bill) == (True, True)
    assert at_rest(gen, job).state is JobState.CANCELLED


def test_a_running_job_that_does_not_stop_gives_its_video(gen, emulator):
    """It is paid for, so it is brought here."""
    emulator.settings.run_seconds = AN_HOUR
    emulator.settings.cancel_cooperates = False
    job = gen.submit(FOX)
    in_state(job, JobState.RUNNING)

    cancellation = job.cancel()

    assert (cancellation.reached, cancellation.may_bill) == (True, True)
    emulator.advance(A_WHILE)
    assert_bought_once(emulator, at_rest(gen, job))


def test_a_job_that_the_service_has_finished_gives_its_video(make_gen, emulator):
    """The wish came too late, before it was known here."""
    emulator.settings.run_seconds = AN_HOUR
    gen = make_gen(limits=Limits(poll_floor=2.0, first_poll=2.0))
    job = gen.submit(FOX)
    in_state(job, JobState.RUNNING)
    emulator.advance(A_WHILE)

    cancellation = job.cancel()

    assert (cancellation.reached, cancellation.may_bill) == (False, True)
    assert_bought_once(emulator, at_rest(gen, job))


def test_a_wish_that_does_not_reach_the_service_says_so(gen, emulator):
    """The job goes on and is billed; it can be cancelled again."""
    emulator.settings.run_seconds = (60.0, 60.0)
    emulator.add_fault(Fault(FaultKind.DROP_BEFORE, on=Operation.CANCEL, times=1))
    job = gen.submit(FOX)
    in_state(job, JobState.RUNNING)

    first, second = job.cancel(), job.cancel()

    assert (first.reached, first.may_bill) == (False, True)
    assert "again" in first.message
    assert second.reached
    assert at_rest(gen, job).state is JobState.CANCELLED


@pytest.mark.parametrize(
    ("fault", "may_bill"),
    [(None, True), (FaultKind.MODEL_FAILURE, False)],
    ids=["completed", "failed"],
)
def test_a_job_that_has_ended_stays_as_it_is(gen, emulator, fault, may_bill):
    """Nothing is asked of the service any more."""
    if fault:
        emulator.add_fault(Fault(fault, times=1))
    job = gen.submit(FOX)
    before = at_rest(gen, job).state

    cancellation = job.cancel()

    assert (cancellation.reached, cancellation.may_bill) == (False, may_bill)
    assert job.state is before
    assert emulator.counts["cancel"] == 0
