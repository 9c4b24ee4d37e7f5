"""One stray reply never ends a job that was paid, and a finished job can always be fetched."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from emulators.fal import FAL_KEY, Fault, FaultKind, Operation
from reliability.asking import assert_bought_once, at_rest, in_state
from rushes import BackendUnavailable, JobState, RushesError, SafetyFilter, VideoGen
from rushes.backends.protocol import Accepted
from rushes.cli import app
from support.requests import FOX
from support.services import BY_NAME
from support.timings import QUICK
from support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from emulators.fal import FalEmulator

PATIENT = replace(QUICK, forgotten=10.0)

EARNEST = [400, 402, 409, 410, 422, 425, 499]
"""What sounds like fal's own word about a job, and may come from anything on the way."""

TYPES = ["internal_server_error", "generation_timeout", "downstream_service_unavailable"]


@pytest.fixture
def emulator(emulator: FalEmulator) -> FalEmulator:
    """A fal that has to be asked."""
    emulator.settings.streams = False
    return emulator


@pytest.mark.parametrize(("status", "times"), [*((status, 1) for status in EARNEST), (410, 2)])
def test_a_stray_reply_to_the_result_ends_no_job(make_gen, emulator, status, times):
    """The job was called complete, so its failure is asked for again before it is believed."""
    emulator.add_fault(
        Fault(FaultKind.ERROR_BEFORE, on=Operation.RESULT, times=times, status=status)
    )
    gen = make_gen(timing=PATIENT)

    assert_bought_once(emulator, at_rest(gen, gen.submit(FOX)))


@pytest.mark.parametrize("type_", TYPES)
def test_a_stray_typed_server_error_ends_no_job(make_gen, emulator, type_):
    """A type makes a passing trouble no verdict."""
    emulator.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1, error_type=type_))
    gen = make_gen(timing=PATIENT)
    job = gen.submit(FOX)
    until(lambda: emulator.counts["result"])

    emulator.jobs[0].failure = None

    assert_bought_once(emulator, at_rest(gen, job))


def test_a_failure_that_stays_the_answer_is_believed(gen, emulator):
    """It comes once, with the service's words, and says that asking again costs nothing."""
    emulator.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1))

    with pytest.raises(SafetyFilter) as caught:
        gen.submit(FOX).result()

    assert "look_again" in caught.value.advice
    assert emulator.counts["result"] >= 3


def test_a_failure_that_the_status_names_is_believed_at_once(gen, emulator):
    """There the service itself says that the job failed."""
    emulator.add_fault(Fault(FaultKind.PLATFORM_FAILURE, times=1))

    with pytest.raises(RushesError):
        gen.submit(FOX).result()

    assert emulator.counts["result"] == 0


@pytest.fixture
def failed(gen, emulator) -> Any:
    """A job whose result the service refused for so long that it counts as failed."""
    emulator.add_fault(Fault(FaultKind.ERROR_BEFORE, on=Operation.RESULT, status=410))
    job = gen.submit(FOX)
    assert at_rest(gen, job).state is JobState.FAILED
    emulator.clear_faults()
    return job


def test_a_job_that_failed_here_can_be_fetched(gen, emulator, failed):
    """`look_again` asks the service, and pays nothing."""
    assert failed.look_again()

    assert_bought_once(emulator, at_rest(gen, failed))


def test_a_job_that_failed_here_goes_on_in_the_next_process(make_gen, emulator, gen, failed):
    """It is an ordinary job again, whoever looks for it."""
    gen.close()
    again = make_gen()

    assert again.job(failed.id).look_again()

    assert_bought_once(emulator, at_rest(again, again.job(failed.id)))


def test_a_job_that_was_fetched_after_all_is_news(gen, failed):
    """Its video is handed out though its failure was."""
    (event,) = gen.get_completed_jobs_sync()
    assert event.status == "failed"

    failed.look_again()

    at_rest(gen, failed)
    (event,) = gen.get_completed_jobs_sync()
    assert (event.job_id, event.status) == (failed.id, "completed")
    assert gen.get_completed_jobs_sync() == []


def test_a_job_that_the_service_failed_stays_failed(gen, emulator):
    """Asking again changes nothing, and loses nothing of what was said."""
    emulator.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1))
    job = gen.submit(FOX)
    before = at_rest(gen, job)

    assert not job.look_again()

    assert gen.engine.journal.get(job.id) == before


def test_a_failed_job_whose_service_cannot_be_asked_stays_failed(emulator, failed):
    """It can be asked for again later."""
    emulator.add_fault(Fault(FaultKind.DROP_BEFORE, on=Operation.STATUS, times=1))

    with pytest.raises(BackendUnavailable, match=r"cannot be asked.*may exist.*later"):
        failed.look_again()

    assert failed.state is JobState.FAILED
    assert failed.look_again()


