"""The journal's SQLite file as one process has it open.

Why it is opened this way (measured in docs/reliability.md):

- A rollback journal, not WAL: under ten writes a second either is fast enough, and WAL has lost
  data where several processes write (fixed only in SQLite 3.51.3, which pip cannot bring).
- ``synchronous=FULL``: a lost intent row could mean a second payment.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from rushes.errors import JournalError
from rushes.folders import open_home, open_private, require_own
from rushes.journal.filesystem import refuse_network
from rushes.journal.schema import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_TIMEOUT = 30.0
"""Seconds to wait for another process's write. SQLite's lock is not fair: with eight processes
writing without a pause, single waits of 6.6 s were measured."""

TICK = 50_000_000
"""Nanoseconds; the clock by which Linux dates files ticks every 1 to 10 ms."""


class Database:
    """A connection that any thread may use, one at a time.

    Args:
        path: the file; its folder is made when it does not exist.
        busy_timeout: seconds to wait for another process's write.

    Attributes:
        path: the file.
        connection: for use under `lock`.
        lock: held by `reading` and `writing`; whoever holds it may use both.

    Raises:
        JournalError: when the folder is on a network file system, is not the user's alone or
            cannot be written, or when a newer release wrote the file.
    """

    def __init__(self, path: Path, *, busy_timeout: float) -> None:
        refuse_network(path.parent)
        self.path = path
        self.lock = threading.RLock()
        self._seen_version = -1
        try:
            open_home(path.parent)
            require_own(path)
            # SQLite gives the file of its open transaction the permissions of this one. One that
            # is there is not opened: closing it would end this process's locks on it.
            with suppress(FileExistsError):
                open_private(path, "xb").close()
            self.connection = sqlite3.connect(
                path, timeout=busy_timeout, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            msg = (
                f"The journal {path} cannot be opened ({error}). Check that the folder can "
                f"be written, or set RUSHES_HOME to one that can; nothing was sent."
            )
            raise JournalError(msg) from error
        self.connection.row_factory = sqlite3.Row
        try:
            with self.reading() as db:
                db.execute("PRAGMA journal_mode = DELETE")
                db.execute("PRAGMA synchronous = FULL")
                migrate(db, str(path))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Use it no more."""
        with self.lock:
            self.connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, with errors that say what to do."""
        with self.lock:
            try:
                yield self.connection
            except sqlite3.Error as error:
                raise self._explain(error) from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection in one durable transaction."""
        with self.reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def stamp(self) -> int | None:
        """A number that is another one after any process wrote; None when that cannot be said.

        Asking costs a system call and waits for nobody. A file's date is as fine as the system's
        clock ticks, so one of this moment does not say whether more is written within the tick.
        """
        try:
            written_at = self.path.stat().st_mtime_ns
        except OSError:
            return None
        return written_at if abs(time.time_ns() - written_at) > TICK else None

    def has_changed(self) -> bool:
        """Whether another process has written since this was last asked."""
        with self.reading() as db:
            version = int(db.execute("PRAGMA data_version").fetchone()[0])
        changed, self._seen_version = version != self._seen_version, version
        return changed

    def _explain(self, error: sqlite3.Error) -> JournalError:
        text = str(error)
        if "full" in text:
            advice = "The disk is full: free some space and try again."
        elif "locked" in text or "busy" in text:
            advice = "Another process holds it for too long: close other kernels and try again."
        elif "readonly" in text or "read-only" in text:
            advice = "It cannot be written: check the permissions, or set RUSHES_HOME elsewhere."
        elif "malformed" in text or "not a database" in text:
            advice = "The file is damaged: move it away, or set RUSHES_HOME to another folder."
        else:
            advice = "Check the disk and the folder's permissions, then try again."
        return JournalError(f"The journal {self.path} cannot be used ({text}). {advice}")
