"""One kind of work for many jobs, so many at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rushes.engine.lanes import Lane, Rate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def no_time(_: float) -> None:
    """Sleep without any time passing."""


def lane_for(
    work: Callable[[str, Lane[str]], Awaitable[None]], width: int, **options: float
) -> Lane[str]:
    """A lane that its rate never holds up."""
    lane = Lane(work, width=width, most=float("inf"), **options)
    ticks = iter(range(1_000))
    lane.rate = Rate(float("inf"), clock=lambda: float(next(ticks)), sleep=no_time)
    return lane


def test_so_many_at_once_and_never_more():
    """Nine jobs that each wait for two others pass a lane of three; a fourth never joins."""
    width, under_way, most, done = 3, 0, 0, []

    async def scenario() -> None:
        together, all_done = asyncio.Barrier(width), asyncio.Event()

        async def work(job_id: str, _: Lane[str]) -> None:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await together.wait()
            under_way -= 1
            done.append(job_id)
            if len(done) == 9:
                all_done.set()

        lane = lane_for(work, width)
        for number in range(9):
            lane.put(f"job-{number}")
        await all_done.wait()
        await lane.close()

    asyncio.run(scenario())

    assert most == width
    assert sorted(done) == [f"job-{number}" for number in range(9)]


def test_jobs_are_done_in_the_order_of_putting():
    """Nobody is overtaken."""
    done: list[str] = []

    async def scenario() -> None:
        last = asyncio.Event()

        async def work(job_id: str, _: Lane[str]) -> None:
            done.append(job_id)
            if job_id == "last":
                last.set()

        lane = lane_for(work, 1)
        for job_id in ("first", "second", "last"):
            lane.put(job_id)
        await last.wait()
        await lane.close()

    asyncio.run(scenario())

    assert done == ["first", "second", "last"]


def test_a_job_put_after_a_failure_is_done():
    """Work that raises takes its worker along, not its lane."""

    async def scenario() -> str:
        loop = asyncio.get_running_loop()
        failed, done = loop.create_future(), loop.create_future()
        loop.set_exception_handler(lambda *_: None)

        async def work(job_id: str, _: Lane[str]) -> None:
            if job_id == "bad":
                loop.call_soon(failed.set_result, None)
                raise ValueError
            done.set_result(job_id)

        lane = lane_for(work, 1)
        lane.put("bad")
        await failed
        lane.put("good")
        result = await done
        await lane.close()
        return result

    assert asyncio.run(scenario()) == "good"


def test_a_job_put_right_after_the_last_one_is_done():
    """The worker that has just found nothing more to do does not count as room that is taken."""
    done: list[str] = []

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        last = asyncio.Event()

        async def work(job_id: str, _: Lane[str]) -> None:
            done.append(job_id)
            if job_id == "first":
                # Called next, before anything that the end of this worker's task calls.
                loop.call_soon(lane.put, "second")
            else:
                last.set()

        lane = lane_for(work, 1)
        lane.put("first")
        await asyncio.wait_for(last.wait(), 60.0)
        await lane.close()

    asyncio.run(scenario())

    assert done == ["first", "second"]


def test_a_job_that_waits_behind_a_failure_is_done():
    """The lane goes on with another worker, without anything being put."""

    async def scenario() -> str:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        loop.set_exception_handler(lambda *_: None)

        async def work(job_id: str, _: Lane[str]) -> None:
            if job_id == "bad":
                raise ValueError
            done.set_result(job_id)

        lane = lane_for(work, 1)
        lane.put("bad")
        lane.put("good")
        result = await asyncio.wait_for(done, 60.0)
        await lane.close()
        return result

    assert asyncio.run(scenario()) == "good"


def test_closing_starts_nothing_more():
    """What is under way is stopped, what waits is left alone."""
    began, ended = [], []

    async def scenario() -> None:
        started = asyncio.Event()

        async def work(job_id: str, _: Lane[str]) -> None:
            began.append(job_id)
            started.set()
            await asyncio.Event().wait()
            ended.append(job_id)

        lane = lane_for(work, 1)
        lane.put("first")
        lane.put("second")
        await started.wait()
        await lane.close()

    asyncio.run(scenario())

    assert (began, ended) == (["first"], [])


def test_closing_does_not_wait_for_a_pause():
    """A service that asked for an hour of silence delays no end of a process."""

    async def scenario() -> None:
        objected = asyncio.Event()

        async def work(_: str, lane: Lane[str]) -> None:
            lane.rate.object(3_600.0)
            objected.set()

        lane = Lane(work, width=2, most=float("inf"), patience=600.0)
        lane.put("first")
        lane.put("second")
        await objected.wait()
        await asyncio.wait_for(lane.close(), 60.0)

    asyncio.run(scenario())


def test_closing_with_patience_lets_work_end():
    """A request that has left is answered; what waits is not begun."""
    began, ended = [], []

    async def scenario() -> None:
        started, answer = asyncio.Event(), asyncio.Event()

        async def work(job_id: str, _: Lane[str]) -> None:
            began.append(job_id)
            started.set()
            await answer.wait()
            ended.append(job_id)

        lane = lane_for(work, 1, patience=60.0)
        lane.put("first")
        lane.put("second")
        await started.wait()
        closing = asyncio.create_task(lane.close())
        asyncio.get_running_loop().call_soon(answer.set)
        await closing

    asyncio.run(scenario())

    assert (began, ended) == (["first"], ["first"])
