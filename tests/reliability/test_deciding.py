"""What the user may do about a job of which nobody knows whether the service has it."""

from __future__ import annotations

import pytest

from emulators.fal import Fault, FaultKind, Operation
from reliability.asking import assert_bought_once, assert_kept, at_rest, in_state
from rushes import BackendUnavailable, JobNotFound, JobState, JobUncertain
from rushes.contract.errors import JournalError, RemoteTaken
from support.requests import FOX
from support.timings import A_WHILE, AN_HOUR
from support.waiting import until


@pytest.fixture
def doubtful(gen, emulator):
    """A job whose reply was lost, at a service whose history may not be read."""
    emulator.settings.history_usable = False
    emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    job = gen.submit(FOX)
    assert at_rest(gen, job).state is JobState.UNCERTAIN
    return job


def test_a_job_that_the_user_found_is_fetched(gen, emulator, doubtful):
    """`resolve` with the service's id makes it an ordinary job."""
    doubtful.resolve(remote_id=emulator.jobs[0].request_id)

    assert_bought_once(emulator, at_rest(gen, doubtful))


@pytest.mark.parametrize("remote_id", ["nope", "", None, 5])
def test_an_id_that_the_service_does_not_know_changes_nothing(gen, emulator, doubtful, remote_id):
    """A typing mistake loses no paid job."""
    with pytest.raises(JobNotFound):
        doubtful.resolve(remote_id=remote_id)

    assert doubtful.state is JobState.UNCERTAIN
    doubtful.resolve(remote_id=emulator.jobs[0].request_id)
    assert_bought_once(emulator, at_rest(gen, doubtful))


def test_a_service_that_cannot_be_asked_changes_nothing(emulator, doubtful):
    """The job stays uncertain, and can be resolved later."""
    emulator.add_fault(Fault(FaultKind.DROP_BEFORE, on=Operation.STATUS, times=1))

    with pytest.raises(BackendUnavailable, match="try it again"):
        doubtful.resolve(remote_id=emulator.jobs[0].request_id)

    assert doubtful.state is JobState.UNCERTAIN


def test_whoever_looks_at_the_same_time_learns_what_was_found(gen, emulator, doubtful):
    """The engine looks by itself as well, and the slower one is told no error."""
    emulator.settings.history_usable = True

    looks = [gen.deciding(doubtful.id, "look-again") for _ in range(4)]

    assert all(look.result(60).state is not JobState.UNCERTAIN for look in looks)
    assert_bought_once(emulator, at_rest(gen, doubtful))


def test_an_id_of_another_job_is_refused(gen, emulator, doubtful):
    """One purchase belongs to one job; the doubtful one stays so, and can still be resolved."""
    other = gen.submit(FOX)
    taken = at_rest(gen, other).remote_id

    with pytest.raises(RemoteTaken):
        doubtful.resolve(remote_id=taken)

    assert doubtful.state is JobState.UNCERTAIN
    doubtful.resolve(remote_id=emulator.jobs[0].request_id)
    assert_kept(at_rest(gen, doubtful))


def test_sending_again_is_the_users_decision_and_noted(gen, emulator, doubtful):
    """It may pay twice, so the job says that it was sent again."""
    doubtful.resubmit()

    record = at_rest(gen, doubtful)
    assert_kept(record)
    assert record.remote_id == emulator.jobs[1].request_id
    assert len(emulator.jobs) == 2
    assert any("Sent again by the user" in note for note in record.notes)


def test_a_job_that_is_sent_again_is_no_longer_cancelled(gen, emulator):
    """The decision is newer than the wish."""
    emulator.settings.history_usable = False
    emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    emulator.add_fault(Fault(FaultKind.SLOW_REPLY, times=1, seconds=AN_HOUR))
    job = gen.submit(FOX)
    until(lambda: emulator.jobs)
    job.cancel()
    emulator.advance(A_WHILE)
    assert at_rest(gen, job).state is JobState.UNCERTAIN

    job.resubmit()

    assert_kept(at_rest(gen, job))
    assert emulator.counts["cancel"] == 0


def test_a_job_that_is_given_up_ends_as_a_failure(gen, emulator, doubtful):
    """Its news is handed out like any other's, with the reason."""
    doubtful.abandon()

    (event,) = gen.get_completed_jobs_sync()
    assert (event.job_id, event.status) == (doubtful.id, "failed")
    with pytest.raises(JobUncertain):
        doubtful.result()
    assert emulator.counts["submit"] == 1


def test_looking_again_finds_what_the_history_shows_by_now(gen, emulator, doubtful):
    """For example after the key was given the right to read it."""
    assert not doubtful.look_again()
    assert doubtful.state is JobState.UNCERTAIN
    emulator.settings.history_usable = True

    assert doubtful.look_again()

    assert_bought_once(emulator, at_rest(gen, doubtful))


def test_an_uncertain_job_is_no_news_until_it_is_decided(gen, doubtful):
    """Only what has ended is handed out; the job stays in the list."""
    assert gen.get_completed_jobs_sync() == []
    assert [job.id for job in gen.jobs(state=JobState.UNCERTAIN)] == [doubtful.id]


def test_an_uncertain_job_cannot_be_cancelled(emulator, doubtful):
    """The answer names the three ways out, and says that it may be billed."""
    cancellation = doubtful.cancel()

    assert (cancellation.reached, cancellation.may_bill) == (False, True)
    assert "give it up" in cancellation.message
    assert emulator.counts["cancel"] == 0


@pytest.mark.parametrize("way", ["resolve", "resubmit", "abandon"])
def test_only_an_uncertain_job_can_be_decided(gen, emulator, way):
    """A job that runs is neither sent again nor given up."""
    emulator.settings.run_seconds = AN_HOUR
    job = gen.submit(FOX)
    in_state(job, JobState.RUNNING)
    arguments = {"remote_id": "another"} if way == "resolve" else {}

    with pytest.raises(JournalError, match="not uncertain"):
        getattr(job, way)(**arguments)

    emulator.advance(A_WHILE)
    assert_bought_once(emulator, at_rest(gen, job))


def test_a_decision_is_taken_once(gen, emulator, doubtful):
    """A second click on `resubmit` buys nothing."""
    doubtful.resubmit()

    with pytest.raises(JournalError):
        doubtful.resubmit()

    assert_kept(at_rest(gen, doubtful))
    assert len(emulator.jobs) == 2
