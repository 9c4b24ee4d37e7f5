"""What httpcore sends and receives with: sockets of asyncio.

By itself httpcore uses anyio, which makes a scope for each read and each write, asks each time
which library runs the event loop, and stops the socket from being read after each read. That takes
a fifth of the processor time of a call.
"""

from __future__ import annotations

import asyncio
import select
from typing import TYPE_CHECKING, Any, cast

import httpcore

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Iterable

    from httpcore import SOCKET_OPTION

MOST_HELD = 64 * 1024
"""Bytes that have come and wait to be read, beyond which no more are taken from the system."""

NEXT_ADDRESS = 0.25
"""Seconds without an answer after which the next address of a host is tried, too (RFC 8305)."""

NAMES = {"client_addr": "sockname", "server_addr": "peername"}
"""What asyncio calls facts about a connection, where httpcore calls them something else."""


class Sockets(httpcore.AsyncNetworkBackend):
    """Connects to hosts."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as httpcore calls it
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to a host.

        Raises:
            httpcore.ConnectTimeout: when that took too long.
            httpcore.ConnectError: when no address of it can be connected to.
        """
        attempt = asyncio.create_task(_connect(host, port, timeout, local_address))
        try:
            end = await asyncio.shield(attempt)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        except asyncio.CancelledError:
            # asyncio would forget the connection of an attempt that is cancelled as it succeeds,
            # so it is left to end, in time or not.
            attempt.add_done_callback(_hang_up)
            raise
        for option in socket_options or ():
            end.socket.setsockopt(*option)
        return Stream(end)


class Stream(httpcore.AsyncNetworkStream):
    """A connection to a host.

    Args:
        end: this end of it.
    """

    def __init__(self, end: _End) -> None:
        self._end = end

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as httpcore calls it
    ) -> bytes:
        """Bytes that came, as soon as there are some; none at the end.

        Raises:
            httpcore.ReadTimeout: when none came in time.
            httpcore.ReadError: when the connection broke.
        """
        try:
            return await self._end.read(max_bytes, timeout)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109 - as httpcore calls it
    ) -> None:
        """Send bytes; returns when the system has taken most of them.

        Raises:
            httpcore.WriteTimeout: when it has not in time.
            httpcore.WriteError: when the connection is broken or closed.
        """
        try:
            await self._end.write(buffer, timeout)
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as httpcore calls it
    ) -> httpcore.AsyncNetworkStream:
        """The same connection, encrypted from now on; closed when that fails.

        Raises:
            httpcore.ConnectTimeout: when that took too long.
            httpcore.ConnectError: when the host's certificate is not trusted, or it hung up.
        """
        end = self._end
        try:
            async with asyncio.timeout(timeout):
                encrypted = await asyncio.get_running_loop().start_tls(
                    end.transport, end, ssl_context, server_hostname=server_hostname
                )
        except BaseException as error:
            end.transport.abort()
            if isinstance(error, TimeoutError):
                raise httpcore.ConnectTimeout(str(error)) from error
            if isinstance(error, OSError):  # As ssl.SSLError is.
                raise httpcore.ConnectError(str(error)) from error
            raise
        if encrypted is None:
            msg = "The host hung up while the encryption was agreed on."
            raise httpcore.ConnectError(msg)
        end.transport = encrypted
        return self

    async def aclose(self) -> None:
        """Hang up. Nobody reads a reply any more, so nothing that waits to be sent matters."""
        self._end.transport.abort()
        await asyncio.sleep(0)  # The socket is closed in the next turn of the loop.

    def get_extra_info(self, info: str) -> Any:
        """A fact about the connection, by its name in httpcore."""
        if info == "is_readable":
            return self._end.is_readable
        return self._end.transport.get_extra_info(NAMES.get(info, info))


class _End(asyncio.Protocol):
    """This end of a connection: holds what came, and knows whether more can be sent.

    Attributes:
        transport: of asyncio.
    """

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._held = bytearray()
        self._is_over = False
        self._fault: Exception | None = None
        self._is_reading = True
        self._can_send = True
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None

    @property
    def socket(self) -> socket.socket:
        """What the system knows it by."""
        found: socket.socket = self.transport.get_extra_info("socket")
        return found

    @property
    def is_readable(self) -> bool:
        """Whether a read would return at once; true of an idle connection that the host closed."""
        if self._held or self._is_over or self.transport.is_closing():
            return True
        # What came since the loop looked last.
        number = self.socket.fileno()
        if not hasattr(select, "poll"):  # On Windows, whose select takes any number.
            return bool(select.select([number], [], [], 0)[0])
        poll = select.poll()
        poll.register(number, select.POLLIN)
        return bool(poll.poll(0))

    async def read(self, most: int, longest: float | None) -> bytes:
        """Bytes that came, no more than `most`, as soon as there are some; none at the end.

        Raises:
            TimeoutError: when none came in time.
            ConnectionError: when the connection broke.
        """
        if not self._held:
            if not self._is_over:
                self._reader = asyncio.get_running_loop().create_future()
                await _within(self._reader, longest)
            if not self._held:
                self._require_whole()
                return b""
        data = bytes(self._held[:most])
        del self._held[:most]
        if not self._is_reading and len(self._held) <= MOST_HELD:
            self._is_reading = True
            self.transport.resume_reading()
        return data

    async def write(self, data: bytes, longest: float | None) -> None:
        """Send bytes; returns when the system has taken most of them.

        Raises:
            TimeoutError: when it has not in time.
            ConnectionError: when the connection is broken or closed.
        """
        self._require_open()
        self.transport.write(data)
        if not self._can_send:
            self._writer = asyncio.get_running_loop().create_future()
            await _within(self._writer, longest)
            if not self._can_send:
                self._require_open()

    def _require_whole(self) -> None:
        if self._fault is not None:
            raise ConnectionError(str(self._fault)) from self._fault

    def _require_open(self) -> None:
        self._require_whole()
        if self.transport.is_closing():
            msg = "The connection is closed."
            raise ConnectionError(msg)

    # --- called by asyncio ------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._held += data
        if self._is_reading and len(self._held) > MOST_HELD:
            self._is_reading = False
            self.transport.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> None:
        self._is_over = True
        _wake(self._reader)

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_over, self._fault = True, exc
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        self._can_send = False

    def resume_writing(self) -> None:
        self._can_send = True
        _wake(self._writer)


async def _connect(host: str, port: int, longest: float | None, source: str | None) -> _End:
    async with asyncio.timeout(longest):
        _, end = await asyncio.get_running_loop().create_connection(
            _End,
            host,
            port,
            local_addr=None if source is None else (source, 0),
            happy_eyeballs_delay=NEXT_ADDRESS,
        )
    return end


def _hang_up(attempt: asyncio.Task[_End]) -> None:
    """Close the connection that nobody waits for any more, if there is one."""
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().transport.abort()


async def _within(waiter: asyncio.Future[None], longest: float | None) -> None:
    """Wait until `_wake` is called.

    Raises:
        TimeoutError: when it was not in time.
    """
    alarm = longest and waiter.get_loop().call_later(longest, _ring, waiter)
    try:
        await waiter
    finally:
        if alarm:
            alarm.cancel()


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)


def _ring(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())
