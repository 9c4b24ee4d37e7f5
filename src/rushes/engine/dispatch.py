"""Which job goes now: one agenda of all jobs under work, and the lanes in which they are done.

The agenda holds the time at which each job is due; when it is, the job goes into a lane, which
does one kind of work for one service, within its width and its rate.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import math
import random
import time
from typing import TYPE_CHECKING

from rushes.contract.errors import LeaseLost, RateLimited, RushesError
from rushes.engine.fetching import Fetching
from rushes.engine.lanes import LAST_WORDS, Lane
from rushes.engine.line import Full
from rushes.engine.polling import Polling
from rushes.engine.sending import Sending
from rushes.engine.streams import Streams
from rushes.engine.tracking import Track
from rushes.journal import UNFINISHED, JobState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from rushes.backends.protocol import Working
    from rushes.engine.forecast import History
    from rushes.engine.line import Line
    from rushes.engine.work import Work
    from rushes.journal import JobRecord

log = logging.getLogger("rushes")

IN_LINE = "waits in line until another job is done"

FULL_AGAIN = 1.0
"""Seconds until a job asks again whose library has enough jobs at services by way of others."""

JITTER = 0.1
"""Times between status calls vary by this share, so that jobs sent together spread out."""


class Agenda:
    """Jobs by the time at which they are due; iterating waits for the next one.

    A job is on the agenda once at most: putting it there again moves it. Times are rounded, so
    that jobs that are due at about the same time are due together: a call costs a process that
    has to wake up for it twice the processor time (measured in `benchmarks`).
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, str]] = []
        self._current: dict[str, int] = {}
        self._number = itertools.count()
        self._changed = asyncio.Event()
        # When the wait that is under way ends; nothing has to wake it for what is due later.
        self._until = -math.inf
        self._closed = False

    def put(self, job_id: str, delay: float) -> None:
        """Make a job due after `delay` seconds, a quarter and half a second off at most."""
        number = next(self._number)
        self._current[job_id] = number
        due = _rounded(time.monotonic() + delay, delay)
        heapq.heappush(self._heap, (due, number, job_id))
        if due < self._until:
            self._changed.set()

    def close(self) -> None:
        """End the iteration."""
        self._closed = True
        self._changed.set()

    async def __aiter__(self) -> AsyncIterator[str]:
        while not self._closed:
            now = time.monotonic()
            while self._heap and self._heap[0][0] <= now:
                _, number, job_id = heapq.heappop(self._heap)
                # An older entry of a job that was moved says nothing any more.
                if self._current.get(job_id) == number:
                    del self._current[job_id]
                    yield job_id
            self._changed.clear()
            if self._closed:
                return
            self._until = self._heap[0][0] if self._heap else math.inf
            pause = self._until - now if self._heap else None
            try:
                async with asyncio.timeout(pause):
                    await self._changed.wait()
            except TimeoutError:
                pass
            finally:
                self._until = -math.inf


def _rounded(due: float, delay: float) -> float:
    """The nearest time that jobs with such delays share."""
    if delay <= 0:
        return due
    step = min(1.0, 2.0 ** (math.frexp(delay)[1] - 2))  # A quarter to a half of the delay.
    return round(due / step) * step


