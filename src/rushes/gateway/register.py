"""What a gateway keeps besides the journal: tokens, secrets, and the numbered endings of jobs.

It is a SQLite file of its own in the gateway's home, opened as the journal opens its own: durable
writes, and private to the user that runs the gateway.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rushes.contract.errors import InvalidParams, JournalError, Problem
from rushes.contract.wording import shown
from rushes.gateway.callers import NAMES, PEOPLE, SCOPES, Caller, digest, new_token
from rushes.io.private import open_home, open_private, require_own

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    Owner = tuple[str, str]

FILE = "gateway.sqlite"

PATIENCE = 10.0
"""Seconds that a call waits for the writes of other processes."""

SEEN_EVERY = 60.0
"""Seconds between two notes of when a token was used last."""

SCHEMA = (
    """
    CREATE TABLE tokens (
        id TEXT PRIMARY KEY,
        digest TEXT NOT NULL UNIQUE,
        person TEXT NOT NULL,
        app TEXT NOT NULL,
        scopes TEXT NOT NULL,
        tier TEXT,
        note TEXT,
        created_at REAL NOT NULL,
        expires_at REAL,
        used_at REAL,
        revoked_at REAL
    )
    """,
    "CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL)",
    """
    CREATE TABLE endings (
        app TEXT NOT NULL,
        person TEXT NOT NULL,
        number INTEGER NOT NULL,
        job_id TEXT NOT NULL,
        PRIMARY KEY (app, person, number),
        UNIQUE (app, person, job_id)
    )
    """,
)

VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token as lists show it.

    Attributes:
        id: names it; it is not the token.
        caller: who uses it, and what it allows.
        note: what it is for, in the operator's words.
        created_at: unix seconds.
        used_at: when it was used last, to the minute; None if never.
        revoked_at: since when it is not accepted; None if it is.
    """

    id: str
    caller: Caller
    note: str | None
    created_at: float
    used_at: float | None
    revoked_at: float | None

    def state(self, now: float) -> str:
        """Whether it is accepted, in a word."""
        if self.revoked_at is not None:
            return "revoked"
        ends = self.caller.expires_at
        return "expired" if ends is not None and ends <= now else "valid"


