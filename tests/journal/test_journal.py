"""The journal keeps its promises whoever writes, and whatever the disk does."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rushes.contract.errors import JobNotFound, JournalError, LeaseLost, RemoteTaken
from rushes.contract.params import VideoGenParams
from rushes.journal import JobRecord, JobState, Output, SqliteJournal
from rushes.journal.sqlite.journal import FILE_NAME
from rushes.journal.sqlite.schema import VERSION

if TYPE_CHECKING:
    from pathlib import Path

PARAMS = VideoGenParams(provider="kling-3.0-standard", mode="text-to-video", prompt="A fox")


def new_job(**changes: object) -> JobRecord:
    return replace(JobRecord.new(PARAMS, backend="fal", folder="/media"), **changes)


@pytest.fixture
def journal(tmp_path: Path):
    journal = SqliteJournal(tmp_path)
    journal.heartbeat(30)
    yield journal
    journal.close()


@pytest.fixture
def other(tmp_path: Path):
    """A second process's view of the same file."""
    other = SqliteJournal(tmp_path)
    other.heartbeat(30)
    yield other
    other.close()


def accepted(journal: SqliteJournal, **changes: object) -> JobRecord:
    job = journal.add(new_job(**changes))
    token = f"token-of-{job.id}"
    job = journal.write(
        job, JobState.SUBMITTING, token=token, request={}, submit_at=time.time(), attempts=1
    )
    return journal.accept(job, f"remote-{job.id}", {})


def completed(journal: SqliteJournal, **changes: object) -> JobRecord:
    job = accepted(journal, **changes)
    job = journal.write(job, JobState.FETCHING, done_at=time.time(), output=Output(url="u"))
    return journal.write(job, JobState.COMPLETED, result={})


def test_a_job_reads_back_as_it_was_added(journal):
    """What is added is what is read."""
    job = new_job(notes=("one", "two"))

    added = journal.add(job)

    assert journal.get(job.id) == added
    assert added.typed_params == PARAMS
    assert added.notes == ("one", "two")


def test_adding_an_id_twice_makes_one_job(journal):
    """A repeated click with the same id changes nothing."""
    first = journal.add(new_job(id="click"))

    again = journal.add(new_job(id="click", provider="another"))

    assert again == first
    assert len(journal.select()) == 1


def test_a_job_outlives_its_process(tmp_path):
    """A row is durable as soon as `add` has returned."""
    script = f"""
    import os, signal
    from pathlib import Path
    from rushes.journal import SqliteJournal, JobRecord
    from rushes.contract.params import VideoGenParams
    params = VideoGenParams(provider="p", mode="text-to-video")
    job = JobRecord.new(params, backend="b", folder="f", job_id="x")
    SqliteJournal(Path({str(tmp_path)!r})).add(job)
    os.kill(os.getpid(), signal.SIGKILL)
    """

    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)

    journal = SqliteJournal(tmp_path)
    assert journal.get("x").state is JobState.QUEUED
    journal.close()


def test_a_state_that_may_not_follow_is_refused(journal):
    """Only the transitions of the table are written."""
    job = journal.add(new_job())

    with pytest.raises(JournalError, match="cannot go from queued to completed"):
        journal.write(job, JobState.COMPLETED)


def test_an_ended_job_never_changes(journal):
    """An end is an end."""
    job = completed(journal)

    with pytest.raises(JournalError, match="cannot go"):
        journal.write(job, notes=("late",))


def test_a_living_process_keeps_its_jobs(journal, other):
    """Nobody takes a job whose process has a lease."""
    journal.add(new_job())

    assert other.claim(["fal"], hold_submitting=0) == []


def test_the_jobs_of_a_dead_process_are_taken_over(tmp_path, journal):
    """A lease that has run out frees the jobs, and the fence rises."""
    job = journal.add(new_job())
    journal.heartbeat(-1)
    other = SqliteJournal(tmp_path)

    (taken,) = other.claim(["fal"], hold_submitting=0)

    assert (taken.id, taken.owner, taken.fence) == (job.id, other.owner, job.fence + 1)
    other.close()


def test_closing_frees_the_jobs_at_once(tmp_path):
    """A process that ends properly leaves no lease behind."""
    first, second = SqliteJournal(tmp_path), SqliteJournal(tmp_path)
    first.heartbeat(30)
    job = first.add(new_job())
    first.close()

    assert [taken.id for taken in second.claim(["fal"], hold_submitting=0)] == [job.id]
    second.close()


