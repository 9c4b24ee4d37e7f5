"""What goes wrong on this machine loses nothing that was paid for."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from emulators.fal import FAL_KEY, FalEmulator, FalSettings, Fault, FaultKind
from reliability.asking import assert_bought_once, assert_kept, at_rest, in_state
from rushes import Job, JobState, VideoGen
from rushes.backends.fal import FalBackend
from rushes.backends.protocol import Limits
from rushes.contract.errors import JournalError
from rushes.journal import SqliteJournal
from support.ports import free_port
from support.requests import FOX
from support.timings import A_WHILE, AN_HOUR, QUICK
from support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from rushes.journal import JobRecord


class Blocker(sqlite3.Connection):
    """A connection that the journal waits for as short as a test can afford, while it blocks."""

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        patience = self.database.patience
        # Before and after, the journal's own threads wait for each other as long as it takes.
        self.database.patience = 0.02 if statement.startswith("BEGIN") else max(patience, 5.0)
        return super().execute(statement, *values)


@pytest.fixture
def blocker(gen):
    """A connection of a program that holds the journal for too long."""
    journal = gen.engine.journal
    journal._db.connection.execute("PRAGMA busy_timeout = 20")
    connection = sqlite3.connect(
        journal.path,
        isolation_level=None,
        check_same_thread=False,
        timeout=30.0,
        factory=Blocker,
    )
    connection.database = journal._db
    yield connection
    connection.close()


def said_of(job: Job) -> str:
    """What a job's progress says, also while the journal cannot be read to find the job."""
    try:
        return job.progress.text
    except JournalError:
        return ""


def test_an_id_that_cannot_be_written_down_is_kept_until_it_can(gen, emulator, blocker):
    """It is what was paid for: it is tried again for as long as it takes."""

    def block(_call: object) -> bool:
        blocker.execute("BEGIN EXCLUSIVE")
        return True

    emulator.add_fault(Fault(FaultKind.SLOW_REPLY, times=1, when=block))
    job = gen.submit(FOX)
    # Only memory can be asked while nobody can read the journal.
    until(lambda: emulator.jobs and "cannot be written down yet" in job.progress.text)
    assert emulator.jobs[0].request_id in job.progress.text

    blocker.execute("ROLLBACK")

    assert_bought_once(emulator, at_rest(gen, job))


def test_a_job_whose_intent_cannot_be_written_is_not_sent(gen, emulator, blocker):
    """First the record, then the request; it goes on by itself."""
    journal = gen.engine.journal
    write = journal.write

    def block_then_write(*args: object, **changes: object) -> JobRecord:
        journal.write = write
        blocker.execute("BEGIN IMMEDIATE")
        return write(*args, **changes)

    journal.write = block_then_write
    job = gen.submit(FOX)
    until(lambda: "cannot be used" in said_of(job))
    assert (job.state, emulator.counts["submit"]) == (JobState.QUEUED, 0)

    blocker.execute("ROLLBACK")

    assert_bought_once(emulator, at_rest(gen, job))


def test_a_refusal_that_cannot_be_written_down_is_not_forgotten(gen, emulator, blocker):
    """The service has not taken the attempt, so nobody needs to look it up; it is sent again."""
    emulator.settings.history_usable = False

    def block(_call: object) -> bool:
        blocker.execute("BEGIN EXCLUSIVE")
        return True

    emulator.add_fault(Fault(FaultKind.TOO_MANY, times=1, retry_after=0.1, when=block))
    job = gen.submit(FOX)
    until(lambda: "cannot be used" in said_of(job))

    blocker.execute("ROLLBACK")

    assert_kept(at_rest(gen, job))
    assert (emulator.counts["submit"], len(emulator.jobs)) == (2, 1)


def test_a_deadline_that_passes_before_anything_was_sent_is_no_lost_reply(make_gen, emulator):
    """The job waits here, and is sent when there is time; nobody has to look it up."""
    emulator.settings.history_usable = False
    gen = make_gen(timing=replace(QUICK, submit_deadline=0.3))
    backend = gen.engine.backends.get("fal")
    post_once = backend._wire.post_once

    async def post_once_slowly(_: object, url: str, body: object, **options: object) -> object:
        async def large() -> object:
            await asyncio.sleep(600.0)
            return body

        return await post_once(url, large(), **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(backend._wire), "post_once", post_once_slowly)
        job = gen.submit(FOX)
        until(lambda: "Nothing could be sent" in job.progress.text)
        gen.engine._dispatcher._work.timing = QUICK

    assert_bought_once(emulator, at_rest(gen, job))


def test_a_job_that_cannot_be_put_on_record_is_refused(gen, emulator, blocker):
    """The caller learns of it at once, and nothing was sent."""
    blocker.execute("BEGIN IMMEDIATE")

    with pytest.raises(JournalError, match="It was locked for too long"):
        gen.submit(FOX)

    blocker.execute("ROLLBACK")
    assert gen.jobs() == []
    assert emulator.counts["submit"] == 0


