"""How far a job is, in words and as a share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rushes.journal import JobState

if TYPE_CHECKING:
    from rushes.engine.track import Track


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is.

    Attributes:
        state: where it stands.
        text: the same in words, e.g. ``"rendering, about 40 s left (estimated)"``.
        fraction: share of the present step that is done, 0 to 1; None when nothing is known.
        estimated: whether `fraction` is computed from earlier jobs, not told by the service.
        position: jobs ahead in the service's queue, when it says so.
        elapsed: seconds since the user asked.
    """

    state: JobState
    text: str
    fraction: float | None = None
    estimated: bool = False
    position: int | None = None
    elapsed: float = 0.0


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


def plain_progress(state: JobState, elapsed: float) -> Progress:
    """The progress of a job of which only the state is known."""
    fraction = 1.0 if state is JobState.COMPLETED else None
    return Progress(state, _WORDS[state], fraction=fraction, elapsed=elapsed)


def live_progress(track: Track, now: float) -> Progress:
    """The progress of a job that this process works on.

    Args:
        track: what is known of it.
        now: unix seconds.
    """
    job = track.job
    elapsed = now - job.created_at
    text, fraction, estimated = _WORDS[job.state], None, False
    if job.state is JobState.RUNNING:
        ran = now - (job.running_at or now)
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
    if track.trouble:
        text = f"{text} ({track.trouble})"
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
