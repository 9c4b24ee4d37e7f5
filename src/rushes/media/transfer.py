"""The transfer of a video into a part that is held: requests, redirects, ranges, checks."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn, TypeVar

import httpx

from rushes._version import __version__
from rushes.contract.media_errors import (
    BadDownload,
    DownloadInterrupted,
    LinkExpired,
    unwritable,
)
from rushes.io.headers import retry_after
from rushes.io.kind import HEAD_BYTES
from rushes.io.site import Barred, Site
from rushes.media.link import (
    WEB,
    content_length,
    content_range,
    may_follow,
    shown,
    strong_validator,
)
from rushes.media.part import Note, Part
from rushes.video import container

if TYPE_CHECKING:
    from collections.abc import Callable

    from rushes.media.speed import Speed

    OnBytes = Callable[[int, int | None], None]

T = TypeVar("T")

BLOCK = 512 * 1024
"""Bytes buffered before they are written; a small clip is written once."""

MOST_REDIRECTS = 5

RETRIED = "The download is retried automatically."

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, 429})


async def disk(part: Part, action: Callable[..., T], *args: object) -> T:
    """Do a file operation off the event loop.

    Raises:
        LibraryUnwritable: if the system denies it.
    """
    try:
        return await asyncio.to_thread(action, *args)
    except OSError as error:
        raise unwritable(part.target.parent, error) from error


class _Restart(Exception):
    """The bytes so far do not match the server's current version."""


