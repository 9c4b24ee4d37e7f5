"""Asking a service how its jobs stand; what one answer says is not always believed."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from rushes.backends.address import NoAddress
from rushes.backends.protocol import (
    Absent,
    Accepted,
    Done,
    Failed,
    Passing,
    Unknown,
    Working,
    is_id,
)
from rushes.contract.errors import (
    BackendUnavailable,
    JobCancelled,
    JobUncertain,
    RemoteTaken,
    RushesError,
)
from rushes.engine.decisions import NOT_ASKED
from rushes.engine.tracking import Evidence
from rushes.io.stopwatch import Stopwatch
from rushes.journal import Failure, JobState, Output

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rushes.backends.protocol import Status
    from rushes.engine.tracking import Track
    from rushes.engine.work import Work
    from rushes.journal import JobRecord

log = logging.getLogger("rushes")

ABSENT_TIMES = 2
"""Answers that a service does not have a job, before that is believed."""

UNLISTED_TIMES = 3
"""Answers that a service lists no attempt of a job that it does not know, before it fails."""

MOST_SOUGHT = 10
"""Multiple of `Timing.forgotten` after which such an attempt is not looked up any more."""

MOST_ATTEMPTS = 3
"""Attempts of a job that its service loses, before it fails."""

FAILING_TIMES = 3
"""Answers that a job failed, before that is believed where a stray reply may say it."""

VIDEOLESS_TIMES = 5
"""Answers that a job ended without a usable video, before that is believed."""

UNFORESEEN_TIMES = 20
"""Answers in a row that a backend's code fails on, before the job is given up."""

WATCHED = 60.0
"""Seconds before it was seen to be done within which a job was seen alive, if how long it took is
to be known."""


class Unforeseen(RushesError):
    """An exception that a backend must not raise."""


