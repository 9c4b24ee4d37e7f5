"""Whatever the clocks do, a job is bought once; and a job that exists is found."""

from __future__ import annotations

import sqlite3
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from emulators.fal import Fault, FaultKind
from reliability.asking import assert_bought_once, at_rest, in_state
from reliability.service_process import ServiceProcess
from reliability.worker import Workplace, start, work
from rushes import JobState
from rushes.contract.params import VideoGenParams
from rushes.journal import JobRecord, SqliteJournal
from support.requests import FOX, OWL
from support.services import BY_NAME, SWIFT
from support.timings import A_WHILE, AN_HOUR, BRIEF, HANDOVER, QUICK
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DAY = 86_400.0

LOST = {"kind": "lose_reply", "times": 1}


def in_processes(test: Callable[..., None]) -> Callable[..., None]:
    """Marks a test that works with processes which come from a fork server."""
    windows = pytest.mark.skipif(sys.platform == "win32", reason="it has no fork server")
    return pytest.mark.slow(windows(test))


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets this process's wall clock, so many seconds from the right time."""
    right = time.time

    def move(seconds: float) -> None:
        monkeypatch.setattr(time, "time", lambda: right() + seconds)

    return move


@contextmanager
def service_of(name: str, **settings: Any) -> Iterator[ServiceProcess]:
    """An emulated service in a process of its own, with a clock of its own."""
    known = {"run_seconds": (0.1, 0.2), "tiny_clips": True}
    with ServiceProcess(BY_NAME[name].module, **(known | settings)) as process:
        yield process


def workplace(
    process: ServiceProcess, folder: Path, name: str, *, timing: Any = QUICK, lag: float = 3.0
) -> Workplace:
    return Workplace.at(process.urls, folder, service=name, timing=timing, limits=SWIFT, lag=lag)


def bought(process: ServiceProcess) -> int:
    return len(process.ledger()["jobs"])


def look_ups(process: ServiceProcess) -> int:
    """How often it was asked for jobs, one by one or by a list."""
    counts = process.ledger()["counts"]
    return counts.get("history", 0) + counts.get("status", 0)


def looks_twice(process: ServiceProcess) -> None:
    """Wait until a job that the service does not list yet has been looked up twice more."""
    before = look_ups(process)
    until(lambda: look_ups(process) >= before + 2)


def hand_in(place: Workplace, desk: SqliteJournal) -> JobRecord:
    params = VideoGenParams(**BY_NAME[place.service].request)
    return desk.add(JobRecord.new(params, backend=place.service, folder=str(place.library)))


def work_by_a_clock(place: Workplace, sign: str, seconds: float) -> None:
    """Work with a clock that is set as soon as a file is there."""
    right, there = time.time, Path(sign)
    time.time = lambda: right() + (seconds if there.exists() else 0.0)
    work(place)


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("ark", 600),
        ("ark", 86_400),
        ("ark", -3_600),
        ("kling", 86_400),
        ("kling-legacy", 600),
    ],
)
def test_a_clock_that_is_set_proves_nothing(tmp_path, set_clock, name, seconds):
    """A job whose reply was lost is not sent again because the clock says that time has passed."""
    lag = {BY_NAME[name].lag: AN_HOUR[0]}
    with (
        service_of(name, faults=[LOST], **lag) as process,
        workplace(process, tmp_path, name, lag=2.5).open() as gen,
    ):
        job = gen.submit(BY_NAME[name].request)
        until(lambda: "reply was lost" in job.progress.text)

        set_clock(seconds)

        looks_twice(process)
        process.advance(A_WHILE)
        assert at_rest(gen, job).state is JobState.COMPLETED
        assert bought(process) == 1


@pytest.mark.parametrize("name", ["ark", "kling", "kling-legacy"])
def test_a_clock_set_back_by_days_does_not_make_an_attempt_young(tmp_path, set_clock, name):
    """What a service has forgotten is not sent again; its own replies say how late it is."""
    with (
        service_of(name, faults=[{"kind": "drop_before", "times": 1}]) as process,
        workplace(process, tmp_path, name, lag=0.5, timing=BRIEF).open() as gen,
    ):
        # To the service, the intent is eight days old, whichever clock is right.
        set_clock(-8 * DAY)

        job = gen.submit(BY_NAME[name].request)

        assert at_rest(gen, job).state is JobState.UNCERTAIN
        assert bought(process) == 0


