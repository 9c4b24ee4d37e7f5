"""The steps of one job: send it, find out whether it was sent, ask for it, fetch it.

Each step reads the record, does one thing at the service, writes the outcome down and says when
the job is to be looked at next. A step that dies in the middle leaves the record in a state from
which the next process goes on; docs/explanation/reliability.md lists every point at which it may
die.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

from rushes.backends.address import NoAddress
from rushes.backends.key import KeyWithheld
from rushes.backends.protocol import (
    Absent,
    Accepted,
    Announcing,
    Done,
    Failed,
    Passing,
    Refused,
    Unknown,
    Working,
    is_id,
)
from rushes.contract.errors import (
    AuthenticationFailed,
    BackendUnavailable,
    CreditsExhausted,
    InvalidParams,
    JobCancelled,
    JobUncertain,
    JournalError,
    LeaseLost,
    MediaError,
    PolicyDenied,
    RateLimited,
    RemoteTaken,
    RushesError,
)
from rushes.contract.media_errors import TooLarge, Unreadable
from rushes.engine.completion import finished
from rushes.engine.decisions import NOT_ASKED
from rushes.engine.tracking import Evidence
from rushes.engine.uploads import Uploads
from rushes.journal import JobState
from rushes.journal.stopwatch import Stopwatch
from rushes.media.download import DownloadInterrupted, LibraryUnwritable, LinkExpired
from rushes.media.library import keep

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rushes.backends.protocol import Attempt, Backend, Status, Submission
    from rushes.catalog import Catalog
    from rushes.contract.results import Cost
    from rushes.engine.decisions import Decisions
    from rushes.engine.timing import Timing
    from rushes.engine.tracking import Track
    from rushes.journal import AsyncJournal, Changes, JobRecord

log = logging.getLogger("rushes")

PERMANENT = (
    InvalidParams,
    AuthenticationFailed,
    CreditsExhausted,
    PolicyDenied,
    MediaError,
)
"""Troubles before anything was sent that waiting does not fix."""

MOST_LOOKS = 20
"""So many troubles while looking for a lost attempt make it uncertain: a quarter of an hour."""

MOST_DEATHS = 2
"""So many processes may end while they measure a video; it is not decoded again then."""

MOST_DOWNLOADS = 8
"""So many bad downloads make a failed job; a full disk or a dead network do not count."""

MOST_FAULTS = 20
"""So many errors that nobody foresaw end a job's sending: it is not tried for ever."""

ABSENT_TIMES = 2
"""So often at least a service has to say that it does not have a job, before that is believed."""

FAILING_TIMES = 3
"""So often at least a failure has to be the answer that may be a stray one."""

VIDEOLESS_TIMES = 5
"""So often at least a service has to call a job ended without naming its video."""

RECORDS_KEPT = 5 * 86_400.0
"""Seconds after which a service may have forgotten an attempt: absence is no proof then. Ark lists
the tasks of seven days."""

WATCHED = 60.0
"""Seconds before it was seen to be done within which a job was seen alive, if how long it took is
to be known."""


