"""How many calls a second a service gets."""

from __future__ import annotations

import asyncio

import pytest

from rushes.engine.lanes import BACK_OFF, SLOW_START, Rate


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def rate(self, most: float) -> Rate:
        return Rate(most, clock=lambda: self.now, sleep=self.sleep)


@pytest.fixture
def clock():
    return Clock()


def calls(rate: Rate, clock: Clock, count: int) -> float:
    """Seconds that so many calls take."""

    async def scenario() -> float:
        start = clock.now
        for _ in range(count):
            await rate.wait()
        return clock.now - start

    return asyncio.run(scenario())


def test_it_starts_slowly(clock):
    """Adopting a thousand jobs is no burst."""
    assert calls(clock.rate(500.0), clock, 20) >= 0.5


def test_it_speeds_up_while_nobody_objects(clock):
    """Each second the rate may double, up to the service's limit."""
    rate = clock.rate(100.0)

    calls(rate, clock, 1_000)

    assert rate.per_second == 100.0


def test_an_objection_is_silence_for_as_long_as_it_asks(clock):
    """Retry-After is honoured by all calls to the service."""
    rate = clock.rate(500.0)
    calls(rate, clock, 1)

    rate.object(7.0)

    assert calls(rate, clock, 1) >= 7.0


def test_an_objection_lowers_the_rate_once(clock):
    """Calls that were under way when the first objection came say nothing new."""
    rate = clock.rate(500.0)

    for _ in range(10):
        rate.object(2.0)

    assert rate.per_second == pytest.approx(SLOW_START * BACK_OFF)


def test_after_an_objection_it_recovers_with_care(clock):
    """The learnt limit is not forgotten within seconds."""
    rate = clock.rate(500.0)
    rate.object(1.0)

    calls(rate, clock, 100)

    assert rate.per_second < 20.0


def test_after_a_storm_of_objections_it_is_soon_as_fast_as_before(clock):
    """A service that objects to everything for a while is not slow for minutes after that."""
    rate = clock.rate(500.0)
    for _ in range(20):
        calls(rate, clock, 1)
        rate.object(None)

    assert calls(rate, clock, 100) <= 15.0


def test_a_limit_that_a_service_holds_is_nearly_used_and_rarely_exceeded(clock):
    """It learns: of ten minutes at a service that takes ten calls a second, most are used."""
    rate, limit, taken, objections = clock.rate(500.0), 10.0, 0, 0
    start = clock.now
    while clock.now < start + 600.0:
        calls(rate, clock, 1)
        taken += 1
        if rate.per_second > limit:
            objections += 1
            rate.object(None)

    assert taken > 0.6 * 600.0 * limit
    assert objections < 600 / 6