@in_processes
@pytest.mark.parametrize(("name", "seconds"), [("ark", 600), ("kling", 86_400)])
def test_a_clock_that_is_set_while_another_process_sends(tmp_path, name, seconds):
    """A living process whose request is under way is not overtaken by one that looks once."""
    sleepy = replace(QUICK, lease=30.0, heartbeat=5.0)
    awake = replace(sleepy, heartbeat=0.1)
    sign = tmp_path / "now"
    with service_of(name, accept_delay=(2.5, 2.5)) as process:
        place = workplace(process, tmp_path, name, timing=sleepy, lag=6.0)
        desk = SqliteJournal(place.home)
        job = hand_in(place, desk)
        workers = [start(work_by_a_clock, place, str(sign), seconds)]
        try:
            until(lambda: process.ledger()["counts"].get("submit"))
            other = replace(place, timing=awake)
            workers.append(start(work_by_a_clock, other, str(sign), seconds))
            until(lambda: len(_owners(place)) == 2)

            sign.touch()

            until(lambda: desk.get(job.id).state is JobState.COMPLETED)
            assert bought(process) == 1
        finally:
            for worker in workers:
                worker.kill()
                worker.join()
            desk.close()


@in_processes
@pytest.mark.parametrize("name", ["ark", "kling"])
def test_who_takes_a_job_over_begins_to_look_anew(tmp_path, name):
    """What a dead process has waited proves nothing to the next one, whatever its clock says."""
    sign = tmp_path / "now"
    lag = {BY_NAME[name].lag: 2 * A_WHILE}
    with service_of(name, answer_delay=AN_HOUR, **lag) as process:
        place = workplace(process, tmp_path, name, timing=HANDOVER, lag=4.0)
        desk = SqliteJournal(place.home)
        job = hand_in(place, desk)
        first = start(work, place)
        until(lambda: bought(process))
        first.kill()
        first.join()
        assert desk.get(job.id).state is JobState.SUBMITTING
        sign.touch()

        second = start(work_by_a_clock, place, str(sign), 86_400)
        try:
            looks_twice(process)
            process.advance(3 * A_WHILE)
            until(lambda: desk.get(job.id).state is JobState.COMPLETED)
            assert bought(process) == 1
        finally:
            second.kill()
            second.join()
            desk.close()


@pytest.mark.parametrize("ahead", [120, 864_000])
def test_a_fast_clock_does_not_end_the_search_among_newer_tasks(tmp_path, set_clock, ahead):
    """A task is looked for by its token, not by when this machine believes it was made."""
    timing = replace(QUICK, look_up=1.5)
    set_clock(ahead)
    with (
        service_of("ark", queue_seconds=(60.0, 60.0), faults=[LOST]) as process,
        workplace(process, tmp_path, "ark", timing=timing, lag=0.1).open() as gen,
    ):
        job = gen.submit(FOX)
        until(lambda: bought(process))

        body = process.ledger()["jobs"][0]["input"] | {"safety_identifier": "somebody else's"}
        with httpx.Client(headers={"Authorization": f"Bearer {BY_NAME['ark'].key}"}) as client:
            for _ in range(110):
                tasks = f"{process.urls['url']}/contents/generations/tasks"
                client.post(tasks, json=body).raise_for_status()

        in_state(job, JobState.RUNNING)
        jobs = process.ledger()["jobs"]
        assert job.remote_id == jobs[0]["request_id"]
        assert len(jobs) == 111


@pytest.mark.parametrize(
    ("request_", "ahead"), [(FOX, 150), (OWL, 150), (OWL, -150), (FOX, 864_000)]
)
def test_a_wrong_clock_hides_no_job_in_a_history(tmp_path, set_clock, request_, ahead):
    """What the service lists is adopted, though the two clocks are apart."""
    set_clock(ahead)
    with (
        service_of("fal", faults=[LOST]) as process,
        workplace(process, tmp_path, "fal").open() as gen,
    ):
        record = at_rest(gen, gen.submit(request_))

        assert record.state is JobState.COMPLETED
        assert bought(process) == 1


