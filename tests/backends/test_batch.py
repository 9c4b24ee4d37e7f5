"""Asking about many jobs with one call."""

from __future__ import annotations

import asyncio

import pytest

from rushes.backends.batch import Batch


class Service:
    """Answers each id with itself, except those it does not know."""

    def __init__(self, *unknown: str) -> None:
        self.calls: list[tuple[str, ...]] = []
        self._unknown = unknown

    async def ask(self, ids: tuple[str, ...]) -> dict[str, str]:
        self.calls.append(ids)
        return {each: each.upper() for each in ids if each not in self._unknown}


def test_questions_of_one_moment_make_one_call():
    """Each gets its own answer."""
    service = Service()

    async def scenario() -> list[str | None]:
        batch = Batch(service.ask, most=10)
        return await asyncio.gather(*(batch.answer(each) for each in "abcb"))

    assert asyncio.run(scenario()) == ["A", "B", "C", "B"]
    assert service.calls == [("a", "b", "c")]


def test_a_call_takes_only_so_many():
    """The others go into the next one."""
    service = Service()

    async def scenario() -> list[str | None]:
        batch = Batch(service.ask, most=2)
        return await asyncio.gather(*(batch.answer(each) for each in "abc"))

    assert asyncio.run(scenario()) == ["A", "B", "C"]
    assert service.calls == [("a", "b"), ("c",)]


def test_what_the_answer_leaves_out_is_none():
    """The backend decides what that means."""
    service = Service("b")

    async def scenario() -> list[str | None]:
        batch = Batch(service.ask, most=10)
        return await asyncio.gather(batch.answer("a"), batch.answer("b"))

    assert asyncio.run(scenario()) == ["A", None]


def test_a_call_that_fails_fails_for_all_who_asked_and_no_others():
    """The next call is made all the same."""
    failures = [OSError("down")]

    async def ask(ids: tuple[str, ...]) -> dict[str, str]:
        if failures:
            raise failures.pop()
        return {each: each for each in ids}

    async def scenario() -> str | None:
        batch = Batch(ask, most=10)
        with pytest.raises(OSError, match="down"):
            await batch.answer("a")
        return await batch.answer("b")

    assert asyncio.run(scenario()) == "b"


def test_who_gives_up_takes_no_answer_away():
    """Two may ask about one job, and one of them may be cancelled."""
    service = Service()

    async def scenario() -> str | None:
        batch = Batch(service.ask, most=10)
        impatient = asyncio.create_task(batch.answer("a"))
        patient = asyncio.create_task(batch.answer("a"))
        await asyncio.sleep(0)
        impatient.cancel()
        return await patient

    assert asyncio.run(scenario()) == "A"
