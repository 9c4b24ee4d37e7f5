"""Bringing a finished video into the library, before its link expires."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from rushes._version import __version__
from rushes.backends.protocol import Done, Failed, Passing, Situated
from rushes.catalog.media import media_in
from rushes.contract.errors import JournalError, MediaError, RushesError
from rushes.contract.media_errors import (
    DownloadInterrupted,
    LibraryUnwritable,
    LinkExpired,
    TooLarge,
    Unreadable,
)
from rushes.contract.results import Cost, Timings, VideoGenResult
from rushes.contract.spelling import to_camel
from rushes.engine.decisions import NOT_ASKED
from rushes.engine.marking import keep_beside
from rushes.engine.trial import survives
from rushes.io.stopwatch import Stopwatch
from rushes.journal import JobState, Output
from rushes.media.library import keep, sidecar_path, write_sidecar
from rushes.media.sidecar import marks_in, rewrites_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from rushes.engine.polling import Polling
    from rushes.engine.tracking import Track
    from rushes.engine.work import Work
    from rushes.journal import JobRecord
    from rushes.media.library import Kept

log = logging.getLogger("rushes")

MOST_DOWNLOADS = 8
"""Bad downloads after which a job fails; a full disk or a dead network do not count."""

JUST = 1.0
"""Seconds for which a record that was read is not read again before its video is fetched."""

SHOWN_EVERY = 0.1
"""Seconds between two announcements of how much of a video has arrived."""

MOST_DEATHS = 5
"""Processes that may end while they measure a video; then it is not decoded again."""

LONGEST_TRIAL = 300.0
"""Seconds for which a process of its own may measure a video."""


class Fetching:
    """The step of a job whose video is ready.

    Args:
        work: what all steps share.
        polling: asks for a fresh link.
    """

    def __init__(self, work: Work, polling: Polling) -> None:
        self._work = work
        self._polling = polling

    async def fetch(self, track: Track) -> float | None:
        """Bring the finished video here, before its link expires."""
        await self._refresh(track)
        job = track.job
        output = job.output or Output()

        shown_at = -math.inf

        def count(received: int, expected: int | None) -> None:
            nonlocal shown_at
            track.received, track.expected = received, expected
            now = time.monotonic()
            if now - shown_at >= SHOWN_EVERY:
                shown_at = now
                self._work.notify(track)

        try:
            backend = self._work.backends.get(job.backend)
            site = backend.site if isinstance(backend, Situated) else None
            measure = partial(self._measure, track)
            kept = await keep(backend.media, job, output.url, count, measure, site=site)
            await self._complete(track, job, kept)
        except TooLarge as error:
            msg = f"{error.message} The file is kept; it was made and is probably billed."
            return await self._work.end(track, JobState.FAILED, MediaError(msg, job_id=job.id))
        except LinkExpired as error:
            return await self._renew(track, error)
        except (DownloadInterrupted, LibraryUnwritable, Unreadable) as error:
            await self._survived(track)
            return self._work.trouble(track, error)
        except MediaError as error:
            return await self._bad_download(track, error)
        except RushesError:
            raise
        except Exception as error:
            if self._work.is_ending:
                raise  # That says nothing of the video.
            log.exception("job %s: its video cannot be fetched", job.id)
            return await self._bad_download(
                track, MediaError(f"{type(error).__name__} while its video was fetched.")
            )
        self._work.notify(track)
        return None

    async def _refresh(self, track: Track) -> None:
        """Read a job again, unless that was just done.

        Another process may have moved it to another library, e.g. because this one is full.
        """
        read, track.read = track.read, None
        if read is None or read.elapsed > JUST:
            current = await self._work.journal.get(track.job.id)
            track.job = replace(
                track.job,
                folder=current.folder,
                marks=current.marks,
                marked_at=current.marked_at,
            )

    async def _complete(self, track: Track, job: JobRecord, kept: Kept) -> None:
        """Put a video that is in the library on record, and its sidecar beside it.

        Args:
            track: the job.
            job: its record with the folder that the video is in.
            kept: the video.
        """
        names = self._work.catalog.media_names(job.provider)
        timings = None if track.known.has_jumped else timings_of(job)
        estimate = self._work.estimate(job, kept.clip.seconds)
        rewritten: list[tuple[str, str]] = []
        with contextlib.suppress(JournalError):  # The take does not depend on it.
            text = str(job.params.get("prompt") or "")
            rewritten = await self._work.journal.originals(job.folder, text)
        result = await asyncio.to_thread(
            finished, job, kept, estimate, names, timings, rewritten=rewritten
        )
        # The job may have been moved meanwhile.
        await self._work.write(track, JobState.COMPLETED, result=result, folder=job.folder)
        if track.job.judged != job.judged:  # It was marked since the sidecar was written.
            with contextlib.suppress(RushesError):  # The journal has the marks.
                keeping = partial(keep_beside, job=track.job, video=kept.path)
                await self._work.journal.apply(keeping)

    async def _bad_download(self, track: Track, error: MediaError) -> float | None:
        await self._survived(track)
        track.bad_downloads += 1
        if track.bad_downloads < MOST_DOWNLOADS:
            return self._work.trouble(track, error)
        return await self._work.end(track, JobState.FAILED, self._paid(track.job, error))

    async def _measure(self, track: Track, path: Path) -> None:
        """Note that a video is about to be decoded: some make their process die of it."""
        output = track.job.output or Output()
        deaths = output.measuring
        # A process may end for other reasons, again and again; one that only measures does not.
        trial = partial(survives, path, seconds=LONGEST_TRIAL)
        if deaths and (deaths >= MOST_DEATHS or not await asyncio.to_thread(trial)):
            msg = (
                f"{path} was not measured: at least 2 processes ended while they were at it, "
                f"perhaps because it takes too much memory. Look at it with another program."
            )
            raise TooLarge(msg, job_id=track.job.id)
        # Loading the decoder takes a while; a process that ends meanwhile did not die of the video.
        if "av" not in sys.modules:
            await asyncio.to_thread(import_module, "av")
        await self._work.write(track, output=replace(output, measuring=deaths + 1))

    async def _survived(self, track: Track) -> None:
        """Measuring did not end this process, whatever else came of it."""
        output = track.job.output
        if output is not None and output.measuring:
            await self._work.write(track, output=replace(output, measuring=0))

    async def _renew(self, track: Track, error: MediaError) -> float | None:
        """The link has expired: ask the service for a fresh one."""
        job = track.job
        output = job.output or Output()
        track.bad_downloads += 1
        asking = Stopwatch()
        try:
            status = await self._polling.status(job)
        except NOT_ASKED as withheld:
            status = Passing(withheld)
        match status:
            case Done(url=url) if url != output.url:
                await self._work.write(track, output=replace(output, url=url))
                return self._work.trouble(track, error) if track.bad_downloads > 1 else 0.0
            case Failed(error=failure) if not status.doubtful:
                return await self._work.end(track, JobState.FAILED, self._paid(job, failure))
            case Failed(error=failure) if self._polling.is_sure(track, failure, asking):
                return await self._work.end(track, JobState.FAILED, self._paid(job, failure))
            case _ if track.bad_downloads >= MOST_DOWNLOADS:
                return await self._work.end(track, JobState.FAILED, self._paid(job, error))
        return self._work.trouble(track, error)

    @staticmethod
    def _paid(job: JobRecord, error: RushesError) -> MediaError:
        """A failed download of a video that was made, and probably paid."""
        return MediaError(
            f"{error.message} The video was made and is probably billed; {job.backend} has it as "
            f"{job.remote_id}.",
            status=error.status,
            detail=error.detail,
            error_detail=error.error_detail,
            job_id=job.id,
            advice="job.look_again() tries once more.",
        )


def timings_of(job: JobRecord) -> Timings:
    """How long the phases of a job took that is finished now."""
    return Timings(
        submitting=_between(job.created_at, job.running_at),
        running=job.ran_for,
        fetching=_between(job.done_at, time.time()),
    )


def finished(
    job: JobRecord,
    kept: Kept,
    estimate: Cost | None,
    media_names: Collection[str],
    timings: Timings | None,
    *,
    rewritten: Collection[tuple[str, str]] = (),
) -> dict[str, Any]:
    """The result of a job whose video is in the library, as JSON; writes the sidecar.

    Args:
        job: the record, in the fetching state.
        kept: the file and what was measured from it.
        estimate: the cost by the catalog, used when the service did not say, or said what cannot
            be a cost.
        media_names: the parameters of the provider that hold images, videos or sounds.
        timings: how long it took; None when the clock was set, or the machine slept, meanwhile.
        rewritten: the prompts of which rewriters made the one that was sent, with the rewriter.
    """
    output = job.output or Output()
    params, clip = job.known_params, kept.clip
    cost = _reported(output.cost) or estimate
    url = output.url
    result = VideoGenResult(
        generation_id=job.remote_id or job.id,
        # A link that only this package can open is of no use to the user.
        video_url=url if url.startswith(("https:", "http:")) else kept.path.as_uri(),
        poster_url=None,
        duration_seconds=clip.seconds,
        width=clip.width,
        height=clip.height,
        provider=job.provider,
        mode=params.mode,
        prompt=params.prompt,
        seed=output.seed,
        path=kept.path,
        poster_path=kept.poster_path,
        fps=clip.fps,
        has_audio=clip.has_audio,
        cost=cost,
        backend=job.backend,
        created_at=datetime.fromtimestamp(job.created_at, UTC),
        timings=timings,
        job_id=job.id,
        parent=job.parent,
    )
    plain = result.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"notes"})
    write_sidecar(
        sidecar_path(job),
        {
            "rushes": __version__,
            "jobId": job.id,
            "requestDigest": job.content_key,
            "params": job.params,
            "media": [
                *dict.fromkeys(
                    to_camel(name.partition(".")[0]) for name in media_in(job.params, media_names)
                )
            ],
            "notes": list(job.notes),
            **{key: value for key, value in plain.items() if key not in ("path", "posterPath")},
            "file": kept.path.name,
            "bytes": clip.bytes,
            **rewrites_in(params.prompt or "", rewritten),
            **marks_in(job.judged),
        },
    )
    return plain


def _parameters(names: Iterable[str]) -> list[str]:
    """The parameters that have media, also in a field of an object, in JSON's spelling."""
    return list(dict.fromkeys(to_camel(name.partition(".")[0]) for name in names))


def _reported(reported: object) -> Cost | None:
    """The cost that the service reported, if it can be one."""
    try:
        cost = Cost.model_validate(reported)
    except ValidationError:
        return None
    return cost if cost.is_believable else None


def _between(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else max(0.0, end - start)