class Polling:
    """The step of a job that its service has.

    Args:
        work: what all steps share.
    """

    def __init__(self, work: Work) -> None:
        self._work = work

    async def poll(self, track: Track) -> float | None:
        """Ask the service for the status of a job."""
        track.polls += 1
        if track.polls == 1 and track.job.cancel_requested_at is not None:
            # The process that noted the wish may have died before the service got it.
            await self.cancel(track)
        job, hint, track.hint = track.job, track.hint, {}
        asking = Stopwatch()
        try:
            status = await self.status(job, hint)
        except NOT_ASKED as error:
            return await self._missing(track, asking, error)
        match status:
            case Working():
                track.settle()
                track.live()
                self.note(track, status)
                return self.next_poll(track)
            case Done():
                return await self._done(track, status, asking)
            case Failed(error=failure):
                if status.doubtful and not self.is_sure(track, failure, asking):
                    return self._work.timing.confirm / 2
                cancelled = isinstance(failure, JobCancelled)
                end = JobState.CANCELLED if cancelled else JobState.FAILED
                return await self._work.end(track, end, failure, cost=status.cost)
            case Absent(is_free=is_free):
                return await self._missing(track, asking, is_free=is_free)
            case Passing() as passing:
                return await self._passing(track, passing, asking)

    async def cancel(self, track: Track) -> None:
        """Send the wish to cancel to the service, once; what it refuses is noted on the job."""
        if track.cancel_sent:
            return
        track.cancel_sent = True
        track.job, outcome = await self._work.decisions.cancel(track.job)
        if not outcome.reached and track.job.state is JobState.RUNNING:
            notes = (*track.job.notes, f"It was not cancelled: {outcome.message}")
            await self._work.write(track, notes=notes)

    async def _has_news(self, track: Track) -> bool:
        """Whether another process has noted meanwhile what the service did to a job."""
        job = await self._work.journal.get(track.job.id)
        if job.fence != track.job.fence or job.remote == track.job.remote:
            return False
        track.job = job
        return True

    async def status(self, job: JobRecord, hint: Mapping[str, Any] | None = None) -> Status:
        """Ask the service for the status of a job; a question that fails never fails a paid job.

        Args:
            job: the job.
            hint: what is known beside its record.

        Raises:
            KeyWithheld: when the key may not go where the service is said to be.
            NoAddress: when the job's id cannot be one.
        """
        if not is_id(job.remote_id):
            # Calls for many jobs at once must not break on it.
            msg = f"The journal has {str(job.remote_id)[:40]!r} as its id at {job.backend}."
            raise NoAddress(msg)
        try:
            remote = {**(job.remote or {}), **(hint or {})}
            return await self._work.backends.get(job.backend).poll(job.remote_id, remote)
        except NOT_ASKED:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is
            log.warning("job %s: a status call failed: %s", job.id, type(error).__name__)
            return Passing(Unforeseen(f"{type(error).__name__} while asking {job.backend}"))

    async def _done(self, track: Track, done: Done, asking: Stopwatch) -> float | None:
        """The video is ready: note where it is."""
        track.settle()
        # How long it took is known only to a process that watched it end, and whose clock did not
        # jump; a job that ended in the night says nothing about those of the day.
        watched = track.seen is not None and track.seen.elapsed <= WATCHED
        done_at = time.time() if watched and not track.known.has_jumped else None
        output = Output.of(done.url, done.seed, done.cost, done.draft)
        try:
            await self._work.write(track, JobState.FETCHING, done_at=done_at, output=output)
        except RushesError:
            raise
        except Exception as error:
            log.exception("job %s: its outcome cannot be recorded", track.job.id)
            words = f"{type(error).__name__} while its answer was written down"
            passing = Passing(RushesError(words), ended=True)
            return await self._passing(track, passing, asking)
        self._work.notify(track)
        return 0.0

    def is_sure(self, track: Track, failure: RushesError, asking: Stopwatch) -> bool:
        """Whether a failure that may be a stray reply was the answer for long enough."""
        track.failing.add(asking)
        span = self._work.timing.confirm
        if isinstance(failure, BackendUnavailable):
            # A service that has trouble with its answers has it for minutes.
            span = self._work.timing.forgotten
        if track.failing.suffices(FAILING_TIMES, span):
            said = failure.message.rstrip(".")
            failure.message = (
                f"{said}. {track.job.backend} reported the job as finished, then gave this "
                f"answer {track.failing.times} times."
            )
            failure.advice = (
                f"Before you pay for another one, job.look_again() asks {track.job.backend} once "
                f"more."
            )
            return True
        track.trouble = f"{failure.message.rstrip('.')}. Asking again before this is accepted"
        self._work.notify(track)
        return False

    async def _missing(
        self,
        track: Track,
        asking: Stopwatch,
        why: RushesError | None = None,
        *,
        is_free: bool = False,
    ) -> float | None:
        """The service does not know the job (any more); believed only when it stays so.

        Args:
            track: the job.
            asking: runs since the service was asked.
            why: why it cannot be asked at all, where that is so.
            is_free: whether the service says that it does not run any more, and costs nothing.
        """
        if why is None and await self._has_news(track):
            return 0.0
        job = track.job
        track.missing.add(asking)
        reason = f"{job.backend} does not know job {job.remote_id} (any more)."
        words = (
            f"{reason} If that stays the answer, it is sent again, which costs nothing."
            if is_free
            else f"{why.message if why else reason} If it ended there, it may have been billed; "
            f"look it up in your account at {job.backend}."
        )
        kind, status = (type(why), 0) if why else (BackendUnavailable, 404)
        error = kind(words, status=status, job_id=job.id)
        if is_free and track.missing.suffices(ABSENT_TIMES, self._work.timing.confirm):
            # The service says so itself, and it costs nothing, so there is no need to be as sure.
            return await self._lost(track)
        if track.missing.suffices(ABSENT_TIMES, self._work.timing.forgotten):
            match Absent() if why else await self._listed(track, asking):
                case Absent():
                    return await self._work.end(track, JobState.FAILED, error, may_bill=True)
                case Accepted() as elsewhere:
                    log.warning("job %s: %s has it under another id", job.id, job.backend)
                    return await self._renamed(track, elsewhere)
        return self._work.trouble(track, error)

    async def _lost(self, track: Track) -> float | None:
        """The service lost a job that costs nothing, e.g. in a restart: it is sent again.

        One that is lost each time probably ends the service, so it is not sent forever.
        """
        job = track.job
        if job.attempts >= MOST_ATTEMPTS or job.cancel_requested_at is not None:
            words = (
                f"{job.backend} has lost this job {job.attempts} times, probably because it was "
                f"restarted; nothing is billed. If the job itself ends it, e.g. because memory "
                f"runs out, choose a smaller size or a shorter video."
            )
            error = BackendUnavailable(words, status=404, job_id=job.id)
            return await self._work.end(track, JobState.FAILED, error)
        log.info("job %s: %s has lost it; queueing it again", job.id, job.backend)
        note = (
            f"{job.backend} was restarted and had lost the job, so it was sent again; that costs "
            f"nothing."
        )
        await self._work.write(
            track, JobState.QUEUED, remote_id=None, remote=None, notes=(*job.notes, note)
        )
        track.restart()
        self._work.notify(track)
        return 0.0

    async def _renamed(self, track: Track, found: Accepted) -> float | None:
        """The service has the job under another id than it said; it is followed under that one.

        Where another job has that id, whose reply was mixed up as well, this one gives its own id
        up: that is the id of a job that waits for it. Being uncertain, it is looked up again.
        """
        job = track.job
        track.missing, track.unlisted = Evidence(), Evidence()
        try:
            await self._work.write(track, remote_id=found.remote_id, remote=found.remote)
        except RemoteTaken:
            error = JobUncertain(
                f"{job.backend} has this job as {found.remote_id}, but gave that id to another "
                f"job, so it is not known whose video is whose. It is probably billed. Nothing is "
                f"sent again automatically. Once the other job has another id, this one "
                f"continues.",
                job_id=job.id,
                advice=f"Otherwise use job.resolve(remote_id=...) with its id at {job.backend}, "
                f"job.resubmit() to send it again, or job.abandon() to give it up.",
            )
            uncertain = Failure.of(error)
            await self._work.write(
                track, JobState.UNCERTAIN, error=uncertain, remote_id=None, remote=None
            )
            self._work.notify(track)
            return None
        return 0.0

    async def _listed(self, track: Track, asking: Stopwatch) -> Accepted | Absent | Passing:
        """The job by its attempt, which its service may have under another id than it said.

        The id of a paid job comes from one reply, which may have been garbled on the way.

        Returns:
            ``Absent`` when the attempt cannot be looked up, or is not listed several times.
        """
        job = track.job
        if job.token is None:
            return Absent()
        longest = MOST_SOUGHT * self._work.timing.forgotten
        found = await self._work.decisions.find(job)
        match found:
            case Accepted(remote_id) if remote_id != job.remote_id:
                return found
            case Passing() | Accepted() if track.missing.span < longest:
                words = f"{job.backend} lists the job as {job.remote_id}, and does not know it."
                return found if isinstance(found, Passing) else Passing(BackendUnavailable(words))
            case Absent() | Unknown():
                track.unlisted.add(asking)
                if not track.unlisted.suffices(UNLISTED_TIMES, self._work.timing.confirm):
                    return Passing(BackendUnavailable(f"{job.backend} does not list the job."))
        return Absent()

    async def _passing(self, track: Track, passing: Passing, asking: Stopwatch) -> float | None:
        """The status is not known; what of that lasts for long ends the job."""
        job, trouble, timing = track.job, passing.error, self._work.timing
        if passing.ended:
            seen, times, seconds = track.videoless, VIDEOLESS_TIMES, timing.videoless
            words = (
                f"{job.backend} finished job {job.remote_id}, but names no video that can be "
                f"fetched: {trouble.message.rstrip('.')}. It is probably billed."
            )
            advice = "job.look_again() asks once more."
        elif isinstance(trouble, Unforeseen):
            seen, times, seconds = track.unforeseen, UNFORESEEN_TIMES, timing.unforeseen
            words = (
                f"The answers of {job.backend} about job {job.remote_id} cannot be read "
                f"({trouble.message}). It may have been made and billed. Another release of rushes "
                f"may read them."
            )
            advice = "job.look_again() asks once more."
        else:
            return self._work.trouble(track, trouble)
        seen.add(asking)
        if not seen.suffices(times, seconds):
            return self._work.trouble(track, trouble)
        error = BackendUnavailable(
            words,
            status=trouble.status,
            error_detail=trouble.error_detail,
            job_id=job.id,
            advice=advice,
        )
        return await self._work.end(track, JobState.FAILED, error, may_bill=True)

    def note(self, track: Track, working: Working) -> None:
        """Take in the status of a job that is not done."""
        track.position, track.fraction = working.position, working.fraction
        track.message = working.message
        track.seen = Stopwatch()
        self._work.notify(track, may_wait=True)

    def next_poll(self, track: Track) -> float:
        """Seconds until a running job is polled again."""
        if track.forecast is None:
            return 0.0
        elapsed = track.ran(time.time())
        limits = self._work.backends.get(track.job.backend).limits
        if track.heard:
            # The service says when there is something to see. It is asked all the same: streams
            # forget jobs, and fal's own clients do not rely on its streams yet.
            track.heard = False
            return track.forecast.next_check(elapsed, ceiling=limits.poll_ceiling)
        return track.forecast.next_poll(
            elapsed,
            floor=limits.poll_floor,
            first=limits.first_poll,
            ceiling=limits.poll_ceiling,
        )
