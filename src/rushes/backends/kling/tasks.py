"""Reads tasks of the new routes, many with one call."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rushes.backends import reply
from rushes.backends.batch import Batch, Pace
from rushes.backends.kling.family import Data, id_in
from rushes.backends.kling.refusal import failure
from rushes.backends.protocol import Absent, Failed, Passing, Status, Working
from rushes.contract.errors import BackendUnavailable, InvalidParams
from rushes.contract.results import Cost
from rushes.io.place import Place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rushes.backends.kling.family import Access
    from rushes.backends.reply import Redact

Task = dict[str, Any]
Answer = Task | Absent | Passing

MOST_IDS = 100
"""Ids in one call. Kling documents no limit, but the ids are part of the URL, and servers reject
URLs of more than about 8,000 characters."""

PAUSE = 0.5
"""Seconds between two such calls. Reading is free, and too many calls are refused."""


class Tasks:
    """The tasks of an account.

    Args:
        pause: seconds between two polls, and between two lookups.
    """

    def __init__(self, pause: float = PAUSE) -> None:
        self._batch = Batch(self._ask, most=MOST_IDS, pace=Pace(pause))
        # Looking up does not delay polling.
        self._search_pace = Pace(pause)
        self._search = Batch(self._ask_names, most=MOST_IDS, pace=self._search_pace)

    def connect(self, access: Access) -> None:
        """Set what calls need."""
        self._access = access

    async def task(self, remote_id: str) -> Answer:
        """One task, polled in one call with others that are polled at the same time."""
        return await self._batch.answer(remote_id) or Absent()

    async def named(self, token: str) -> list[Task] | Passing:
        """Every task with the name of an attempt, looked up together with those of others."""
        listed = await self._search.answer(token)
        if listed is not None:
            return listed
        # It is missing in a reply about many. Kling may limit the length of one, which is not
        # documented, so that proves nothing.
        await self._search_pace.wait()
        return await self._list({"external_task_ids": token})

    async def _ask_names(self, tokens: Sequence[str]) -> Mapping[str, list[Task] | Passing]:
        """Look several names up with one call; those that it does not settle are left out."""
        listed = await self._list({"external_task_ids": ",".join(tokens)})
        if len(tokens) == 1:
            return {tokens[0]: listed}
        if isinstance(listed, Passing):
            is_name_refused = isinstance(listed.error, InvalidParams)
            return {} if is_name_refused else dict.fromkeys(tokens, listed)
        named: dict[str, list[Task]] = {}
        for task in listed:
            if isinstance(name := task.get("external_id"), str):
                named.setdefault(name, []).append(task)
        return named

    async def _ask(self, ids: Sequence[str]) -> Mapping[str, Answer]:
        listed = await self._list({"task_ids": ",".join(ids)})
        if isinstance(listed, list):
            tasks = {id_in(task, "id"): task for task in listed}
            return {each: tasks[each] for each in ids if each in tasks}
        if isinstance(listed.error, InvalidParams) and len(ids) > 1:
            # An id that a user mistyped must not hold up the others.
            half = len(ids) // 2
            return {**await self._ask(ids[:half]), **await self._ask(ids[half:])}
        return dict.fromkeys(ids, listed)

    async def _list(self, query: Mapping[str, str]) -> list[Task] | Passing:
        match await self._access.read("tasks", query):
            case Data(data=list() as data) if all(isinstance(task, dict) for task in data):
                return data
            case Passing() as passing:
                return passing
        # Kling says [] of an id that it does not know; anything else does not prove absence.
        return Passing(BackendUnavailable("Kling's list of tasks cannot be read."))


def status_of(task: Mapping[str, Any], redact: Redact, near: Place = Place.WEB) -> Status:
    """The status of a task.

    Args:
        task: as Kling lists it.
        redact: removes the key from a text, in case Kling repeats it.
        near: where the service is.
    """
    match task.get("status"):
        case "submitted":
            return Working(message="submitted to Kling")
        case "processing":
            return Working()
        case "succeeded":
            link = _video(task.get("outputs"))
            return reply.done("Kling", task, link, near, cost=_billed(task.get("billing")))
        case "failed":
            return Failed(failure(task.get("message"), redact))
    return reply.not_understood("Kling", task.get("status"))


def _video(outputs: object) -> str | None:
    """The first link in an output, of any type."""
    for output in reply.items(outputs):
        url = output.get("url")
        if output.get("type") == "video" and isinstance(url, str) and url:
            return url
    return None


def _billed(items: object) -> Cost | None:
    """The price in money; None for other units, e.g. of a resource pack."""
    if not isinstance(items, list) or not items:
        return None
    amounts, currencies = list[float](), set[str]()
    for item in map(reply.part, items):
        amount, currency = reply.money(item.get("amount")), reply.currency(item.get("currency"))
        if item.get("charge_type") != "cash" or amount is None or currency is None:
            return None
        amounts.append(amount)
        currencies.add(currency)
    total = reply.money(math.fsum(amounts))
    if total is None or len(currencies) > 1:
        return None
    return Cost(
        amount=round(total, 6),
        currency=currencies.pop(),
        estimated=False,
        source="billed by Kling",
    )
