"""Jobs of an emulated service: their state follows from timestamps alone, no task runs for them."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulators.clips import ClipSpec


class JobStatus(StrEnum):
    """The states that every service has, in fal's words; others say them in their own."""

    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a completed job has no video.

    Attributes:
        status: HTTP code of the result.
        body: JSON of the result.
        error_type: Name of a failure that the job's status shows as well; None for one that only
            the result shows.
        headers: Extra headers of the result.
    """

    status: int
    body: dict[str, Any]
    error_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Job:
    """One accepted job. Times are seconds since the epoch by the emulator's clock.

    Attributes:
        request_id: The service's name for it.
        endpoint: The model it was sent to, with sub-path.
        input: JSON as submitted.
        headers: Request headers of the submit without Authorization.
        accepted_at: When it came into being.
        ready_at: When a runner may pick it up at the earliest.
        run_seconds: How long it runs.
        clip: What the video looks like; None if the input was refused.
        seed: The seed the model reports.
        failure: Why there is no video, if so.
        unknown_fields: Names in the input that the model does not know.
        start_at: When a runner picks it up.
        done_at: When it completes.
        never_started: It was cancelled or timed out in the queue.
        cancelled: A cancel request ended it.
    """

    request_id: str
    endpoint: str
    input: Any
    headers: dict[str, str]
    accepted_at: float
    ready_at: float
    run_seconds: float
    clip: ClipSpec | None
    seed: int
    failure: Failure | None = None
    unknown_fields: list[str] = field(default_factory=list)
    start_at: float = 0.0
    done_at: float = 0.0
    never_started: bool = False
    cancelled: bool = False

    def status(self, now: float) -> JobStatus:
        """Return the state at `now`."""
        if now >= self.done_at:
            return JobStatus.COMPLETED
        return JobStatus.IN_PROGRESS if now >= self.start_at else JobStatus.IN_QUEUE

    def cancel(self, now: float, failure: Failure) -> None:
        """End the job at `now` without a video."""
        self.never_started = self.status(now) is JobStatus.IN_QUEUE
        self.done_at = now
        self.cancelled = True
        self.failure = failure


class JobLine:
    """The order in which jobs start: first in, first out, over a number of runners.

    Args:
        max_concurrent: Runners; None for as many as there are jobs.
    """

    def __init__(self, max_concurrent: int | None) -> None:
        self._max_concurrent = max_concurrent
        self._jobs: list[Job] = []
        self._starts: list[float] = []  # Start times of `_jobs`, never falling.
        self._runner_free_at: list[float] = []  # A heap.

    def add(self, job: Job, start_deadline: float | None = None) -> None:
        """Give the job its times; past `start_deadline` (epoch) it never starts."""
        start = self._next_start(job.ready_at)
        if start_deadline is not None and start > start_deadline:
            job.start_at = job.done_at = start_deadline
            job.never_started = True
            return
        job.start_at, job.done_at = start, start + job.run_seconds
        self._append(job)

    def position(self, job: Job, now: float) -> int:
        """Return how many jobs start before this one does, from `now` on."""
        started = bisect_right(self._starts, now)
        return max(0, bisect_left(self._starts, job.start_at) - started)

    def length(self, now: float) -> int:
        """Return how many jobs wait at `now`."""
        return len(self._starts) - bisect_right(self._starts, now)

    def reschedule(self, now: float) -> None:
        """Move the waiting jobs up after one was cancelled at `now`."""
        jobs = self._jobs
        self._jobs, self._starts, self._runner_free_at = [], [], []
        for job in jobs:
            if job.never_started:
                continue
            if job.start_at > now:
                job.start_at = max(now, self._next_start(job.ready_at))
                job.done_at = job.start_at + job.run_seconds
            self._append(job)

    def _next_start(self, ready_at: float) -> float:
        start = max(ready_at, self._starts[-1]) if self._starts else ready_at
        if self._is_full():
            start = max(start, self._runner_free_at[0])
        return start

    def _append(self, job: Job) -> None:
        self._jobs.append(job)
        self._starts.append(job.start_at)
        if self._max_concurrent is None:
            return
        if self._is_full():
            heapq.heapreplace(self._runner_free_at, job.done_at)
        else:
            heapq.heappush(self._runner_free_at, job.done_at)

    def _is_full(self) -> bool:
        return len(self._runner_free_at) == self._max_concurrent