class Work:
    """Does the steps of jobs.

    Args:
        journal: where every outcome is written.
        backends: finds a service by its name.
        catalog: the providers.
        timing: the engine's times.
        decisions: look attempts up.
        emit: called whenever something about a job changed.
        is_ending: whether the engine stops, so that nothing new is sent.
    """

    def __init__(
        self,
        *,
        journal: AsyncJournal,
        backends: Callable[[str], Backend],
        catalog: Catalog,
        timing: Timing,
        decisions: Decisions,
        emit: Callable[[Track], None],
        is_ending: Callable[[], bool],
    ) -> None:
        self._journal = journal
        self._backend = backends
        self._catalog = catalog
        self._timing = timing
        self._decisions = decisions
        self._emit = emit
        self._is_ending = is_ending
        self._uploads = Uploads(journal)

    # --- queued ------------------------------------------------------------------------------

    async def send(self, track: Track) -> float | None:
        """Send a queued job: intent first, then the request, once.

        Returns:
            Seconds until the job's next step; None when it ended.
        """
        backend = self._backend(track.job.backend)
        if track.job.cancel_requested_at is not None:
            # The wish came while an attempt was under way that the service then refused.
            words = "It was cancelled before the service took it; nothing is billed."
            error = JobCancelled(words, job_id=track.job.id)
            return await self._end(track, JobState.CANCELLED, error)
        try:
            request = await self._prepare(track.job, backend)
        except RushesError as error:
            if isinstance(error, PERMANENT):
                return await self._end(track, JobState.FAILED, error)
            return self.trouble(track, error)
        except Exception as error:
            log.exception("job %s: its request cannot be made", track.job.id)
            return await self._unsent(track, error, most=MOST_FAULTS)
        intent = Stopwatch()
        try:
            await self._write(
                track,
                JobState.SUBMITTING,
                token=secrets.token_hex(16),
                request=request,
                submit_at=time.time(),
                attempts=track.job.attempts + 1,
            )
        except RushesError:
            raise
        except Exception as error:
            log.exception("job %s: its request cannot be written down", track.job.id)
            return await self._unsent(track, error, most=1)
        return await self._post(track, backend, intent)

    async def _unsent(self, track: Track, error: Exception, *, most: int) -> float | None:
        """An error that nobody foresaw kept a job from being sent; so many of them end it."""
        track.faults += 1
        words = f"{type(error).__name__} inside rushes while its request was made; nothing was sent"
        if track.faults < most:
            return self.trouble(track, RushesError(f"{words}."))
        failed = RushesError(f"{words}. Please report it.", job_id=track.job.id)
        return await self._end(track, JobState.FAILED, failed)

    async def _prepare(self, job: JobRecord, backend: Backend) -> dict[str, Any]:
        """The request in the service's words, with local files made available to it."""
        spec = self._catalog.providers.get(job.provider)
        is_unknown = spec is None or job.backend not in spec.backends
        if is_unknown and isinstance(backend, Announcing):
            msg = f"{job.backend} has not said (yet) that it offers {job.provider}."
            raise BackendUnavailable(msg, job_id=job.id)
        if spec is None or job.backend not in spec.backends:
            msg = (
                f"{job.provider} is not in the catalog for {job.backend} any more, so the job "
                f"was not sent. Put its provider file back and submit it again."
            )
            raise InvalidParams(msg, job_id=job.id)
        media = {
            given: await self._uploads.address(backend, path)
            for given, path in self._decisions.files(job).items()
        }
        return backend.translate(job.typed_params, spec, media)

    async def _post(
        self, track: Track, backend: Backend, intent: Stopwatch, *, again: bool = False
    ) -> float | None:
        """Send the attempt that is on record, unless too much time has passed since.

        Args:
            track: the job.
            backend: its service.
            intent: runs since the intent was about to be written.
            again: whether the attempt may have been sent before. It then keeps its token whatever
                happens, by which the service knows it.
        """
        job = track.job
        attempt = self._decisions.attempt(job)
        # The guard stands directly before the send: a machine that slept since the intent was
        # written may have lost the job to another process, and a fence cannot stop a request.
        if intent.has_jumped or intent.elapsed > self._timing.submit_guard:
            log.warning("job %s: not sent, its intent is too old; trying again", job.id)
            await self._requeue(track, again=again)
            return self._timing.retry
        if self._is_ending():
            # Its answer might not be heard any more; another process sends it at once.
            await self._requeue(track, again=again)
            return 0.0
        match await self._answer(track, backend, attempt):
            case Accepted() as accepted:
                return await self._accept(track, accepted)
            case Refused(error=refused, passing=True):
                await self._requeue(track, again=again)
                return self.trouble(track, refused)
            case Refused(error=refused):
                return await self._refuse(track, backend, refused, again=again)
            case Unknown(reason):
                log.warning("job %s: its submission is unknown: %s", job.id, reason)
                track.trouble = "the reply was lost; looking for the job at the service"
                self._emit(track)
                return self._timing.look_again

    async def _requeue(self, track: Track, *, again: bool) -> None:
        """Nothing was sent now; what may have been sent before keeps its token."""
        if not again:
            await self._write(track, JobState.QUEUED)

    async def _refuse(
        self, track: Track, backend: Backend, refused: RushesError, *, again: bool
    ) -> float | None:
        """The service does not take the attempt; unless it has it already, that is the end."""
        job = track.job
        if again:
            match await self._decisions.find(job):
                case Accepted() as accepted:
                    return await self._accept(track, accepted)
                case Passing() | Unknown():
                    words = f"it was refused when it was sent again: {refused.message}"
                    return await self._doubt(track, words)
        # Should it not be possible to write this down now, it is not to be asked for again.
        track.refused = refused
        end = await self._end(track, JobState.FAILED, refused)
        await self._uploads.forget(backend, self._decisions.files(job).values())
        return end

    async def _answer(self, track: Track, backend: Backend, attempt: Attempt) -> Submission:
        """Send an attempt; whatever goes wrong on the way, the request may have arrived."""
        try:
            async with asyncio.timeout(self._timing.submit_deadline):
                answer = await backend.submit(attempt)
        except KeyWithheld as error:
            # Raised before a request is sent, and a submission is one request.
            return Refused(error)
        except TimeoutError:
            return Unknown(f"no reply within {self._timing.submit_deadline:.0f} s")
        except Exception as error:  # noqa: BLE001 - a fault of the backend's code counts as well
            track.faults += 1
            return Unknown(f"{type(error).__name__} while sending")
        if isinstance(answer, Accepted) and not is_id(answer.remote_id):
            return Unknown("the service has it under an id that cannot be used")
        return answer

    async def _accept(self, track: Track, accepted: Accepted) -> float | None:
        """Write down that the service has the job, whatever it takes: this is what was paid for."""
        failures = 0
        while True:
            try:
                track.job = await self._journal.accept(
                    track.job, accepted.remote_id, accepted.remote
                )
                break
            except LeaseLost:
                raise
            except RemoteTaken as error:
                track.faults += 1
                if track.faults < MOST_FAULTS:
                    self.trouble(track, error)
                    return self._timing.look_again
                return await self._doubt(track, error.message.rstrip("."))
            except JournalError as error:
                failures += 1
                track.trouble = (
                    f"{track.job.backend} has it as {accepted.remote_id}, but this cannot be "
                    f"written down yet: {error.message}"
                )
                log.error("job %s: %s", track.job.id, track.trouble)  # noqa: TRY400 - the trouble is the disk's
                self._emit(track)
                await asyncio.sleep(self._timing.backoff(failures))
            except Exception:
                log.exception("job %s: what the service calls it cannot be kept", track.job.id)
                return await self._doubt(
                    track, f"{track.job.backend} took it under an id that cannot be written down"
                )
        self._settled(track)
        track.live()
        self._emit(track)
        if track.job.cancel_requested_at is not None:
            await self._backend(track.job.backend).cancel(accepted.remote_id, accepted.remote)
        return 0.0 if track.forecast is None else self.next_look(track)

    # --- submitting ----------------------------------------------------------------------------

    async def reconcile(self, track: Track) -> float | None:
        """Find out what became of an attempt whose reply is not known. Nothing is sent blindly."""
        job, backend = track.job, self._backend(track.job.backend)
        if track.refused is not None:
            return await self._end(track, JobState.FAILED, track.refused)
        if job.token is None or job.submit_at is None:
            await self._write(track, JobState.QUEUED)
            return 0.0
        if backend.reconciliation == "key":
            if track.faults >= MOST_FAULTS:
                return await self._doubt(track, f"{job.backend} cannot be asked")
            intent = Stopwatch()
            await self._write(track, submit_at=time.time())
            return await self._post(track, backend, intent, again=True)
        asking = Stopwatch()
        if track.sought is None:
            track.sought = asking
        found = await self._decisions.find(job)
        match found:
            case Accepted():
                return await self._accept(track, found)
            case Unknown(reason):
                return await self._doubt(track, reason)
            case Passing(error=trouble):
                delay = max(self._timing.look_again, self.trouble(track, trouble))
                if track.failures > MOST_LOOKS and track.sought.steady() > backend.grace:
                    return await self._doubt(track, f"{job.backend} cannot be asked")
                return delay
        return await self._absent(track, backend, asking)

    async def _absent(self, track: Track, backend: Backend, asking: Stopwatch) -> float | None:
        """The service does not list the attempt; where that is proof, it is sent again.

        It is believed only after this very process has looked for the whole grace: when the
        attempt was made is a matter of a clock that can be set, and of a process that may sleep
        with its request on the way.
        """
        job = track.job
        track.absent.add(asking)
        if not track.absent.suffices(ABSENT_TIMES, backend.grace):
            return self._timing.look_again
        if backend.reconciliation != "lookup":
            return await self._doubt(track, f"{job.backend} does not list it")
        if time.time() - (job.submit_at or 0.0) > RECORDS_KEPT:
            return await self._doubt(track, f"{job.backend} may have forgotten it by now")
        log.info("job %s: %s does not have it; queueing it again", job.id, job.backend)
        note = (
            f"The reply to attempt {job.attempts} was lost; {job.backend} has no such "
            f"job, so it was sent again."
        )
        await self._write(track, JobState.QUEUED, notes=(*job.notes, note))
        # The next attempt is another one, and proves itself.
        track.sought, track.absent = None, Evidence()
        return 0.0

    async def _doubt(self, track: Track, reason: str) -> float | None:
        """Nobody can tell; the user decides, and there is no next step."""
        job = track.job
        cost = self.estimate(job)
        price = f", {cost}" if cost and cost.amount else ""
        error = JobUncertain(
            f"The connection broke while sending and it is not known whether {job.backend} "
            f"started the job ({reason}). It may exist and be billed{price}. Nothing is sent "
            f"again automatically; should {job.backend} show it within a day, it goes on. "
            f"job.resolve(remote_id=...) when you found it at {job.backend}, job.resubmit() to "
            f"send it again, job.abandon() to give it up.",
            job_id=job.id,
        )
        return await self._end(track, JobState.UNCERTAIN, error)

    # --- running -------------------------------------------------------------------------------

    async def look(self, track: Track) -> float | None:
        """Ask the service how a job stands."""
        job, backend = track.job, self._backend(track.job.backend)
        track.looks += 1
        if track.looks == 1 and job.cancel_requested_at is not None:
            # Whoever noted the wish may have died before the service heard of it.
            await backend.cancel(job.remote_id or "", job.remote or {})
        asking = Stopwatch()
        try:
            status = await self._status(job)
        except NOT_ASKED as error:
            return await self._missing(track, asking, error)
        match status:
            case Working():
                self._settled(track)
                track.live()
                self.hear(track, status)
                return self.next_look(track)
            case Done():
                return await self._done(track, status, asking)
            case Failed(error=failure):
                if status.doubtful and not self._is_sure(track, failure, asking):
                    return self._timing.confirm / 2
                cancelled = isinstance(failure, JobCancelled)
                end = JobState.CANCELLED if cancelled else JobState.FAILED
                return await self._end(track, end, failure)
            case Absent():
                return await self._missing(track, asking)
            case Passing(error=trouble, ended=True):
                return await self._videoless(track, trouble, asking)
            case Passing(error=trouble):
                return self.trouble(track, trouble)

    async def _status(self, job: JobRecord) -> Status:
        """Ask the service how a job stands; a question that fails never fails a paid job.

        Raises:
            KeyWithheld: when the key may not go where the service is said to be.
            NoAddress: when the job's id cannot be one.
        """
        if not is_id(job.remote_id):
            # Calls for many jobs at once must not break on it.
            msg = f"The journal has {str(job.remote_id)[:40]!r} as its id at {job.backend}."
            raise NoAddress(msg)
        try:
            return await self._backend(job.backend).poll(job.remote_id, job.remote or {})
        except NOT_ASKED:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is
            log.warning("job %s: a status call failed: %s", job.id, type(error).__name__)
            return Passing(RushesError(f"{type(error).__name__} while asking {job.backend}"))

    async def _done(self, track: Track, done: Done, asking: Stopwatch) -> float | None:
        """The video is ready: note where it is."""
        self._settled(track)
        # How long it took is known only to somebody who looked on, by a clock that stood still
        # for nobody; a job that ended in the night says nothing of those of the day.
        watched = track.seen is not None and track.seen.elapsed <= WATCHED
        done_at = time.time() if watched and not track.known.has_jumped else None
        cost = done.cost and done.cost.model_dump(mode="json")
        output = {"url": done.url, "seed": done.seed, "cost": cost}
        try:
            await self._write(track, JobState.FETCHING, done_at=done_at, output=output)
        except RushesError:
            raise
        except Exception as error:
            log.exception("job %s: what it became cannot be written down", track.job.id)
            words = f"{type(error).__name__} while its answer was written down"
            return await self._videoless(track, RushesError(words), asking)
        self._emit(track)
        return 0.0

    def _is_sure(self, track: Track, failure: RushesError, asking: Stopwatch) -> bool:
        """Whether a failure that may be a stray reply was the answer for long enough."""
        track.failing.add(asking)
        span = self._timing.confirm
        if isinstance(failure, BackendUnavailable):
            # A service that has trouble with its answers has it for minutes.
            span = self._timing.forgotten
        if track.failing.suffices(FAILING_TIMES, span):
            said = failure.message.rstrip(".")
            failure.message = (
                f"{said}. {track.job.backend} had called it finished, and said this "
                f"{track.failing.times} times; job.look_again() asks once more, before you pay "
                f"for another."
            )
            return True
        track.trouble = f"{failure.message.rstrip('.')}. Asking again before that is believed"
        self._emit(track)
        return False

    async def _missing(
        self, track: Track, asking: Stopwatch, why: RushesError | None = None
    ) -> float | None:
        """The service does not know the job (any more); believed only when it stays so.

        Args:
            track: the job.
            asking: runs since the service was asked.
            why: why it cannot be asked at all, where that is so.
        """
        job = track.job
        track.missing.add(asking)
        reason = f"{job.backend} does not know job {job.remote_id} (any more)."
        words = (
            f"{why.message if why else reason} If it ended there, it may have been billed; look "
            f"it up in your account at {job.backend}."
        )
        kind, status = (type(why), 0) if why else (BackendUnavailable, 404)
        error = kind(words, status=status, job_id=job.id)
        if track.missing.suffices(ABSENT_TIMES, self._timing.forgotten):
            return await self._end(track, JobState.FAILED, error)
        return self.trouble(track, error)

    async def _videoless(
        self, track: Track, trouble: RushesError, asking: Stopwatch
    ) -> float | None:
        """The service calls the job ended, and names no video; believed only when it stays so."""
        job = track.job
        track.videoless.add(asking)
        if not track.videoless.suffices(VIDEOLESS_TIMES, self._timing.videoless):
            return self.trouble(track, trouble)
        error = BackendUnavailable(
            f"{job.backend} finished job {job.remote_id}, but names no video that can be fetched: "
            f"{trouble.message.rstrip('.')}. It is probably billed; job.look_again() asks once "
            f"more.",
            status=trouble.status,
            error_detail=trouble.error_detail,
            job_id=job.id,
        )
        return await self._end(track, JobState.FAILED, error)

    def hear(self, track: Track, working: Working) -> None:
        """Take in how a job stands that is not done."""
        track.position, track.fraction = working.position, working.fraction
        track.message = working.message
        track.seen = Stopwatch()
        self._emit(track)

    def next_look(self, track: Track) -> float:
        """Seconds until a running job is asked for again."""
        if track.forecast is None:
            return 0.0
        elapsed = time.time() - (track.job.running_at or 0.0)
        if track.known.has_jumped:
            elapsed = track.known.elapsed
        limits = self._backend(track.job.backend).limits
        if track.heard:
            # The service says when there is something to see. It is asked all the same: streams
            # forget jobs, and fal's own clients do not rely on its streams yet.
            track.heard = False
            return track.forecast.next_check(elapsed, ceiling=limits.poll_ceiling)
        return track.forecast.next_look(
            elapsed,
            floor=limits.poll_floor,
            first=limits.first_poll,
            ceiling=limits.poll_ceiling,
        )

    # --- fetching ------------------------------------------------------------------------------

    async def fetch(self, track: Track) -> float | None:
        """Bring the finished video here, before its link expires."""
        job = track.job
        output = job.output or {}

        def count(received: int, expected: int | None) -> None:
            track.received, track.expected = received, expected
            self._emit(track)

        try:
            media = self._backend(job.backend).media
            kept = await keep(media, job, output["url"], count, partial(self._measure, track))
            names = self._catalog.media_names(job.provider)
            result = await asyncio.to_thread(finished, job, kept, self.estimate(job), names)
            await self._write(track, JobState.COMPLETED, result=result)
        except TooLarge as error:
            msg = f"{error.message} The file is kept; it was made and is probably billed."
            return await self._end(track, JobState.FAILED, MediaError(msg, job_id=job.id))
        except LinkExpired as error:
            return await self._renew(track, error)
        except (DownloadInterrupted, LibraryUnwritable, Unreadable) as error:
            await self._survived(track)
            return self.trouble(track, error)
        except MediaError as error:
            return await self._bad_download(track, error)
        except RushesError:
            raise
        except Exception as error:
            if self._is_ending():
                raise  # That says nothing of the video.
            log.exception("job %s: its video cannot be fetched", job.id)
            return await self._bad_download(
                track, MediaError(f"{type(error).__name__} while its video was fetched.")
            )
        self._emit(track)
        return None

    async def _bad_download(self, track: Track, error: MediaError) -> float | None:
        await self._survived(track)
        track.bad_downloads += 1
        if track.bad_downloads < MOST_DOWNLOADS:
            return self.trouble(track, error)
        return await self._end(track, JobState.FAILED, self._paid(track.job, error))

    async def _measure(self, track: Track, path: Path) -> None:
        """Note that a video is about to be decoded: some make their process die of it."""
        output = track.job.output or {}
        deaths = output.get("measuring") or 0
        if deaths >= MOST_DEATHS:
            msg = (
                f"{path} was not measured: {deaths} processes ended while they were at it, "
                f"perhaps because it takes too much memory. Look at it with another program."
            )
            raise TooLarge(msg, job_id=track.job.id)
        await self._write(track, output=output | {"measuring": deaths + 1})

    async def _survived(self, track: Track) -> None:
        """Measuring did not end this process, whatever else came of it."""
        if (track.job.output or {}).get("measuring"):
            await self._write(track, output=(track.job.output or {}) | {"measuring": 0})

    async def _renew(self, track: Track, error: MediaError) -> float | None:
        """The link has expired: ask the service for a fresh one."""
        job = track.job
        track.bad_downloads += 1
        asking = Stopwatch()
        try:
            status = await self._status(job)
        except NOT_ASKED as withheld:
            status = Passing(withheld)
        match status:
            case Done(url=url) if url != (job.output or {}).get("url"):
                await self._write(track, output=(job.output or {}) | {"url": url})
                return self.trouble(track, error) if track.bad_downloads > 1 else 0.0
            case Failed(error=failure) if not status.doubtful:
                return await self._end(track, JobState.FAILED, self._paid(job, failure))
            case Failed(error=failure) if self._is_sure(track, failure, asking):
                return await self._end(track, JobState.FAILED, self._paid(job, failure))
            case _ if track.bad_downloads >= MOST_DOWNLOADS:
                return await self._end(track, JobState.FAILED, self._paid(job, error))
        return self.trouble(track, error)

    @staticmethod
    def _paid(job: JobRecord, error: RushesError) -> MediaError:
        """A failed download of a video that was made, and probably paid."""
        return MediaError(
            f"{error.message} The video was made and is probably billed; job.look_again() tries "
            f"once more, or ask {job.backend} for {job.remote_id}.",
            status=error.status,
            detail=error.detail,
            error_detail=error.error_detail,
            job_id=job.id,
        )

    # --- all -----------------------------------------------------------------------------------

    def estimate(self, job: JobRecord) -> Cost | None:
        """What the job costs by the catalog's prices."""
        spec = self._catalog.providers.get(job.provider)
        return spec.estimate(job.typed_params, job.backend) if spec else None

    async def _write(
        self, track: Track, state: JobState | None = None, **changes: Unpack[Changes]
    ) -> None:
        track.job = await self._journal.write(track.job, state, **changes)

    async def _end(self, track: Track, state: JobState, error: RushesError) -> float | None:
        """End a job without a video; there is no next step."""
        try:
            await self._write(track, state, error=error.to_json())
        except RushesError:
            raise
        except Exception as fault:
            # An end that cannot be told in the service's words is an end all the same.
            log.exception("job %s: why it ended cannot be written down", track.job.id)
            words = (
                f"{track.job.backend} ended the job with words that cannot be written down "
                f"({type(fault).__name__})."
            )
            plain = type(error)(words, status=error.status, job_id=track.job.id)
            await self._write(track, state, error=plain.to_json())
        self._emit(track)
        return None

    def trouble(self, track: Track, error: RushesError) -> float:
        """Note a passing trouble; the delay until the next try."""
        track.failures += 1
        track.trouble = error.message
        self._emit(track)
        if isinstance(error, RateLimited):
            # The lane makes all jobs of the service wait; this one keeps its place.
            track.objection = 2.0 if error.retry_after is None else error.retry_after
            return 0.0
        return self._timing.backoff(track.failures)

    def _settled(self, track: Track) -> None:
        track.failures, track.trouble = 0, ""
