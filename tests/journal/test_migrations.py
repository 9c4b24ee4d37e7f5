"""A journal of an earlier release is opened and goes on."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from rushes.contract.params import VideoGenParams
from rushes.journal import JobState, SqliteJournal
from rushes.journal.sqlite.journal import FILE_NAME
from rushes.journal.sqlite.schema import MIGRATIONS, VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FIRST_ROW = """
    INSERT INTO jobs (id, state, backend, provider, mode, params, folder, created_at, token,
        attempts, remote_id, remote, running_at, done_at, ended_at, result, notes, fence, handed)
    VALUES ('job-1', 'completed', 'fal', 'kling-3.0-standard', 'text-to-video',
        '{"provider":"kling-3.0-standard","mode":"text-to-video","prompt":"A fox"}', '/media',
        1000.0, 'token-1', 1, 'remote-1', '{"status_url":"u"}', 1001.0, 1061.0, 1062.0,
        '{"width":1280}', '["A note."]', 3, 2)
"""
"""As the first release wrote it."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a journal of the first version that holds one finished job."""
    file = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    for statement in (*MIGRATIONS[0], "PRAGMA user_version = 1", FIRST_ROW):
        file.execute(statement)
    file.close()
    return tmp_path


@pytest.fixture
def open_journal() -> Iterator[Callable[[Path], SqliteJournal]]:
    journals: list[SqliteJournal] = []

    def make(home: Path) -> SqliteJournal:
        journals.append(SqliteJournal(home))
        return journals[-1]

    yield make
    for journal in journals:
        journal.close()


def schema(home: Path) -> tuple[int, set[str]]:
    """The file's version, and all that is defined in it."""
    file = sqlite3.connect(home / FILE_NAME)
    version = file.execute("PRAGMA user_version").fetchone()[0]
    definitions = {row[0] for row in file.execute("SELECT sql FROM sqlite_master") if row[0]}
    file.close()
    return version, definitions


def test_a_job_of_the_first_version_is_still_there(home, open_journal):
    """With all that was known of it."""
    job = open_journal(home).get("job-1")

    assert (job.state, job.remote_id, job.ran_for) == (JobState.COMPLETED, "remote-1", 60.0)
    assert (job.result, job.remote, job.notes) == (
        {"width": 1280},
        {"status_url": "u"},
        ("A note.",),
    )
    assert job.typed_params == VideoGenParams(
        provider="kling-3.0-standard", mode="text-to-video", prompt="A fox"
    )


def test_an_older_file_becomes_what_a_new_one_is(home, open_journal, tmp_path):
    """The newest version, with the same tables and indexes."""
    open_journal(home)
    open_journal(tmp_path / "new")

    assert schema(home) == schema(tmp_path / "new")
    assert schema(home)[0] == VERSION


BEFORE_SUMS = 8
"""The version in which only Studios reserved money, without a day."""


def test_what_was_reserved_counts_on_its_day(tmp_path, open_journal):
    """Open while its job runs; a kernel of that release that still runs disturbs nothing."""
    file = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    for statement in (each for step in MIGRATIONS[:BEFORE_SUMS] for each in step):
        file.execute(statement)
    file.execute(FIRST_ROW)
    file.execute(FIRST_ROW.replace("job-1", "job-2").replace("remote-1", "r-2"))
    file.execute("UPDATE jobs SET state = 'running', created_at = 90000.0 WHERE id = 'job-2'")
    reserve = "INSERT INTO reservations (job_id, attempt, account, estimate, amount) VALUES "
    spend = "INSERT INTO spending (account, amount) VALUES ('/media', 1) ON CONFLICT DO NOTHING"
    file.execute(reserve + "('job-1', 1, '/media', 2.0, 1.5), ('job-2', 1, '/media', 2.0, 2.0)")
    file.execute(f"PRAGMA user_version = {BEFORE_SUMS}")

    journal = open_journal(tmp_path)

    sums = {each.day: (each.spent, each.reserved) for each in journal.spending()}
    assert sums == {"1970-01-01": (1.5, 0.0), "1970-01-02": (0.0, 2.0)}
    file.execute(spend)
    file.execute(reserve + "('job-2', 2, '/media', 2.0, 2.0)")
    file.close()
    job = journal.get("job-2")
    journal.write(job, JobState.FAILED)
    assert journal.spent("/media") == pytest.approx(3.5)


def test_opening_again_changes_nothing(home, open_journal):
    """Each step is taken once."""
    open_journal(home)
    before = schema(home)

    again = open_journal(home)

    assert schema(home) == before
    assert len(again.select()) == 1


def test_a_step_that_fails_leaves_the_file_as_it_was(home, monkeypatch):
    """Half a migration would be neither the old version nor the new one."""
    before = schema(home)
    half = ("CREATE TABLE half (id TEXT)", "NO SQL")
    monkeypatch.setattr("rushes.journal.sqlite.schema.MIGRATIONS", (*MIGRATIONS[:1], half))

    with pytest.raises(Exception, match="syntax error"):
        SqliteJournal(home)

    assert schema(home) == before