@in_processes
@pytest.mark.parametrize(("delay", "ahead"), [("run_seconds", 3_600), ("answer_delay", 31_536_000)])
def test_a_lease_that_ends_in_the_far_future_holds_no_job(tmp_path, delay, ahead):
    """The jobs of a dead process are taken over though its clock was ahead."""
    sign = tmp_path / "now"
    sign.touch()
    timing = replace(HANDOVER, lease=1.0, heartbeat=0.2)
    with service_of("ark", **{delay: AN_HOUR}) as process:
        place = workplace(process, tmp_path, "ark", timing=timing)
        desk = SqliteJournal(place.home)
        job = hand_in(place, desk)
        first = start(work_by_a_clock, place, str(sign), ahead)
        state = JobState.RUNNING if delay == "run_seconds" else JobState.SUBMITTING
        until(lambda: bought(process) and desk.get(job.id).state is state)
        first.kill()
        first.join()
        process.advance(A_WHILE)

        second = start(work, place)
        try:
            until(lambda: desk.get(job.id).state is JobState.COMPLETED)
            assert bought(process) == 1
        finally:
            second.kill()
            second.join()
            desk.close()


@in_processes
def test_a_living_process_keeps_its_jobs_though_its_clock_is_ahead(tmp_path):
    """A lease that is renewed is one, whatever date it bears."""
    sign = tmp_path / "now"
    sign.touch()
    timing = replace(QUICK, lease=6.0, heartbeat=0.1)
    with service_of("ark", run_seconds=AN_HOUR) as process:
        place = workplace(process, tmp_path, "ark", timing=timing)
        desk = SqliteJournal(place.home)
        job = hand_in(place, desk)
        workers = [start(work_by_a_clock, place, str(sign), 3_600)]
        until(lambda: desk.get(job.id).state is JobState.RUNNING)
        held = desk.get(job.id)
        workers.append(start(work, place))
        try:
            # The other one looks on for longer than a lease lasts.
            first = until(lambda: _lease_of_another(place, held.owner))
            until(lambda: _lease_of_another(place, held.owner) > first + 1.2 * timing.lease)

            assert desk.get(job.id) == held
            process.advance(A_WHILE)
            until(lambda: desk.get(job.id).state is JobState.COMPLETED)
        finally:
            for worker in workers:
                worker.kill()
                worker.join()
            desk.close()


@pytest.mark.parametrize("back", [-3_600, 0])
def test_an_intent_that_is_too_old_is_not_sent_by_a_clock_set_back(
    make_gen, emulator, set_clock, back
):
    """Seconds that passed are not undone: the intent is written anew before anything is sent."""
    gen = make_gen(timing=replace(QUICK, submit_guard=0.3))
    journal = gen.engine.journal
    write = journal.write

    def write_slowly(*args: Any, **changes: Any) -> JobRecord:
        journal.write = write
        record = write(*args, **changes)
        time.sleep(0.6)  # The disk is slow.
        set_clock(back)
        return record

    journal.write = write_slowly

    record = at_rest(gen, gen.submit(FOX))

    # On a busy machine a later intent may be too old as well.
    assert record.attempts >= 2
    assert_bought_once(emulator, record)


@pytest.fixture
def make_uncertain(emulator) -> Callable[..., Any]:
    """Submits jobs whose replies are lost, at a service whose history may not be read."""

    def make(gen: Any, prompt: str) -> Any:
        emulator.settings.history_usable = False
        emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
        job = gen.submit(FOX, prompt=prompt)
        assert at_rest(gen, job).state is JobState.UNCERTAIN
        return job

    return make


def test_an_uncertain_job_that_turns_up_is_adopted(gen, emulator, make_uncertain):
    """It is looked for seldom, and goes on without anybody's decision."""
    job = make_uncertain(gen, "one")

    emulator.settings.history_usable = True

    in_state(job, JobState.COMPLETED)
    assert_bought_once(emulator, gen.engine.record(job.id))