def test_a_job_that_was_never_taken_cannot_be_fetched(gen, emulator):
    """There is nothing to ask for, so nothing is."""
    emulator.add_fault(Fault(FaultKind.ERROR_BEFORE, status=400))
    job = gen.submit(FOX)
    assert at_rest(gen, job).state is JobState.FAILED

    assert not job.look_again()

    assert (emulator.counts["submit"], emulator.counts["history"]) == (1, 0)


def test_a_job_that_was_given_up_can_be_found(gen, emulator):
    """Looking for it again is a decision as well."""
    emulator.settings.history_usable = False
    emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    job = gen.submit(FOX)
    at_rest(gen, job)
    job.abandon()
    emulator.settings.history_usable = True

    assert job.look_again()

    assert_bought_once(emulator, at_rest(gen, job))


def test_a_video_that_could_not_be_fetched_can_be(make_gen, emulator):
    """Bad downloads end a job, but not the way to its video."""
    emulator.add_fault(Fault(FaultKind.HTML_BODY))
    gen = make_gen(timing=replace(QUICK, retry_most=0.1))
    job = gen.submit(FOX)
    record = at_rest(gen, job)
    assert record.state is JobState.FAILED
    assert "look_again" in record.error.advice
    emulator.clear_faults()

    assert job.look_again()

    assert_bought_once(emulator, at_rest(gen, job))


def test_a_terminal_fetches_what_failed(gen, emulator, failed, monkeypatch):
    """The running client takes the job over and brings its video."""
    monkeypatch.setenv("FAL_KEY", FAL_KEY)
    monkeypatch.setenv("RUSHES_FAL_QUEUE_URL", emulator.queue_url)

    done = CliRunner().invoke(app, ["jobs", "look-again", failed.id])

    assert done.exit_code == 0, done.output
    in_state(failed, JobState.COMPLETED)
    assert_bought_once(emulator, gen.engine.record(failed.id))


def garbled(accept: Any) -> Any:
    """A submission whose reply names another job."""

    async def submit(attempt: Any) -> Any:
        answer = await accept(attempt)
        return replace(answer, remote_id="0815") if isinstance(answer, Accepted) else answer

    return submit


@pytest.mark.parametrize("name", ["fal", "ark", "kling", "kling-legacy", "gateway"])
def test_a_garbled_id_loses_no_job(tmp_path: Path, name):
    """The service does not know it then, but lists the attempt: that is the job."""
    service = BY_NAME[name]
    with service.emulator(run_seconds=(0.1, 0.2), tiny_clips=True) as emulator:
        backend = service.backend(emulator.urls)
        backend.submit = garbled(backend.submit)
        home, library = tmp_path / "home", tmp_path / "media"
        with VideoGen(backend, home=home, library=library, timing=QUICK) as gen:
            record = at_rest(gen, gen.submit(service.request))

        assert [job.request_id for job in emulator.jobs] == [record.remote_id]
        assert record.state is JobState.COMPLETED


def test_a_job_with_a_garbled_id_can_be_fetched_later(tmp_path: Path):
    """Also when the service could not be searched while it failed."""
    service = BY_NAME["ark"]
    with service.emulator(run_seconds=(0.1, 0.2), tiny_clips=True, may_list=False) as emulator:
        backend = service.backend(emulator.urls)
        backend.submit = garbled(backend.submit)
        home, library = tmp_path / "home", tmp_path / "media"
        with VideoGen(backend, home=home, library=library, timing=QUICK) as gen:
            job = gen.submit(service.request)
            assert at_rest(gen, job).state is JobState.FAILED
            emulator.settings.may_list = True

            assert job.look_again()

            assert at_rest(gen, job).state is JobState.COMPLETED
        assert len(emulator.jobs) == 1


@pytest.mark.parametrize("status", [429, 400, 401, 402])
def test_a_reply_to_the_second_sending_does_not_hide_the_first(tmp_path: Path, status):
    """What was sent under a key may have been taken: it keeps the key, and is bought once."""
    service = BY_NAME["gateway"]
    with service.emulator(run_seconds=(0.1, 0.2), tiny_clips=True) as emulator:
        emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
        kind = FaultKind.TOO_MANY if status == 429 else FaultKind.ERROR_BEFORE
        emulator.add_fault(Fault(kind, times=1, skip=1, status=status, retry_after=0.1))
        with VideoGen(
            service.backend(emulator.urls),
            home=tmp_path / "home",
            library=tmp_path / "media",
            timing=QUICK,
        ) as gen:
            record = at_rest(gen, gen.submit(service.request))

        assert [job.request_id for job in emulator.jobs] == [record.remote_id]
        assert record.state is JobState.COMPLETED
