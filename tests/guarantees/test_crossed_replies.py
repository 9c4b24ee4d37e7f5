"""A reply about one job is not believed for another, where the service says whose it is."""

from __future__ import annotations

import asyncio
import json
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from reliability.verdict import judge
from rushes import VideoGen
from rushes.journal import ENDED
from support.between import Between
from support.services import BY_NAME, Service
from support.timings import QUICK
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emulators.emulator import Emulator

NAMING = [BY_NAME[name] for name in ("ark", "kling", "kling-legacy")]
"""Services that repeat the token of an attempt in every answer about its task."""

GARBLED = "x"
"""What two replies have in place of two ids."""


class Rewriting(Between):
    """Changes the content of replies."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.line.handle_async_request(request)
        content = await response.aread()
        await response.aclose()
        content = await self.passed_on(request, content)
        return httpx.Response(response.status_code, content=content)

    @abstractmethod
    async def passed_on(self, request: httpx.Request, content: bytes) -> bytes:
        """What becomes of the content of a reply."""


class Crossing(Rewriting):
    """Gives the first submissions the replies to each other, once there are two of them."""

    def __init__(self, order: tuple[int, int]) -> None:
        self._order = order
        self._replies: list[bytes] = []
        self._both = asyncio.Event()

    async def passed_on(self, request: httpx.Request, content: bytes) -> bytes:
        number = len(self._replies)
        if request.method != "POST" or number >= len(self._order):
            return content
        self._replies.append(content)
        if number:
            self._both.set()
        await self._both.wait()
        return self._replies[self._order[number]]


class Garbling(Rewriting):
    """Garbles the id of one job in the reply that names it, and of another in many about it."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._left = 20

    async def passed_on(self, request: httpx.Request, content: bytes) -> bytes:
        if request.method == "POST":
            self._ids.append(_id_in(json.loads(content)))
            return self._garbled(content, self._ids[0])
        if len(self._ids) < 2 or not self._left:
            return content
        self._left -= 1
        return self._garbled(content, self._ids[1])

    @staticmethod
    def _garbled(content: bytes, id_: str) -> bytes:
        return content.replace(json.dumps(id_).encode(), json.dumps(GARBLED).encode())


def _id_in(reply: Any) -> str:
    task = reply.get("data", reply)
    return str(task.get("id") or task["task_id"])


@pytest.fixture(params=NAMING, ids=str)
def service(request: pytest.FixtureRequest) -> Service:
    chosen: Service = request.param
    return chosen


@pytest.fixture
def emulator(service: Service) -> Iterator[Emulator[Any]]:
    with service.emulator(run_seconds=(0.1, 0.3), tiny_clips=True) as running:
        yield running


@pytest.fixture
def made(service: Service, emulator: Emulator[Any], tmp_path: Path) -> Iterator[Callable]:
    """Makes two jobs through what stands between, and returns what became of them."""

    def make(between: Rewriting) -> list[Any]:
        backend = between.before(service.backend(emulator.urls))
        home, library = tmp_path / "home", tmp_path / "media"
        with VideoGen(backend, home=home, library=library, timing=QUICK, timeout=60.0) as gen:
            jobs = [gen.submit(service.request | {"prompt": f"Fox {n}"}) for n in range(2)]
            until(lambda: all(job.state in ENDED for job in jobs))
            return [gen.engine.journal.get(job.id) for job in jobs]

    return make


@pytest.mark.parametrize("order", [(1, 0), (0, 0), (1, 1)], ids=["swapped", "first", "second"])
def test_each_job_gets_its_own_video_whichever_reply_it_got(made, emulator, order):
    """A task that names another attempt is another job's, whatever the reply to this one said."""
    assert_own_videos(emulator, made(Crossing(order)))


def test_two_ids_that_are_garbled_alike_are_no_job(made, emulator):
    """The reply to one submission, and what is said of the other, agree on an id by chance."""
    assert_own_videos(emulator, made(Garbling()))


def assert_own_videos(emulator: Emulator[Any], records: list[Any]) -> None:
    """Each job was bought once, and the video that is here is its own."""
    accepted = [{"request_id": job.request_id, "input": job.input} for job in emulator.jobs]
    verdict = judge(records, accepted, wanted=[record.id for record in records])
    assert (verdict.lost, verdict.twice, verdict.completed) == ([], [], 2)
