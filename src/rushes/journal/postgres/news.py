"""How a process learns that others have written: by a notification that carries nothing else.

A NOTIFY takes a lock of the whole server when it is committed, so none is part of a transaction
about a job: a thread sends one for all that its process wrote in a tenth of a second, by a
connection of its own. A notification is a hint. One can be lost with its connection or its
sender, so a change is assumed now and then without any.
"""

from __future__ import annotations

import logging
import os
import select
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger("rushes")

CHANNEL = "rushes_news"

TOGETHER = 0.1
"""Seconds between two notifications of a process; what it writes meanwhile is one."""

SWEEP = 10.0
"""Seconds after which a change is assumed, whether or not a notification came."""

RETRY = 1.0
"""Seconds between two tries to connect."""

LAST_WORDS = 2.0
"""Seconds that closing waits for the last notification."""


class News:
    """Notifies other processes of this one's writes, and knows whether others have written.

    Args:
        owner: names this process.
        connect: makes a connection, or raises `psycopg.Error`.
        sweep: seconds after which a change is assumed without a notification.
    """

    def __init__(
        self,
        owner: str,
        connect: Callable[[], psycopg.Connection[Any]],
        *,
        sweep: float = SWEEP,
    ) -> None:
        self._owner = owner
        self._connect = connect
        self._sweep = sweep
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._pid = os.getpid()
        self._is_over = False
        self._is_listening = False
        # Whether others wrote since the last question, and when that is assumed anyway.
        self._has_changed = True
        self._assumed_at = 0.0
        # When what this process wrote is to be announced; None when nothing is.
        self._due: float | None = None

    def wrote(self) -> None:
        """Announce soon that this process has written; returns at once."""
        with self._guard:
            if self._due is not None:
                return  # It is announced with what was written before.
            self._due = time.monotonic() + TOGETHER
        self._start()
        self._wake()

    def is_unchanged(self) -> bool:
        """Whether certainly nobody has written since `has_changed` was called last."""
        return self._is_listening and not self._has_changed and time.monotonic() < self._assumed_at

    def has_changed(self) -> bool:
        """Whether another process may have written since the last call."""
        self._start()
        now = time.monotonic()
        with self._guard:
            changed = self._has_changed or not self._is_listening or now >= self._assumed_at
            self._has_changed = False
            if changed:
                self._assumed_at = now + self._sweep
        return changed

    def close(self) -> None:
        """Announce what is left, and end."""
        with self._guard:
            self._is_over = True
            thread = self._thread
        if thread is not None and self._pid == os.getpid():
            self._wake()
            thread.join(LAST_WORDS)

    # --- the thread --------------------------------------------------------------------------

    def _start(self) -> None:
        with self._guard:
            if self._thread is not None or self._is_over:
                return
            self._alarm, self._bell = socket.socketpair()
            self._bell.settimeout(0.0)
            self._thread = threading.Thread(target=self._live, name="rushes-news", daemon=True)
            try:
                self._thread.start()
            except RuntimeError:  # Python is about to end; a change is assumed now and then.
                self._thread = None
                self._is_over = True
                self._close_sockets()

    def _wake(self) -> None:
        with suppress(OSError, AttributeError):  # It rings already, or has ended.
            self._bell.send(b"!")

    def _live(self) -> None:
        raw: psycopg.Connection[Any] | None = None
        try:
            while not self._is_done():
                try:
                    if raw is None:
                        raw = self._listen()
                    self._wait(raw)
                    self._hear(raw)
                    self._announce(raw)
                except (psycopg.Error, OSError) as error:
                    log.debug("no news of the journal for now: %s", error)
                    self._is_listening = False
                    if raw is not None:
                        _close(raw)
                    raw = None
                    if self._is_over:
                        return  # Others assume a change before long.
                    self._pause(RETRY)
        finally:
            self._is_listening = False
            if raw is not None:
                _close(raw)
            self._close_sockets()

    def _is_done(self) -> bool:
        with self._guard:
            return self._is_over and self._due is None

    def _listen(self) -> psycopg.Connection[Any]:
        raw = self._connect()
        try:
            # Those that arrive while a statement is executed.
            raw.add_notify_handler(lambda notification: self._take_in(notification.payload))
            raw.execute(f"LISTEN {CHANNEL}".encode())
        except BaseException:
            _close(raw)
            raise
        with self._guard:
            self._has_changed = True  # Nobody knows what was announced before.
        self._is_listening = True
        return raw

    def _wait(self, raw: psycopg.Connection[Any]) -> None:
        """Wait for a notification, or until one is due."""
        with self._guard:
            due, is_over = self._due, self._is_over
        pause = None if due is None else max(0.0, due - time.monotonic())
        alarm = self._alarm.fileno()
        readable, _, _ = select.select([raw.fileno(), alarm], [], [], 0.0 if is_over else pause)
        if alarm in readable:
            self._alarm.recv(4096)

    def _pause(self, seconds: float) -> None:
        """Wait, but not after the end."""
        end = time.monotonic() + seconds
        while not self._is_over and (left := end - time.monotonic()) > 0:
            if select.select([self._alarm], [], [], left)[0]:
                self._alarm.recv(4096)

    def _hear(self, raw: psycopg.Connection[Any]) -> None:
        """Take in the notifications that have arrived."""
        raw.pgconn.consume_input()
        while (notification := raw.pgconn.notifies()) is not None:
            self._take_in(notification.extra.decode(errors="replace"))

    def _take_in(self, sender: str) -> None:
        if sender != self._owner:
            with self._guard:
                self._has_changed = True

    def _announce(self, raw: psycopg.Connection[Any]) -> None:
        """Send the notification that is due."""
        with self._guard:
            if self._due is None or not (self._is_over or time.monotonic() >= self._due):
                return
            self._due = None
        try:
            raw.execute("SELECT pg_notify(%s, %s)", (CHANNEL, self._owner))
        except BaseException:
            with self._guard:
                self._due = time.monotonic()
            raise

    def _close_sockets(self) -> None:
        self._alarm.close()
        self._bell.close()


def _close(raw: psycopg.Connection[Any]) -> None:
    with suppress(psycopg.Error, OSError):
        raw.close()
