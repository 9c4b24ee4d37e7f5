"""Jobs of processes that are gone are taken over by those that live."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from emulators.fal import FAL_KEY, FalEmulator
from rushes import VideoGen
from rushes.backends.fal import FalBackend
from rushes.contract.params import VideoGenParams
from rushes.journal import JobRecord, JobState, SqliteJournal
from rushes.journal.sqlite.journal import FILE_NAME
from support.timings import QUICK

if TYPE_CHECKING:
    from pathlib import Path

FOX = VideoGenParams(provider="seedance-2.0", mode="text-to-video", prompt="a fox")

SELDOM = replace(QUICK, lease=7200.0, heartbeat=3600.0)
"""No second heartbeat comes while a test runs."""


def hand_in(home: Path, library: Path) -> JobRecord:
    """Put a job on record in a process that is gone."""
    with closing(SqliteJournal(home)) as journal:
        return journal.add(JobRecord.new(FOX, backend="fal", folder=str(library)))


def test_jobs_of_a_backend_are_claimed_when_it_is_handed_over(tmp_path, emulator: FalEmulator):
    """Not at the next heartbeat: with a thousand of them, that is a wait for the user."""
    home, library = tmp_path / "home", tmp_path / "media"
    fal = FalBackend(
        FAL_KEY,
        queue_url=emulator.queue_url,
        rest_url=emulator.rest_url,
        api_url=emulator.api_url,
    )
    with VideoGen(home=home, library=library, timing=SELDOM) as gen:
        job = hand_in(home, library)
        gen.engine.use(fal)
        assert gen.engine.wait(job.id).result(60.0).state is JobState.COMPLETED


def test_a_damaged_record_holds_no_other_job_up(tmp_path, emulator: FalEmulator):
    """A job whose submission was interrupted once it was on record is taken up all the same."""
    home, library = tmp_path / "home", tmp_path / "media"
    fal = FalBackend(
        FAL_KEY,
        queue_url=emulator.queue_url,
        rest_url=emulator.rest_url,
        api_url=emulator.api_url,
    )
    with VideoGen(home=home, library=library, timing=SELDOM) as gen:
        new = [JobRecord.new(FOX, backend="fal", folder=str(library)) for _ in range(8)]
        jobs = gen.engine.journal.add_all(new)
        with closing(sqlite3.connect(home / FILE_NAME)) as db, db:
            db.executemany(
                "UPDATE jobs SET created_at = -1 WHERE id = ?", [(job.id,) for job in jobs[:4]]
            )
        gen.engine.use(fal)
        for job in jobs[4:]:
            assert gen.engine.wait(job.id).result(60.0).state is JobState.COMPLETED
