"""The stream of a gateway's news: one for all jobs, which only decides when a job is polled."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from emulators.faults import Fault, FaultKind, Operation
from emulators.gateway import GatewayEmulator, GatewaySettings
from reliability.asking import assert_kept, at_rest, in_state
from rushes import BackendUnavailable, JobState, RateLimited, RushesError, VideoGen
from rushes.backends.gateway import news
from rushes.backends.protocol import Attempt, Ended, Streaming, Working
from rushes.catalog import Catalog
from support.requests import FOX
from support.services import BY_NAME
from support.timings import A_WHILE, AN_HOUR, QUICK
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from rushes.backends.gateway import GatewayBackend

CATALOG = Catalog.load()

REFUSALS = {
    "401": {"kind": FaultKind.ERROR_BEFORE, "status": 401},
    "404": {"kind": FaultKind.ERROR_BEFORE, "status": 404},
    "429": {"kind": FaultKind.TOO_MANY, "retry_after": 30.0},
}

BREAKS = {
    "500": {"kind": FaultKind.ERROR_BEFORE},
    "503 page": {"kind": FaultKind.HTML_PAGE, "status": 503},
    "web page": {"kind": FaultKind.HTML_PAGE, "status": 200},
    "no reply": {"kind": FaultKind.DROP_BEFORE},
    "cut": {"kind": FaultKind.BROKEN_STREAM},
}


@pytest.fixture
def gateway() -> Iterator[GatewayEmulator]:
    with GatewayEmulator(GatewaySettings(run_seconds=AN_HOUR, tiny_clips=True)) as running:
        yield running


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that broke off is opened again at once."""
    monkeypatch.setattr(news, "RECONNECT", (0.0, 0.0))


@pytest.fixture
def gen(gateway: GatewayEmulator, tmp_path: Path) -> Iterator[VideoGen]:
    folders: dict[str, Any] = {"home": tmp_path / "home", "library": tmp_path / "media"}
    with VideoGen(BY_NAME["gateway"].backend(gateway.urls), **folders, timing=QUICK) as client:
        yield client


def talk(
    gateway: GatewayEmulator, scenario: Callable[[GatewayBackend, list[str]], Awaitable[Any]]
) -> Any:
    """Run a scenario with three jobs that the gateway has taken."""

    async def run() -> object:
        backend: GatewayBackend = BY_NAME["gateway"].backend(gateway.urls)
        async with httpx.AsyncClient() as client:
            backend.connect(client)
            params = CATALOG.read(FOX, backend="gateway")
            request = backend.translate(params, CATALOG.providers[params.provider], {})
            ids = [f"job-number-{number:06}" for number in range(3)]
            for job_id in ids:
                await backend.submit(Attempt("job", job_id, request, time.time()))
            async with asyncio.timeout(60.0):
                return await scenario(backend, ids)

    return asyncio.run(run())


async def heard(
    backend: GatewayBackend, job_id: str, then: Callable[[], object] = lambda: None
) -> list[Working | Ended]:
    """What a stream says until it ends; something is done after its first word."""
    said: list[Working | Ended] = []
    async with aclosing(backend.stream(job_id, {})) as stream:
        async for each in stream:
            said.append(each)
            if len(said) == 1:
                then()
    return said


def test_it_has_streams(gateway):
    """The engine asks no more than this."""
    assert isinstance(BY_NAME["gateway"].backend(gateway.urls), Streaming)


def test_all_jobs_share_one_stream(gateway):
    """Each hears of itself, until it has ended."""

    async def scenario(backend: GatewayBackend, ids: list[str]) -> list[list[Any]]:
        began = []

        def begin() -> None:
            began.append(True)
            if len(began) == len(ids):
                gateway.advance(A_WHILE)

        return await asyncio.gather(*(heard(backend, each, begin) for each in ids))

    said = talk(gateway, scenario)

    assert [each[-1] for each in said] == [Ended()] * 3
    assert all(isinstance(each[0], Working) for each in said)
    assert gateway.counts["stream"] == 1


