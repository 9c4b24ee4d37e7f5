"""A job whose service streams its status is polled less, and no less surely."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from emulators.fal import Fault, FaultKind, Operation
from reliability.asking import assert_bought_once, assert_kept, at_rest
from rushes import JobState
from rushes.backends.protocol import Limits
from rushes.engine.forecast import ENOUGH
from support.requests import FOX
from support.timings import A_WHILE, AN_HOUR
from support.waiting import until

if TYPE_CHECKING:
    from emulators.fal import FalEmulator
    from rushes import Job

OFTEN = Limits(poll_floor=0.05, first_poll=0.05)
SELDOM = Limits(first_poll=3_600.0, poll_ceiling=3_600.0)
"""The first poll is some twenty seconds away, all others are an hour."""

TROUBLE = {
    "refused": {"kind": FaultKind.ERROR_BEFORE, "status": 405},
    "too many": {"kind": FaultKind.TOO_MANY, "retry_after": 0.1},
    "breaks off": {"kind": FaultKind.BROKEN_STREAM},
    "silent": {"kind": FaultKind.SILENT_STREAM},
}


def is_told(*jobs: Job) -> bool:
    """Whether the service has said where in line the jobs are."""
    return all(job.progress.position is not None for job in jobs)


def test_the_end_is_known_without_a_poll(make_gen, emulator: FalEmulator):
    """The stream says when to look; nothing else is asked, and the job is handed out once."""
    emulator.settings.queue_seconds = AN_HOUR
    gen = make_gen(limits=SELDOM)
    job = gen.submit(FOX)
    until(lambda: is_told(job))

    emulator.advance(A_WHILE)

    assert_bought_once(emulator, at_rest(gen, job))
    asked = [emulator.counts[name] for name in ("stream", "status", "result")]
    assert asked == [1, 0, 1]
    assert [event.job_id for event in gen.get_completed_jobs_sync()] == [job.id]
    assert gen.get_completed_jobs_sync() == []


@pytest.mark.parametrize("fault", TROUBLE.values(), ids=TROUBLE)
def test_without_its_stream_a_job_is_polled(make_gen, emulator: FalEmulator, fault):
    """As if there were none, and no second stream is tried."""
    emulator.add_fault(Fault(**fault, on=Operation.STREAM))
    gen = make_gen(limits=OFTEN)

    assert_bought_once(emulator, at_rest(gen, gen.submit(FOX)))

    assert emulator.counts["stream"] == 1
    assert emulator.counts["status"] >= 1


def test_a_stream_that_misses_the_end_is_not_waited_for(make_gen, emulator: FalEmulator):
    """It lives, but its job is polled all the same once it is late."""
    emulator.settings.stream_comment = 0.0
    gen = make_gen(limits=replace(OFTEN, poll_ceiling=0.3))
    for earlier in [gen.submit(FOX) for _ in range(ENOUGH)]:
        at_rest(gen, earlier)
    emulator.add_fault(Fault(FaultKind.DEAF_STREAM))

    assert_kept(at_rest(gen, gen.submit(FOX)))


def test_a_failure_is_told_like_a_video(make_gen, emulator: FalEmulator):
    """A stream that ends says nothing about how the job ended."""
    emulator.settings.queue_seconds = AN_HOUR
    emulator.add_fault(Fault(FaultKind.PLATFORM_FAILURE))
    gen = make_gen(limits=SELDOM)
    job = gen.submit(FOX)
    until(lambda: is_told(job))

    emulator.advance(A_WHILE)

    assert at_rest(gen, job).state is JobState.FAILED


def test_only_so_many_streams_are_open(make_gen, emulator: FalEmulator):
    """Other jobs are polled."""
    emulator.settings.queue_seconds = AN_HOUR
    gen = make_gen(limits=replace(OFTEN, streams=2, poll_ceiling=0.2))
    jobs = [gen.submit(FOX | {"prompt": f"Fox {number}"}) for number in range(4)]
    until(lambda: is_told(*jobs))

    emulator.advance(A_WHILE)

    assert {at_rest(gen, job).state for job in jobs} == {JobState.COMPLETED}
    assert emulator.counts["stream"] == 2


def test_a_cancelled_job_ends(make_gen, emulator: FalEmulator):
    """Its stream ends with it."""
    emulator.settings.queue_seconds = AN_HOUR
    gen = make_gen(limits=SELDOM)
    job = gen.submit(FOX)
    until(lambda: is_told(job))

    job.cancel()

    assert at_rest(gen, job).state is JobState.CANCELLED


def test_nothing_is_left_open(make_gen, emulator: FalEmulator):
    """Closing the client ends its streams; the next one listens anew and keeps the video."""
    emulator.settings.queue_seconds = AN_HOUR
    first = make_gen(limits=SELDOM)
    job = first.submit(FOX)
    until(lambda: is_told(job))
    first.close()
    gc.collect()  # What was left open would give a warning here, and warnings are errors.

    second = make_gen(limits=SELDOM)
    until(lambda: is_told(second.job(job.id)))
    emulator.advance(A_WHILE)

    assert_bought_once(emulator, at_rest(second, second.job(job.id)))
    assert emulator.counts["stream"] == 2


def test_a_service_that_is_asked_too_much_is_left_alone(make_gen, emulator: FalEmulator):
    """Whichever question was too much: all its status calls wait as long as it asks."""
    emulator.settings.run_seconds = AN_HOUR
    emulator.add_fault(Fault(FaultKind.TOO_MANY, on=Operation.STREAM, retry_after=3_600.0))
    gen = make_gen(limits=OFTEN)
    gen.submit(FOX)

    until(lambda: gen.engine._dispatcher._lanes.get(("fal", "poll")))
    until(lambda: gen.engine._dispatcher._lanes["fal", "poll"].rate._resume_at > 0.0)
