"""A process that dies at a point of a job's life, and the one that goes on from there."""

from __future__ import annotations

import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reliability.crash import UNDER_WAY, work_until
from reliability.worker import Workplace, start, work
from rushes.backends.protocol import Limits
from rushes.contract.params import VideoGenParams
from rushes.engine import Timing
from rushes.journal import ENDED, UNFINISHED, JobRecord, JobState, SqliteJournal
from support.timings import A_WHILE, AN_HOUR
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.emulator import Emulator

BRISK = Timing(
    lease=1.0,
    heartbeat=0.2,
    # Most of the time for a request on its way is for the reply, which a busy machine has late.
    submit_guard=0.5,
    submit_deadline=2.0,
    submit_margin=0.0,
    look_up=0.1,
    retry=0.05,
    retry_most=0.5,
    forgotten=30.0,
    watch=0.1,
)

PROMPT = Limits(poll_floor=0.1, first_poll=0.1)

BEFORE_REPLY = "after the service took it, before its reply is read"

SENT = {
    BEFORE_REPLY,
    "after the reply, before it is written down",
}
"""Points at which the service has a job and nobody here knows its name."""

NOT_SENT = {"after the intent, before anything is sent"}
"""Points at which it seems so."""


def hand_in(desk: SqliteJournal, place: Workplace, request: dict[str, str]) -> JobRecord:
    params = VideoGenParams(**request)
    return desk.add(JobRecord.new(params, backend=place.service, folder=str(place.library)))


def die(target: Callable[..., object], place: Workplace, *args: object) -> None:
    """Run a process that is to kill itself, and that waits for replies as long as it takes."""
    patient = replace(place.timing, submit_guard=60.0, submit_deadline=60.0)
    process = start(target, replace(place, timing=patient), *args)
    process.join(60.0)
    alive = process.is_alive()
    process.kill()
    process.join()
    assert not alive, f"it never came to {args or target}"
    assert process.exitcode == -signal.SIGKILL


def die_at(point: str, place: Workplace, emulator: Emulator[Any]) -> None:
    """Run a process to a point; the service waits for it there, and goes on when it is dead."""
    settings = emulator.settings
    usual = settings.run_seconds
    if point in UNDER_WAY:
        settings.run_seconds = AN_HOUR
    if point == BEFORE_REPLY:
        settings.answer_delay = AN_HOUR
    die(work_until, place, point)
    settings.run_seconds, settings.answer_delay = usual, (0.0, 0.0)
    emulator.advance(A_WHILE)


def let_end(desk: SqliteJournal, place: Workplace, job: JobRecord) -> JobRecord:
    """Have a fresh process do the rest."""
    worker = start(work, place)
    try:
        until(lambda: desk.get(job.id).state not in UNFINISHED)
    finally:
        worker.kill()
        worker.join()
    record = desk.get(job.id)
    assert record.state in ENDED or record.state is JobState.UNCERTAIN
    return record
