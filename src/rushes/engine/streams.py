"""Services that say by themselves how a job stands."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from contextlib import aclosing
from typing import TYPE_CHECKING

from rushes.backends.protocol import Streaming
from rushes.contract.errors import RushesError
from rushes.journal import JobState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rushes.backends.protocol import Backend, Working
    from rushes.engine.tracking import Track

log = logging.getLogger("rushes")


class Streams:
    """The status streams that are open. One decides nothing but when its job is asked for.

    Args:
        backends: finds a service by its name.
        turn: waits until one more call about a job may be made.
        hear: called with each thing that is said of a job.
        begun: called when a job's stream has spoken for the first time.
        ended: called when a stream has ended, with what broke it.
    """

    def __init__(
        self,
        backends: Callable[[str], Backend],
        *,
        turn: Callable[[Track], Awaitable[None]],
        hear: Callable[[Track, Working], None],
        begun: Callable[[Track], None],
        ended: Callable[[Track, Exception | None], None],
    ) -> None:
        self._backend = backends
        self._turn = turn
        self._hear = hear
        self._begun = begun
        self._ended = ended
        self._open: dict[str, set[asyncio.Task[None]]] = defaultdict(set)

    def follow(self, track: Track) -> None:
        """Listen to a job while it runs, if its service says anything and there is room.

        Room that comes later is for later jobs: a stream for the end of a job saves no polls.
        """
        if track.job.state is not JobState.RUNNING:
            track.stop_stream()
        elif track.stream is None and track.looks <= 1:
            self._listen_to(track, self._backend(track.job.backend))

    async def close(self) -> None:
        """End all streams."""
        tasks = [task for tasks in self._open.values() for task in tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _listen_to(self, track: Track, backend: Backend) -> None:
        tasks = self._open[backend.name]
        if isinstance(backend, Streaming) and len(tasks) < backend.limits.streams:
            track.stream = asyncio.create_task(self._listen(track, backend))
            tasks.add(track.stream)
            track.stream.add_done_callback(tasks.discard)

    async def _listen(self, track: Track, backend: Streaming) -> None:
        job, broken_by = track.job, None
        latest: Working | None = None
        try:
            await self._turn(track)
            # Closed here and now; the garbage collector would do it at any time and in any thread.
            async with aclosing(backend.stream(job.remote_id or "", job.remote or {})) as said:
                async for working in said:
                    track.heard = True
                    before, latest = latest, working
                    if working is not before:
                        self._hear(track, working)
                    if before is None:
                        self._begun(track)
        except Exception as error:  # noqa: BLE001 - without a stream the job is polled
            words = error.message if isinstance(error, RushesError) else type(error).__name__
            log.info("job %s: no status stream (any more): %s", job.id, words)
            broken_by = error
        track.heard = False
        self._ended(track, broken_by)
