"""The store of what a gateway keeps besides the journal: a SQLite file, or a PostgreSQL database.

Both take the same statements, whose values stand for ``?``. That is possible because the tables
are few and plain; what is different is who else may write, and what happens when the store is away.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from rushes.contract.errors import JournalError
from rushes.io.private import open_home, open_private, require_own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from rushes.journal.postgres.connection import Connection

T = TypeVar("T")

Row = dict[str, Any]

FILE = "gateway.sqlite"

PATIENCE = 10.0
"""Seconds that a call waits for the writes of other processes."""


class Rows(Protocol):
    """Executes statements in a transaction."""

    def run(self, statement: str, *values: object) -> int:
        """Execute a statement; the number of rows that it changed."""

    def all(self, statement: str, *values: object) -> list[Row]:
        """All rows of a query, each by the names of its columns."""

    def one(self, statement: str, *values: object) -> Row | None:
        """The first row of a query, if it has one."""


class Tables(Protocol):
    """A store. Safe to use from any thread."""

    def read(self, work: Callable[[Rows], T]) -> T:
        """What a function of the rows returns.

        Raises:
            JournalError: when the store cannot be used.
        """

    def write(self, work: Callable[[Rows], T], *, locks: Iterable[str] = ()) -> T:
        """Run a function in one durable transaction.

        Args:
            work: may be run again when the connection breaks, so it has the same effect twice.
            locks: names of what no other transaction may change meanwhile.

        Raises:
            JournalError: when the store cannot be used; nothing was changed, as far as is known.
        """

    def close(self) -> None:
        """Close it."""


class SqliteTables:
    """A file in the gateway's home, private to the user that runs the gateway.

    Args:
        home: the folder; it is created.
        migrations: the statements that lead from each version to the next.

    Raises:
        JournalError: when the file cannot be opened, or a newer release wrote it.
    """

    def __init__(self, home: Path, migrations: Sequence[Sequence[str]]) -> None:
        self.path = home / FILE
        self._lock = threading.Lock()
        with self._explained():
            open_home(home)
            require_own(self.path)
            with suppress(FileExistsError):
                open_private(self.path, "xb").close()
            self._db = sqlite3.connect(
                self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
        self._db.row_factory = sqlite3.Row
        try:
            with self._explained():
                self._db.execute("PRAGMA synchronous = FULL")
            self.write(lambda _: self._migrate(migrations))
        except BaseException:
            self._db.close()
            raise

    def _migrate(self, migrations: Sequence[Sequence[str]]) -> None:
        found = self._db.execute("PRAGMA user_version").fetchone()[0]
        refuse_newer(found, len(migrations), str(self.path))
        for step in migrations[found:]:
            for statement in step:
                self._db.execute(statement)
        self._db.execute(f"PRAGMA user_version = {len(migrations)}")

    def read(self, work: Callable[[Rows], T]) -> T:
        """What a function of the rows returns."""
        with self._explained(), self._lock:
            return work(_SqliteRows(self._db))

    def write(self, work: Callable[[Rows], T], *, locks: Iterable[str] = ()) -> T:  # noqa: ARG002 - the whole file is locked
        """Run a function in one durable transaction, alone."""
        with self._explained(), self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                found = work(_SqliteRows(self._db))
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            return found

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            msg = (
                f"The gateway's file {self.path} cannot be used ({error}). Check that the disk has "
                f"room and that the folder can be written."
            )
            raise JournalError(msg) from error


class _SqliteRows:
    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def run(self, statement: str, *values: object) -> int:
        return self._db.execute(statement, values).rowcount

    def all(self, statement: str, *values: object) -> list[Row]:
        return [dict(row) for row in self._db.execute(statement, values).fetchall()]

    def one(self, statement: str, *values: object) -> Row | None:
        row = self._db.execute(statement, values).fetchone()
        return None if row is None else dict(row)


class PostgresTables:
    """Tables in the database that has the journal, for all processes of a gateway.

    Args:
        url: the address of the database.
        migrations: the statements that lead from each version to the next.

    Raises:
        JournalError: when the server cannot be reached, the driver is not installed, or a newer
            release made the tables.
    """

    def __init__(self, url: str, migrations: Sequence[Sequence[str]]) -> None:
        from rushes.journal.postgres.database import Database  # noqa: PLC0415 - brings the driver
        from rushes.journal.postgres.locks import hold  # noqa: PLC0415

        self._hold = hold
        self._db = Database(url)
        try:
            self._db.write(self._migrate, migrations)
        except BaseException:
            self._db.close()
            raise

    def _migrate(self, db: Connection, migrations: Sequence[Sequence[str]]) -> None:
        self._hold(db, ["gateway schema"])
        db.run("CREATE TABLE IF NOT EXISTS gateway_schema (version integer NOT NULL)")
        row = db.one("SELECT version FROM gateway_schema")
        found = 0 if row is None else int(row[0])
        refuse_newer(found, len(migrations), self._db.place)
        if found == len(migrations):
            return
        for step in migrations[found:]:
            for statement in step:
                db.run(statement)
        db.run("DELETE FROM gateway_schema")
        db.run("INSERT INTO gateway_schema (version) VALUES (%s)", (len(migrations),))

    def read(self, work: Callable[[Rows], T]) -> T:
        """What a function of the rows returns."""
        return self._db.read(lambda db: work(_PostgresRows(db)))

    def write(self, work: Callable[[Rows], T], *, locks: Iterable[str] = ()) -> T:
        """Run a function in one durable transaction, alone with what its locks name."""

        def locked(db: Connection) -> T:
            self._hold(db, locks)
            return work(_PostgresRows(db))

        return self._db.write(locked)

    def close(self) -> None:
        """Close the connections."""
        self._db.close()


class _PostgresRows:
    def __init__(self, db: Connection) -> None:
        self._db = db

    def run(self, statement: str, *values: object) -> int:
        return self._db.run(_spelled(statement), values)

    def all(self, statement: str, *values: object) -> list[Row]:
        found = self._db.raw.execute(_spelled(statement).encode(), values or None)
        names = [column.name for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def one(self, statement: str, *values: object) -> Row | None:
        return next(iter(self.all(statement, *values)), None)


def _spelled(statement: str) -> str:
    """A statement as the driver of PostgreSQL reads it."""
    return statement.replace("?", "%s")


def refuse_newer(found: int, known: int, place: str) -> None:
    """Refuse tables of a newer release.

    Raises:
        JournalError: when they are.
    """
    if found > known:
        msg = (
            f"{place} was written by a newer release of rushes (version {found}); install that "
            f"release."
        )
        raise JournalError(msg)
