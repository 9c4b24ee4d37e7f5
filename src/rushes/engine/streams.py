"""Status streams: services that report the status of a job without being polled."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from contextlib import aclosing
from typing import TYPE_CHECKING, Protocol

from rushes.backends.protocol import Ended, Streaming
from rushes.contract.errors import RushesError
from rushes.journal import JobState

if TYPE_CHECKING:
    from rushes.backends.protocol import Working
    from rushes.backends.registry import Registry
    from rushes.engine.tracking import Track

log = logging.getLogger("rushes")


class Follower(Protocol):
    """Decides what a stream changes about its job."""

    async def turn(self, track: Track) -> None:
        """Wait until one more call about a job may be made."""

    def stream_said(self, track: Track, working: Working) -> None:
        """The service reported the status of a job."""

    def stream_began(self, track: Track) -> None:
        """A job's stream has spoken for the first time."""

    def stream_ended(self, track: Track, broken_by: Exception | None) -> None:
        """A job's stream has ended.

        Args:
            track: the job.
            broken_by: why, if it did not end by what the service said.
        """


class Streams:
    """The status streams that are open. One decides nothing but when its job is polled.

    Args:
        backends: the services.
        follower: is called with what the streams say.
    """

    def __init__(self, backends: Registry, follower: Follower) -> None:
        self._backends = backends
        self._follower = follower
        self._open: dict[str, set[asyncio.Task[None]]] = defaultdict(set)

    def follow(self, track: Track) -> None:
        """Listen to a job while it runs, if its service says anything and there is room.

        Room that comes later is for later jobs: a stream for the end of a job saves no polls.
        """
        if track.job.state is not JobState.RUNNING:
            track.stop_stream()
        elif track.stream is None and track.polls <= 1:
            self._open_stream(track)

    async def close(self) -> None:
        """End all streams."""
        tasks = [task for tasks in self._open.values() for task in tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _open_stream(self, track: Track) -> None:
        backend = self._backends.get(track.job.backend)
        tasks = self._open[backend.name]
        if isinstance(backend, Streaming) and len(tasks) < backend.limits.streams:
            track.stream = asyncio.create_task(self._listen(track, backend))
            tasks.add(track.stream)
            track.stream.add_done_callback(tasks.discard)

    async def _listen(self, track: Track, backend: Streaming) -> None:
        job, broken_by = track.job, None
        latest: Working | None = None
        try:
            await self._follower.turn(track)
            # Closed here and now; the garbage collector would do it at any time and in any thread.
            async with aclosing(backend.stream(job.remote_id or "", job.remote or {})) as said:
                async for working in said:
                    if isinstance(working, Ended):
                        track.hint = working.remote
                        break
                    track.heard = True
                    before, latest = latest, working
                    if working is not before:
                        self._follower.stream_said(track, working)
                    if before is None:
                        self._follower.stream_began(track)
        except Exception as error:  # noqa: BLE001 - without a stream the job is polled
            words = error.message if isinstance(error, RushesError) else type(error).__name__
            log.info("job %s: its status stream is not available: %s", job.id, words)
            broken_by = error
        track.heard = False
        self._follower.stream_ended(track, broken_by)