def test_a_job_that_ended_before_it_is_listened_to_is_noticed(gateway):
    """Its event was long ago; it is polled when it begins to listen, also to an open stream."""

    async def scenario(backend: GatewayBackend, ids: list[str]) -> list[Any]:
        async with aclosing(backend.stream(ids[0], {})) as first:
            await anext(first)
            await backend.cancel(ids[1], {})
            return await heard(backend, ids[1])

    assert talk(gateway, scenario) == [Ended()]
    assert gateway.counts["stream"] == 1


def test_the_last_one_who_listens_closes_the_stream(gateway):
    """The next one opens another."""

    async def scenario(backend: GatewayBackend, ids: list[str]) -> None:
        for _ in range(2):
            async with (
                aclosing(backend.stream(ids[0], {})) as first,
                aclosing(backend.stream(ids[1], {})) as second,
            ):
                await anext(first)
                await anext(second)

    talk(gateway, scenario)

    assert gateway.counts["stream"] == 2


@pytest.mark.parametrize("fault", BREAKS.values(), ids=BREAKS)
def test_a_stream_that_breaks_off_is_opened_again(gateway, fault):
    """What happened in between is not missed."""
    strikes = gateway.add_fault(Fault(**fault, on=Operation.STREAM, times=2))

    said = talk(
        gateway, lambda backend, ids: heard(backend, ids[0], lambda: gateway.advance(A_WHILE))
    )

    assert said[-1] == Ended()
    assert strikes.struck >= 1


@pytest.mark.parametrize("fault", REFUSALS.values(), ids=REFUSALS)
def test_a_refused_stream_is_left_alone_for_a_while(gateway, fault):
    """The jobs are polled, and no less often than without a stream."""
    gateway.add_fault(Fault(**fault, on=Operation.STREAM))

    async def scenario(backend: GatewayBackend, ids: list[str]) -> list[BaseException]:
        every = await asyncio.gather(
            *(heard(backend, each) for each in ids), return_exceptions=True
        )
        later = await asyncio.gather(heard(backend, ids[0]), return_exceptions=True)
        return [*every, *later]  # type: ignore[list-item]

    errors = talk(gateway, scenario)

    assert all(isinstance(error, RushesError) for error in errors)
    assert not any(isinstance(error, RateLimited) for error in errors)
    assert gateway.counts["stream"] == 1


def test_a_stream_without_a_word_is_given_up(gateway, monkeypatch):
    """As behind a proxy that keeps it until it ends."""
    monkeypatch.setattr(news, "LONGEST_SILENCE", 0.2)
    gateway.add_fault(Fault(FaultKind.SILENT_STREAM))

    with pytest.raises(BackendUnavailable):
        talk(gateway, lambda backend, ids: heard(backend, ids[0]))

    assert gateway.counts["stream"] == news.TRIES


def test_jobs_are_polled_when_the_stream_says_so(gen, gateway):
    """All are done after they have ended, each bought once."""
    jobs = [gen.submit(FOX, prompt=f"Fox {number}") for number in range(5)]
    for job in jobs:
        in_state(job, JobState.RUNNING)
    until(lambda: gateway.counts["stream"])

    gateway.advance(A_WHILE)

    # First all: until then the others' downloads are in the same folder.
    for record in [at_rest(gen, job) for job in jobs]:
        assert_kept(record)
    assert len(gateway.jobs) == gateway.counts["submit"] == 5


@pytest.mark.parametrize("fault", [None, *REFUSALS.values(), *BREAKS.values()], ids=str)
def test_without_a_stream_jobs_are_polled(gen, gateway, fault):
    """An earlier gateway has none, and a proxy may not let it through."""
    if fault is None:
        gateway.settings.streams = False
    else:
        gateway.add_fault(Fault(**fault, on=Operation.STREAM))
    gateway.settings.run_seconds = (0.1, 0.5)

    assert_kept(at_rest(gen, gen.submit(FOX)))