@pytest.fixture
def absent_service():
    """A service on fixed ports that is not there yet."""
    settings = FalSettings(run_seconds=(0.5, 0.5), tiny_clips=True)
    service = FalEmulator(settings, port=free_port(), media_port=free_port())
    yield service
    service.stop()


@pytest.fixture
def far_gen(tmp_path, absent_service):
    """A client of that service."""
    base = f"http://127.0.0.1:{absent_service._server._ports[0]}"
    fal = FalBackend(
        FAL_KEY,
        queue_url=f"{base}/queue",
        rest_url=f"{base}/rest",
        api_url=f"{base}/api/v1",
        limits=Limits(poll_floor=0.05, first_poll=0.05),
    )
    with VideoGen(
        fal, home=tmp_path / "home", library=tmp_path / "media", timing=QUICK, timeout=60.0
    ) as gen:
        yield gen


def test_without_a_network_a_job_waits_here(far_gen, absent_service):
    """A refused connection has sent nothing: the job goes out when the service is back."""
    job = far_gen.submit(FOX)
    until(lambda: "cannot be reached" in job.progress.text)
    assert far_gen.engine.journal.get(job.id).remote_id is None

    absent_service.start()

    assert_bought_once(absent_service, at_rest(far_gen, job))


def test_a_network_that_breaks_while_a_job_runs_loses_nothing(far_gen, absent_service):
    """The job goes on at the service, and is found there afterwards."""
    absent_service.settings.run_seconds = AN_HOUR
    absent_service.start()
    job = far_gen.submit(FOX)
    in_state(job, JobState.RUNNING)
    absent_service.stop()
    until(lambda: "cannot be reached" in job.progress.text)

    absent_service.advance(A_WHILE)
    absent_service.start()

    assert_bought_once(absent_service, at_rest(far_gen, job))


def test_a_library_that_cannot_be_written_fails_no_paid_job(gen, emulator, tmp_path):
    """The video is brought here once there is a place for it."""
    emulator.settings.run_seconds = AN_HOUR
    job = gen.submit(FOX)
    # Until then the folder is tried, because a job is not sent without one.
    in_state(job, JobState.RUNNING)
    in_the_way = tmp_path / "media"
    in_the_way.rmdir()
    in_the_way.write_text("a file where the folder belongs")
    emulator.advance(A_WHILE)
    until(lambda: "a file is in the way" in job.progress.text)

    in_the_way.unlink()

    assert_bought_once(emulator, at_rest(gen, job))


def test_a_job_that_was_taken_over_and_given_back_is_worked_on(make_gen, emulator, tmp_path):
    """What a process knew of it before is worth nothing; it looks the job up again."""
    emulator.settings.run_seconds = AN_HOUR
    gen = make_gen(timing=replace(QUICK, heartbeat=0.1))
    job = gen.submit(FOX)
    in_state(job, JobState.RUNNING)

    _take_over_and_vanish(tmp_path / "home")

    emulator.advance(A_WHILE)
    assert_bought_once(emulator, at_rest(gen, job))


def test_a_cancellation_does_not_hide_that_a_job_was_taken_over(make_gen, emulator, tmp_path):
    """The newer record that it reads belongs to the other process."""
    emulator.settings.run_seconds = AN_HOUR
    emulator.settings.cancel_cooperates = False
    gen = make_gen(timing=replace(QUICK, heartbeat=0.1))
    job = gen.submit(FOX)
    in_state(job, JobState.RUNNING)
    _take_over_and_vanish(tmp_path / "home")

    job.cancel()

    emulator.advance(A_WHILE)
    assert_bought_once(emulator, at_rest(gen, job))


def test_an_attempt_that_nobody_waits_for_any_more_is_named(make_gen, emulator, tmp_path, caplog):
    """Its reply comes when another process has sent the job again; it may be billed as well."""
    slow = emulator.add_fault(Fault(FaultKind.SLOW_REPLY, times=1, seconds=AN_HOUR))
    gen = make_gen(timing=QUICK)
    job = gen.submit(FOX)
    until(lambda: slow.struck)
    with closing(SqliteJournal(tmp_path / "home")) as other:
        other.write(other.get(job.id), JobState.QUEUED, token=None)

    emulator.advance(A_WHILE)

    assert at_rest(gen, job).state is JobState.COMPLETED
    first, second = emulator.jobs
    assert job.remote_id == second.request_id
    assert f"as {first.request_id} that nobody waits for" in caplog.text


def _take_over_and_vanish(home: Path) -> None:
    """Do what another process does that finds this one asleep, and then is closed."""
    thief = SqliteJournal(home)
    try:

        def take() -> bool:
            thief._db.connection.execute("UPDATE owners SET lease_until = 0")
            return bool(thief.claim(["fal"], hold_submitting=0.0))

        until(take)
    finally:
        thief.close()