def test_a_new_process_looks_for_uncertain_jobs_too(make_gen, emulator, make_uncertain):
    """The search outlives the process that lost the reply."""
    first = make_gen()
    job_id = make_uncertain(first, "one").id
    first.close()
    emulator.settings.history_usable = True

    job = make_gen().job(job_id)

    in_state(job, JobState.COMPLETED)
    assert emulator.counts["submit"] == 1


def test_a_new_process_looks_for_the_uncertain_jobs_of_a_week(make_gen, emulator, make_uncertain):
    """A job of Friday is found on Monday; one of last month is left to its user."""
    first = make_gen()
    friday, last_month = (make_uncertain(first, prompt).id for prompt in ("one", "two"))
    path = first.engine.journal.path
    first.close()
    with closing(sqlite3.connect(path)) as db, db:
        for job_id, days in ((friday, 3), (last_month, 30)):
            db.execute(
                "UPDATE jobs SET submit_at = submit_at - ? WHERE id = ?", (days * DAY, job_id)
            )
    emulator.settings.history_usable = True

    gen = make_gen()

    in_state(gen.job(friday), JobState.COMPLETED)
    assert gen.job(last_month).state is JobState.UNCERTAIN
    assert emulator.counts["submit"] == 2


def test_two_processes_that_look_for_an_uncertain_job_adopt_it_once(
    make_gen, emulator, make_uncertain, tmp_path
):
    """One of them goes on with it; it is fetched once."""
    gens = [make_gen(), make_gen()]
    job = make_uncertain(gens[0], "one")
    emulator.settings.history_usable = True

    for gen in gens:
        in_state(gen.job(job.id), JobState.COMPLETED)

    assert_bought_once(emulator, gens[0].engine.journal.get(job.id))
    assert len(list((tmp_path / "media").glob("*.mp4"))) == 1


def test_the_search_undoes_no_decision(gen, emulator, make_uncertain):
    """A job that its user gave up stays so, whatever turns up."""
    given_up, other = make_uncertain(gen, "one"), make_uncertain(gen, "two")
    given_up.abandon()

    emulator.settings.history_usable = True

    in_state(other, JobState.COMPLETED)
    assert given_up.state is JobState.FAILED


def test_a_night_without_a_kernel_says_nothing_of_how_long_jobs_take(make_gen, emulator):
    """Only who saw a job shortly before its end knows how long it took."""
    emulator.settings.run_seconds = AN_HOUR
    first = make_gen()
    job = first.submit(FOX)
    in_state(job, JobState.RUNNING)
    first.close()
    emulator.advance(A_WHILE)

    result = make_gen().job(job.id).result()

    assert result.timings is not None
    assert result.timings.running is None


@pytest.mark.parametrize("seconds", [3_600, -3_600, 86_400])
def test_a_clock_that_is_set_while_a_job_runs_is_no_time_that_it_took(
    gen, emulator, set_clock, seconds
):
    """Neither its progress, nor its timings, nor the forecast of others counts the step."""
    emulator.settings.run_seconds = AN_HOUR
    job = gen.submit(FOX)
    in_state(job, JobState.RUNNING)

    set_clock(seconds)

    progress = job.progress
    assert progress.elapsed >= 0.0
    assert progress.fraction is None or 0.0 <= progress.fraction < 0.2
    emulator.advance(A_WHILE)
    assert job.result().timings is None
    assert gen.engine.journal.durations("seedance-2.0", "fal", "text-to-video") == []


def _owners(place: Workplace) -> list[str]:
    with sqlite3.connect(place.home / "journal.sqlite3") as db:
        owners = [row[0] for row in db.execute("SELECT id FROM owners")]
    db.close()
    return owners


def _lease_of_another(place: Workplace, owner: str | None) -> float:
    """Until when another process than the owner has its lease; zero where there is none."""
    with sqlite3.connect(place.home / "journal.sqlite3") as db:
        found = db.execute("SELECT max(lease_until) FROM owners WHERE id != ?", (owner,)).fetchone()
    db.close()
    return found[0] or 0.0