class Transfer:
    """One download into a part that is held.

    Args:
        client: sends the requests.
        link: the link to the video.
        part: receives its bytes.
        on_bytes: called with the progress.
        site: where the service is.
        most_bytes: a larger video is rejected.
        speed: interrupts the download if it is too slow.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        link: httpx.URL,
        part: Part,
        on_bytes: OnBytes,
        *,
        site: Site,
        most_bytes: int,
        speed: Speed,
    ) -> None:
        self._site = site
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
        """Download what is missing, with at most one restart."""
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
                    f"The server did not send {self._what} from the start. {RETRIED} If that does "
                    f"not help, report it to the service."
                )
                raise DownloadInterrupted(msg) from None

    async def _once(self, note: Note | None) -> None:
        """Send one request, follow its redirects, and read the reply.

        Args:
            note: metadata of the bytes to resume from; None to start over.
        """
        self._here = self._link
        try:
            async with self._speed.watched():
                await self._follow(note)
        except Barred as barred:
            await self._refuse(f"was not requested: {barred}, and the service is not there")
        except httpx.UnsupportedProtocol:
            await self._refuse(f"has a scheme ({self._here.scheme}:) that cannot be downloaded")
        except httpx.InvalidURL:  # httpx parses a Location even if it does not follow it.
            raise self._nowhere() from None
        except (httpx.TransportError, ConnectionError, TimeoutError) as error:
            await self._disk(self._write, self._block)
            raise self._broken(error) from error
        except (ValueError, ArithmeticError, ExceptionGroup) as error:
            # The address cannot be connected to.
            await self._refuse(f"cannot be downloaded ({type(error).__name__})")

    async def _follow(self, note: Note | None) -> None:
        """Send the request, follow its redirects, and read the reply."""
        for _ in range(MOST_REDIRECTS + 1):
            response = await self._client.send(
                self._request(self._here, note),
                stream=True,
                # Adds nothing; with None, httpx would use the user name in a link.
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
        """Build a request without the client, which would add its headers and cookies."""
        headers = {
            "Accept": "video/*, */*;q=0.5",
            "Accept-Encoding": "identity",  # Ranges of a compressed body are useless.
            "User-Agent": f"rushes/{__version__}",
        }
        if note is not None:
            headers |= {"Range": f"bytes={self._part.size}-", "If-Range": note.validator}
        guard = self._site.guard(url.raw_host.decode()) if url.scheme in WEB else {}
        return httpx.Request("GET", url, headers=headers, extensions=guard)

    def _next(self, here: httpx.URL, response: httpx.Response) -> httpx.URL:
        try:
            there = here.join(response.headers["location"])
        except (KeyError, httpx.InvalidURL):
            raise self._nowhere() from None
        if not may_follow(self._link, here, there, self._site):
            msg = (
                f"{self._what} redirects to {there.scheme}://{there.host}, which is not followed "
                f"for security reasons. Request a fresh link from the service."
            )
            raise BadDownload(msg, status=response.status_code)
        return there

    async def _take_in(self, response: httpx.Response, note: Note | None) -> None:
        """Read a reply that is not a redirect."""
        status = response.status_code
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise _Restart
        if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            msg = f"The server of {self._what} returned status {status}. {RETRIED}"
            error = DownloadInterrupted(msg, status=status)
            error.retry_after = retry_after(response.headers)
            raise error
        if status >= HTTPStatus.BAD_REQUEST:
            # Storage services use different codes for an expired link: 400, 403, 404, 410.
            msg = (
                f"The link to {self._what} has expired or was revoked (the server returned status "
                f"{status}). Request a fresh one from the service."
            )
            raise LinkExpired(msg, status=status)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            await self._refuse("was sent compressed, which was not requested", status)
        if status == HTTPStatus.PARTIAL_CONTENT and note is not None:
            total = self._resumed(response, note)
        elif status == HTTPStatus.OK:
            total = content_length(response.headers)
            validator = strong_validator(response.headers)
            self._fresh = Note(validator, total) if validator else None
            self._starts = True
        else:
            await self._refuse(f"returned status {status} instead of a file", status)
        if total is not None and total > self._most:
            await self._refuse(f"has {total:,} bytes, more than the limit of {self._most:,}")
        await self._read(response, total)

    def _resumed(self, response: httpx.Response, note: Note) -> int | None:
        """Length of the whole video, if the partial reply continues the existing bytes."""
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
        """Write the body as it arrives, then check it."""
        received = 0 if self._starts else self._part.size
        unseen = self._starts
        self._on_bytes(received, total)
        async for chunk in response.aiter_bytes():
            self._block += chunk
            received += len(chunk)
            self._speed.count(len(chunk))
            if received > self._most:
                await self._refuse(f"is longer than the limit of {self._most:,} bytes")
            if unseen and received >= HEAD_BYTES:
                unseen = False
                if container.family(head := bytes(self._block)) is None:
                    await self._refuse(f"is not a video: {container.description(head)}")
            self._on_bytes(received, total)
            if len(self._block) >= BLOCK:
                full, self._block = self._block, bytearray()
                await self._disk(self._write, full)
        block, self._block = self._block, bytearray()
        if total is not None and received < total:
            await self._disk(self._write, block)
            msg = f"{self._what} broke off after {received} of {total} bytes. {RETRIED}"
            raise DownloadInterrupted(msg)
        if total is not None and received > total:
            await self._refuse(f"is longer than the {total} bytes that the server announced")
        await self._settle(block)

    def _write(self, block: bytearray) -> None:
        """Write what has arrived; blocks."""
        if self._starts and block:
            self._part.start_over(self._fresh)
            self._starts = False
        self._part.append(block)

    def _finish(self, rest: bytes | bytearray) -> str | None:
        """Write the last bytes and rename the file, or return why it is rejected; blocks."""
        if self._starts:  # The body is complete, so there is nothing to resume later.
            self._part.start_over(None)
            self._starts = False
        self._part.append(rest)
        fault = container.fault(self._part.path)
        if fault is None:
            self._part.finish()
        return fault

    async def _settle(self, rest: bytes | bytearray) -> None:
        """Check the complete file and rename it."""
        fault = await self._disk(self._finish, rest)
        if fault is not None:
            await self._refuse(f"is not a complete video: {fault}")

    async def _refuse(self, reason: str, status: int = 0) -> NoReturn:
        """Delete what has arrived and raise the reason."""
        self._block.clear()
        await self._disk(self._part.discard)
        msg = f"{self._what} {reason}. It was discarded; a fresh link from the service may help."
        raise BadDownload(msg, status=status)

    def _nowhere(self) -> LinkExpired:
        msg = (
            f"{self._what} redirects without a valid target. Request a fresh link from the service."
        )
        return LinkExpired(msg)

    async def _disk(self, action: Callable[..., T], *args: object) -> T:
        with self._speed.paused():
            return await disk(self._part, action, *args)

    def _broken(self, error: Exception) -> DownloadInterrupted:
        if self._speed.was_too_slow:
            msg = (
                f"The server of {self._what} sent fewer than {self._speed.least:,} bytes in "
                f"{self._speed.within:g} s. {RETRIED}"
            )
            return DownloadInterrupted(msg)
        timed_out = isinstance(error, (httpx.TimeoutException, TimeoutError))
        how = "did not respond in time" if timed_out else "could not be reached or hung up"
        return DownloadInterrupted(f"The server of {self._what} {how}. {RETRIED}")
