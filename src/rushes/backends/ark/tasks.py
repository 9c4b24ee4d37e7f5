"""Reading Ark's tasks: one, many at once, or the latest.

Source: `volcengine-ark-runtime` 5.0.54 for the calls; limits of calls a second from the BytePlus
ModelArk documentation of October 2026.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx

from rushes.backends import reply
from rushes.backends.address import segment
from rushes.backends.ark.refusal import refusal
from rushes.backends.batch import Batch
from rushes.backends.http import body_of
from rushes.backends.pace import Pace
from rushes.backends.protocol import Absent, Passing
from rushes.errors import BackendUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rushes.backends.http import Calls
    from rushes.backends.reply import Redact

Task = dict[str, Any]
Query = list[tuple[str, str | int | float | bool | None]]
Answer = Task | Absent | Passing

LIST_PAUSE = 1.05
"""Seconds between two list calls: an account gets one a second."""

MOST_IDS = 100
"""Ids in one list call. Ark takes 500 tasks a page, but the ids are part of the address, and
servers refuse addresses of more than about 8,000 characters."""

AT_ONCE = 8
"""Calls for single tasks at once."""

PAGE = 100


class Tasks:
    """The tasks of an account.

    Args:
        url: address of the tasks.
        redact: takes the key out of a text.
        list_pause: seconds between two list calls.
    """

    def __init__(self, url: str, redact: Redact, *, list_pause: float = LIST_PAUSE) -> None:
        self._url = url
        self._redact = redact
        self._pace = Pace(list_pause)
        self._batch = Batch(self._ask, most=MOST_IDS)
        self._may_list = True

    def connect(self, calls: Calls) -> None:
        """Take what makes the calls."""
        self._calls = calls

    def address(self, remote_id: str) -> str:
        """Where one task is.

        Raises:
            NoAddress: when the id cannot be one.
        """
        return f"{self._url}/{segment(remote_id)}"

    async def task(self, remote_id: str) -> Answer:
        """One task, asked for together with others where many ask at once."""
        segment(remote_id)  # One that cannot be asked for must not keep the others waiting.
        return await self._batch.answer(remote_id) or Absent()

    async def get(self, remote_id: str, *, deadline: float | None = None) -> Answer:
        """One task, asked for alone; within so many seconds, if they are not the usual ones."""
        return await self._read(self.address(remote_id), deadline=deadline)

    async def latest(self, page: int) -> Answer:
        """A page of the account's tasks, newest first; the answer holds them as ``items``."""
        await self._pace.wait()
        return await self._read(self._url, [("page_num", page), ("page_size", PAGE)])

    async def _ask(self, ids: Sequence[str]) -> Mapping[str, Answer]:
        """Ask for several with one list call; for what that does not show, one by one."""
        found: dict[str, Answer] = {}
        if len(ids) > 1 and self._may_list:
            await self._pace.wait()
            query: Query = [("page_num", 1), ("page_size", len(ids))]
            query += [("filter.task_ids", each) for each in ids]
            listed = await self._read(self._url, query)
            if isinstance(listed, Passing) and listed.error.status != httpx.codes.FORBIDDEN:
                return dict.fromkeys(ids, listed)
            # A key that may use some models only has to name one, or may not list at all.
            self._may_list = isinstance(listed, dict)
            found = {item["id"]: item for item in items_of(listed) if item["id"] in ids}
        missing, turns = [each for each in ids if each not in found], asyncio.Semaphore(AT_ONCE)

        async def get(each: str) -> Answer:
            async with turns:
                return await self.get(each)

        # One whose reply does not come must not keep the news of the others back.
        answers = await asyncio.gather(*map(get, missing))
        return found | dict(zip(missing, answers, strict=True))

    async def _read(
        self, url: str, query: Query | None = None, *, deadline: float | None = None
    ) -> Answer:
        try:
            response = await self._calls.ask("GET", url, params=query, deadline=deadline)
        except BackendUnavailable as error:
            return Passing(error)
        if response.status_code == httpx.codes.NOT_FOUND:
            return Absent()
        if not response.is_success:
            return Passing(refusal(response, self._redact))
        return body_of(response) or Passing(BackendUnavailable("Ark's answer cannot be read."))


def items_of(listed: object) -> list[Task]:
    """The tasks of a list's answer, as far as they have an id."""
    tasks = reply.items(reply.part(listed).get("items"))
    return [task for task in tasks if reply.identity(task.get("id"))]
