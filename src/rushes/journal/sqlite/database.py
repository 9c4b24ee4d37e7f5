"""The journal's SQLite file as one process has it open.

Why it is opened this way (measured in docs/explanation/reliability.md):

- A rollback journal, not WAL: under ten writes a second either is fast enough, and WAL has lost
  data where several processes write (fixed only in SQLite 3.51.3, which pip cannot bring).
- ``synchronous=FULL``: a lost intent row could mean a second payment.
- ``journal_mode=PERSIST``: a commit overwrites the head of the rollback journal and syncs it. With
  ``DELETE`` it removes that file without syncing the folder, so that after a power failure the file
  may be back, and undo the commit. Making and removing a file also takes a fifth of the processor
  time of a transaction.
"""

from __future__ import annotations

import math
import os
import sqlite3
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from weakref import WeakSet

from rushes.contract.errors import JournalError
from rushes.io.dates import settled
from rushes.io.filesystem import refuse_network
from rushes.io.private import open_home, open_private, require_own
from rushes.io.turns import Turns
from rushes.journal.sqlite.schema import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

PATIENCE = 4.0
"""Seconds that a call waits for the writes of other processes. A process that is stopped in the
middle of a write holds the file until it continues."""

IN_LINE = 8
"""Times that patience a call waits for its turn among the threads of this process: so many others
may be before it, and each of them may wait for other processes."""

AT_ONCE = 0.25
"""Seconds of them that SQLite waits without a pause. Nothing can interrupt it meanwhile, and no
other thread of this process can use the connection."""

SHORT_PATIENCE = 0.5
"""Seconds that a call waits when others have waited for as long as they may: those that queue up
behind them must not each wait as long again."""

BREATH = 0.005
"""Seconds between two tries, in which Python handles an interrupt."""

LONGEST_HOLD = 5.0
"""Seconds that a fork waits for the end of a transaction."""

CLOSED = (
    "The journal is closed, because the client that had it open has ended. No job is lost: make a "
    "new VideoGen() to continue."
)


