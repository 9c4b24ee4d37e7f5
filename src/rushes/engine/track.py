"""What the engine keeps in memory of a job that it works on; all of it can be had again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from rushes.engine.schedule import Forecast
    from rushes.journal import JobRecord


class Track:
    """A job under work.

    Attributes:
        job: the record as it was last read.
        forecast: how long jobs of its kind take.
        position: jobs ahead in the service's queue.
        fraction: share done, as the service says.
        message: the service's latest line of log.
        received: bytes downloaded.
        expected: bytes in all, when known.
        failures: troubles in a row.
        bad_downloads: downloads that brought no video, or found the link expired.
        trouble: the present trouble in words, "" when there is none.
        looks: status calls so far.
        objection: seconds of silence that the service asked for; None when it did not object.
        busy: whether a step is under way, or waits in a lane.
        silent_since: when a service first said that it does not know the job, unix seconds.
        stream: listens to what the service says by itself; None before it was tried.
        heard: whether the stream showed a sign of life since the last status call.
    """

    __slots__ = (
        "bad_downloads",
        "busy",
        "expected",
        "failures",
        "forecast",
        "fraction",
        "heard",
        "job",
        "looks",
        "message",
        "objection",
        "position",
        "received",
        "silent_since",
        "stream",
        "trouble",
    )

    def __init__(self, job: JobRecord) -> None:
        self.job = job
        self.forecast: Forecast | None = None
        self.position: int | None = None
        self.fraction: float | None = None
        self.message: str | None = None
        self.received = 0
        self.expected: int | None = None
        self.failures = 0
        self.bad_downloads = 0
        self.trouble = ""
        self.looks = 0
        self.objection: float | None = None
        self.busy = False
        self.silent_since: float | None = None
        self.stream: asyncio.Task[None] | None = None
        self.heard = False

    def stop_stream(self) -> None:
        """Listen no longer."""
        if self.stream is not None:
            self.stream.cancel()
