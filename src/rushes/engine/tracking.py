"""What the engine keeps in memory of a job that it works on, and how far the job is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rushes.contract.wording import on_one_line
from rushes.io.stopwatch import Stopwatch
from rushes.journal import JobState

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

    from rushes.contract.errors import RushesError
    from rushes.engine.forecast import Forecast
    from rushes.engine.lanes import Rate
    from rushes.journal import JobRecord

_WORDS = {
    JobState.QUEUED: "waiting to be sent",
    JobState.SUBMITTING: "being sent",
    JobState.RUNNING: "rendering",
    JobState.FETCHING: "downloading",
    JobState.COMPLETED: "done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
    JobState.UNCERTAIN: "uncertain: it may have been started",
}


A_WHILE = 90.0
"""Seconds; a longer wait is given with the time of day as well."""


class Evidence:
    """What a service says about a job again and again, and for how long it has said so.

    One answer about money may be wrong: lists lag, and a proxy answers for a service. What decides
    is believed only when it stays so, by the monotonic clock of a process that asked itself. It
    starts over in a process that takes a job over, and when a clock jumps.
    """

    __slots__ = ("_first", "span", "times")

    def __init__(self) -> None:
        self._first: Stopwatch | None = None
        self.times = 0
        self.span = 0.0

    def add(self, asking: Stopwatch) -> None:
        """Count an answer.

        Args:
            asking: runs since the question: an answer that takes long says nothing of that time.
        """
        if self._first is None or self._first.has_jumped:
            self._first, self.times, self.span = Stopwatch(), 1, 0.0
            return
        self.times += 1
        self.span = max(0.0, self._first.elapsed - asking.elapsed)

    def suffices(self, times: int, span: float) -> bool:
        """Whether there were enough answers, the last one long enough after the first."""
        return self.times >= times and self.span >= span


class Track:
    """A job under work.

    Attributes:
        job: the record as it was last read.
        forecast: how long jobs of its kind take.
        learned: how many of them had ended when that was computed.
        position: jobs ahead in the service's queue.
        fraction: share done, as the service says.
        message: the service's latest line of log.
        received: bytes downloaded.
        expected: bytes in all, when known.
        failures: troubles in a row.
        bad_downloads: downloads that brought no video, or found the link expired.
        trouble: the present trouble in words, "" when there is none.
        polls: status calls so far.
        objection: seconds of silence that the service asked for; None when it did not object.
        busy: whether a step is under way, or waits in a lane.
        rate: that of the lane it is in, or was last; None before.
        read: runs since the record was written and read; None when it was used since.
        faults: answers that rushes itself cannot deal with, while the job is sent or looked up.
        cancel_sent: whether this process has asked the service to cancel the job.
        token: of an attempt that was not sent, because its intent could not be written down; a
            store that can be lost in that moment may have it all the same.
        unsent: that the attempt certainly was not sent, until that is written down.
        refused: why the service refused the attempt, until that is written down.
        sought: runs since this process first looked the attempt up; None before.
        absent: that the service does not list the attempt.
        missing: that the service does not know the job, though it accepted it.
        failing: that the job failed, by answers that may be wrong.
        videoless: that the job ended at its service without a video that can be used.
        unlisted: that the service does not list the attempt of a job that it does not know.
        unforeseen: that its backend's code fails on the answers.
        seen: runs since the job was last seen alive, or was accepted, here; None before.
        known: runs since this process began to work on the job.
        stream: listens to the service's status stream; None before it was tried.
        in_line: whether it waits until other jobs of its library are done.
        hint: what a stream said that the next poll has to know.
        heard: whether the stream showed a sign of life since the last status call.
    """

    __slots__ = (
        "absent",
        "bad_downloads",
        "busy",
        "cancel_sent",
        "expected",
        "failing",
        "failures",
        "faults",
        "forecast",
        "fraction",
        "heard",
        "hint",
        "in_line",
        "job",
        "known",
        "learned",
        "message",
        "missing",
        "objection",
        "polls",
        "position",
        "rate",
        "read",
        "received",
        "refused",
        "seen",
        "sought",
        "stream",
        "token",
        "trouble",
        "unforeseen",
        "unlisted",
        "unsent",
        "videoless",
    )

    def __init__(self, job: JobRecord) -> None:
        self.job = job
        self.forecast: Forecast | None = None
        self.learned = 0
        self.position: int | None = None
        self.fraction: float | None = None
        self.message: str | None = None
        self.received = 0
        self.expected: int | None = None
        self.failures = 0
        self.bad_downloads = 0
        self.trouble = ""
        self.polls = 0
        self.objection: float | None = None
        self.busy = False
        self.rate: Rate | None = None
        self.read: Stopwatch | None = None
        self.faults = 0
        self.cancel_sent = False
        self.token: str | None = None
        self.unsent = False
        self.refused: RushesError | None = None
        self.sought: Stopwatch | None = None
        self.absent = Evidence()
        self.missing = Evidence()
        self.failing = Evidence()
        self.videoless = Evidence()
        self.unforeseen = Evidence()
        self.unlisted = Evidence()
        self.seen: Stopwatch | None = None
        self.known = Stopwatch()
        self.stream: asyncio.Task[None] | None = None
        self.heard = False
        self.in_line = False
        self.hint: Mapping[str, Any] = {}

    def live(self) -> None:
        """Note that the service says that the job is under way."""
        self.missing, self.failing, self.videoless = Evidence(), Evidence(), Evidence()
        self.unforeseen, self.unlisted = Evidence(), Evidence()
        self.seen = Stopwatch()

    def restart(self) -> None:
        """Note that the job is to be sent again, as if it had not been sent before."""
        self.live()
        self.settle()
        self.stop_stream()
        self.stream, self.polls, self.seen, self.heard, self.hint = None, 0, None, False, {}
        self.position, self.fraction, self.message = None, None, None
        self.sought, self.absent = None, Evidence()

    def settle(self) -> None:
        """Note that there is no trouble any more."""
        self.failures, self.trouble = 0, ""

    def ran(self, now: float) -> float:
        """Seconds since the service accepted the job, as far as the clocks can say.

        Args:
            now: unix seconds.
        """
        if self.known.has_jumped:
            return self.known.elapsed
        return max(0.0, now - (self.job.running_at or now))

    def hindrance(self, now: float) -> str:
        """What keeps the job from continuing, in words, and until when; "" when nothing does.

        Args:
            now: unix seconds.
        """
        pause = self.rate.pause if self.rate is not None else 0.0
        if pause < 1:
            return self.trouble
        reason = self.trouble.rstrip(".") or f"{self.job.backend} asked to slow down"
        at = time.strftime(", at %H:%M", time.localtime(now + pause)) if pause >= A_WHILE else ""
        return f"{reason}; the next call is in {span(pause)}{at}"

    def stop_stream(self) -> None:
        """Stop listening."""
        if self.stream is not None:
            self.stream.cancel()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is.

    Attributes:
        state: where it stands.
        text: the same in words, e.g. ``"rendering, about 40 s left (estimated)"``, on one line.
        fraction: share of the present step that is done, 0 to 1; None when nothing is known.
        estimated: whether `fraction` is computed from earlier jobs, not reported by the service.
        position: jobs ahead in the service's queue, when it says so.
        elapsed: seconds since the user asked.
    """

    state: JobState
    text: str
    fraction: float | None = None
    estimated: bool = False
    position: int | None = None
    elapsed: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", on_one_line(self.text))


