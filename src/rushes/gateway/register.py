"""What a gateway keeps besides the journal: tokens, secrets, and the numbered endings of jobs.

It is a SQLite file of its own in the gateway's home, or tables in the database that has the
journal, which all processes of a gateway share then.
"""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rushes.contract.errors import InvalidParams, JournalError, Problem
from rushes.contract.wording import shown
from rushes.gateway.callers import NAMES, PEOPLE, SCOPES, USUAL, Caller, digest, new_token
from rushes.gateway.tables import PostgresTables, SqliteTables
from rushes.io.atomic import drafted, publish_new
from rushes.io.private import open_home
from rushes.io.regular import read_regular

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from rushes.gateway.tables import Row, Rows, Tables

    Owner = tuple[str, str]

SEEN_EVERY = 60.0
"""Seconds between two notes of when a token was used last."""

# The types are words that SQLite and PostgreSQL both take for what is meant.
MIGRATIONS = (
    (
        """
        CREATE TABLE tokens (
            id TEXT PRIMARY KEY,
            digest TEXT NOT NULL UNIQUE,
            person TEXT NOT NULL,
            app TEXT NOT NULL,
            scopes TEXT NOT NULL,
            tier TEXT,
            note TEXT,
            created_at DOUBLE PRECISION NOT NULL,
            expires_at DOUBLE PRECISION,
            used_at DOUBLE PRECISION,
            revoked_at DOUBLE PRECISION
        )
        """,
        "CREATE TABLE secrets (name TEXT PRIMARY KEY, value BYTEA NOT NULL)",
        """
        CREATE TABLE endings (
            app TEXT NOT NULL,
            person TEXT NOT NULL,
            number BIGINT NOT NULL,
            job_id TEXT NOT NULL,
            PRIMARY KEY (app, person, number),
            UNIQUE (app, person, job_id)
        )
        """,
    ),
    (
        # When the job ended, so that several processes that notice one ending number it once.
        "ALTER TABLE endings ADD COLUMN ended_at DOUBLE PRECISION",
        """
        CREATE TABLE audit (
            id TEXT PRIMARY KEY,
            at DOUBLE PRECISION NOT NULL,
            person TEXT NOT NULL,
            app TEXT NOT NULL,
            token TEXT,
            action TEXT NOT NULL,
            job TEXT NOT NULL,
            cost DOUBLE PRECISION,
            address TEXT
        )
        """,
    ),
    (
        # Where endings are announced: those of the person after a number.
        """
        CREATE TABLE hooks (
            id TEXT PRIMARY KEY,
            app TEXT NOT NULL,
            person TEXT NOT NULL,
            url TEXT NOT NULL,
            secret BYTEA NOT NULL,
            created_at DOUBLE PRECISION NOT NULL,
            cursor_at BIGINT NOT NULL,
            tries INTEGER NOT NULL,
            next_at DOUBLE PRECISION NOT NULL,
            disabled_at DOUBLE PRECISION,
            reason TEXT
        )
        """,
        "CREATE INDEX hooks_by_owner ON hooks (app, person)",
    ),
)
"""The statements that lead from each version of the tables to the next."""

MARK, MARK_BYTES = "gateway.id", 1024
"""The file that marks the home of one gateway, and its largest size."""

