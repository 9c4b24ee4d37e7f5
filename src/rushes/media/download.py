"""Downloads a video: resumable, verified, and without leaking secrets."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from rushes.io.place import place_of
from rushes.io.site import Site
from rushes.media.link import (
    read_link,
)
from rushes.media.part import Part, PartBusy
from rushes.media.speed import LEAST_BYTES, LEAST_WITHIN, Speed
from rushes.media.transfer import Transfer, disk
from rushes.video import container

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    OnBytes = Callable[[int, int | None], None]

CHECK_AGAIN = 0.2
"""Seconds between checks of another process's download of the same video."""

STALLED = 60.0
"""Seconds without a new byte after which another process's download is no longer waited for: that
process may be stopped, and would hold its lock indefinitely."""


async def download(
    client: httpx.AsyncClient,
    url: str,
    target: Path,
    on_bytes: OnBytes,
    *,
    site: Site | None = None,
    most_bytes: int = 4 * 2**30,
    least_bytes: int = LEAST_BYTES,
    least_within: float = LEAST_WITHIN,
) -> None:
    """Download a video to a file, unless the file already exists.

    The data goes to ``<target>.part``, which is renamed once it is complete and synced. An
    interrupted download is resumed if the server still has the same version. If another process is
    downloading the same target, this waits for it.

    The client's headers, cookies and authentication are not sent: a link from a service is signed,
    and may lead anywhere.

    Args:
        client: sends the requests; its timeouts and transports are used.
        url: ``http:`` or ``https:``, or a scheme that the client has a transport for.
        target: the file to write; its folder is created.
        on_bytes: called with the bytes received and the total (None if unknown).
        site: where the service is, which limits where its links may lead; without it, a link leads
            only to the kind of place that its host's name says.
        most_bytes: a larger video is rejected.
        least_bytes: if fewer arrive within `least_within`, the download is interrupted.
        least_within: in seconds; also the maximum time until the first byte.

    Raises:
        LinkExpired: if the link has expired or is dead.
        DownloadInterrupted: if the network or the server failed or was too slow; call again to
            resume.
        BadDownload: if the download is not a complete video, or too large.
        LibraryUnwritable: if the folder is not writable.
    """
    link = read_link(url, target, site)
    site = site or Site(place=place_of(link.host))
    part = await _take(target, on_bytes)
    if part is None:
        return
    try:
        speed = Speed(least_bytes, least_within)
        transfer = Transfer(
            client, link, part, on_bytes, site=site, most_bytes=most_bytes, speed=speed
        )
        await transfer.run()
    finally:
        part.close()


async def _take(target: Path, on_bytes: OnBytes) -> Part | None:
    """Acquire the part of a target for this download; None if the target is complete."""
    shared, size, since = True, -1, time.monotonic()
    while True:
        part = Part(target, shared=shared)
        try:
            if await disk(part, _hold, part):
                return part
        except PartBusy:
            part.close()
        except BaseException:
            part.close()
            raise
        else:
            part.close()
            return None
        before, size = size, await asyncio.to_thread(_size_of, part.path)
        if size != before:
            since = time.monotonic()
            on_bytes(max(size, 0), None)
        shared = time.monotonic() - since < STALLED
        await asyncio.sleep(CHECK_AGAIN)


def _hold(part: Part) -> bool:
    """Hold a part, unless its target is complete."""
    if container.is_whole(part.target):
        return False
    part.hold()
    # The previous holder may have finished it since the check above.
    return not container.is_whole(part.target)


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
