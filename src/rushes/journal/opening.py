"""Which store a client or a worker uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.contract.errors import JournalError
from rushes.journal.sqlite import SqliteJournal

if TYPE_CHECKING:
    from pathlib import Path

    from rushes.journal.protocol import Journal


SCHEMES = ("postgresql://", "postgres://")
"""Beginnings of the address of a database."""


def is_address(text: str) -> bool:
    """Whether a text is the address of a database, as far as its beginning says."""
    return text.startswith(SCHEMES)


def open_journal(home: Path, url: str | None = None) -> Journal:
    """The journal of a home folder, or the one in a database, as another process on it.

    Args:
        home: the folder of the file, if there is no database.
        url: the address of a PostgreSQL database, e.g. ``postgresql://user@host/rushes``.

    Raises:
        JournalError: when it cannot be used, or the driver of PostgreSQL is not installed.
    """
    if url is None:
        return SqliteJournal(home)
    try:
        from rushes.journal.postgres import PostgresJournal  # noqa: PLC0415 - brings the driver
    except ImportError as error:
        msg = (
            f"A journal on PostgreSQL needs a driver ({error}): run "
            f'pip install "psycopg[binary]" and start again.'
        )
        raise JournalError(msg) from error
    return PostgresJournal(url)
