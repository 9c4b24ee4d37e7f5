"""What fal's status streams say, and what becomes of one that says nothing good."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from emulators.fal import FAL_KEY, Fault, FaultKind, Operation
from reliability.asking import assert_bought_once, at_rest
from rushes import BackendUnavailable, RateLimited, RushesError
from rushes.backends.fal import FalBackend, stream
from rushes.backends.protocol import Attempt, Done, Ended, Streaming, Working
from rushes.catalog import Catalog
from support.requests import FOX
from support.services import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from emulators.fal import FalEmulator
    from rushes.backends.protocol import Accepted

CATALOG = Catalog.load()

Said = list[Working]

REFUSALS = {
    "not there": {"kind": FaultKind.ERROR_BEFORE, "status": 404},
    "not allowed": {"kind": FaultKind.ERROR_BEFORE, "status": 405},
    "unknown job": {"kind": FaultKind.NOT_FOUND},
    "500": {"kind": FaultKind.ERROR_BEFORE},
    "503 page": {"kind": FaultKind.HTML_PAGE, "status": 503},
    "web page": {"kind": FaultKind.HTML_PAGE, "status": 200},
    "no reply": {"kind": FaultKind.DROP_BEFORE},
}


def talk(
    emulator: FalEmulator, scenario: Callable[[FalBackend, Accepted], Awaitable[Any]], **job: Any
) -> Any:
    """Run a scenario with a job that fal has taken."""
    emulator.settings.run_seconds = job.get("runs", (60.0, 60.0))
    emulator.settings.queue_seconds = job.get("waits", (0.0, 0.0))

    async def run() -> object:
        fal = BY_NAME["fal"].backend(emulator.urls)
        async with httpx.AsyncClient() as client:
            fal.connect(client)
            params = CATALOG.read(FOX, backend="fal")
            request = fal.translate(params, CATALOG.providers[params.provider], {})
            accepted = await fal.submit(Attempt("job", "token", request, time.time()))
            async with asyncio.timeout(60.0):
                return await scenario(fal, accepted)

    return asyncio.run(run())


async def listen(
    fal: FalBackend, accepted: Accepted, heard: Callable[[Said], object] = len
) -> Said:
    """What a stream says until it ends; `heard` is called after each thing."""
    said: Said = []
    async for working in fal.stream(accepted.remote_id, accepted.remote):
        if not isinstance(working, Ended):
            said.append(working)
            heard(said)
    return said


async def last_word(
    fal: FalBackend, accepted: Accepted, heard: Callable[[Said], object]
) -> Accepted:
    """The job as the next poll knows it, after a stream has ended."""
    said: Said = []
    async for working in fal.stream(accepted.remote_id, accepted.remote):
        if isinstance(working, Ended):
            return replace(accepted, remote={**accepted.remote, **working.remote})
        said.append(working)
        heard(said)
    pytest.fail("the stream has no last word")


def step_by_step(emulator: FalEmulator, *seconds: float) -> Callable[[Said], object]:
    """Put the emulator's clock forward with each thing that is said."""
    steps = iter(seconds)
    return lambda _: emulator.advance(next(steps, 0.0))


def test_it_has_streams():
    """The engine asks no more than this."""
    assert isinstance(FalBackend(FAL_KEY), Streaming)


def test_a_stream_says_what_a_poll_would(emulator):
    """The place in line, then the last line of its log, until it is done."""
    forward = step_by_step(emulator, 10.5, 60.5)

    said = talk(emulator, lambda *job: listen(*job, forward), waits=(10.0, 10.0))

    assert said == [Working(position=0), Working(message="Loading the model")]


def test_a_line_of_the_log_stands_until_the_next(emulator):
    """An event has only the lines that are new, and comments have none."""
    emulator.settings.stream_comment = 0.0

    second = Working(message="Denoising")

    def go_on(said: Said) -> None:
        if len(said) == 3 or said.count(second) == 2:
            emulator.advance(31.0)

    said = talk(emulator, lambda *job: listen(*job, go_on))

    assert [working for working, _ in groupby(said)] == [
        Working(message="Loading the model"),
        second,
    ]


def test_the_result_is_asked_for_without_another_status(emulator):
    """The stream said that it is there."""

    async def scenario(fal: FalBackend, accepted: Accepted) -> object:
        ended = await last_word(fal, accepted, step_by_step(emulator, 61.0))
        return await fal.poll(ended.remote_id, ended.remote)

    assert isinstance(talk(emulator, scenario), Done)
    assert (emulator.counts["status"], emulator.counts["result"]) == (0, 1)


def test_a_stream_is_believed_once(gen, emulator):
    """When the result cannot be read, the next poll asks for the status."""
    emulator.add_fault(Fault(FaultKind.ERROR_BEFORE, on=Operation.RESULT, times=1))
    emulator.settings.queue_seconds, emulator.settings.run_seconds = (0.0, 0.0), (0.3, 0.3)

    assert_bought_once(emulator, at_rest(gen, gen.submit(FOX)))

    assert emulator.counts["result"] == 2
    assert emulator.counts["status"] >= 1


def test_comments_are_signs_of_life(emulator):
    """They say again what was said before, here the place in line."""
    emulator.settings.stream_comment = 0.0

    def end(said: Said) -> None:
        if len(said) == 3:
            emulator.advance(71.0)

    said = talk(emulator, lambda *job: listen(*job, end), waits=(10.0, 10.0))

    assert said[:3] == [Working(position=0)] * 3


def test_a_stream_in_small_pieces_is_the_same(emulator):
    """Networks cut where they like."""
    emulator.settings.stream_piece = 7

    forward = step_by_step(emulator, 10.5, 60.5)

    said = talk(emulator, lambda *job: listen(*job, forward), waits=(10.0, 10.0))

    assert said == [Working(position=0), Working(message="Loading the model")]


@pytest.mark.parametrize("fault", REFUSALS.values(), ids=REFUSALS)
def test_a_refused_stream_is_an_error_of_the_tree(emulator, fault):
    """The engine then polls."""
    emulator.add_fault(Fault(**fault, on=Operation.STREAM))

    with pytest.raises(RushesError):
        talk(emulator, listen)


def test_a_service_that_is_asked_too_much_says_for_how_long(emulator):
    """As with a poll."""
    emulator.add_fault(Fault(FaultKind.TOO_MANY, on=Operation.STREAM, retry_after=7.0))

    with pytest.raises(RateLimited) as caught:
        talk(emulator, listen)

    assert caught.value.retry_after == 7.0


def test_a_stream_that_breaks_off_is_an_error(emulator):
    """It did not say that the job is done."""
    emulator.add_fault(Fault(FaultKind.BROKEN_STREAM))

    with pytest.raises(BackendUnavailable):
        talk(emulator, listen)


def test_a_silent_stream_is_given_up(emulator, monkeypatch):
    """The service sends comments; without them nobody is there."""
    monkeypatch.setattr(stream, "LONGEST_SILENCE", 0.2)
    emulator.add_fault(Fault(FaultKind.SILENT_STREAM))

    with pytest.raises(BackendUnavailable):
        talk(emulator, listen)


def test_the_key_goes_to_fal_alone(emulator):
    """A stream that redirects is not followed."""
    emulator.add_fault(Fault(FaultKind.REDIRECT, on=Operation.STREAM))

    with pytest.raises(BackendUnavailable):
        talk(emulator, listen)

    assert {request.origin for request in emulator.requests} == {emulator.base_url}