def plain_progress(job: JobRecord) -> Progress:
    """The progress of a job of which only the record is known."""
    fraction = 1.0 if job.state is JobState.COMPLETED else None
    elapsed = max(0.0, (job.ended_at or time.time()) - job.created_at)
    return Progress(job.state, _WORDS[job.state], fraction=fraction, elapsed=elapsed)


def live_progress(track: Track, now: float) -> Progress:
    """The progress of a job that this process works on.

    Args:
        track: what is known of it.
        now: unix seconds.
    """
    job = track.job
    elapsed = max(0.0, now - job.created_at)
    text, fraction, estimated = _WORDS[job.state], None, False
    if job.state is JobState.RUNNING:
        ran = track.ran(now)
        if track.position is not None:
            text = f"in line, {ordinal(track.position + 1)}"
        elif track.fraction is not None:
            fraction, text = track.fraction, f"rendering, {track.fraction:.0%}"
        elif track.forecast is not None:
            fraction, estimated = track.forecast.fraction(ran), True
            left = track.forecast.left(ran)
            text = (
                f"rendering, about {span(left)} left (estimated)"
                if left >= 1
                else "rendering, longer than usual"
                if ran > 1.2 * track.forecast.median
                else "rendering, nearly done (estimated)"
            )
        if track.message:
            text = f"{text}: {track.message}"
        if job.cancel_requested_at is not None:
            text = f"cancelling ({text})"
    elif job.state is JobState.FETCHING and track.received:
        if track.expected:
            fraction = min(1.0, track.received / track.expected)
            text = f"downloading {track.received / 1e6:.1f} of {track.expected / 1e6:.1f} MB"
        else:
            text = f"downloading, {track.received / 1e6:.1f} MB so far"
    if hindrance := track.hindrance(now):
        text = f"{text} ({hindrance})"
    return Progress(job.state, text, fraction, estimated, track.position, elapsed)


def ordinal(number: int) -> str:
    """A number as a rank, e.g. ``"3rd"``."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def span(seconds: float) -> str:
    """A length of time in words, e.g. ``"40 s"`` or ``"3 min"``."""
    if seconds < 90:  # noqa: PLR2004 - a minute and a half reads better in seconds
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"