def test_a_write_under_an_old_fence_is_refused(journal, other):
    """A process that slept while another took over cannot overwrite what happened since."""
    job = journal.add(new_job())
    journal.heartbeat(-1)
    other.claim(["fal"], hold_submitting=0)

    with pytest.raises(LeaseLost):
        journal.write(job, JobState.SUBMITTING, token="t", submit_at=time.time())


def test_only_jobs_of_usable_services_are_claimed(journal, other):
    """A process leaves alone what it has no key for."""
    journal.add(new_job())
    journal.heartbeat(-1)

    assert other.claim(["preview"], hold_submitting=0) == []


def test_a_submission_under_way_is_left_alone(journal, other):
    """A request of a process that only seems dead may still be on its way."""
    job = journal.add(new_job())
    journal.write(job, JobState.SUBMITTING, token="t", submit_at=time.time())
    journal.heartbeat(-1)

    assert other.claim(["fal"], hold_submitting=60) == []
    assert len(other.claim(["fal"], hold_submitting=-1)) == 1


def test_jobs_with_expiring_links_are_claimed_first(journal, other):
    """A finished video is fetched before anything else is done."""
    early = journal.add(new_job(created_at=1.0))
    late = accepted(journal)
    journal.write(late, JobState.FETCHING, done_at=time.time(), output=Output(url="u"))
    journal.heartbeat(-1)

    claimed = other.claim(["fal"], hold_submitting=0)

    assert [job.id for job in claimed] == [late.id, early.id]


def test_acceptance_counts_whoever_holds_the_lease(journal, other):
    """The service's answer to the current attempt is evidence, not a matter of leases."""
    job = journal.add(new_job())
    job = journal.write(job, JobState.SUBMITTING, token="t", submit_at=time.time())
    journal.heartbeat(-1)
    (taken,) = other.claim(["fal"], hold_submitting=-1)
    other.write(taken, JobState.UNCERTAIN)

    known = journal.accept(job, "remote-1", {"status_url": "s"})

    assert (known.state, known.remote_id) == (JobState.RUNNING, "remote-1")


def test_acceptance_of_an_older_attempt_is_refused(journal):
    """An attempt that was replaced cannot come back."""
    job = journal.add(new_job())
    old = journal.write(job, JobState.SUBMITTING, token="old", submit_at=time.time())
    queued = journal.write(old, JobState.QUEUED)
    journal.write(queued, JobState.SUBMITTING, token="new", submit_at=time.time())

    with pytest.raises(LeaseLost):
        journal.accept(old, "remote-1", {})


def test_one_remote_job_belongs_to_one_job(journal):
    """Two jobs can never adopt the same video."""
    first = accepted(journal)
    second = journal.add(new_job())
    second = journal.write(second, JobState.SUBMITTING, token="t", submit_at=time.time())

    with pytest.raises(RemoteTaken):
        journal.accept(second, first.remote_id or "", {})


def test_cancelling_an_unsent_job_ends_it(journal, other):
    """Its owner cannot send it afterwards."""
    job = journal.add(new_job())

    assert other.request_cancel(job.id).state is JobState.CANCELLED
    with pytest.raises(LeaseLost):
        journal.write(job, JobState.SUBMITTING, token="t", submit_at=time.time())


def test_cancelling_a_running_job_is_noted(journal):
    """The wish is on record for whoever works on the job."""
    job = accepted(journal)

    noted = journal.request_cancel(job.id)

    assert noted.state is JobState.RUNNING
    assert noted.cancel_requested_at is not None


def test_what_is_learned_of_a_job_at_its_service_is_kept(journal, other):
    """Any process may add to it, and neither takes the job from its owner nor ends its work."""
    job = accepted(journal)

    amended = other.amend_remote(job, {"deleted": True})

    assert amended.remote == {**(job.remote or {}), "deleted": True}
    assert (amended.owner, amended.fence, amended.state) == (job.owner, job.fence, job.state)
    assert journal.write(job, error=None).remote == amended.remote


def test_what_is_learned_of_another_id_is_not_kept(journal, other):
    """It is evidence about the job that the service knows under its id."""
    job = accepted(journal)

    assert other.amend_remote(replace(job, remote_id="another"), {"deleted": True}) == job


def test_only_an_uncertain_job_is_decided(journal):
    """A decision about a running job is refused."""
    job = accepted(journal)

    with pytest.raises(JournalError, match="not uncertain"):
        journal.decide(job.id, JobState.QUEUED)


def test_an_event_is_handed_out_once(journal):
    """A second drain of the same process has only what is new."""
    job = completed(journal)

    assert [record.id for record in journal.drain()] == [job.id]
    assert journal.drain() == []


