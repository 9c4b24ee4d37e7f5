"""Passes on what happens to jobs, each to the person whose job it is.

Two kinds of news: that a job is further, which nobody has to get, and that it has ended, which
nobody may miss. Endings get a number, for each person from 1, in a file; a client that has read up
to a number asks for what comes after it, however long ago that was.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from typing import TYPE_CHECKING

from rushes.contract.errors import RushesError
from rushes.journal import ENDED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rushes.engine import Engine, Progress
    from rushes.gateway.register import Owner, Register
    from rushes.journal import JobRecord

log = logging.getLogger("rushes")

PAUSE = 0.25
"""Seconds between two rounds of news; a page shows no more."""

SWEEP = 10.0
"""Seconds after which endings are looked for that were not announced."""

MOST_WAITING = 1000
"""News that wait for one reader who is slow; then it gets only the endings, by their numbers."""


class Reader:
    """One open stream of a person.

    Attributes:
        news: jobs that are further.
        woken: set when there are news, or endings, or the gateway ends.
        closing: set when the gateway ends.
    """

    def __init__(self) -> None:
        self.news: dict[str, JobRecord] = {}
        self.woken = asyncio.Event()
        self.closing = False

    def put(self, job: JobRecord) -> None:
        """Leave news; of a job only the latest."""
        if job.id in self.news or len(self.news) < MOST_WAITING:
            self.news[job.id] = job
        self.woken.set()

    def take(self) -> list[JobRecord]:
        """All news that wait."""
        found = list(self.news.values())
        self.news.clear()
        return found


class News:
    """Listens to the engine, and numbers endings.

    Args:
        engine: whose jobs.
        register: keeps the numbers.
        owner_of: whose a job is; None for one that is nobody's here.
    """

    def __init__(
        self, engine: Engine, register: Register, owner_of: Callable[[JobRecord], Owner | None]
    ) -> None:
        self._engine = engine
        self._register = register
        self._owner_of = owner_of
        self._readers: dict[Owner, set[Reader]] = defaultdict(set)
        self._handed: list[JobRecord] = []
        # Jobs of people who read here that have ended, perhaps in another process.
        self._heard: dict[str, JobRecord] = {}
        self._due = asyncio.Event()
        self._closing = asyncio.Event()

    async def run(self) -> None:
        """Number endings and pass on news until it is cancelled."""
        loop = asyncio.get_running_loop()

        def listener(news: list[tuple[JobRecord, Progress]]) -> None:
            with contextlib.suppress(RuntimeError):  # The loop has ended.
                loop.call_soon_threadsafe(self._pass, [job for job, _ in news])

        stop = self._engine.listen(listener, PAUSE)
        try:
            while True:
                self._due.clear()
                numbering = asyncio.create_task(self._number_all())
                try:
                    await asyncio.shield(numbering)
                except asyncio.CancelledError:
                    await numbering  # What was handed out here counts as delivered from now on.
                    raise
                except RushesError as error:
                    log.warning("%s", error.message)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(SWEEP):
                        await self._due.wait()
        finally:
            await asyncio.to_thread(stop)

    def close(self) -> None:
        """End all streams; called in the loop."""
        self._closing.set()
        for readers in self._readers.values():
            for reader in readers:
                reader.closing = True
                reader.woken.set()

    @property
    def is_closing(self) -> bool:
        """Whether the gateway is being ended."""
        return self._closing.is_set()

    async def closing(self) -> None:
        """Wait until the gateway ends."""
        await self._closing.wait()

    @contextlib.contextmanager
    def reading(self, owner: Owner) -> Iterator[Reader]:
        """A stream of a person's news, for as long as the block lasts."""
        reader = Reader()
        reader.closing = self._closing.is_set()
        self._readers[owner].add(reader)
        try:
            yield reader
        finally:
            self._readers[owner].discard(reader)
            if not self._readers[owner]:
                del self._readers[owner]

    def open_streams(self, owner: Owner) -> int:
        """How many streams a person has open."""
        return len(self._readers.get(owner, ()))

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return sum(map(len, self._readers.values()))

    def _pass(self, jobs: list[JobRecord]) -> None:
        for job in jobs:
            owner = self._owner_of(job)
            readers = self._readers.get(owner, ()) if owner is not None else ()
            if job.state in ENDED:
                if readers:
                    self._heard[job.id] = job
                self._due.set()
                continue
            for reader in readers:
                reader.put(job)

    async def _number_all(self) -> None:
        """Number what has ended.

        The journal hands each ended job to one process alone, so that every ending gets a number.
        Those of people who read here are numbered here as well, not to wait for that process.
        """
        heard, self._heard = list(self._heard.values()), {}
        await self._number(heard)
        while True:
            # Asking for more settles what was handed out before, so that is written down first.
            await self._number(self._handed)
            self._handed = await asyncio.wrap_future(self._engine.call(self._engine.drain()))
            if not self._handed:
                return

    async def _number(self, jobs: list[JobRecord]) -> None:
        ended = [
            (owner, job.once_key or job.id, job.ended_at)
            for job in jobs
            if (owner := self._owner_of(job)) is not None
        ]
        if not ended:
            return
        await asyncio.to_thread(self._register.end, ended)
        for owner in {owner for owner, _, _ in ended}:
            for reader in self._readers.get(owner, ()):
                reader.woken.set()