NEXT = "(SELECT coalesce(max(number), 0) + 1 FROM endings WHERE app = ? AND person = ?)"
"""The number of a person's next ending."""


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
    """The tables as one process has them open. Safe to use from any thread.

    Args:
        home: the gateway's home folder; it is created for a file.
        journal: the address of the database that has the tables in place of a file.

    Raises:
        JournalError: when they cannot be opened, or a newer release wrote them.
    """

    def __init__(self, home: Path, journal: str | None = None) -> None:
        self._tables: Tables = (
            SqliteTables(home, MIGRATIONS)
            if journal is None
            else PostgresTables(journal, MIGRATIONS)
        )

    @property
    def tables(self) -> Tables:
        """Where all of it is kept."""
        return self._tables

    def close(self) -> None:
        """Close the file, or the connections."""
        self._tables.close()

    # --- tokens ----------------------------------------------------------------------------

    def add_token(
        self,
        person: str,
        *,
        app: str,
        scopes: Collection[str] = USUAL,
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
        row: Row = {
            "id": secrets.token_hex(4),
            "digest": digest(token),
            "person": person,
            "app": app,
            "scopes": " ".join(scope for scope in SCOPES if scope in scopes),
            "tier": tier,
            "note": note,
            "created_at": now,
            "expires_at": None if days is None else now + 86_400 * days,
            "used_at": None,
            "revoked_at": None,
        }
        self._tables.write(lambda db: _insert(db, "tokens", row))
        return token, _token(row)

    def tokens(self) -> list[Token]:
        """All tokens, oldest first."""
        rows = self._tables.read(lambda db: db.all("SELECT * FROM tokens ORDER BY created_at, id"))
        return [_token(row) for row in rows]

    def revoke(self, token_id: str) -> Token | None:
        """Accept a token no longer; its entry, or None when there is no token of that id."""
        now = time.time()

        def work(db: Rows) -> Row | None:
            db.run(
                "UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
                now,
                token_id,
            )
            return db.one("SELECT * FROM tokens WHERE id = ?", token_id)

        row = self._tables.write(work)
        return None if row is None else _token(row)

    def caller(self, token: str) -> Caller | None:
        """Who uses a token; None when it is unknown, expired or revoked."""
        now, kept = time.time(), digest(token)
        row = self._tables.read(lambda db: db.one("SELECT * FROM tokens WHERE digest = ?", kept))
        if row is None or not secrets.compare_digest(row["digest"], kept):
            return None
        found = _token(row)
        if found.state(now) != "valid":
            return None
        if now - (found.used_at or 0.0) > SEEN_EVERY:
            with suppress(JournalError):
                self._tables.write(
                    lambda db: db.run("UPDATE tokens SET used_at = ? WHERE id = ?", now, found.id)
                )
        return found.caller

    def tiers(self) -> dict[Owner, str | None]:
        """The tier of each person in each application, as the newest valid token says."""
        rows = self._tables.read(
            lambda db: db.all(
                "SELECT app, person, tier FROM tokens WHERE revoked_at IS NULL ORDER BY created_at"
            )
        )
        return {(row["app"], row["person"]): row["tier"] for row in rows}

    # --- secrets ---------------------------------------------------------------------------

    def secret(self, name: str, value: bytes | None = None) -> bytes:
        """A secret of the gateway's own; it is made when it is asked for first.

        Args:
            name: of the secret.
            value: what it is then; random by default.
        """
        new = secrets.token_bytes(32) if value is None else value

        def work(db: Rows) -> Row | None:
            db.run("INSERT INTO secrets VALUES (?, ?) ON CONFLICT DO NOTHING", name, new)
            return db.one("SELECT value FROM secrets WHERE name = ?", name)

        row = self._tables.write(work)
        assert row is not None  # noqa: S101 - it was just inserted
        return bytes(row["value"])

    def agree(self, home: Path) -> None:
        """Check that a home is the folder that all processes of the gateway share.

        The first one marks it, and the register remembers the mark.

        Raises:
            JournalError: when it is another folder, or cannot be read.
        """
        try:
            open_home(home)
            with suppress(FileExistsError), drafted(home, private=True) as draft:
                draft.write_bytes(secrets.token_bytes(32))
                publish_new(draft, home / MARK)
            mark = read_regular(home / MARK, MARK_BYTES)
        except (OSError, ValueError) as error:
            msg = f"The gateway's home {home} cannot be used ({error}). Give another --home."
            raise JournalError(msg) from error
        if self.secret("home", mark) != mark:
            msg = (
                f"{home} is not the home of this gateway: other processes of it use another "
                f"folder. Give all of them one --home that they share; it has the inputs of jobs. "
                f"If the folder was lost, restore it with the file {MARK}."
            )
            raise JournalError(msg)

    # --- endings ---------------------------------------------------------------------------

    def end(self, endings: Iterable[tuple[Owner, str, float | None]]) -> None:
        """Number the endings of jobs, for each person from 1.

        A job that has ended before, and was continued, gets another number. An ending that has
        one keeps it, so any number of processes may say what they noticed.

        Args:
            endings: application and person, that person's id of the job, and when it ended.
        """
        ended = list(endings)

        def work(db: Rows) -> None:
            for (app, person), job_id, at in ended:
                known = db.one(
                    "SELECT ended_at FROM endings WHERE app = ? AND person = ? AND job_id = ?",
                    app,
                    person,
                    job_id,
                )
                if known is not None and known["ended_at"] == at:
                    continue
                if known is None:
                    db.run(
                        "INSERT INTO endings (app, person, number, job_id, ended_at) VALUES "
                        f"(?, ?, {NEXT}, ?, ?)",
                        *(app, person, app, person, job_id, at),
                    )
                else:
                    db.run(
                        f"UPDATE endings SET number = {NEXT}, ended_at = ? "
                        "WHERE app = ? AND person = ? AND job_id = ?",
                        *(app, person, at, app, person, job_id),
                    )

        self._tables.write(work, locks={f"endings {app} {person}" for (app, person), _, _ in ended})

    def endings(self, owner: Owner, *, after: int, limit: int) -> list[tuple[int, str]]:
        """The endings of a person's jobs after a number: number and job, oldest first."""
        rows = self._tables.read(
            lambda db: db.all(
                "SELECT number, job_id FROM endings WHERE app = ? AND person = ? AND number > ? "
                "ORDER BY number LIMIT ?",
                *owner,
                after,
                limit,
            )
        )
        return [(row["number"], row["job_id"]) for row in rows]

    def last_ending(self, owner: Owner) -> int:
        """The number of a person's latest ending; 0 without one."""
        row = self._tables.read(
            lambda db: db.one(
                "SELECT coalesce(max(number), 0) AS last FROM endings WHERE app = ? AND person = ?",
                *owner,
            )
        )
        return 0 if row is None else int(row["last"])

    # --- the audit -------------------------------------------------------------------------

    def note(self, line: Row) -> None:
        """Add a line to the audit, by the names of its columns; none is ever changed."""
        row = {"id": secrets.token_hex(16)} | line
        self._tables.write(lambda db: _insert(db, "audit", row))


def _insert(db: Rows, table: str, row: Row) -> None:
    """Add a row, unless it was added by a transaction whose end was not known."""
    places = ", ".join("?" for _ in row)
    db.run(
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places}) ON CONFLICT DO NOTHING",
        *row.values(),
    )


def _token(row: Row) -> Token:
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
