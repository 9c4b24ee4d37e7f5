"""Requests, and waiting for what becomes of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reliability.verdict import carries
from support.waiting import until

if TYPE_CHECKING:
    from emulators.fal import FalEmulator
    from rushes import Job, VideoGen
    from rushes.journal import JobRecord, JobState


def at_rest(gen: VideoGen, job: Job) -> JobRecord:
    """The job's record once nothing more happens to it by itself."""
    return gen.engine.wait(job.id).result(60.0)


def in_state(job: Job, state: JobState) -> None:
    """Wait until a job is in a state."""
    until(lambda: job.state is state)


def assert_bought_once(emulator: FalEmulator, record: JobRecord) -> None:
    """The service was asked once, took one job, and its video is here."""
    assert emulator.counts["submit"] == 1
    assert [job.request_id for job in emulator.jobs] == [record.remote_id]
    assert_kept(record)


def assert_kept(record: JobRecord) -> None:
    """The video that is here is that of the job's own request."""
    assert record.state == "completed", record.error
    assert carries(Path((record.result or {})["path"]), record.remote_id or "")
    assert list(Path(record.folder).glob("*.part*")) == []