class Dispatcher:
    """Does the steps of all jobs that this process holds, each when it is due.

    Args:
        work: what the steps share.
        history: how long jobs take.
        line: whose turn it is to be sent.

    Attributes:
        tracks: the jobs under work, by id.
    """

    def __init__(
        self,
        work: Work,
        history: History,
        line: Line,
    ) -> None:
        self.tracks: dict[str, Track] = {}
        self._line = line
        self._work = work
        self._history = history
        self._agenda = Agenda()
        self._lanes: dict[tuple[str, str], Lane[Track]] = {}
        self._streams = Streams(work.backends, self)
        self._polling = Polling(work)
        sending, fetching = Sending(work, self._polling), Fetching(work, self._polling)
        self._steps = {
            JobState.QUEUED: sending.send,
            JobState.SUBMITTING: sending.reconcile,
            JobState.RUNNING: self._polling.poll,
            JobState.FETCHING: fetching.fetch,
        }

    async def run(self) -> None:
        """Work until `stop` is called."""
        async for job_id in self._agenda:
            self._enqueue(job_id)

    def stop(self) -> None:
        """Start nothing more."""
        self._agenda.close()

    async def close(self) -> None:
        """End what is under way, after a little patience with submissions."""
        await self._streams.close()
        await asyncio.gather(*(lane.close() for lane in self._lanes.values()))

    # --- whose jobs ----------------------------------------------------------------------------

    def adopt(self, job: JobRecord) -> None:
        """Work on a job from now on, if this process holds it."""
        if (
            job.state in UNFINISHED
            and job.id not in self.tracks
            and job.owner == self._work.journal.owner
        ):
            self.tracks[job.id] = track = Track(job)
            if job.state is not JobState.QUEUED:
                self._line.enter(job)
            self._work.notify(track)
            self._agenda.put(job.id, 0.0)

    def leave(self, is_ours: Callable[[JobRecord], bool]) -> tuple[list[JobRecord], list[str]]:
        """Drop the jobs of other processes.

        Returns:
            Those that are at a step, after which they are left, and the ids of the others.
        """
        others = [track for track in self.tracks.values() if not is_ours(track.job)]
        busy = [track.job for track in others if track.busy]
        idle = [track.job.id for track in others if not track.busy]
        for job_id in idle:
            self._drop(job_id)
        return busy, idle

    def finish(self, job: JobRecord) -> None:
        """Nothing more happens to a job automatically: drop it, and notify who waits for that."""
        self._drop(job.id)
        self._work.audience.ended(job)

    def cancelling(self, job: JobRecord) -> None:
        """Take over that the user wants a job cancelled."""
        if job.state is JobState.CANCELLED and job.remote_id is None:
            self.finish(job)
            return
        track = self.tracks.get(job.id)
        if track is not None and track.job.fence == job.fence:
            track.job = job
            # The service is being asked, or was.
            track.cancel_sent = track.cancel_sent or job.state is JobState.RUNNING

    def moved(self, job: JobRecord) -> None:
        """Take over another folder for a job's video, and try at once to bring it there."""
        track = self.tracks.get(job.id)
        if track is None or track.job.fence != job.fence:
            return
        track.job = job
        if job.state is JobState.FETCHING:
            self.schedule(job.id, 0.0)

    def review_line(self) -> None:
        """Send the jobs whose turn it is because a limit is another one than before."""
        for job_id in self._line.review():
            self._agenda.put(job_id, 0.0)

    def schedule(self, job_id: str, delay: float) -> None:
        """Make a job's next step due after so many seconds."""
        self._agenda.put(job_id, delay * random.uniform(1 - JITTER, 1 + JITTER))

    def _drop(self, job_id: str) -> None:
        track = self.tracks.pop(job_id, None)
        if track is not None:
            track.stop_stream()
            for other in self._line.leave(track.job):
                self._agenda.put(other, 0.0)

    # --- steps ---------------------------------------------------------------------------------

    def _enqueue(self, job_id: str) -> None:
        """Put a job that is due into its lane."""
        track = self.tracks.get(job_id)
        if track is None or track.busy or self._must_wait(track):
            return
        try:
            lane = self._lane(track.job)
        except RushesError as error:
            # Its service is not set up any more; the job waits for a process that has it.
            track.trouble = error.message
            self.schedule(job_id, self._work.timing.retry_most)
            return
        track.busy, track.rate = True, lane.rate
        lane.put(track)

    def _must_wait(self, track: Track) -> bool:
        """Whether a job waits in line; it is put on the agenda when another one is done."""
        if track.job.state is not JobState.QUEUED:
            return False
        for job_id in self._line.ask(track.job):
            if job_id != track.job.id:
                self._agenda.put(job_id, 0.0)
        waits = not self._line.has(track.job)
        if waits != track.in_line:
            track.in_line, track.trouble = waits, IN_LINE if waits else ""
            self._work.notify(track)
        return waits

    def _lane(self, job: JobRecord) -> Lane[Track]:
        backend = self._work.backends.get(job.backend)
        limits = backend.limits
        if job.state is JobState.RUNNING:
            kind, width, most = "poll", limits.polls, limits.polls_per_second
        elif job.state is JobState.SUBMITTING and backend.reconciliation != "key":
            # A lane of its own: looking many up must not delay sending.
            kind, width, most = "look up", limits.polls, limits.polls_per_second
        elif job.state is JobState.FETCHING:
            kind, width, most = "download", limits.downloads, float("inf")
        else:
            kind, width, most = "submit", limits.submits, limits.submits_per_second
        key = (job.backend, kind)
        if key not in self._lanes:
            patience = LAST_WORDS if kind == "submit" else 0.0
            self._lanes[key] = Lane(self._step, width=width, most=most, patience=patience)
        return self._lanes[key]

    async def _step(self, track: Track, lane: Lane[Track]) -> None:
        """Do the next thing about a job, and put it on the agenda again."""
        job_id = track.job.id
        if self.tracks.get(job_id) is not track:
            return  # It was dropped, and perhaps adopted again, while it waited in the lane.
        try:
            learned = self._history.learned(track.job)
            if track.forecast is None or track.learned != learned:
                params = track.job.known_params
                track.forecast = await self._history.predict(params, track.job.backend)
                track.learned = learned
            before = track.job.state
            delay = await self._steps[before](track)
            if before is JobState.RUNNING and track.job.ran_for is not None:
                self._history.learn(track.job)
            self._slow_down(track, lane)
        except RushesError as error:
            delay = await self._after_trouble(track, error)
        except BaseException as error:
            if self._work.is_ending and isinstance(error, asyncio.CancelledError):
                raise
            delay = self._after_fault(track, error)
        finally:
            track.busy = False
        if delay is None:
            self.finish(track.job)
        elif self.tracks.get(job_id) is track:
            self.schedule(job_id, delay)
            self._streams.follow(track)

    def _slow_down(self, track: Track, lane: Lane[Track]) -> None:
        """Call a service less often, if it asked for that; all jobs that wait say until when."""
        if track.objection is not None:
            lane.rate.object(track.objection)
            track.objection = None
            for waiting in (track, *lane.waiting):
                self._work.notify(waiting)

    async def _after_trouble(self, track: Track, error: RushesError) -> float | None:
        """Seconds until the next step after one that was not done; None when there is none."""
        if isinstance(error, LeaseLost):
            log.info("%s", error.message)
            return await self._review(track)
        if isinstance(error, Full):
            self._line.step_back(track.job)
            track.in_line, track.trouble = True, IN_LINE
            return FULL_AGAIN
        return self._work.trouble(track, error)

    def _after_fault(self, track: Track, error: BaseException) -> float:
        """Continue after a step that failed unexpectedly, whatever it raised.

        A panic of a library in Rust, for one, is not an `Exception`, and nothing else would take
        the job up again.

        Returns:
            Seconds until the next try.
        """
        if not self._work.is_ending:  # Else the journal knows where to continue.
            log.error("job %s: a step failed and will be retried", track.job.id, exc_info=error)
        return self._work.trouble(track, RushesError(f"{type(error).__name__} inside rushes"))

    async def _review(self, track: Track) -> float | None:
        """Find out whose a job is by now, after a write with an old record was refused.

        Another process may have taken it over and released it again while this one held on to
        what it knew before.

        Returns:
            Seconds until this process works on it again; None when nothing more happens to it.
        """
        try:
            job = await self._work.journal.get(track.job.id)
        except RushesError as error:
            return self._work.trouble(track, error)
        if job.state in UNFINISHED:
            self._drop(job.id)
            self.adopt(job)
            return 0.0
        track.job = job
        return None

    # --- what streams say (`Follower`) ---------------------------------------------------------

    async def turn(self, track: Track) -> None:
        """Wait until one more call about a job may be made."""
        await self._lane(track.job).rate.wait()

    def stream_said(self, track: Track, working: Working) -> None:
        """Take in the status of a job."""
        self._polling.note(track, working)

    def stream_began(self, track: Track) -> None:
        """Poll a job less often while its service reports its status."""
        self.schedule(track.job.id, self._polling.next_poll(track))

    def stream_ended(self, track: Track, broken_by: Exception | None) -> None:
        """Poll a job whose service has no more to say, or as if it had no stream."""
        if isinstance(broken_by, RateLimited):
            self._lane(track.job).rate.object(broken_by.retry_after)
        if broken_by is None:
            self.schedule(track.job.id, 0.0)
        else:
            self.schedule(track.job.id, self._polling.next_poll(track))