class Database:
    """A connection that any thread may use, one at a time.

    Args:
        path: the file; its folder is made when it does not exist.
        patience: seconds that a call waits for others.

    Attributes:
        path: the file.
        connection: to be used under `lock` only.
        lock: held by `reading` and `writing`; a thread that holds it may use both.
        patience: seconds that a call waits for others.

    Raises:
        JournalError: when the folder is on a network file system, belongs to others too or
            cannot be written, or when a newer release wrote the file.
    """

    def __init__(self, path: Path, *, patience: float = PATIENCE) -> None:
        refuse_network(path.parent)
        self.path = path
        self.lock = Turns()
        self.patience = patience
        # From when to when calls have found the file locked.
        self._busy = (-math.inf, -math.inf)
        self._seen_version = -1
        self._seen_date: int | None = None
        self._is_inherited = False
        with _fork.guard:
            _fork.open.add(self)
        with self.lock:
            self._open()

    def _open(self) -> None:
        path = self.path
        try:
            open_home(path.parent)
            require_own(path)
            # SQLite gives the file of its open transaction the permissions of this one. A file
            # that exists is not opened: closing it would release this process's locks on it.
            with suppress(FileExistsError):
                open_private(path, "xb").close()
            self.connection = sqlite3.connect(
                path, timeout=self.patience, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            msg = (
                f"The journal {path} cannot be opened ({error}). Check that the folder can "
                f"be written, or set RUSHES_HOME to one that can; nothing was sent."
            )
            raise JournalError(msg) from error
        self.connection.row_factory = sqlite3.Row
        try:
            self.connection.execute("PRAGMA journal_mode = PERSIST")
            self.connection.execute("PRAGMA synchronous = FULL")
            migrate(self.connection, str(path))
            at_once = round(1000 * min(AT_ONCE, self.patience))
            self.connection.execute(f"PRAGMA busy_timeout = {at_once}")
        except BaseException as error:
            self.close()
            if isinstance(error, sqlite3.Error):
                raise self._explain(error) from error
            raise

    def close(self) -> None:
        """Close the file."""
        if self._is_inherited:
            return  # SQLite forbids a forked process to close what its parent opened.
        with self.lock:
            self.connection.close()

    def inherit(self) -> None:
        """Refuse all use in a forked process, as SQLite demands."""
        self._is_inherited = True
        self.lock = Turns()

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """The connection, with the file as it is at one moment.

        Raises:
            JournalError: when the file cannot be read, or others hold it for too long.
        """
        return self._transaction("BEGIN", "PRAGMA schema_version")  # Which locks the file.

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """The connection in one durable transaction.

        Raises:
            JournalError: when the file cannot be written, or others hold it for too long; nothing
                was written then.
        """
        return self._transaction("BEGIN IMMEDIATE")

    @contextmanager
    def _transaction(self, *beginning: str) -> Iterator[sqlite3.Connection]:
        if self._is_inherited:
            msg = (
                f"The journal {self.path} was opened before this process was forked from another "
                f"one. Make a new VideoGen() here."
            )
            raise JournalError(msg)
        try:
            # An interrupt may come in the moment in which the lock is taken.
            self._acquire()
            end = self._end_of_patience()
            self._begin(beginning, end)
            try:
                yield self.connection
                self._commit(max(end, time.monotonic() + SHORT_PATIENCE))
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise self._explain(error) from error
        finally:
            # Another call before this one would let an interrupt in, and the lock would stay taken.
            try:  # noqa: SIM105 - as the comment says
                self.lock.release()
            except RuntimeError:
                pass  # It was not taken, or an interrupt came while it was to be taken back.

    def _end_of_patience(self) -> float:
        """Until when a call that is made now waits for others."""
        now = time.monotonic()
        since, last = self._busy
        if now - last > SHORT_PATIENCE + AT_ONCE:
            return now + self.patience
        return max(since + self.patience, now + min(SHORT_PATIENCE, self.patience))

    def _acquire(self) -> None:
        """Wait for other threads of this process, which may wait for other processes."""
        if not self.lock.acquire(timeout=IN_LINE * self.patience):
            raise self._explain(sqlite3.OperationalError("database is locked"))

    def _begin(self, statements: Sequence[str], end: float) -> None:
        """Begin a transaction, as soon as no other process prevents it."""
        while True:
            try:
                for statement in statements:
                    self.connection.execute(statement).fetchall()
            except sqlite3.OperationalError as error:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                if not self._may_try_again(error, end):
                    raise
            else:
                return
            # Python handles an interrupt here, and the threads that wait have their turns.
            self.lock.release()
            try:
                time.sleep(BREATH)
            finally:
                self.lock.acquire()

    def _commit(self, end: float) -> None:
        """End a transaction; processes that read may delay a write."""
        while self.connection.in_transaction:
            try:
                self.connection.execute("COMMIT")
            except sqlite3.OperationalError as error:
                if not self._may_try_again(error, end):
                    raise

    def _may_try_again(self, error: sqlite3.OperationalError, end: float) -> bool:
        """Whether an error says only that other processes hold the file, and there is time left."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return False
        now = time.monotonic()
        since, last = self._busy
        is_still = now - last <= SHORT_PATIENCE + AT_ONCE
        self._busy = (since if is_still else now - AT_ONCE, now)
        return now < end

    def date(self) -> int | None:
        """A number that changes when any process writes; None when that cannot be known.

        Asking costs a system call and waits for nobody.
        """
        try:
            return settled(self.path.stat())
        except OSError:
            return None

    def is_unchanged(self) -> bool:
        """Whether certainly nobody has written since `has_changed` was called last."""
        return self._is_seen(self.date())

    def has_changed(self) -> bool:
        """Whether another process has written since the last call."""
        date = self.date()
        if self._is_seen(date):
            return False  # Mostly nobody has written, and the file need not be read to know.
        with self.reading() as db:
            version = int(db.execute("PRAGMA data_version").fetchone()[0])
        changed, self._seen_version = version != self._seen_version, version
        self._seen_date = date
        return changed

    def _is_seen(self, date: int | None) -> bool:
        return date is not None and date == self._seen_date

    def _explain(self, error: sqlite3.Error) -> JournalError:
        text = str(error)
        if "closed database" in text:
            return JournalError(CLOSED)
        if "full" in text:
            advice = "The disk is full: free some space and try again."
        elif "locked" in text or "busy" in text:
            advice = (
                "It was locked for too long by another process that is suspended or hangs, or by a "
                "thread of this one. Let it continue or end it, then try again. No job is lost."
            )
        elif not self.path.exists():
            advice = (
                "It was moved or deleted: put it back, or close every client to start a new "
                "one. Jobs that are under way are in the old one."
            )
        elif "readonly" in text or "read-only" in text:
            advice = "It cannot be written: check the permissions, or set RUSHES_HOME elsewhere."
        elif "malformed" in text or "not a database" in text:
            advice = "The file is damaged: move it away, or set RUSHES_HOME to another folder."
        else:
            advice = "Check the disk and the folder's permissions, then try again."
        return JournalError(f"The journal {self.path} cannot be used ({text}). {advice}")


class _Fork:
    """Keeps every database out of a transaction while the process is forked.

    SQLite keeps the locks of a process in its own memory. A child that was forked in the middle
    of a transaction would find the file locked forever by an unused connection.
    """

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.open: WeakSet[Database] = WeakSet()
        self._holder: int | None = None
        self._held: list[Database] = []

    def before(self) -> None:
        if not self.guard.acquire(timeout=LONGEST_HOLD):
            return
        self._holder = threading.get_ident()
        end = time.monotonic() + LONGEST_HOLD
        for database in tuple(self.open):
            if database.lock.acquire(timeout=max(0.0, end - time.monotonic())):
                self._held.append(database)

    def in_parent(self) -> None:
        if self._holder == threading.get_ident():
            while self._held:
                self._held.pop().lock.release()
            self._holder = None
            self.guard.release()

    def in_child(self) -> None:
        self.guard, self._holder = threading.Lock(), None
        self._held.clear()
        for database in tuple(self.open):
            database.inherit()


_fork = _Fork()

if hasattr(os, "register_at_fork"):  # Windows has no fork.
    os.register_at_fork(
        before=_fork.before, after_in_parent=_fork.in_parent, after_in_child=_fork.in_child
    )
