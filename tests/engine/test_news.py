"""A process hears what others do to the jobs of the journal that they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rushes.contract.params import VideoGenParams
from rushes.engine import Engine, Timing
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
    engine.call(engine._news.read()).result(10.0)
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
    engine.call(engine._news.read()).result(10.0)
    assert waiting.result(10.0).state is JobState.UNCERTAIN
