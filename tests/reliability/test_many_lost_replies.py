"""After many lost replies at once a service is asked for all of them together."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from emulators.faults import Fault, FaultKind, Operation
from reliability.asking import at_rest
from rushes import JobState, VideoGen
from rushes.backends.protocol import Limits
from support.services import BY_NAME, SERVICES, Service
from support.timings import QUICK
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emulators.emulator import Emulator

JOBS = 24

LISTED = [BY_NAME[name] for name in ("fal", "ark", "kling")]
"""Services that list several jobs in one reply."""

FOUND = [BY_NAME[name] for name in ("ark", "kling-legacy")]
"""Services at which jobs are looked up together, and one by one."""

BLINDED = [service for service in SERVICES if service.blind]
"""Services at which a key may be kept from looking anything up."""

LIMITS = Limits(submits=4, polls=64, poll_floor=0.05, first_poll=0.05)

UNPOLLED = Limits(submits=4, polls=64, poll_floor=60.0)
"""For counting look-ups: some services list jobs with the call that looks one up."""


@contextmanager
def at(
    service: Service, folder: Path, limits: Limits = LIMITS, **settings: Any
) -> Iterator[tuple[Emulator[Any], VideoGen]]:
    settings = {"run_seconds": (0.1, 0.2), "tiny_clips": True} | settings
    with (
        service.emulator(**settings) as emulator,
        VideoGen(
            service.backend(emulator.urls, limits=limits),
            home=folder / "home",
            library=folder / "media",
            timing=QUICK,
            timeout=60.0,
        ) as gen,
    ):
        yield emulator, gen


def submit(gen: VideoGen, service: Service, count: int) -> list[Any]:
    return [gen.submit(service.request | {"prompt": f"Fox {number}"}) for number in range(count)]


@pytest.mark.parametrize("service", LISTED, ids=str)
def test_many_lost_replies_are_settled_with_few_calls(tmp_path, service, caplog):
    """One reply answers for all that are looked up; each job is bought once."""

    def lost() -> set[str]:
        said = [entry.getMessage() for entry in caplog.records]
        return {words.partition(":")[0] for words in said if "submission is unknown" in words}

    with at(service, tmp_path, UNPOLLED, run_seconds=(600.0, 600.0)) as (emulator, gen):
        emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=JOBS))
        # Until all have been lost, no answer; then they are all due.
        emulator.add_fault(
            Fault(
                FaultKind.HTML_PAGE,
                on=Operation.HISTORY,
                when=lambda _: len(lost()) < JOBS,
            )
        )
        jobs = submit(gen, service, JOBS)
        until(lambda: len(lost()) == JOBS)
        before = emulator.counts[Operation.HISTORY]

        until(lambda: all(job.state is JobState.RUNNING for job in jobs))

        assert {job.remote_id for job in jobs} == {job.request_id for job in emulator.jobs}
        assert len(emulator.jobs) == JOBS
        assert emulator.counts[Operation.HISTORY] - before <= JOBS / 2


@pytest.mark.parametrize("service", FOUND, ids=str)
def test_looking_up_does_not_delay_sending(tmp_path, service):
    """A new job is sent and done while every look-up of others still waits for its answer."""
    with at(service, tmp_path) as (emulator, gen):
        emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=JOBS))
        slow = emulator.add_fault(
            Fault(FaultKind.SLOW_REPLY, on=Operation.HISTORY, seconds=(600.0, 600.0))
        )
        lost = submit(gen, service, JOBS)
        until(lambda: slow.struck and len(emulator.jobs) == JOBS)

        record = at_rest(gen, gen.submit(service.request | {"prompt": "An owl"}))

        assert record.state is JobState.COMPLETED
        assert {job.state for job in lost} == {JobState.SUBMITTING}


@pytest.mark.parametrize("service", BLINDED, ids=str)
def test_many_uncertain_jobs_are_found_with_few_calls(tmp_path, service):
    """What was in doubt continues once the service lets the key read its list."""
    with at(service, tmp_path, UNPOLLED, run_seconds=(600.0, 600.0), **service.blind) as (
        emulator,
        gen,
    ):
        emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=JOBS))
        jobs = submit(gen, service, JOBS)
        assert {at_rest(gen, job).state for job in jobs} == {JobState.UNCERTAIN}
        before = emulator.counts[Operation.HISTORY]

        for name, blind in service.blind.items():
            setattr(emulator.settings, name, not blind)

        until(lambda: all(job.state is JobState.RUNNING for job in jobs))
        assert len(emulator.jobs) == JOBS
        assert emulator.counts[Operation.HISTORY] - before <= JOBS / 2
