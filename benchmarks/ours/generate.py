"""Makes many videos with rushes at once, as a notebook would: `generate` for each of them."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING, Any

from benchmarks.ours.service import backend_of
from benchmarks.services.model import WARM_UP, WARM_UP_JOBS
from benchmarks.session import Session
from rushes import VideoGen
from rushes.journal import JobState

if TYPE_CHECKING:
    from rushes.engine import Progress
    from rushes.journal import JobRecord

MEASURED = {"provider": "seedance-2.0-fast"}
WARMING = {"provider": "seedance-2.0"}
"""The warm-up's model: jobs of one model say nothing about the times of another. A service of one
model has other `measured` and `warming` requests in the task."""


class Fanout:
    """One run.

    Args:
        session: what to do, and where to say what happened.
    """

    def __init__(self, session: Session) -> None:
        task = session.task
        self._session = session
        self._jobs: int = task["jobs"]
        self._files: bool = task.get("files", True)
        self._request: dict[str, Any] = {"mode": "text-to-video", **task.get("request", {})}
        self._measured: dict[str, Any] = task.get("measured", MEASURED)
        self._warming: dict[str, Any] = task.get("warming", WARMING)
        self._ready = asyncio.Event()
        self._is_warm = False
        backend = backend_of(task)
        self._gen = VideoGen(backend, home=task["home"], library=task["library"])

    async def run(self) -> None:
        """Warm up, make the videos, report."""
        self._loop = asyncio.get_running_loop()
        self._gen.engine.listen(self._on_change)
        await self._make(WARM_UP_JOBS, self._warming, WARM_UP)
        self._session.known.clear()
        self._session.kept.clear()
        self._session.ready()
        failures = await self._make(self._jobs, self._measured, "A red fox in the snow")
        self._session.report(failures=failures)
        self._gen.close()

    async def _make(self, count: int, model: dict[str, Any], prompt: str) -> Counter[str]:
        """Make `count` at once, and wait until all are known, or kept if files are fetched."""
        self._left = count
        self._ready.clear()
        tasks = [
            asyncio.create_task(self._gen.generate(self._request | model, prompt=prompt))
            for _ in range(count)
        ]
        if self._files:
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            return Counter(type(item).__name__ for item in outcomes if isinstance(item, Exception))
        ready, made = asyncio.create_task(self._ready.wait()), asyncio.gather(*tasks)
        await asyncio.wait([ready, made], return_when=asyncio.FIRST_COMPLETED)
        if made.done():
            await made  # Raises what made one fail, which is never known then.
        await ready
        made.cancel()
        await asyncio.gather(made, *tasks, return_exceptions=True)
        return Counter()

    def _on_change(self, news: list[tuple[JobRecord, Progress]]) -> None:
        """Note, in the listener's thread, what has just been committed."""
        for job, _ in news:
            self._note(job)

    def _note(self, job: JobRecord) -> None:
        if job.remote_id is None or job.done_at is None:
            return
        if job.remote_id not in self._session.known:
            self._session.knows(job.remote_id)
            self._left -= 1
            if not self._left:
                self._loop.call_soon_threadsafe(self._ready.set)
        if job.state is JobState.COMPLETED:
            self._session.keeps(job.remote_id)


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    logging.getLogger("rushes").setLevel(logging.ERROR)
    session = Session()
    asyncio.run(Fanout(session).run())
