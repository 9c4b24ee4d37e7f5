"""Coroutines have the whole journal, with the same arguments."""

from __future__ import annotations

import asyncio
import inspect
import threading

import pytest

from rushes.contract.params import VideoGenParams
from rushes.engine.threads import Threads
from rushes.journal import AsyncJournal, JobRecord, JobState, Journal, SqliteJournal

METHODS = [
    name for name, member in vars(Journal).items() if callable(member) and not name.startswith("_")
]

JOB = JobRecord.new(
    VideoGenParams(provider="kling-3.0-standard", mode="text-to-video"), backend="fal", folder="f"
)


@pytest.fixture
def journal(tmp_path):
    journal = SqliteJournal(tmp_path)
    yield journal
    journal.close()


@pytest.fixture
def threads():
    threads = Threads("journal")
    yield threads
    threads.shutdown()


AT_ONCE = ("close", "is_unchanged")
"""Methods that the loop may call itself."""


@pytest.mark.parametrize("name", [name for name in METHODS if name not in AT_ONCE])
def test_each_method_takes_the_journals_arguments(name):
    """What holds for the one holds for the other, by the same names and defaults."""
    one, other = getattr(Journal, name), getattr(AsyncJournal, name)

    assert inspect.iscoroutinefunction(other)
    assert inspect.signature(one) == inspect.signature(other)


@pytest.mark.parametrize("name", METHODS)
def test_sqlite_takes_the_journals_arguments(name):
    """A caller that knows the protocol can call the implementation."""
    assert inspect.signature(getattr(Journal, name)) == inspect.signature(
        getattr(SqliteJournal, name)
    )


def test_the_loop_goes_on_while_the_journal_is_read(journal, threads, monkeypatch):
    """Its methods run in the thread that it was given."""
    entered, release = threading.Event(), threading.Event()

    def get(_job_id: str) -> JobRecord:
        entered.set()
        assert release.wait(60)
        return JOB

    monkeypatch.setattr(journal, "get", get)

    async def scenario() -> JobRecord:
        reading = asyncio.create_task(AsyncJournal(journal, threads).get("x"))
        await asyncio.to_thread(entered.wait, 20)
        release.set()
        return await reading

    assert asyncio.run(scenario()) is JOB


def test_what_was_begun_is_written_though_nobody_waits_for_it(journal, threads, monkeypatch):
    """A task that is cancelled while it writes leaves a whole record behind."""
    entered, release = threading.Event(), threading.Event()
    add = journal.add

    def slowly(job: JobRecord, **arguments: object) -> JobRecord:
        entered.set()
        assert release.wait(60)
        return add(job, **arguments)

    monkeypatch.setattr(journal, "add", slowly)

    async def scenario() -> None:
        adding = asyncio.create_task(AsyncJournal(journal, threads).add(JOB))
        await asyncio.to_thread(entered.wait, 20)
        adding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await adding
        release.set()

    asyncio.run(scenario())
    threads.shutdown()

    assert journal.get(JOB.id).state is JobState.QUEUED
