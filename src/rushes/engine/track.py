"""What the engine keeps in memory of a job that it works on; all of it can be had again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.engine.evidence import Evidence
from rushes.journal.stopwatch import Stopwatch

if TYPE_CHECKING:
    import asyncio

    from rushes.contract.errors import RushesError
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
        faults: answers that rushes itself cannot deal with, while the job is sent or looked for.
        refused: why the service refused the attempt, until that is written down.
        sought: runs since this process first looked for the attempt; None before.
        absent: that the service does not list the attempt.
        missing: that the service does not know the job, though it accepted it.
        failing: that the job failed, by answers that may be wrong.
        videoless: that the job ended at its service without a video that can be used.
        seen: runs since the job was last seen alive, or was accepted, here; None before.
        known: runs since this process began to work on the job.
        stream: listens to what the service says by itself; None before it was tried.
        heard: whether the stream showed a sign of life since the last status call.
    """

    __slots__ = (
        "absent",
        "bad_downloads",
        "busy",
        "expected",
        "failing",
        "failures",
        "faults",
        "forecast",
        "fraction",
        "heard",
        "job",
        "known",
        "looks",
        "message",
        "missing",
        "objection",
        "position",
        "received",
        "refused",
        "seen",
        "sought",
        "stream",
        "trouble",
        "videoless",
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
        self.faults = 0
        self.refused: RushesError | None = None
        self.sought: Stopwatch | None = None
        self.absent = Evidence()
        self.missing = Evidence()
        self.failing = Evidence()
        self.videoless = Evidence()
        self.seen: Stopwatch | None = None
        self.known = Stopwatch()
        self.stream: asyncio.Task[None] | None = None
        self.heard = False

    def live(self) -> None:
        """Note that the service says that the job is under way."""
        self.missing, self.failing, self.videoless = Evidence(), Evidence(), Evidence()
        self.seen = Stopwatch()

    def stop_stream(self) -> None:
        """Listen no longer."""
        if self.stream is not None:
            self.stream.cancel()
