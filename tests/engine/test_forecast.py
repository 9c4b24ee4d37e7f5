"""When the engine asks for the status of a job."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from rushes.engine.forecast import Forecast

seconds = st.floats(0, 3600, allow_nan=False)


def looks(forecast: Forecast, until: float, floor: float = 0.8) -> list[float]:
    """The times of all looks at a job until it is seen to be done."""
    times, now = [], 0.0
    while not times or times[-1] < until:
        now += forecast.next_poll(now, floor=floor, first=2.0)
        times.append(now)
    return times


@given(history=st.lists(seconds, max_size=60), typical=st.none() | seconds, elapsed=seconds)
def test_the_next_poll_is_in_reason(history, typical, elapsed):
    """It is never sooner than the service allows, and never far away."""
    delay = Forecast(history, typical).next_poll(elapsed, floor=0.8, first=2.0)

    assert 0.8 <= delay <= 30.0


@pytest.mark.parametrize(
    ("elapsed", "delay"), [(0.0, 90.0), (40.0, 50.0), (70.0, 30.0), (300.0, 30.0)]
)
def test_a_job_that_is_listened_to_is_looked_at_when_it_is_late(elapsed, delay):
    """That is when it takes half as long again as others."""
    forecast = Forecast([50.0, 60.0, 60.0, 60.0, 90.0], typical=None)

    assert forecast.next_check(elapsed, ceiling=30.0) == delay


def test_a_long_job_that_is_listened_to_is_looked_at_every_two_minutes():
    """A stream that misses the end costs no more than that."""
    assert Forecast([], typical=600.0).next_check(0.0, ceiling=30.0) == 120.0


def test_with_a_history_few_looks_find_the_end_soon():
    """Jobs of 60 to 70 s take at most 20 looks on average, and are found within a second."""
    forecast = Forecast([60.0 + 10 * i / 49 for i in range(50)], typical=None)

    found = {60.0 + i: looks(forecast, 60.0 + i) for i in range(11)}

    assert sum(map(len, found.values())) / len(found) <= 20
    assert all(times[-1] - done <= 1.0 for done, times in found.items())


def test_without_a_history_the_catalog_helps():
    """The first jobs take at most 25 looks on average, and are found within two seconds."""
    forecast = Forecast([], typical=90.0)

    found = {60.0 + i: looks(forecast, 60.0 + i) for i in range(11)}

    assert sum(map(len, found.values())) / len(found) <= 25
    assert all(times[-1] - done <= 2.0 for done, times in found.items())


def test_a_job_that_fails_at_once_is_seen_soon():
    """The first look does not wait for the usual time."""
    assert Forecast([300.0] * 10, typical=None).next_poll(0.0, floor=0.8, first=2.0) == 2.0


def test_the_earliest_end_is_not_stepped_over():
    """From the moment that a job may be done it is looked at often."""
    forecast = Forecast([60.0] * 10, typical=None)

    before = max(time for time in looks(forecast, 100.0) if time <= forecast.earliest + 0.01)

    assert before == pytest.approx(forecast.earliest, abs=0.01)


def test_a_late_job_is_asked_for_less_and_less():
    """A job that hangs does not cost a call a second for ever."""
    forecast = Forecast([60.0] * 10, typical=None)

    assert forecast.next_poll(3600.0, floor=0.8, first=2.0) == 30.0


def test_progress_never_claims_to_be_done():
    """An estimate is an estimate."""
    assert Forecast([60.0] * 10, typical=None).fraction(1_000.0) == 0.95


@pytest.mark.parametrize("elapsed", [0.0, 10.0, 60.0, 3600.0])
def test_where_looking_costs_little_it_is_done_often(elapsed):
    """A service that answers for many jobs at once sets the longest time between looks."""
    forecast = Forecast([], typical=150.0)
    assert 0.8 <= forecast.next_poll(elapsed, floor=0.8, first=2.0, ceiling=2.0) <= 2.0
