"""Clients on several machines share a journal in a database; each has a home of its own."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from emulators.fal import FAL_KEY, FalEmulator, FalSettings
from rushes import VideoGen
from rushes.backends.fal import FalBackend
from rushes.backends.protocol import Limits
from rushes.contract.errors import InvalidParams, JournalError
from rushes.journal import JobState, open_journal
from support.timings import QUICK
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

FOX = {"provider": "seedance-2.0", "mode": "text-to-video", "prompt": "A fox"}

UNHURRIED = replace(QUICK, lease=3000.0, heartbeat=2900.0)
"""Nobody claims anything at a heartbeat within a test."""


@pytest.fixture
def service() -> Iterator[FalEmulator]:
    """fal, whose jobs take a while."""
    settings = FalSettings(run_seconds=(1.0, 1.0), tiny_clips=True)
    with FalEmulator(settings) as running:
        yield running


@pytest.fixture
def machine(
    tmp_path: Path, service: FalEmulator, database: str
) -> Iterator[Callable[[str], VideoGen]]:
    """Makes a client as another machine would have it."""
    with ExitStack() as stack:

        def make(name: str) -> VideoGen:
            fal = FalBackend(
                FAL_KEY,
                queue_url=service.queue_url,
                rest_url=service.rest_url,
                api_url=service.api_url,
                limits=Limits(poll_floor=0.05, first_poll=0.05),
            )
            gen = VideoGen(
                fal,
                home=tmp_path / name,
                library=tmp_path / "media",
                journal=database,
                timing=UNHURRIED,
                timeout=60.0,
            )
            stack.callback(gen.close)
            return gen

        yield make


def test_a_job_of_one_machine_is_known_to_the_other(machine, service):
    """Which waits for its end, and has its video."""
    here, there = machine("here"), machine("there")

    job = here.submit(FOX)

    assert there.job(job.id).result().path == job.result().path
    assert job.result().path.exists()
    assert len(service.jobs) == 1


def test_a_client_that_is_closed_hands_its_jobs_over_at_once(machine, service):
    """The other one does not wait for a heartbeat."""
    here, there = machine("here"), machine("there")
    job = here.submit(FOX)
    until(lambda: there.job(job.id).state is JobState.RUNNING)

    here.close()

    assert there.job(job.id).result().path.exists()
    assert len(service.jobs) == 1


def test_an_intent_that_was_written_down_without_an_answer_is_sent_once(
    machine, service, monkeypatch
):
    """The server was lost as it committed, for longer than a call waits."""
    from rushes.journal.postgres import PostgresJournal  # noqa: PLC0415 - needs the driver

    write, lost = PostgresJournal.write, list[str]()

    def lose_the_answer(journal, job, state=None, **changes):
        after = write(journal, job, state, **changes)
        if state is JobState.SUBMITTING and not lost:
            lost.append(job.id)
            msg = "The journal cannot be used."
            raise JournalError(msg)
        return after

    monkeypatch.setattr(PostgresJournal, "write", lose_the_answer)
    job = machine("here").submit(FOX)

    assert job.result().path.exists()
    assert lost == [job.id]
    assert len(service.jobs) == 1


@pytest.mark.parametrize("journal", [7, "mysql://user:hunter2@host/name", "rushes.sqlite3"])
def test_what_is_not_the_address_of_a_database_is_refused(journal, tmp_path):
    """With one that is, and without what was given: it may have a password."""
    with pytest.raises(InvalidParams, match="postgresql://user@host/name") as caught:
        VideoGen("preview", home=tmp_path, journal=journal)

    assert "hunter2" not in repr(caught.value)


def test_a_driver_that_is_not_installed_is_named(tmp_path, monkeypatch):
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, "rushes.journal.postgres", None)

    with pytest.raises(JournalError, match=r'pip install "psycopg\[binary\]"'):
        open_journal(tmp_path, "postgresql://host/name")
