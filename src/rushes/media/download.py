"""Bringing one video here: resumable, checked, and without giving any secret away."""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn, TypeVar

import httpx

from rushes._version import __version__
from rushes.contract.media_errors import (
    BadDownload,
    DownloadInterrupted,
    LibraryUnwritable,
    LinkExpired,
    unwritable,
)
from rushes.io.headers import retry_after
from rushes.media.link import (
    content_length,
    content_range,
    may_follow,
    shown,
    strong_validator,
)
from rushes.media.part import Note, Part, PartBusy
from rushes.media.speed import LEAST_BYTES, LEAST_WITHIN, Speed
from rushes.video import container

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    OnBytes = Callable[[int, int | None], None]

__all__ = [
    "BadDownload",
    "DownloadInterrupted",
    "LibraryUnwritable",
    "LinkExpired",
    "download",
]

T = TypeVar("T")

BLOCK = 512 * 1024
"""Bytes gathered before they are written; a small clip is written once."""

MOST_REDIRECTS = 5

PORTS = 65_536

LOOK_AGAIN = 0.2
"""Seconds between two looks at a download of the same video by somebody else."""

STALLED = 60.0
"""Seconds without a new byte after which somebody else's download is not waited for any more: its
process may be stopped, and would hold its lock for ever."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, 429})


async def download(
    client: httpx.AsyncClient,
    url: str,
    target: Path,
    on_bytes: OnBytes,
    *,
    most_bytes: int = 4 * 2**30,
    least_bytes: int = LEAST_BYTES,
    least_within: float = LEAST_WITHIN,
) -> None:
    """Bring the video behind a link to a file, unless it is there already.

    It arrives as ``<target>.part`` and gets its name when it is whole and on the disk. What an
    interrupted download left is gone on with when the server still has the same version. When
    somebody else is downloading the same target, this waits for them.

    Neither the client's headers, cookies nor authentication are sent: a link from a service is
    signed, and may lead anywhere.

    Args:
        client: sends the requests; its timeouts and transports are used.
        url: ``http:`` or ``https:``, or a scheme that the client has a transport for.
        target: the file that is to be; its folder is made.
        on_bytes: told the bytes so far, and all that are expected (None when unknown).
        most_bytes: a larger video is refused.
        least_bytes: fewer than these within `least_within` interrupt the download.
        least_within: in seconds; it is also the longest time until the first byte.

    Raises:
        LinkExpired: the link leads nowhere (any more).
        DownloadInterrupted: the network or the server failed or was too slow; call again to go on.
        BadDownload: what the link leads to is no whole video, or too large.
        LibraryUnwritable: the folder cannot be written.
    """
    link = _read_link(url, target)
    part = await _take(target, on_bytes)
    if part is None:
        return
    try:
        speed = Speed(least_bytes, least_within)
        fetch = _Fetch(client, link, part, on_bytes, most_bytes=most_bytes, speed=speed)
        await fetch.run()
    finally:
        part.close()


def _read_link(url: str, target: Path) -> httpx.URL:
    try:
        link = httpx.URL(url)
    except httpx.InvalidURL:
        link = httpx.URL("")
    is_web = link.scheme in ("", "http", "https")
    if is_web and not (link.host and 0 < (link.port or 1) < PORTS):
        msg = f"The service gave a link that is none, so {target} could not be fetched."
        raise BadDownload(msg)
    return link


async def _take(target: Path, on_bytes: OnBytes) -> Part | None:
    """The part of a target, for this download alone; None when the target is there."""
    shared, size, since = True, -1, time.monotonic()
    while True:
        part = Part(target, shared=shared)
        try:
            if await _disk(part, _hold, part):
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
        await asyncio.sleep(LOOK_AGAIN)


def _hold(part: Part) -> bool:
    """Hold a part, unless its target is there."""
    if container.is_whole(part.target):
        return False
    part.hold()
    # Whoever held the part until now may have finished it since the look above.
    return not container.is_whole(part.target)


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


async def _disk(part: Part, action: Callable[..., T], *args: object) -> T:
    """Do something with files off the event loop.

    Raises:
        LibraryUnwritable: when the system does not let it.
    """
    try:
        return await asyncio.to_thread(action, *args)
    except OSError as error:
        raise unwritable(part.target.parent, error) from error


class _Restart(Exception):
    """The bytes so far are of no use with what the server has now."""


class _Fetch:
    """One download into a part that is held.

    Args:
        client: sends the requests.
        link: where the video is.
        part: where its bytes go.
        on_bytes: told about progress.
        most_bytes: a larger video is refused.
        speed: ends it when it is too slow.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        link: httpx.URL,
        part: Part,
        on_bytes: OnBytes,
        *,
        most_bytes: int,
        speed: Speed,
    ) -> None:
        self._client = client
        self._link = link
        self._part = part
        self._on_bytes = on_bytes
        self._most = most_bytes
        self._speed = speed
        self._fresh: Note | None = None
        self._starts = False
        self._here = link
        self._block = bytearray()
        self._what = f"{shown(link)} (for {part.target})"

    async def run(self) -> None:
        """Fetch what is missing; at most one fresh start."""
        part = self._part
        if part.note and part.note.total == part.size:
            # The process died between the last byte and the rename.
            await self._settle(b"")
            return
        try:
            await self._once(part.note if part.size else None)
        except _Restart:
            try:
                await self._once(None)
            except _Restart:
                msg = (
                    f"The server does not give {self._what} from its start. It is tried again; "
                    f"should that not help, ask the service about its storage."
                )
                raise DownloadInterrupted(msg) from None

    async def _once(self, note: Note | None) -> None:
        """Send one request, over its redirects, and take in the reply.

        Args:
            note: what is known of the bytes to go on with; None for a fresh start.
        """
        self._here = self._link
        try:
            async with self._speed.watched():
                await self._follow(note)
        except httpx.UnsupportedProtocol:
            await self._refuse(f"has a scheme ({self._here.scheme}:) that cannot be fetched")
        except httpx.InvalidURL:  # httpx reads a Location, too, though it is not to follow it.
            raise self._nowhere() from None
        except (httpx.TransportError, ConnectionError, TimeoutError) as error:
            await self._disk(self._write, self._block)
            raise self._broken(error) from error
        except (ValueError, ArithmeticError, ExceptionGroup) as error:
            # The address is one that nothing can connect to.
            await self._refuse(f"cannot be fetched ({type(error).__name__})")

    async def _follow(self, note: Note | None) -> None:
        """Send the request, over its redirects, and take in the reply."""
        for _ in range(MOST_REDIRECTS + 1):
            response = await self._client.send(
                self._request(self._here, note),
                stream=True,
                # An Auth that adds nothing; with None, httpx would use a link's user name.
                auth=httpx.Auth(),
                follow_redirects=False,
            )
            try:
                if response.status_code not in _REDIRECTS:
                    await self._take_in(response, note)
                    return
                self._here = self._next(self._here, response)
            finally:
                await response.aclose()
        await self._refuse(f"redirects more than {MOST_REDIRECTS} times")

    def _request(self, url: httpx.URL, note: Note | None) -> httpx.Request:
        """A request made here, not by the client, which would add its headers and cookies."""
        headers = {
            "Accept": "video/*, */*;q=0.5",
            "Accept-Encoding": "identity",  # Ranges of a compressed body are of no use.
            "User-Agent": f"rushes/{__version__}",
        }
        if note is not None:
            headers |= {"Range": f"bytes={self._part.size}-", "If-Range": note.validator}
        return httpx.Request("GET", url, headers=headers)

    def _next(self, here: httpx.URL, response: httpx.Response) -> httpx.URL:
        try:
            there = here.join(response.headers["location"])
        except (KeyError, httpx.InvalidURL):
            raise self._nowhere() from None
        if not may_follow(self._link, here, there):
            msg = (
                f"{self._what} redirects to {there.scheme}://{there.host}, which is not followed "
                f"for safety's sake. Ask the service for a fresh link."
            )
            raise BadDownload(msg, status=response.status_code)
        return there

    async def _take_in(self, response: httpx.Response, note: Note | None) -> None:
        """Read a reply that is no redirect."""
        status = response.status_code
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise _Restart
        if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            msg = f"The server of {self._what} answered {status}. It is tried again."
            error = DownloadInterrupted(msg, status=status)
            error.retry_after = retry_after(response.headers)
            raise error
        if status >= HTTPStatus.BAD_REQUEST:
            # Storages disagree on the code for a link whose time has run out: 400, 403, 404, 410.
            msg = (
                f"The link to {self._what} has expired or was withdrawn (the server answered "
                f"{status}). Ask the service for a fresh one."
            )
            raise LinkExpired(msg, status=status)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            await self._refuse("was sent compressed, though that was not asked for", status)
        if status == HTTPStatus.PARTIAL_CONTENT and note is not None:
            total = self._going_on(response, note)
        elif status == HTTPStatus.OK:
            total = content_length(response.headers)
            validator = strong_validator(response.headers)
            self._fresh = Note(validator, total) if validator else None
            self._starts = True
        else:
            await self._refuse(f"was answered with {status}, not with a file", status)
        if total is not None and total > self._most:
            await self._refuse(f"is {total} bytes long, more than the {self._most} allowed")
        await self._read(response, total)

    def _going_on(self, response: httpx.Response, note: Note) -> int | None:
        """Length of the whole video, when the partial reply fits the bytes that are here."""
        span = content_range(response.headers)
        if span is None or span[0] != self._part.size:
            raise _Restart
        if strong_validator(response.headers) != note.validator:
            raise _Restart
        first, last, total = span
        length = content_length(response.headers)
        if length is not None and length != last - first + 1:
            raise _Restart
        if None not in (total, note.total) and total != note.total:
            raise _Restart
        return note.total if total is None else total

    async def _read(self, response: httpx.Response, total: int | None) -> None:
        """Write the body as it arrives; then settle it."""
        received = 0 if self._starts else self._part.size
        unseen = self._starts
        self._on_bytes(received, total)
        async for chunk in response.aiter_bytes():
            self._block += chunk
            received += len(chunk)
            self._speed.count(len(chunk))
            if received > self._most:
                await self._refuse(f"is longer than the {self._most} bytes allowed")
            if unseen and received >= container.HEAD_BYTES:
                unseen = False
                if container.family(head := bytes(self._block)) is None:
                    await self._refuse(f"is no video: {container.description(head)}")
            self._on_bytes(received, total)
            if len(self._block) >= BLOCK:
                full, self._block = self._block, bytearray()
                await self._disk(self._write, full)
        block, self._block = self._block, bytearray()
        if total is not None and received < total:
            await self._disk(self._write, block)
            msg = f"{self._what} broke off after {received} of {total} bytes. It is tried again."
            raise DownloadInterrupted(msg)
        if total is not None and received > total:
            await self._refuse(f"is longer than the {total} bytes announced")
        await self._settle(block)

    def _write(self, block: bytearray) -> None:
        """Write what has arrived; blocks."""
        if self._starts and block:
            self._part.start_over(self._fresh)
            self._starts = False
        self._part.append(block)

    def _finish(self, rest: bytes | bytearray) -> str | None:
        """Write the last bytes; name the file, or say why it does not deserve it; blocks."""
        if self._starts:  # All of it is here; there will be nothing to go on with.
            self._part.start_over(None)
            self._starts = False
        self._part.append(rest)
        fault = container.fault(self._part.path)
        if fault is None:
            self._part.finish()
        return fault

    async def _settle(self, rest: bytes | bytearray) -> None:
        """Check the whole file and give it its name."""
        fault = await self._disk(self._finish, rest)
        if fault is not None:
            await self._refuse(f"is no whole video: {fault}")

    async def _refuse(self, reason: str, status: int = 0) -> NoReturn:
        """Delete what has arrived and say why."""
        self._block.clear()
        await self._disk(self._part.discard)
        msg = (
            f"{self._what} {reason}. Nothing of it was kept. Try again; should that not help, ask "
            f"the service for a fresh link."
        )
        raise BadDownload(msg, status=status)

    def _nowhere(self) -> LinkExpired:
        return LinkExpired(f"{self._what} redirects to nowhere. Ask the service for a fresh link.")

    async def _disk(self, action: Callable[..., T], *args: object) -> T:
        with self._speed.paused():
            return await _disk(self._part, action, *args)

    def _broken(self, error: Exception) -> DownloadInterrupted:
        if self._speed.was_too_slow:
            msg = (
                f"The server of {self._what} sent fewer than {self._speed.least:,} bytes in "
                f"{self._speed.within:g} s. The download continues automatically."
            )
            return DownloadInterrupted(msg)
        timed_out = isinstance(error, (httpx.TimeoutException, TimeoutError))
        how = "did not answer in time" if timed_out else "could not be reached or hung up"
        return DownloadInterrupted(f"The server of {self._what} {how}. It is tried again.")