class Register:
    """The file as one process has it open. Safe to use from any thread.

    Args:
        home: the gateway's home folder; it is created.

    Raises:
        JournalError: when the file cannot be opened, or a newer release wrote it.
    """

    def __init__(self, home: Path) -> None:
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
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def _prepare(self) -> None:
        with self._explained():
            self._db.execute("PRAGMA synchronous = FULL")
        with self._writing() as db:
            found = db.execute("PRAGMA user_version").fetchone()[0]
            if found > VERSION:
                msg = (
                    f"{self.path} was written by a newer release of rushes (version {found}); "
                    f"install that release."
                )
                raise JournalError(msg)
            if not found:
                for statement in SCHEMA:
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {VERSION}")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    # --- tokens ----------------------------------------------------------------------------

    def add_token(
        self,
        person: str,
        *,
        app: str,
        scopes: Collection[str] = SCOPES,
        days: float | None = None,
        tier: str | None = None,
        note: str | None = None,
    ) -> tuple[str, Token]:
        """Make a token.

        Args:
            person: who will use it.
            app: the application that jobs are billed to.
            scopes: what it allows.
            days: after how many days it expires; None for never.
            tier: the name of the limits that apply.
            note: what it is for.

        Returns:
            The token, which cannot be had again, and its entry.

        Raises:
            InvalidParams: names everything that is wrong.
        """
        problems = []
        if not PEOPLE.fullmatch(person):
            words = (
                f"{shown(person)} cannot name a person; use 1 to 64 letters, digits and . _ @ + -, "
                f"beginning with a letter or a digit."
            )
            problems.append(Problem("person", person, words))
        if not NAMES.fullmatch(app):
            words = (
                f"{shown(app)} cannot name an application; use 1 to 64 letters, digits and . _ -, "
                f"beginning with a letter or a digit."
            )
            problems.append(Problem("app", app, words))
        if unknown := sorted({*scopes} - {*SCOPES}):
            words = f"{unknown[0]!r} is not a scope; allowed are {', '.join(SCOPES)}."
            problems.append(Problem("scope", unknown[0], words))
        if days is not None and not 0 < days < 100_000:  # noqa: PLR2004 - some centuries
            problems.append(Problem("days", days, "has to be a number of days above 0."))
        if problems:
            raise InvalidParams.of(problems)
        token, now = new_token(), time.time()
        entry = {
            "id": secrets.token_hex(4),
            "digest": digest(token),
            "person": person,
            "app": app,
            "scopes": " ".join(scope for scope in SCOPES if scope in scopes),
            "tier": tier,
            "note": note,
            "created_at": now,
            "expires_at": None if days is None else now + 86_400 * days,
        }
        with self._writing() as db:
            db.execute(
                "INSERT INTO tokens (id, digest, person, app, scopes, tier, note, created_at, "
                "expires_at) VALUES (:id, :digest, :person, :app, :scopes, :tier, :note, "
                ":created_at, :expires_at)",
                entry,
            )
            row = db.execute("SELECT * FROM tokens WHERE id = ?", (entry["id"],)).fetchone()
        return token, _token(row)

    def tokens(self) -> list[Token]:
        """All tokens, oldest first."""
        with self._reading() as db:
            rows = db.execute("SELECT * FROM tokens ORDER BY created_at, id").fetchall()
        return [_token(row) for row in rows]

    def revoke(self, token_id: str) -> Token | None:
        """Accept a token no longer; its entry, or None when there is no token of that id."""
        with self._writing() as db:
            db.execute(
                "UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
                (time.time(), token_id),
            )
            row = db.execute("SELECT * FROM tokens WHERE id = ?", (token_id,)).fetchone()
        return None if row is None else _token(row)

    def caller(self, token: str) -> Caller | None:
        """Who uses a token; None when it is unknown, expired or revoked."""
        now, kept = time.time(), digest(token)
        with self._reading() as db:
            row = db.execute("SELECT * FROM tokens WHERE digest = ?", (kept,)).fetchone()
        if row is None or not secrets.compare_digest(row["digest"], kept):
            return None
        found = _token(row)
        if found.state(now) != "valid":
            return None
        if now - (found.used_at or 0.0) > SEEN_EVERY:
            with suppress(JournalError), self._writing() as db:
                db.execute("UPDATE tokens SET used_at = ? WHERE id = ?", (now, found.id))
        return found.caller

    def tier_of(self, owner: Owner) -> str | None:
        """The tier of a person in an application, as the newest valid token says."""
        with self._reading() as db:
            row = db.execute(
                "SELECT tier FROM tokens WHERE app = ? AND person = ? AND revoked_at IS NULL "
                "ORDER BY created_at DESC LIMIT 1",
                owner,
            ).fetchone()
        return None if row is None else row["tier"]

    # --- secrets ---------------------------------------------------------------------------

    def secret(self, name: str) -> bytes:
        """A secret of the gateway's own; it is made when it is asked for first."""
        with self._writing() as db:
            db.execute(
                "INSERT OR IGNORE INTO secrets VALUES (?, ?)", (name, secrets.token_bytes(32))
            )
            row = db.execute("SELECT value FROM secrets WHERE name = ?", (name,)).fetchone()
        return bytes(row["value"])

    # --- endings ---------------------------------------------------------------------------

    def end(self, endings: Iterable[tuple[Owner, str]]) -> dict[tuple[Owner, str], int]:
        """Number the endings of jobs, for each person from 1.

        A job that has ended before, and was continued, gets another number.

        Args:
            endings: application and person, and that person's id of the job.
        """
        numbers = {}
        with self._writing() as db:
            for owner, job_id in endings:
                last = db.execute(
                    "SELECT coalesce(max(number), 0) FROM endings WHERE app = ? AND person = ?",
                    owner,
                ).fetchone()[0]
                db.execute(
                    "INSERT OR REPLACE INTO endings VALUES (?, ?, ?, ?)", (*owner, last + 1, job_id)
                )
                numbers[owner, job_id] = last + 1
        return numbers

    def endings(self, owner: Owner, *, after: int, limit: int) -> list[tuple[int, str]]:
        """The endings of a person's jobs after a number: number and job, oldest first."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT number, job_id FROM endings WHERE app = ? AND person = ? AND number > ? "
                "ORDER BY number LIMIT ?",
                (*owner, after, limit),
            ).fetchall()
        return [(row["number"], row["job_id"]) for row in rows]

    def last_ending(self, owner: Owner) -> int:
        """The number of a person's latest ending; 0 without one."""
        with self._reading() as db:
            row = db.execute(
                "SELECT coalesce(max(number), 0) AS last FROM endings WHERE app = ? AND person = ?",
                owner,
            ).fetchone()
        return int(row["last"])

    # --- inside ----------------------------------------------------------------------------

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._explained(), self._lock:
            yield self._db

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._explained(), self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

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


def _token(row: Any) -> Token:
    caller = Caller(
        person=row["person"],
        app=row["app"],
        scopes=frozenset(row["scopes"].split()),
        tier=row["tier"],
        token_id=row["id"],
        expires_at=row["expires_at"],
    )
    return Token(
        id=row["id"],
        caller=caller,
        note=row["note"],
        created_at=row["created_at"],
        used_at=row["used_at"],
        revoked_at=row["revoked_at"],
    )
