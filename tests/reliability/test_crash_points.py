"""A process may die between any two steps of a job; the next one goes on from there."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pytest

from reliability.asking import FOX, OWL
from reliability.crash import POINTS, drain_and_die, work_until
from reliability.verdict import judge
from reliability.waiting import until
from reliability.worker import Workplace, start, work
from rushes.backends.protocol import Limits
from rushes.engine import Timing
from rushes.journal import ENDED, UNFINISHED, JobRecord, JobState, Journal
from rushes.params import VideoGenParams
from services import SERVICES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emulators.fal import FalEmulator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL"),
]

BRISK = Timing(
    lease=1.0,
    heartbeat=0.2,
    submit_guard=1.0,
    submit_deadline=1.0,
    look_again=0.1,
    retry=0.05,
    retry_most=0.5,
    forgotten=30.0,
    watch=0.1,
)

PROMPT = Limits(poll_floor=0.1, first_poll=0.1)

HOLD = BRISK.hold_submitting

SENT = {
    "after the service took it, before its reply is read",
    "after the reply, before it is written down",
}
"""Points at which the service has a job and nobody here knows its name."""

NOT_SENT = {"after the intent, before anything is sent"}
"""Points at which it seems so."""

AT_THE_SERVICE = [*NOT_SENT, *sorted(SENT), "between two questions how it stands"]
"""Points at which it matters which service it is."""

OTHERS = [service for service in SERVICES if service.name != "fal"]


@pytest.fixture
def fal(emulator: FalEmulator) -> FalEmulator:
    """fal, in this process; it takes its time, so that a job can be caught in every state."""
    emulator.settings.answer_delay = (0.5, 0.5)
    emulator.settings.run_seconds = (1.5, 1.5)
    return emulator


@pytest.fixture
def place(tmp_path: Path, fal: FalEmulator) -> Workplace:
    return Workplace.at(
        fal.urls,
        tmp_path,
        timing=BRISK,
        limits=PROMPT,
        grace=HOLD,
    )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Journal]:
    """The journal, for a process that does no work."""
    journal = Journal(tmp_path / "home")
    yield journal
    journal.close()


@pytest.mark.parametrize("point", POINTS)
def test_a_process_that_dies_loses_nothing(fal, place, desk, point):
    """The next one has the video that was bought, once; or nobody can know and the user decides."""
    job = _hand_in(desk, place, FOX)
    _die(work_until, place, point)

    record = _let_end(desk, place, job)

    accepted = fal._service.dump(with_requests=False)["jobs"]
    verdict = judge(desk.select(), accepted, wanted=[job.id], handed_out=desk.drain())
    assert (verdict.lost, verdict.twice) == ([], [])
    assert record.state == (JobState.UNCERTAIN if point in NOT_SENT else JobState.COMPLETED)
    assert len(accepted) == (0 if point in NOT_SENT else 1)
    assert list(place.library.glob("*.part*")) == []


@pytest.mark.parametrize("point", AT_THE_SERVICE)
@pytest.mark.parametrize("service", OTHERS, ids=str)
def test_nothing_is_lost_at_any_service(service, point, desk, tmp_path):
    """Where absence is proof the job is sent again, where nothing is known the user decides."""
    # No job ends before the process does, however slow this machine is.
    with service.emulator(
        answer_delay=(0.5, 0.5), run_seconds=(30.0, 30.0), tiny_clips=True
    ) as emulator:
        place = Workplace.at(
            emulator.urls, tmp_path, timing=BRISK, limits=PROMPT, grace=HOLD, service=service.name
        )
        job = _hand_in(desk, place, service.request)
        _die(work_until, place, point)
        emulator.settings.run_seconds = (0.1, 0.1)
        emulator.advance(30.0)

        record = _let_end(desk, place, job)

        accepted = emulator._service.dump(with_requests=False)["jobs"]
    verdict = judge(desk.select(), accepted, wanted=[job.id], handed_out=desk.drain())
    assert (verdict.lost, verdict.twice) == ([], [])
    reconciliation = service.backend(emulator.urls).reconciliation
    doubtful = reconciliation == "none" and point in NOT_SENT | SENT
    assert record.state == (JobState.UNCERTAIN if doubtful else JobState.COMPLETED)
    assert len(accepted) == (0 if doubtful and point in NOT_SENT else 1)


@pytest.mark.parametrize("request_", [FOX, OWL], ids=["marked", "unmarked"])
@pytest.mark.parametrize("point", sorted(SENT))
def test_without_a_history_a_lost_reply_is_never_sent_again(fal, place, desk, point, request_):
    """The service has the job and nobody here can know: the user decides."""
    fal.settings.history_usable = False
    job = _hand_in(desk, place, request_)
    _die(work_until, place, point)

    record = _let_end(desk, place, job)

    assert record.state is JobState.UNCERTAIN
    assert fal.counts["submit"] == len(fal.jobs) == 1


def test_a_wish_to_cancel_outlives_who_had_it(fal, place, desk):
    """It was noted and not passed on; the next process passes it on."""
    fal.settings.run_seconds = (60.0, 60.0)
    job = _hand_in(desk, place, FOX)
    _die(work_until, place, "after the reply is written down")
    desk.request_cancel(job.id)

    record = _let_end(desk, place, job)

    assert record.state is JobState.CANCELLED
    assert fal.jobs[0].cancelled


def test_half_a_video_is_gone_on_with(place, desk):
    """The bytes that are here are not fetched again."""
    job = _hand_in(desk, place, FOX)
    _die(work_until, place, "with half a video")
    (part,) = place.library.glob("*.part")
    begun = part.stat().st_ino

    record = _let_end(desk, place, job)

    assert record.result is not None
    assert desk.select()[0].state is JobState.COMPLETED
    (video,) = place.library.glob("*.mp4")
    assert video.stat().st_ino == begun


def test_news_that_were_handed_to_a_dead_process_are_handed_out_again(place, desk):
    """At least once: what a process did with them before it died, nobody knows."""
    job = _hand_in(desk, place, FOX)
    _let_end(desk, place, job)
    _die(drain_and_die, place)

    with place.open() as gen:
        (event,) = until(gen.get_completed_jobs_sync)
    with place.open() as gen:
        assert gen.get_completed_jobs_sync() == []

    assert (event.job_id, event.status) == (job.id, "completed")


def _hand_in(desk: Journal, place: Workplace, request: dict[str, str]) -> JobRecord:
    params = VideoGenParams(**request)
    return desk.add(JobRecord.new(params, backend=place.service, folder=str(place.library)))


def _die(target: Callable[..., object], place: Workplace, *args: object) -> None:
    """Run a process that is to kill itself."""
    process = start(target, place, *args)
    process.join(60.0)
    alive = process.is_alive()
    process.kill()
    process.join()
    assert not alive, f"it never came to {args or target}"
    assert process.exitcode == -signal.SIGKILL


def _let_end(desk: Journal, place: Workplace, job: JobRecord) -> JobRecord:
    """Have a fresh process do the rest."""
    worker = start(work, place)
    try:
        until(lambda: desk.get(job.id).state not in UNFINISHED)
    finally:
        worker.kill()
        worker.join()
    record = desk.get(job.id)
    assert record.state in ENDED or record.state is JobState.UNCERTAIN
    return record
