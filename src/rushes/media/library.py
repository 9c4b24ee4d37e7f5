"""The library: finished videos under names that can be read, each with its still and facts."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes.contract.errors import MediaError
from rushes.contract.media_errors import BadDownload, TooLarge, Unreadable
from rushes.media.download import download
from rushes.media.name import slug
from rushes.media.poster import FOLDER as POSTERS, is_still, make_poster
from rushes.media.probe import Clip, probe
from rushes.media.sidecar import read_sidecar, write_sidecar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx

    from rushes.journal.record import JobRecord

__all__ = [
    "Kept",
    "keep",
    "poster_path",
    "read_sidecar",
    "sidecar_path",
    "stem",
    "video_path",
    "write_sidecar",
]

log = logging.getLogger("rushes")

_TAIL = re.compile(r"(?:^|-)([0-9a-f]{8,16})$")
"""The random end of a job id that this package chose, and of a UUID."""

_LAST_SECOND = 253_402_300_799
"""End of the year 9999; a later time has no date."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A video in the library.

    Attributes:
        clip: what was measured of it.
        path: the file.
        poster_path: its still; None when none could be made.
    """

    clip: Clip
    path: Path
    poster_path: Path | None


def stem(job: JobRecord) -> str:
    """The name of a job's files without their ending; the same whenever and wherever it is asked.

    E.g. ``"2026-11-22_1842_kling-3-0-standard_a-red-fox-in-the-snow_9f3a1c07"``: when it was
    asked for (UTC, as in the job's id), the provider, the prompt, the end of the job's id. ASCII,
    at most 114 characters, not hidden, and allowed on Windows.
    """
    asked = time.gmtime(min(max(job.created_at, 0), _LAST_SECOND))
    return "_".join(
        (
            time.strftime("%Y-%m-%d_%H%M", asked),
            slug(job.provider) or "video",
            slug(_words(job.params)) or slug(job.mode) or "video",
            _tail(job.id),
        )
    )


def video_path(job: JobRecord) -> Path:
    """Where a job's video goes."""
    return Path(job.folder) / f"{stem(job)}.mp4"


def poster_path(job: JobRecord) -> Path:
    """Where the still of a job's video goes."""
    return Path(job.folder) / POSTERS / f"{stem(job)}.jpg"


def sidecar_path(job: JobRecord) -> Path:
    """Where the facts of a job's video go."""
    return Path(job.folder) / f"{stem(job)}.json"


async def keep(
    client: httpx.AsyncClient,
    job: JobRecord,
    url: str,
    on_bytes: Callable[[int, int | None], None],
    before_measuring: Callable[[Path], Awaitable[None]] | None = None,
) -> Kept:
    """Bring a job's video into the library, measure it and make its still.

    What is there already is not fetched again.

    Args:
        client: fetches it; see `rushes.media.download.download`.
        job: whose video it is.
        url: where the service keeps it.
        on_bytes: told the bytes so far, and all that are expected (None when unknown).
        before_measuring: called with the file before anything of it is decoded; what it raises
            stops that.

    Raises:
        LinkExpired: the link leads nowhere (any more).
        DownloadInterrupted: the network or the server failed; call again to go on.
        BadDownload: what the link leads to is no playable video.
        LibraryUnwritable: the folder cannot be written.
        Unreadable: the file is there, but the system does not let it be read now.
        TooLarge: the file is there, but its frames are larger than is decoded.
    """
    path = video_path(job)
    await download(client, url, path, on_bytes)
    if before_measuring is not None:
        await before_measuring(path)
    try:
        clip = await asyncio.to_thread(probe, path)
    except (Unreadable, TooLarge):
        raise
    except MediaError as error:
        await asyncio.to_thread(_remove, path)
        msg = f"{error.message} It was removed; try again, or ask the service for a fresh link."
        raise BadDownload(msg, job_id=job.id) from error
    still = await asyncio.to_thread(_make_poster, path, poster_path(job))
    return Kept(clip=clip, path=path, poster_path=still)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _make_poster(video: Path, target: Path) -> Path | None:
    """The still of a video, made unless it is there; None when it cannot be."""
    if is_still(target):
        return target
    if target.parent.is_symlink():
        log.warning("no poster of %s: %s is a link", video.name, target.parent)
        return None
    try:
        make_poster(video, target)
    except Exception as error:  # noqa: BLE001 - a paid video is not failed for want of a still
        log.warning("no poster of %s: %s", video.name, error)
        return None
    return target


def _words(params: dict[str, Any]) -> str:
    """The prompt, or that of the first scene."""
    shots = params.get("multiPrompt")
    first = shots[0] if isinstance(shots, list) and shots else {}
    scene = first.get("prompt") if isinstance(first, dict) else None
    return str(params.get("prompt") or scene or "")


def _tail(job_id: str) -> str:
    """The random end of a job's id; of an id that somebody else chose, a digest."""
    found = _TAIL.search(job_id)
    return found[1] if found else hashlib.sha256(job_id.encode()).hexdigest()[:8]
