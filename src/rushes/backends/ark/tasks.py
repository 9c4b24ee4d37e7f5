"""Reading Ark's tasks: one, many at once, or those with an attempt's token.

Source: `volcengine-ark-runtime` 5.0.54 for the calls; rate limits from the BytePlus
ModelArk documentation of October 2026.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx

from rushes.backends import reply
from rushes.backends.address import segment
from rushes.backends.ark.refusal import refusal
from rushes.backends.batch import Batch, Pace
from rushes.backends.protocol import Absent, Passing, Unknown
from rushes.contract.errors import BackendUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rushes.backends.reply import Redact
    from rushes.backends.wire import Wire

Task = dict[str, Any]
Query = list[tuple[str, str | int | float | bool | None]]
Answer = Task | Absent | Passing

LIST_PAUSE = 1.05
"""Seconds between two list calls: an account may make one per second."""

MOST_IDS = 100
"""Ids in one list call. Ark accepts 500 tasks per page, but the ids are part of the URL, and
servers reject URLs of more than about 8,000 characters."""

AT_ONCE = 8
"""Concurrent calls for single tasks."""

PAGE = 500
"""Tasks per page of the whole list; the most that Ark accepts."""

MOST_ATTEMPTS = 1_000
"""Attempts that are looked up together; each is compared with every task of the list."""

MOST_PAGES = 50
"""Pages after which the search for a token ends; the list goes back seven days."""


class Tasks:
    """The tasks of an account.

    Args:
        url: address of the tasks.
        redact: removes the key from a text.
        list_pause: seconds between two list calls.
    """

    def __init__(self, url: str, redact: Redact, *, list_pause: float = LIST_PAUSE) -> None:
        self._url = url
        self._redact = redact
        self._pace = Pace(list_pause)
        self._batch = Batch(self._ask, most=MOST_IDS)
        self._search = Batch(self._search_list, most=MOST_ATTEMPTS)
        self._may_list = True

    def connect(self, wire: Wire) -> None:
        """Set the client that makes the calls."""
        self._wire = wire

    def address(self, remote_id: str) -> str:
        """The URL of a task.

        Raises:
            NoAddress: if the id is invalid.
        """
        return f"{self._url}/{segment(remote_id)}"

    async def task(self, remote_id: str) -> Answer:
        """One task, polled in one call with others that are polled at the same time."""
        segment(remote_id)  # An invalid id must not hold up the others.
        return await self._batch.answer(remote_id) or Absent()

    async def get(self, remote_id: str, *, deadline: float | None = None) -> Answer:
        """One task, polled alone.

        Args:
            remote_id: its id.
            deadline: longest time in seconds, if not the usual one.
        """
        return await self._read(self.address(remote_id), deadline=deadline)

    async def named(self, token: str) -> Answer | Unknown:
        """The task with an attempt's token, looked up together with those of other attempts.

        Returns:
            ``Absent`` only when the whole list was read, to its end.
        """
        return await self._search.answer(token) or Absent()

    async def _search_list(self, tokens: Sequence[str]) -> Mapping[str, Answer | Unknown]:
        """Read the account's tasks, newest first, until all tokens are found or the list ends."""
        found: dict[str, Answer | Unknown] = {}
        unread: Answer | Unknown = Unknown("the account has too many tasks to search")
        read, is_whole = 0, True
        for page in range(1, MOST_PAGES + 1):
            await self._pace.wait()
            listed = await self._read(self._url, [("page_num", page), ("page_size", PAGE)])
            items = listed.get("items") if isinstance(listed, dict) else None
            if not isinstance(listed, dict) or not isinstance(items, list):
                # A missing list does not prove that a task is not in it.
                passing = Passing(BackendUnavailable("Ark's list of tasks cannot be read."))
                unread = listed if isinstance(listed, Passing) else passing
                break
            tasks = items_of(listed)
            is_whole = is_whole and len(tasks) == len(items)
            found |= {
                token: task
                for task in tasks
                if isinstance(token := task.get("safety_identifier"), str) and token in tokens
            }
            read += len(items)
            has_more = read < (reply.integer(listed.get("total")) or 0)
            if len(found) == len(tokens):
                break
            if not items or (len(items) < PAGE and not has_more):
                passing = Passing(BackendUnavailable("Ark's list has tasks that cannot be read."))
                unread = Absent() if is_whole else passing
                break
        return dict.fromkeys(tokens, unread) | found

    async def _ask(self, ids: Sequence[str]) -> Mapping[str, Answer]:
        """Poll several tasks with one list call; the missing ones individually."""
        found: dict[str, Answer] = {}
        if len(ids) > 1 and self._may_list:
            await self._pace.wait()
            query: Query = [("page_num", 1), ("page_size", len(ids))]
            query += [("filter.task_ids", each) for each in ids]
            listed = await self._read(self._url, query)
            if isinstance(listed, Passing) and listed.error.status != httpx.codes.FORBIDDEN:
                return dict.fromkeys(ids, listed)
            # A key restricted to some models has to name one, or may not list tasks at all.
            self._may_list = isinstance(listed, dict)
            found = {item["id"]: item for item in items_of(listed) if item["id"] in ids}
        missing, turns = [each for each in ids if each not in found], asyncio.Semaphore(AT_ONCE)

        async def get(each: str) -> Answer:
            async with turns:
                return await self.get(each)

        # A reply that does not come must not hold up the others.
        answers = await asyncio.gather(*map(get, missing))
        return found | dict(zip(missing, answers, strict=True))

    async def _read(
        self, url: str, query: Query | None = None, *, deadline: float | None = None
    ) -> Answer:
        try:
            response = await self._wire.ask("GET", url, params=query, deadline=deadline)
        except BackendUnavailable as error:
            return Passing(error)
        if response.status == httpx.codes.NOT_FOUND:
            return Absent()
        if not response.is_success:
            return Passing(refusal(response, self._redact))
        return response.body or Passing(BackendUnavailable("Ark's answer cannot be read."))


def items_of(listed: object) -> list[Task]:
    """The tasks in a list reply that have an id."""
    tasks = reply.items(reply.part(listed).get("items"))
    return [task for task in tasks if reply.identity(task.get("id"))]