def test_an_event_survives_a_crash_after_it_was_handed_out(tmp_path, journal):
    """What a process drained and never settled is handed out again."""
    job = completed(journal)
    journal.drain()
    journal.heartbeat(-1)
    other = SqliteJournal(tmp_path)

    assert [record.id for record in other.drain()] == [job.id]
    other.close()


def test_an_event_that_a_living_process_has_is_not_handed_out_again(journal, other):
    """Two kernels never get the same news."""
    completed(journal)
    journal.drain()

    assert other.drain() == []


def test_a_settled_event_is_never_handed_out_again(tmp_path, journal):
    """What an awaited job returned counts as handed out, for every process to come."""
    job = completed(journal)
    journal.settle(job.id)
    journal.heartbeat(-1)
    other = SqliteJournal(tmp_path)

    assert other.drain() == []
    other.close()


def test_durations_are_those_of_the_kind(journal):
    """The history of one provider, service and mode says nothing of another."""
    completed(journal)
    completed(journal, mode="image-to-video")

    assert len(journal.durations("kling-3.0-standard", "fal", "text-to-video")) == 1


def test_an_unknown_job_is_named(journal):
    """A wrong id gets a clear answer."""
    with pytest.raises(JobNotFound, match="'nope'"):
        journal.get("nope")


def test_changes_of_others_are_noticed(journal, other):
    """Only another process's writes count as changes."""
    journal.has_changed()
    journal.add(new_job())
    assert not journal.has_changed()

    other.add(new_job())
    assert journal.has_changed()


def test_the_files_date_is_another_one_after_another_process_wrote(journal, other):
    """So that nobody has to ask the file itself every second."""
    os.utime(journal.path, (1.0, 1.0))
    before = journal._db.date()

    other.add(new_job())

    assert (before, journal._db.date() == before) == (1_000_000_000, False)


def test_a_date_of_this_moment_says_nothing(journal, monkeypatch):
    """More may be written within the same tick of the clock."""
    monkeypatch.setattr("rushes.journal.sqlite.database.TICK", sys.maxsize)

    assert journal._db.date() is None


def test_a_newer_file_is_refused_untouched(tmp_path):
    """An old release does not write into a file of a newer one."""
    SqliteJournal(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    db.close()

    with pytest.raises(JournalError, match="newer release"):
        SqliteJournal(tmp_path)


@pytest.mark.usefixtures("journal")
def test_another_machine_is_refused(tmp_path):
    """Two hosts cannot share one SQLite file."""
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        db.execute("INSERT INTO owners VALUES ('x', 'elsewhere', 1, ?)", (time.time() + 30,))
    db.close()

    with pytest.raises(JournalError, match="elsewhere"):
        SqliteJournal(tmp_path)


def test_a_damaged_file_is_named(tmp_path):
    """Rubbish in place of the journal gives advice, not a traceback from inside."""
    (tmp_path / FILE_NAME).write_bytes(
        b"no database at all, but long enough to be read as one" * 40
    )

    with pytest.raises(JournalError, match="damaged"):
        SqliteJournal(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    """A file in place of the home folder gives advice."""
    (tmp_path / "home").write_text("a file")

    with pytest.raises(JournalError, match="RUSHES_HOME"):
        SqliteJournal(tmp_path / "home")


def test_a_lock_that_is_held_too_long_is_an_error_and_changes_nothing(tmp_path):
    """When another process holds the file, the user is told, and no half row is left."""
    journal = SqliteJournal(tmp_path, busy_timeout=0.05)
    blocker = sqlite3.connect(tmp_path / FILE_NAME)
    blocker.execute("BEGIN IMMEDIATE")

    with pytest.raises(JournalError, match="Another process holds it"):
        journal.add(new_job())

    blocker.execute("ROLLBACK")
    blocker.close()
    assert journal.select() == []
    journal.close()


def test_a_full_disk_is_an_error_and_changes_nothing(journal):
    """When the disk is full nothing is added, and what was there stays."""
    kept = journal.add(new_job())
    pages = journal._db.connection.execute("PRAGMA page_count").fetchone()[0]
    journal._db.connection.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(JournalError, match="disk is full"):
        journal.add(new_job(notes=("x" * 100_000,)))

    journal._db.connection.execute("PRAGMA max_page_count = 1000000")
    assert journal.get(kept.id) == kept
    journal.add(new_job())


def test_a_job_is_off_the_lists_until_it_is_put_back(journal, other):
    """For every process; twice is once, and the job itself stays."""
    job = completed(journal)
    journal.hide(job.id)
    journal.hide(job.id)
    assert other.is_hidden(job.id)
    assert other.get(job.id).id == job.id

    other.hide(job.id, hidden=False)
    assert not journal.is_hidden(job.id)
