"""Sending a job once, and finding out what became of an attempt whose reply was lost.

Money is spent here and nowhere else. The intent is durable before a request leaves; an attempt
that the service may or may not have is looked up, never sent again blindly.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes.backends.key import KeyWithheld
from rushes.backends.protocol import (
    Accepted,
    Announcing,
    Passing,
    Recovering,
    Refused,
    Unknown,
    is_id,
)
from rushes.backends.wire import NotSent
from rushes.contract.errors import (
    AuthenticationFailed,
    BackendUnavailable,
    CreditsExhausted,
    InvalidParams,
    JobCancelled,
    JobNotFound,
    JobUncertain,
    JournalError,
    LeaseLost,
    MediaError,
    PolicyDenied,
    RemoteTaken,
    RushesError,
)
from rushes.contract.media_errors import LATER, LibraryUnwritable
from rushes.engine.recovery import label_of
from rushes.engine.tracking import Evidence
from rushes.engine.uploads import Uploads
from rushes.io.stopwatch import Stopwatch
from rushes.journal import JobState
from rushes.journal.draft import Draft

if TYPE_CHECKING:
    from rushes.backends.protocol import Absent, Attempt, Backend, Submission
    from rushes.engine.polling import Polling
    from rushes.engine.tracking import Track
    from rushes.engine.work import Work
    from rushes.journal import JobRecord

log = logging.getLogger("rushes")

PERMANENT = (
    InvalidParams,
    JobNotFound,
    AuthenticationFailed,
    CreditsExhausted,
    PolicyDenied,
    MediaError,
)
"""Troubles before anything was sent that waiting does not fix."""

MOST_TROUBLES = 20
"""Troubles while a lost attempt is looked up that make it uncertain: a quarter of an hour."""

MOST_FAULTS = 20
"""Unexpected errors after which a job is not sent any more."""

ABSENT_TIMES = 2
"""Answers that a service does not list an attempt, before that is believed."""

RECORDS_KEPT = 5 * 86_400.0
"""Seconds after which a service may have forgotten an attempt: its absence proves nothing then.
Ark lists the tasks of seven days. They are counted by this computer's clock and by the service's,
because one that was set back makes an attempt young."""


class Sending:
    """The steps of a job until its service has it.

    Args:
        work: what all steps share.
        polling: says when a job that was accepted is polled first.
    """

    def __init__(self, work: Work, polling: Polling) -> None:
        self._work = work
        self._polling = polling
        self._uploads = Uploads(work.journal)

    # --- queued ------------------------------------------------------------------------------

    async def send(self, track: Track) -> float | None:
        """Send a queued job: intent first, then the request, once.

        Returns:
            Seconds until the job's next step; None when it ended.
        """
        backend, places = self._work.backends.get(track.job.backend), self._work.places
        if track.job.cancel_requested_at is not None:
            # The wish came while an attempt was under way that the service then refused.
            words = "It was cancelled before the service took it; nothing is billed."
            error = JobCancelled(words, job_id=track.job.id)
            return await self._work.end(track, JobState.CANCELLED, error)
        try:
            # A video that is paid needs a place.
            if not places.is_known(folder := Path(track.job.folder)):
                await asyncio.to_thread(places.require, folder, advice=LATER)
            request = await self._prepare(track.job, backend)
        except LibraryUnwritable as error:
            return self._work.trouble(track, error)
        except RushesError as error:
            if isinstance(error, PERMANENT):
                return await self._work.end(track, JobState.FAILED, error)
            return self._work.trouble(track, error)
        except Exception as error:
            log.exception("job %s: its request cannot be made", track.job.id)
            return await self._unsent(track, error, most=MOST_FAULTS)
        intent = Stopwatch()
        # If it cannot be written down, the next try writes the very same intent.
        track.token = track.token or secrets.token_hex(16)
        try:
            await self._work.begin(
                track,
                token=track.token,
                request=request,
                submit_at=time.time(),
                attempts=track.job.attempts + 1,
            )
        except RushesError:
            raise
        except Exception as error:
            log.exception("job %s: its request cannot be recorded", track.job.id)
            return await self._unsent(track, error, most=1)
        track.token = None
        return await self._post(track, backend, intent)

    async def _unsent(self, track: Track, error: Exception, *, most: int) -> float | None:
        """An unexpected error kept a job from being sent; `most` of them end it."""
        track.faults += 1
        words = f"{type(error).__name__} inside rushes while its request was made; nothing was sent"
        if track.faults < most:
            return self._work.trouble(track, RushesError(f"{words}."))
        failed = RushesError(f"{words}. Please report it.", job_id=track.job.id)
        return await self._work.end(track, JobState.FAILED, failed)

    async def _prepare(self, job: JobRecord, backend: Backend) -> dict[str, Any]:
        """The request in the service's words, with local files made available to it."""
        spec = self._work.catalog.providers.get(job.provider)
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
        params, files = job.typed_params, self._work.decisions.files(job)
        if params.final_of is not None:
            # It may have waited here for longer than the service keeps drafts.
            draft = Draft.of(await self._work.journal.get(params.final_of), self._work.catalog)
            params, files = draft.sent(params), files if draft.is_sent_whole else {}
        media = {given: await self._uploads.address(backend, path) for given, path in files.items()}
        request = backend.translate(params, spec, media)
        if isinstance(backend, Recovering):
            request = backend.labelled(request, await label_of(job, self._work.journal))
        return request

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
        attempt = self._work.decisions.attempt(job)
        # A machine that slept since the intent was written may have lost the job to another
        # process, and a fence cannot stop a request. Whether it sleeps from here on is checked
        # when the first byte is about to leave (`Wire.post_once`).
        if intent.has_jumped or intent.elapsed > self._work.timing.submit_guard:
            log.warning("job %s: not sent, its intent is too old; trying again", job.id)
            await self._requeue(track, again=again)
            return self._work.timing.retry
        if self._work.is_ending:
            # Its answer might come too late; another process sends it at once.
            await self._requeue(track, again=again)
            return 0.0
        try:
            answer = await self._answer(track, backend, attempt)
        except NotSent:  # The engine ends.
            await self._requeue(track, again=again)
            raise
        match answer:
            case Accepted() as accepted:
                return await self._accept(track, accepted)
            case Refused(error=refused, passing=True):
                await self._requeue(track, again=again)
                return self._work.trouble(track, refused)
            case Refused(error=refused):
                return await self._refuse(track, backend, refused, again=again)
            case Unknown(reason):
                log.warning("job %s: its submission is unknown: %s", job.id, reason)
                track.trouble = "the reply was lost; looking the job up at the service"
                self._work.notify(track)
                return self._work.timing.look_up

    async def _requeue(self, track: Track, *, again: bool) -> None:
        """Nothing was sent now; what may have been sent before keeps its token."""
        if not again:
            # Should it not be possible to write this down now, it is not to be looked up.
            track.unsent = True
            await self._work.write(track, JobState.QUEUED)
            track.unsent = False

    async def _refuse(
        self, track: Track, backend: Backend, refused: RushesError, *, again: bool
    ) -> float | None:
        """The service does not take the attempt; unless it has it already, that is the end."""
        job = track.job
        if again:
            match await self._work.decisions.find(job):
                case Accepted() as accepted:
                    return await self._accept(track, accepted)
                case Passing() | Unknown():
                    words = f"it was refused when it was sent again: {refused.message}"
                    return await self._doubt(track, words)
        # As above.
        track.refused = refused
        end = await self._work.end(track, JobState.FAILED, refused)
        await self._uploads.forget(backend, self._work.decisions.files(job).values())
        return end

    async def _answer(self, track: Track, backend: Backend, attempt: Attempt) -> Submission:
        """Send an attempt; whatever goes wrong on the way, the request may have arrived."""
        deadline = self._work.timing.submit_deadline
        limit = asyncio.timeout(deadline)
        try:
            async with limit:
                answer = await backend.submit(attempt)
        except KeyWithheld as error:
            # Raised before a request is sent, and a submission is one request.
            return Refused(error)
        except (TimeoutError, NotSent) as error:
            if limit.expired() and NotSent in (type(error), type(error.__cause__)):
                words = f"Nothing could be sent to {track.job.backend} within {deadline:.0f} s."
                return Refused(BackendUnavailable(words), passing=True)
            if isinstance(error, NotSent):
                raise
            return Unknown(f"no reply within {deadline:.0f} s")
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
                track.job = await self._work.decisions.accept(track.job, accepted)
                break
            except LeaseLost:
                raise
            except RemoteTaken as error:
                track.faults += 1
                if track.faults < MOST_FAULTS:
                    self._work.trouble(track, error)
                    return self._work.timing.look_up
                return await self._doubt(track, error.message.rstrip("."))
            except JournalError as error:
                failures += 1
                track.trouble = (
                    f"{track.job.backend} has it as {accepted.remote_id}, but this cannot be "
                    f"written down yet: {error.message}"
                )
                log.error("job %s: %s", track.job.id, track.trouble)  # noqa: TRY400 - the trouble is the disk's
                self._work.notify(track)
                await asyncio.sleep(self._work.timing.backoff(failures))
            except Exception:
                log.exception("job %s: its id at the service cannot be recorded", track.job.id)
                return await self._doubt(
                    track, f"{track.job.backend} took it under an id that cannot be recorded"
                )
        track.settle()
        track.live()
        self._work.notify(track)
        if track.job.cancel_requested_at is not None:
            await self._polling.cancel(track)
        return 0.0 if track.forecast is None else self._polling.next_poll(track)

    # --- submitting ----------------------------------------------------------------------------

    async def reconcile(self, track: Track) -> float | None:
        """Find out what became of an attempt whose reply is not known. Nothing is sent blindly."""
        job, backend = track.job, self._work.backends.get(track.job.backend)
        if track.refused is not None:
            return await self._work.end(track, JobState.FAILED, track.refused)
        if track.unsent or job.token is None or job.submit_at is None:
            await self._requeue(track, again=False)
            return 0.0
        if backend.reconciliation == "key":
            if track.faults >= MOST_FAULTS:
                return await self._doubt(track, f"{job.backend} cannot be asked")
            intent = Stopwatch()
            await self._work.write(track, submit_at=time.time())
            return await self._post(track, backend, intent, again=True)
        asking = Stopwatch()
        if track.sought is None:
            track.sought = asking
        found = await self._work.decisions.find(job)
        match found:
            case Accepted():
                return await self._accept(track, found)
            case Unknown(reason):
                return await self._doubt(track, reason)
            case Passing(error=trouble):
                delay = max(self._work.timing.look_up, self._work.trouble(track, trouble))
                absence = self._work.timing.absence(backend.lag)
                if track.failures > MOST_TROUBLES and track.sought.steady() > absence:
                    return await self._doubt(track, f"{job.backend} cannot be asked")
                return delay
        return await self._absent(track, backend, asking, found)

    async def _absent(
        self, track: Track, backend: Backend, asking: Stopwatch, found: Absent
    ) -> float | None:
        """The service does not list the attempt; where that is proof, it is sent again.

        It is believed only after this very process has looked it up for as long as a request may
        be on the way and then be listed late: when the attempt was made is a matter of a clock
        that can be set, and of a process that may sleep with its request on the way.
        """
        job = track.job
        track.absent.add(asking)
        if not track.absent.suffices(ABSENT_TIMES, self._work.timing.absence(backend.lag)):
            return self._work.timing.look_up
        if backend.reconciliation != "lookup":
            return await self._doubt(track, f"{job.backend} does not list it")
        if max(time.time(), found.at or 0.0) - (job.submit_at or 0.0) > RECORDS_KEPT:
            return await self._doubt(track, f"{job.backend} may have forgotten it by now")
        log.info("job %s: %s does not have it; queueing it again", job.id, job.backend)
        note = (
            f"The reply to attempt {job.attempts} was lost; {job.backend} has no such "
            f"job, so it was sent again."
        )
        await self._work.write(track, JobState.QUEUED, notes=(*job.notes, note))
        # The next attempt is another one, and proves itself.
        track.sought, track.absent = None, Evidence()
        return 0.0

    async def _doubt(self, track: Track, reason: str) -> float | None:
        """It cannot be known; the user decides, and there is no next step."""
        job = track.job
        cost = self._work.estimate(job)
        price = f", {cost}" if cost and cost.amount else ""
        error = JobUncertain(
            f"The connection broke while the job was being sent, so it is not known whether "
            f"{job.backend} started it ({reason}). It may exist and be billed{price}. Nothing is "
            f"sent again automatically. If {job.backend} lists it within a day, the job continues.",
            job_id=job.id,
            advice=f"Otherwise use job.resolve(remote_id=...) if you find it at {job.backend}, "
            f"job.resubmit() to send it again, or job.abandon() to give it up.",
        )
        return await self._work.end(track, JobState.UNCERTAIN, error)
