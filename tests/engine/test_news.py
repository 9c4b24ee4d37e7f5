"""A process hears what others do to the jobs of the journal that they share."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pytest

from rushes.contract.errors import DamagedRecord
from rushes.contract.marks import Marks
from rushes.contract.params import VideoGenParams
from rushes.engine import Engine, Timing
from rushes.engine.audience import Audience
from rushes.io.folders import Folders
from rushes.journal import JobRecord, JobState, SqliteJournal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NEVER = Timing(watch=3600.0)
"""The tests say when the engine looks."""

FOX = VideoGenParams(provider="seedance-2.0", mode="text-to-video", prompt="a fox")


@pytest.fixture
def other(tmp_path: Path) -> Iterator[SqliteJournal]:
    """The journal as another living process has it."""
    journal = SqliteJournal(tmp_path)
    journal.heartbeat(60.0)
    yield journal
    journal.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    engines: list[Engine] = []

    def make() -> Engine:
        engines.append(Engine(Folders(tmp_path, tmp_path), timing=NEVER))
        return engines[-1]

    yield make
    for engine in engines:
        engine.close()


def heard_by(engine: Engine) -> list[JobState]:
    """What a listener hears of as the engine looks."""
    heard: list[JobState] = []
    stop = engine.listen(lambda news: heard.extend(job.state for job, _ in news))
    engine.call(engine._news.read()).result(60.0)
    stop()
    return heard


def add(journal: SqliteJournal, tmp_path: Path) -> JobRecord:
    return journal.add(JobRecord.new(FOX, backend="fal", folder=str(tmp_path)))


def test_the_end_of_a_job_that_was_there_at_the_start_is_heard(other, start, tmp_path):
    """Even when it ends before the first look."""
    job = add(other, tmp_path)
    engine = start()
    other.write(job, JobState.FAILED)
    assert heard_by(engine) == [JobState.FAILED]


def test_a_job_that_comes_and_ends_between_two_looks_is_heard(other, start, tmp_path):
    """Others may be faster than the looks."""
    engine = start()
    other.write(add(other, tmp_path), JobState.FAILED)
    assert heard_by(engine) == [JobState.FAILED]


def test_each_state_is_heard_once(other, start, tmp_path):
    """A look without news says nothing."""
    engine = start()
    job = add(other, tmp_path)
    assert heard_by(engine) == [JobState.QUEUED]
    assert heard_by(engine) == []
    other.write(job, JobState.FAILED)
    assert heard_by(engine) == [JobState.FAILED]
    assert heard_by(engine) == []


def test_what_ended_before_the_start_is_no_news(other, start, tmp_path):
    """A Studio shows it anyway."""
    other.write(add(other, tmp_path), JobState.FAILED)
    assert heard_by(start()) == []


def test_a_job_that_is_never_heard_of_again_is_looked_up(other, start, tmp_path, monkeypatch):
    """A process that slept too long for the news still sees the end."""
    job = add(other, tmp_path)
    engine = start()
    other.write(job, JobState.FAILED)
    monkeypatch.setattr("rushes.engine.leases.RECENT", -1.0)
    assert heard_by(engine) == [JobState.FAILED]


def test_who_waits_hears_that_a_job_is_uncertain_again(other, start, tmp_path):
    """Though it was uncertain at the last look, too."""

    def doubt(job: JobRecord) -> None:
        other.write(other.write(job, JobState.SUBMITTING), JobState.UNCERTAIN)

    job = add(other, tmp_path)
    doubt(job)
    engine = start()
    sent_again = other.decide(job.id, JobState.QUEUED)
    waiting = engine.wait(job.id)
    doubt(sent_again)
    engine.call(engine._news.read()).result(60.0)
    assert waiting.result(60.0).state is JobState.UNCERTAIN


def damage(tmp_path: Path, job: JobRecord) -> None:
    """Make a row unreadable, as a fault of the disk does."""
    with closing(sqlite3.connect(tmp_path / "journal.sqlite3")) as db, db:
        db.execute("UPDATE jobs SET created_at = 'odd' WHERE id = ?", (job.id,))


def test_a_job_that_cannot_be_read_any_more_costs_no_other(other, start, tmp_path):
    """Others are announced, and who waits for it is not left waiting."""
    bad, good = add(other, tmp_path), add(other, tmp_path)
    engine = start()
    waiting = engine.wait(bad.id)
    damage(tmp_path, bad)
    other.write(good, JobState.FAILED)

    assert heard_by(engine) == [JobState.FAILED]
    with pytest.raises(DamagedRecord, match=bad.id):
        waiting.result(60.0)
    assert heard_by(engine) == []


def marks_heard_by(engine: Engine) -> list[Marks]:
    """The marks of the jobs that a listener hears of as the engine looks."""
    heard: list[Marks] = []
    stop = engine.listen(lambda news: heard.extend(job.marks for job, _ in news))
    engine.call(engine._news.read()).result(60.0)
    stop()
    return heard


def test_a_mark_of_another_process_is_heard_once(other, start, tmp_path):
    """However long ago the job has ended; marks from before the start are no news."""
    old, job = add(other, tmp_path), add(other, tmp_path)
    other.write(job, JobState.FAILED)
    other.mark(old.id, {"stars": 1})
    engine = start()
    assert marks_heard_by(engine) == []
    other.mark(job.id, {"stars": 2})
    assert marks_heard_by(engine) == [Marks(stars=2)]
    assert marks_heard_by(engine) == []


def test_of_more_marks_than_are_read_at_once_each_is_heard(other, start, tmp_path, monkeypatch):
    """As when a whole library was judged elsewhere."""
    jobs = [add(other, tmp_path) for _ in range(5)]
    monkeypatch.setattr("rushes.engine.leases.MOST_MARKED", 2)
    engine = start()
    for job in jobs:
        other.mark(job.id, {"stars": 3})
    assert marks_heard_by(engine) == [Marks(stars=3)] * 5


def test_news_from_before_a_mark_carry_it(other, start, tmp_path):
    """What the engine holds in memory of a job may be older than the mark."""
    job = add(other, tmp_path)
    engine = start()
    heard: list[Marks] = []
    stop = engine.listen(lambda news: heard.extend(each.marks for each, _ in news))
    other.mark(job.id, {"stars": 4})
    engine.call(engine._news.read()).result(60.0)
    engine._audience.notify(job)
    stop()
    assert set(heard) == {Marks(stars=4)}


def test_a_mark_made_here_is_heard_here(other, start, tmp_path):
    """Several Studios may show the same take."""
    job = add(other, tmp_path)
    engine = start()
    heard: list[Marks] = []
    stop = engine.listen(lambda news: heard.extend(each.marks for each, _ in news))
    engine.mark(job.id, {"pick": False})
    stop()
    assert heard == [Marks(pick=False)]


def test_news_that_may_wait_come_with_others_or_when_reminded(other, tmp_path):
    """What a service says while a job runs wakes no thread of its own."""
    first, second, third = (add(other, tmp_path) for _ in range(3))
    heard: SimpleQueue[str] = SimpleQueue()
    audience = Audience(other, [])
    stop = audience.listen(lambda news: [heard.put(job.id) for job, _ in news] and None)
    audience.notify(first)
    assert heard.get(timeout=60.0) == first.id
    audience.notify(second, may_wait=True)
    audience.notify(third)
    assert [heard.get(timeout=60.0) for _ in range(2)] == [second.id, third.id]
    audience.notify(first, may_wait=True)
    audience.remind()
    assert heard.get(timeout=60.0) == first.id
    stop()
