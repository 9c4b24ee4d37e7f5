"""The library: finished videos under readable names, each with a poster and a sidecar."""

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

    from rushes.io.site import Site
    from rushes.journal.record import JobRecord

__all__ = [
    "Kept",
    "keep",
    "minute",
    "poster_path",
    "read_sidecar",
    "sidecar_path",
    "stem",
    "tail",
    "video_path",
    "write_sidecar",
]

log = logging.getLogger("rushes")

_TAIL = re.compile(r"(?:^|-)([0-9a-f]{8,16})$")
"""The random end of this package's job ids, and of a UUID."""

_LAST_SECOND = 253_402_300_799
"""End of the year 9999, the last one with a date."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A video in the library.

    Attributes:
        clip: its measurements.
        path: the file.
        poster_path: its poster; None if it could not be created.
    """

    clip: Clip
    path: Path
    poster_path: Path | None


def stem(job: JobRecord) -> str:
    """The name of a job's files without extension; it depends only on the job.

    E.g. ``"2026-11-22_1842_kling-3-0-standard_a-red-fox-in-the-snow_9f3a1c07"``: the time of the
    request (UTC, as in the job's id), the provider, the prompt, the end of the job's id. ASCII, at
    most 114 characters, not hidden, and valid on Windows.
    """
    return "_".join(
        (
            minute(job.created_at),
            slug(job.provider) or "video",
            slug(_words(job.params)) or slug(job.mode) or "video",
            tail(job.id),
        )
    )


def minute(seconds: float) -> str:
    """How the name of a file begins whose job was created at this time; names sort by it."""
    asked = time.gmtime(min(max(seconds, 0), _LAST_SECOND))
    return time.strftime("%Y-%m-%d_%H%M", asked)


def video_path(job: JobRecord) -> Path:
    """The path of a job's video."""
    return Path(job.folder) / f"{stem(job)}.mp4"


def poster_path(job: JobRecord) -> Path:
    """The path of the poster of a job's video."""
    return Path(job.folder) / POSTERS / f"{stem(job)}.jpg"


def sidecar_path(job: JobRecord) -> Path:
    """The path of the sidecar of a job's video."""
    return Path(job.folder) / f"{stem(job)}.json"


async def keep(
    client: httpx.AsyncClient,
    job: JobRecord,
    url: str,
    on_bytes: Callable[[int, int | None], None],
    before_measuring: Callable[[Path], Awaitable[None]] | None = None,
    *,
    site: Site | None = None,
) -> Kept:
    """Download a job's video to the library, measure it and create its poster.

    An existing file is not downloaded again.

    Args:
        client: downloads the video; see `rushes.media.download.download`.
        job: the job of the video.
        url: the link from the service.
        on_bytes: called with the bytes received and the total (None if unknown).
        before_measuring: called with the file before it is decoded; an exception prevents that.
        site: where the service is.

    Raises:
        LinkExpired: if the link has expired or is dead.
        DownloadInterrupted: if the network or the server failed; call again to resume.
        BadDownload: if the download is not a playable video.
        LibraryUnwritable: if the folder is not writable.
        Unreadable: if the file exists, but the system denies reading it.
        TooLarge: if the file exists, but its frames exceed the limits for decoding.
    """
    path = video_path(job)
    await download(client, url, path, on_bytes, site=site)
    if before_measuring is not None:
        await before_measuring(path)
    try:
        clip, still = await asyncio.to_thread(_looked_at, path, poster_path(job))
    except (Unreadable, TooLarge):
        raise
    except MediaError as error:
        await asyncio.to_thread(_remove, path)
        msg = f"{error.message} It was removed; a fresh link from the service may help."
        raise BadDownload(msg, job_id=job.id) from error
    return Kept(clip=clip, path=path, poster_path=still)


def _looked_at(path: Path, poster: Path) -> tuple[Clip, Path | None]:
    """The measurements of a video and its poster; blocks, in one thread for both."""
    return probe(path), _make_poster(path, poster)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _make_poster(video: Path, target: Path) -> Path | None:
    """Create the poster of a video unless it exists; None if that fails."""
    if is_still(target):
        return target
    if target.parent.is_symlink():
        log.warning("no poster for %s: %s is a link", video.name, target.parent)
        return None
    try:
        make_poster(video, target)
    except Exception as error:  # noqa: BLE001 - a paid video does not fail for lack of a poster
        log.warning("no poster for %s: %s", video.name, error)
        return None
    return target


def _words(params: dict[str, Any]) -> str:
    """The prompt, or that of the first shot."""
    shots = params.get("multiPrompt")
    first = shots[0] if isinstance(shots, list) and shots else {}
    scene = first.get("prompt") if isinstance(first, dict) else None
    return str(params.get("prompt") or scene or "")


def tail(job_id: str) -> str:
    """How the name of a job's file ends: the random end of its id, or else a digest of the id."""
    found = _TAIL.search(job_id)
    return found[1] if found else hashlib.sha256(job_id.encode()).hexdigest()[:8]
