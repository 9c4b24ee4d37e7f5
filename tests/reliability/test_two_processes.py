"""Kernels that share a journal share the work: each thing is done once, and all see it."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reliability.asking import assert_bought_once, at_rest
from reliability.users import submit_and_be_cancelled, submit_and_leave, submit_and_wait
from reliability.verdict import judge
from reliability.worker import Workplace, start, work
from rushes import JobState
from rushes.backends.protocol import Limits
from rushes.contract.params import VideoGenParams
from rushes.journal import JobRecord, SqliteJournal
from support.requests import FOX, OWL
from support.timings import A_WHILE, AN_HOUR, QUICK
from support.waiting import until

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path

    from emulators.fal import FalEmulator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="the processes come from a fork server"),
]


@pytest.fixture
def place(tmp_path: Path, emulator: FalEmulator) -> Workplace:
    return Workplace.at(
        emulator.urls,
        tmp_path,
        timing=QUICK,
        limits=Limits(poll_floor=0.05, first_poll=0.05),
        lag=0.0,
    )


@pytest.mark.parametrize("request_", [FOX, OWL], ids=["marked", "unmarked"])
def test_two_processes_do_everything_once_and_see_everything(emulator, place, tmp_path, request_):
    """Each job is sent once and each video fetched once; either process can wait for any job."""
    prompts = [f"take {number}" for number in range(20)]
    shares = [prompts[:10], prompts[10:]]
    reports = [tmp_path / "first.json", tmp_path / "second.json"]

    _let_end(
        start(submit_and_wait, place, request_, share, len(prompts), report)
        for share, report in zip(shares, reports, strict=True)
    )

    first, second = (json.loads(report.read_text()) for report in reports)
    assert first == second
    records = _records(place)
    ledger = emulator._service.dump(with_requests=False)
    verdict = judge(records, ledger["jobs"], wanted=list(first))
    assert (verdict.completed, verdict.lost, verdict.twice) == (20, [], [])
    assert emulator.counts["submit"] == 20
    downloads = Counter(
        request.path for request in emulator.requests if request.path.startswith("/files/")
    )
    assert len(downloads) == 20
    assert set(downloads.values()) == {1}


def test_two_processes_that_find_the_same_jobs_share_them_out(emulator, place, tmp_path):
    """Jobs that nobody works on are taken by one process each."""
    desk = SqliteJournal(place.home)
    for number in range(20):
        params = VideoGenParams(**OWL | {"prompt": f"take {number}"})
        desk.add(JobRecord.new(params, backend="fal", folder=str(place.library)))
    desk.close()
    reports = [tmp_path / "first.json", tmp_path / "second.json"]

    _let_end(start(submit_and_wait, place, OWL, [], 20, report) for report in reports)

    records = _records(place)
    ledger = emulator._service.dump(with_requests=False)
    verdict = judge(records, ledger["jobs"], wanted=[record.id for record in records])
    assert (verdict.completed, verdict.lost, verdict.twice) == (20, [], [])
    assert emulator.counts["submit"] == 20


def test_a_job_of_another_process_can_be_cancelled(emulator, place, tmp_path):
    """The service is told from here; the process that waits for it learns of it."""
    emulator.settings.run_seconds = (60.0, 60.0)
    report = tmp_path / "report.txt"
    owner = start(submit_and_be_cancelled, place, FOX, report)
    with place.open() as gen:
        (job,) = until(lambda: gen.jobs(state=JobState.RUNNING))

        cancellation = job.cancel()

        assert (cancellation.reached, cancellation.may_bill) == (True, True)
        assert at_rest(gen, job).state is JobState.CANCELLED
    _let_end([owner])
    assert "cancelled" in report.read_text()
    assert emulator.jobs[0].cancelled


def test_a_job_that_another_process_is_sending_can_be_cancelled(emulator, place, tmp_path):
    """Its owner passes the wish on as soon as the service has the job."""
    emulator.settings.run_seconds = (60.0, 60.0)
    emulator.settings.answer_delay = (1.0, 1.0)
    report = tmp_path / "report.txt"
    owner = start(submit_and_be_cancelled, place, FOX, report)
    with place.open() as gen:
        until(lambda: emulator.jobs)
        (job,) = gen.jobs()

        assert job.cancel().reached

        assert at_rest(gen, job).state is JobState.CANCELLED
    _let_end([owner])
    assert report.exists()
    assert emulator.counts["submit"] == 1


def test_a_client_that_is_closed_hands_its_jobs_over(emulator, place):
    """It gives up its lease; nobody waits until that has run out."""
    emulator.settings.run_seconds = (0.7, 0.7)
    place = replace(place, timing=replace(QUICK, lease=3_600.0))
    _let_end([start(submit_and_leave, place, FOX)])

    with place.open() as gen:
        (job,) = gen.jobs()

        assert_bought_once(emulator, at_rest(gen, job))


def test_a_process_that_waits_learns_what_became_of_a_dead_ones_job(emulator, place):
    """It takes the job over and goes on."""
    emulator.settings.run_seconds = AN_HOUR
    place = replace(place, timing=replace(QUICK, lease=1.0))
    owner = start(work, place)
    desk = SqliteJournal(place.home)
    params = VideoGenParams(**FOX)
    record = desk.add(JobRecord.new(params, backend="fal", folder=str(place.library)))
    until(lambda: desk.get(record.id).state is JobState.RUNNING)
    desk.close()
    with place.open() as gen:
        waiting = gen.engine.wait(record.id)

        owner.kill()
        owner.join()

        emulator.advance(A_WHILE)
        assert_bought_once(emulator, waiting.result(60.0))


def _records(place: Workplace) -> list[JobRecord]:
    journal = SqliteJournal(place.home)
    try:
        return journal.select()
    finally:
        journal.close()


def _let_end(processes) -> None:
    """Wait for processes that end by themselves, without an error."""
    running: list[ForkServerProcess] = list(processes)
    for process in running:
        process.join(90.0)
    codes = [process.exitcode for process in running]
    for process in running:
        process.kill()
        process.join()
    assert codes == [0] * len(running)
