"""A clock that is set at any point of a lost reply buys nothing twice, and loses nothing."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from emulators.faults import Call, Fault, FaultKind, Operation
from reliability.asking import assert_kept, at_rest
from reliability.clock import DAY, HOUR
from rushes import JobState, VideoGen
from support.services import SERVICES, Service
from support.timings import AN_HOUR, BRIEF
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emulators.emulator import Emulator
    from rushes.journal import JobRecord

    Step = Callable[[], None]

LISTED_AT, LAG = 7, 120.0
"""The lookup at which a service lists a job, some after each point; and the seconds until it may
do so at the latest."""

AT_CALLS = {
    "while it is sent": (Operation.SUBMIT, 1),
    "at the first lookup": (Operation.HISTORY, 1),
    "at the second lookup": (Operation.HISTORY, 2),
    "at a later lookup": (Operation.HISTORY, 5),
}
"""Points that a service notices: the call, and which of its kind."""

POINTS = (
    "before its intent is written",
    "before it is sent",
    *AT_CALLS,
    "before it is looked up",
    "by the next process",
)

STEPS = {"+1 h": HOUR, "-1 h": -HOUR, "+1 day": DAY, "-1 day": -DAY}

QUICK = {
    ("while it is sent", "+1 h"),
    ("at the second lookup", "+1 day"),
    ("by the next process", "-1 day"),
}
"""The others take no longer; there are many of them."""


def case(point: str, name: str) -> Any:
    marks = () if (point, name) in QUICK else pytest.mark.slow
    return pytest.param(point, STEPS[name], id=f"{name} {point}", marks=marks)


CASES = [case(point, name) for point in POINTS for name in STEPS]


class Services:
    """All services, each of which loses the reply to the one job that it gets."""

    def __init__(self, stack: ExitStack) -> None:
        self.emulators: dict[str, Emulator[Any]] = {}
        for service in SERVICES:
            settings: dict[str, Any] = {"run_seconds": (0.1, 0.1), "tiny_clips": True}
            emulator = stack.enter_context(service.emulator(**settings))
            if service.lag is not None:
                _list_at(emulator, service.lag, LISTED_AT)
            emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
            self.emulators[service.name] = emulator

    def at_call(self, operation: Operation, number: int, step: Step) -> None:
        """Set the clock in the moment in which all services get such a call."""
        called = [each for each in SERVICES if operation is Operation.SUBMIT or each.lag]
        together = threading.Barrier(len(called), action=step)
        for service in called:
            self._meet(service, operation, number, together)

    def _meet(
        self, service: Service, operation: Operation, number: int, together: threading.Barrier
    ) -> None:
        seen = 0

        def meet(_: Call) -> bool:
            nonlocal seen
            seen += 1
            if seen == number:
                together.wait(60)
            return False

        # It never strikes; it only notices the calls.
        self.emulators[service.name].add_fault(Fault(FaultKind.HTML_PAGE, on=operation, when=meet))


def _list_at(emulator: Emulator[Any], lag: str, number: int) -> None:
    """Have a service list its job at a lookup, however long it takes until then."""
    setattr(emulator.settings, lag, AN_HOUR[0])
    seen = count(1)

    def end_lag(_: Call) -> bool:
        if next(seen) == number:
            setattr(emulator.settings, lag, 0.0)
        return False

    # It never strikes; it only notices the calls.
    emulator.add_fault(Fault(FaultKind.HTML_PAGE, on=Operation.HISTORY, when=end_lag))


@pytest.fixture
def services() -> Iterator[Services]:
    with ExitStack() as stack:
        yield Services(stack)


@pytest.fixture
def make_gen(services: Services, tmp_path: Path) -> Iterator[Callable[[], VideoGen]]:
    """Makes clients of all services at once."""
    with ExitStack() as stack:

        def make() -> VideoGen:
            backends = [
                service.backend(
                    services.emulators[service.name].urls, **({"lag": LAG} if service.lag else {})
                )
                for service in SERVICES
            ]
            gen = VideoGen(
                backends[0], home=tmp_path / "home", library=tmp_path / "media", timing=BRIEF
            )
            stack.callback(gen.close)
            for backend in backends[1:]:
                gen.engine.use(backend)
            return gen

        yield make


@pytest.mark.parametrize(("point", "seconds"), CASES)
def test_a_clock_that_is_set_buys_nothing_twice(services, make_gen, monkeypatch, point, seconds):
    """Every service has each job once; each job is found, unless its service cannot say."""
    right = time.time

    def step() -> None:
        monkeypatch.setattr(time, "time", lambda: right() + seconds)

    if point in AT_CALLS:
        services.at_call(*AT_CALLS[point], step)
    gen = make_gen()
    if "intent" in point or point == "before it is sent":
        _step_at_intents(gen, step, before="intent" in point, monkeypatch=monkeypatch)

    jobs = {each.name: gen.submit(each.request, backend=each.name) for each in SERVICES}
    if point in ("before it is looked up", "by the next process"):
        until(lambda: all(emulator.jobs for emulator in services.emulators.values()))
        if "process" in point:
            gen.close()
        step()
        gen = make_gen() if gen.engine.is_closed else gen
    records = {name: at_rest(gen, gen.job(job.id)) for name, job in jobs.items()}

    assert {name: len(each.jobs) for name, each in services.emulators.items()} == dict.fromkeys(
        jobs, 1
    )
    for name, record in records.items():
        if name == "runway":
            assert record.state is JobState.UNCERTAIN
        else:
            assert_kept(record)


def _step_at_intents(
    gen: VideoGen, step: Step, *, before: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set the clock when the first intent is written."""
    journal = gen.engine.journal
    write = journal.write

    def write_and_step(job: JobRecord, state: JobState | None = None, **changes: Any) -> JobRecord:
        if state is not JobState.SUBMITTING:
            return write(job, state, **changes)
        if before:
            step()
        record = write(job, state, **changes)
        step()
        return record

    monkeypatch.setattr(journal, "write", write_and_step)
