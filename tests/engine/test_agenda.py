"""Which job is due when."""

from __future__ import annotations

import asyncio

from rushes.engine.dispatch import Agenda


async def take(agenda: Agenda, count: int) -> list[str]:
    taken = []
    async for job_id in agenda:
        taken.append(job_id)
        if len(taken) == count:
            break
    return taken


def test_jobs_come_in_the_order_of_their_time():
    """The earliest first, whatever the order of putting."""

    async def scenario() -> list[str]:
        agenda = Agenda()
        agenda.put("later", 0.02)
        agenda.put("now", 0.0)
        return await take(agenda, 2)

    assert asyncio.run(scenario()) == ["now", "later"]


def test_putting_a_job_again_moves_it():
    """A job is due at one time only."""

    async def scenario() -> list[str]:
        agenda = Agenda()
        agenda.put("moved", 0.0)
        agenda.put("moved", 0.02)
        agenda.put("other", 0.01)
        agenda.put("last", 0.03)
        return await take(agenda, 3)

    assert asyncio.run(scenario()) == ["other", "moved", "last"]


def test_a_job_put_while_nothing_is_due_wakes_the_agenda():
    """Nobody has to wait for a timer to notice a new job."""

    async def scenario() -> list[str]:
        agenda = Agenda()
        agenda.put("tomorrow", 86_400.0)
        asyncio.get_running_loop().call_later(0.01, agenda.put, "now", 0.0)
        return await take(agenda, 1)

    assert asyncio.run(scenario()) == ["now"]


def test_closing_ends_the_iteration():
    """The engine can stop while it waits."""

    async def scenario() -> list[str]:
        agenda = Agenda()
        asyncio.get_running_loop().call_later(0.01, agenda.close)
        return [job_id async for job_id in agenda]

    assert asyncio.run(scenario()) == []
