"""The connections of one process to the journal's PostgreSQL.

A transaction that is interrupted by the server's end, or by the loss of its connection, is made
again as soon as that is possible, for as long as a call may wait. It may have been committed in
the moment in which the connection broke, so every transaction of the journal is written such that
making it twice is making it once.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from rushes.contract.errors import JournalError
from rushes.journal.postgres.connection import Connection
from rushes.journal.postgres.schema import VERSION, migrate, refuse_newer, version
from rushes.journal.protocol import Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger("rushes")

PATIENCE = 4.0
"""Seconds that a call waits for a server that does not answer, or for other transactions."""

SHORT_PATIENCE = 0.5
"""Seconds that a call waits when others have waited for as long as they may."""

PAUSE = 0.1
"""Seconds between two tries to reach the server."""

MOST = 4
"""Connections for calls at once; those of heartbeats and news come on top."""

TO_CONNECT = 3
"""Seconds that the server may take to answer a new connection."""

LONGEST_STATEMENT = 30.0
"""Seconds after which the server ends a statement."""

LONGEST_SILENCE = 10.0
"""Seconds after which the server ends a transaction whose process does nothing, for example because
it is stopped: others may wait for what it holds."""

CLOSED = (
    "The journal is closed, because the client that had it open has ended. No job is lost: make a "
    "new VideoGen() to continue."
)

_WRONG = ("authentication failed", "does not exist", "no pg_hba.conf entry", "no password")
"""Parts of messages about an address that is wrong, however long one waits."""

_FULL = ("too many clients", "too many connections", "connection slots are reserved")
"""Parts of messages about a server that takes no more connections; libpq gives no code for them."""

_PASSING = (
    errors.DeadlockDetected,
    errors.SerializationFailure,
    errors.TooManyConnections,
    errors.CannotConnectNow,
)


class Database:
    """Connections that any thread may use, each for one transaction at a time.

    Args:
        url: the address, as `libpq` reads it: ``postgresql://user:password@host:5432/name``.
        patience: seconds that a call waits for the server and for others.

    Attributes:
        place: the address without the password, for people.
        patience: seconds that a call waits for others.

    Raises:
        JournalError: when the server cannot be reached, refuses the address, or has a journal of
            a newer release.
    """

    def __init__(self, url: str, *, patience: float = PATIENCE) -> None:
        self.place = described(url)
        self.patience = patience
        self._url = url
        self._pid = os.getpid()
        self._guard = threading.Lock()
        self._room = threading.BoundedSemaphore(MOST)
        self._idle: list[psycopg.Connection[Any]] = []
        self._is_closed = False
        # Since when the server has not answered; infinite while it does.
        self._silent_since = math.inf
        try:
            found = self.read(version)
            if found < VERSION:
                self.write(migrate)
                found = self.read(version)
            refuse_newer(found, self.place)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close every connection; calls that are under way end as if the server had gone."""
        with self._guard:
            self._is_closed = True
            idle, self._idle = self._idle, []
        if self._pid == os.getpid():
            for raw in idle:
                _close(raw)

    def read(
        self,
        work: Callable[Concatenate[Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What a function of a connection returns; each of its statements is one transaction.

        Raises:
            JournalError: when the server cannot be reached or does not answer in time.
        """
        return self._run(lambda db: work(db, *args, **kwargs), is_write=False)

    def write(
        self,
        work: Callable[Concatenate[Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a function of a connection in one durable transaction.

        It is run again if the connection breaks, also if that happens while it is committed.

        Raises:
            JournalError: when the server cannot be reached, or does not answer in time. If the
                connection broke while the transaction was committed and the server has not come
                back, it may have been carried out.
        """
        return self._run(lambda db: work(db, *args, **kwargs), is_write=True)

    def write_at_once(
        self,
        work: Callable[Concatenate[Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """As `write`, without waiting for other threads: a heartbeat never stands in a line."""
        return self._run(lambda db: work(db, *args, **kwargs), is_write=True, at_once=True)

    def connect(self) -> psycopg.Connection[Any]:
        """A new connection, which the caller closes.

        Raises:
            psycopg.Error: when there is none to be had.
        """
        raw = psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=TO_CONNECT,
            # Nothing else shows that a server has vanished.
            tcp_user_timeout=round(1000 * PATIENCE),
            application_name="rushes",
            # A pooler between here and the server hands statements to any of its connections.
            prepare_threshold=None,
        )
        try:
            raw.execute(
                f"SET lock_timeout = {round(1000 * self.patience)}; "
                f"SET statement_timeout = {round(1000 * LONGEST_STATEMENT)}; "
                f"SET idle_in_transaction_session_timeout = {round(1000 * LONGEST_SILENCE)}; "
                f"SET synchronous_commit = on".encode()
            )
        except BaseException:
            _close(raw)
            raise
        return raw

    # --- one call ----------------------------------------------------------------------------

    def _run(self, work: Callable[[Connection], T], *, is_write: bool, at_once: bool = False) -> T:
        end = self._end_of_patience()
        while True:
            try:
                with self._borrowed(end, at_once=at_once) as raw:
                    if not is_write:
                        found = work(Connection(raw))
                    else:
                        with raw.transaction():
                            found = work(Connection(raw))
            except psycopg.Error as error:
                if not self._may_try_again(error, end):
                    raise self._explain(error) from error
            else:
                self._silent_since = math.inf
                return found
            time.sleep(PAUSE)

    def _end_of_patience(self) -> float:
        """Until when a call that is made now waits for the server."""
        now = time.monotonic()
        if math.isinf(self._silent_since):
            return now + self.patience
        return max(self._silent_since + self.patience, now + min(SHORT_PATIENCE, self.patience))

    @contextmanager
    def _borrowed(self, end: float, *, at_once: bool) -> Iterator[psycopg.Connection[Any]]:
        """A connection, which is kept for others unless it broke."""
        self._must_be_open()
        if not at_once and not self._room.acquire(timeout=max(0.0, end - time.monotonic())):
            msg = (
                f"The journal {self.place} cannot be used: other threads of this process have "
                f"waited for it for too long. Try again; no job is lost."
            )
            raise JournalError(msg)
        try:
            with self._guard:
                raw = self._idle.pop() if self._idle else None
            if raw is None:
                raw = self.connect()
            try:
                yield raw
            except BaseException:
                # An interrupt may leave it in the midst of a statement.
                if raw.closed or raw.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                    _close(raw)
                    raw = None
                raise
            finally:
                if raw is not None:
                    self._keep(raw)
        finally:
            if not at_once:
                self._room.release()

    def _keep(self, raw: psycopg.Connection[Any]) -> None:
        with self._guard:
            if not (self._is_closed or raw.closed or len(self._idle) > MOST):
                self._idle.append(raw)
                return
        _close(raw)

    def _must_be_open(self) -> None:
        if self._is_closed:
            raise JournalError(CLOSED)
        if self._pid != os.getpid():
            msg = (
                f"The journal {self.place} was opened before this process was forked from another "
                f"one. Make a new VideoGen() here."
            )
            raise JournalError(msg)

    def _may_try_again(self, error: psycopg.Error, end: float) -> bool:
        """Whether an error says that the connection or the server was lost, and there is time."""
        if isinstance(error, _PASSING):
            return time.monotonic() < end
        if not _is_lost(error):
            return False
        with self._guard:
            # Those that are idle broke as well, mostly, and each would have to be found out.
            idle, self._idle = self._idle, []
        for raw in idle:
            _close(raw)
        now = time.monotonic()
        self._silent_since = min(self._silent_since, now)
        return now < end and not _mentions(error, _WRONG)

    def _explain(self, error: psycopg.Error) -> JournalError:
        text = " ".join(str(error).split())
        kind: type[JournalError] = JournalError
        if isinstance(error, errors.DiskFull):
            advice = "The server's disk is full: free some space and try again."
        elif isinstance(error, errors.InsufficientPrivilege):
            advice = "Grant the user all rights on the database."
        elif isinstance(error, errors.ReadOnlySqlTransaction):
            advice = "It is a copy that cannot be written: give the address of the primary server."
        elif isinstance(error, (errors.LockNotAvailable, errors.QueryCanceled)):
            advice = "Another process or a slow disk held it up for too long. Try again."
        elif isinstance(error, errors.TooManyConnections) or _mentions(error, _FULL):
            advice = "Raise max_connections of the server, or run fewer processes."
            kind = Unreachable
        elif _mentions(error, _WRONG):
            advice = "Check the user, the password and the name of the database in its address."
        elif _is_lost(error):
            advice = (
                "Start PostgreSQL, or check the address. Jobs continue at their services, and "
                "everything that waits for the journal tries again."
            )
            kind = Unreachable
        else:
            advice = "Check the server's log, then try again."
        return kind(f"The journal {self.place} cannot be used ({text}). {advice}")


def described(url: str) -> str:
    """The address of a database for people, without user and password.

    Raises:
        JournalError: when it cannot be read.
    """
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        # The error of libpq may quote the password.
        msg = (
            "The address of the journal cannot be read; give one such as "
            "postgresql://user:password@host:5432/rushes."
        )
        raise JournalError(msg) from (error if "@" not in url else None)
    host, port = parts.get("host") or "local", parts.get("port") or 5432
    return f"{parts.get('dbname') or parts.get('user') or 'postgres'} at {host}:{port}"


def _is_lost(error: psycopg.Error) -> bool:
    """Whether the connection is gone, or none could be made."""
    if isinstance(error, errors.AdminShutdown | errors.CrashShutdown):
        return True
    is_of_server = error.sqlstate is not None and not error.sqlstate.startswith("08")
    if isinstance(error, errors.IdleInTransactionSessionTimeout):
        return True
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and not is_of_server


def _mentions(error: psycopg.Error, parts: tuple[str, ...]) -> bool:
    return any(part in str(error) for part in parts)


def _close(raw: psycopg.Connection[Any]) -> None:
    with suppress(psycopg.Error, OSError):
        raw.close()
