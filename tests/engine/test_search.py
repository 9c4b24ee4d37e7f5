"""Uncertain jobs are looked up rarer and rarer, and together where one call answers for all."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from rushes.backends.protocol import Listing
from rushes.contract.params import VideoGenParams
from rushes.engine.search import DAY, WEEK, Plans
from rushes.journal import JobRecord, JobState
from support.services import SERVICES

FOX = VideoGenParams(provider="seedance-2.0", mode="text-to-video", prompt="a fox")

FIRST, MOST = 60.0, 3600.0

STALLS = st.sampled_from([0.0, 0.5, 3.0, 30.0, 90.0, 600.0])
"""Seconds for which a machine stands still before it gets to the next round."""

ARRIVALS = st.lists(st.tuples(st.integers(0, 9), STALLS), min_size=1, max_size=24)
"""Rounds, and a stall in each, after which one more job becomes uncertain."""


def uncertain(number: int, backend: str = "ark", *, age: float = 0.0) -> JobRecord:
    job = JobRecord.new(FOX, backend=backend, folder="/media", job_id=f"job-{number}")
    sent = {"token": f"token-{number}", "submit_at": time.time() - age}
    return replace(job, state=JobState.UNCERTAIN, **sent)


class Machine:
    """Looks jobs up by a clock that the test sets; Ark's list answers for all of its jobs."""

    def __init__(self, *jobs: JobRecord) -> None:
        self.now = 0.0
        self.jobs = [*jobs]
        self.calls: list[tuple[float, list[str]]] = []
        self._plans = Plans(FIRST, MOST, clock=lambda: self.now)

    def go_on(self, seconds: float = FIRST) -> None:
        self.now += seconds
        for jobs in self._plans.due(self.jobs, together={"ark"}):
            self._plans.asked(jobs)
            self.calls.append((self.now, [job.id for job in jobs]))

    def times(self, job: JobRecord) -> list[float]:
        return [at for at, names in self.calls if job.id in names]


@given(ARRIVALS)
def test_one_call_reaches_all_jobs_however_far_apart_they_became_uncertain(arrivals):
    """A list is read once for all of them, whatever stalls have put between them."""
    machine = Machine()
    for number, (rounds, stall) in enumerate(arrivals):
        machine.jobs.append(uncertain(number))
        for _ in range(rounds):
            machine.go_on(FIRST + stall)
    before = len(machine.calls)

    while len(machine.calls) == before:
        machine.go_on()

    assert len(machine.calls) == before + 1
    assert machine.calls[-1][1] == [job.id for job in machine.jobs]


def test_a_job_that_is_alone_is_looked_up_rarer_and_rarer():
    """Each wait is twice the last, and none is longer than an hour."""
    machine = Machine(job := uncertain(1))
    while machine.now < 4 * MOST:
        machine.go_on()

    waits = [after - before for before, after in pairwise(machine.times(job))]
    assert waits == [60.0, 120.0, 240.0, 480.0, 960.0, 1_920.0, MOST, MOST]


def test_where_each_job_takes_a_call_none_is_looked_up_before_its_time():
    """An old job is not asked for as often as a new one."""
    machine = Machine(old := uncertain(1, "kling-legacy"))
    machine.go_on(0.0)
    while machine.now < 900.0:
        machine.go_on()
    machine.jobs.append(new := uncertain(2, "kling-legacy"))
    while machine.now < 1_800.0:
        machine.go_on()

    assert machine.times(old) == [0.0, 60.0, 180.0, 420.0, 900.0]
    assert machine.times(new) == [960.0, 1_020.0, 1_140.0, 1_380.0]


def test_a_job_is_looked_up_for_a_day_and_no_longer():
    """Also while it is listed as uncertain, and while others are looked up."""
    machine = Machine(job := uncertain(1))
    while machine.now < 3 * DAY:
        machine.go_on(600.0)

    assert machine.times(job)[-1] <= DAY + 600.0


def test_a_job_is_looked_up_if_its_attempt_is_a_week_old_at_most():
    """One that is older is its user's to decide about."""
    machine = Machine(uncertain(1, age=WEEK + 60.0), young := uncertain(2, age=WEEK - 60.0))
    machine.go_on()

    assert machine.calls == [(FIRST, [young.id])]


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_services_that_list_their_jobs_say_so(service):
    """Kling's list leaves out what it does not have, and that takes a call for each job."""
    with service.emulator() as emulator:
        lists = isinstance(service.backend(emulator.urls), Listing)

    assert lists == (service.name in ("fal", "ark", "gateway"))
