"""The news of a gateway: one stream of events for all jobs that wait for some."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from rushes.backends import reply
from rushes.backends.events import opened
from rushes.backends.gateway.refusal import refusal
from rushes.backends.protocol import Done, Ended, Failed, Working
from rushes.contract.errors import BackendUnavailable, RushesError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

    from rushes.backends.protocol import Status
    from rushes.backends.reply import Redact
    from rushes.backends.wire import Response, Wire

log = logging.getLogger("rushes")

LONGEST_SILENCE = 35.0
"""Seconds after which a silent stream counts as dead; a gateway says something every ten."""

RECONNECT = (1.0, 10.0)
"""Seconds until a stream that broke off is opened again: each time another number, so that not all
notebooks call a gateway at once that was restarted."""

TRIES = 3
"""Times in a row that a stream breaks off without a word, before its jobs are polled instead."""

LIFE = 5.0
"""Seconds between two signs of life that every job gets, where the stream is about other jobs."""

REST = 60.0
"""Seconds after that in which no stream is opened."""


@dataclass(frozen=True, slots=True)
class Life:
    """A sign of life.

    Attributes:
        is_new: whether the stream has just begun, so that news may have been missed.
    """

    is_new: bool = False


Heard = Life | dict[str, Any] | RushesError
"""What a job's listener hears: that the stream lives, the job, or why there are no more news."""


class News:
    """Shares one stream among all jobs; it is open while there are any.

    Nothing depends on it: a job that begins to listen is polled once, and once more whenever
    the stream was opened again, so that what happened in between is not missed.

    Args:
        wire: makes the calls.
        url: of the stream.
        redact: removes the token from a text, in case the gateway repeats it.
    """

    def __init__(self, wire: Wire, url: str, redact: Redact) -> None:
        self._wire = wire
        self._url = url
        self._redact = redact
        self._listeners: dict[str, set[asyncio.Queue[Heard]]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._open: asyncio.Task[None] | None = None
        self._told_at = self._rests_until = float("-inf")
        self._failures = 0

    async def of(
        self,
        job_id: str,
        read: Callable[[Mapping[str, Any]], Status],
        poll: Callable[[], Awaitable[Status]],
    ) -> AsyncGenerator[Working | Ended, None]:
        """The status of a job at every sign of life, then that it has ended.

        Args:
            job_id: of the job at the gateway.
            read: reads a job of an event.
            poll: asks for the job's status.

        Raises:
            RushesError: when there is no stream, or none any more.
        """
        heard = self._join(job_id)
        latest: Working | None = None
        try:
            while True:
                status: Status | None
                match await heard.get():
                    case RushesError() as error:
                        raise error
                    case Life(is_new=is_new):
                        status = await poll() if is_new or latest is None else latest
                    case dict() as job:
                        status = read(job)
                match status:
                    case Working():
                        latest = status
                        yield status
                    case Done() | Failed():
                        yield Ended()
                        return
        finally:
            await self._leave(job_id, heard)

    def _join(self, job_id: str) -> asyncio.Queue[Heard]:
        """Listen to a job."""
        if time.monotonic() < self._rests_until:
            msg = "The gateway has no stream of news now; its jobs are polled."
            raise BackendUnavailable(msg)
        heard: asyncio.Queue[Heard] = asyncio.Queue()
        self._listeners.setdefault(job_id, set()).add(heard)
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
        elif self._open is self._reading:
            heard.put_nowait(Life(is_new=True))
        return heard

    async def _leave(self, job_id: str, heard: asyncio.Queue[Heard]) -> None:
        """Listen no more; the last one closes the stream."""
        listeners = self._listeners.get(job_id, set())
        listeners.discard(heard)
        if not listeners:
            self._listeners.pop(job_id, None)
        if not self._listeners and (reading := self._reading) is not None:
            self._reading = None
            reading.cancel()
            await asyncio.wait({reading})

    async def _read(self) -> None:
        """Pass on the events, and open the stream again when it breaks off."""
        self._failures = 0
        while True:
            try:
                await self._pass_on()
            except Exception as error:  # noqa: BLE001 - without a stream the jobs are polled
                self._failures += 1
                words = error.message if isinstance(error, RushesError) else type(error).__name__
                log.info("the gateway's stream of news broke off: %s", words)
                if self._failures >= TRIES or _is_refusal(error):
                    self._give_up(words)
                    return
            await asyncio.sleep(random.uniform(*RECONNECT))

    async def _pass_on(self) -> None:
        """Open the stream once, and pass on its events until it breaks off.

        Raises:
            RushesError: why it does.
        """
        me, silence = asyncio.current_task(), LONGEST_SILENCE
        try:
            async with opened(self._wire, self._url, self._refusal, silence=silence) as said:
                async for event in said:
                    if self._open is not me:
                        self._open, self._failures = me, 0
                        self._tell_all(Life(is_new=True))
                    elif time.monotonic() - self._told_at > LIFE:
                        self._tell_all(Life())
                    job = reply.object_of(event.data) if event.data else {}
                    for listener in self._listeners.get(reply.identity(job.get("jobId")) or "", ()):
                        listener.put_nowait(job)
        finally:
            if self._open is me:
                self._open = None
        msg = "The gateway ended it."
        raise BackendUnavailable(msg)

    def _tell_all(self, life: Life) -> None:
        self._told_at = time.monotonic()
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.put_nowait(life)

    def _give_up(self, words: str) -> None:
        """Let all jobs be polled, and open no stream for a while."""
        self._reading, self._rests_until = None, time.monotonic() + REST
        for listeners in self._listeners.values():
            for listener in listeners:
                # A plain one: polls would become rarer after a 429, and that was about streams.
                listener.put_nowait(BackendUnavailable(words))

    def _refusal(self, response: Response) -> RushesError:
        return refusal(response, self._redact)


def _is_refusal(error: Exception) -> bool:
    """Whether a gateway that answers refuses the stream: it has none, or too many are open."""
    if not isinstance(error, BackendUnavailable):
        return True
    return httpx.codes.is_client_error(error.status)
