"""Reading rows from SQLite."""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import TYPE_CHECKING, Any

from rushes.journal.rows import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PLACEHOLDERS = ", ".join("?" for _ in COLUMNS)


def placeholders(values: Iterable[object]) -> str:
    """As many placeholders as values."""
    return ", ".join("?" for _ in values)


def fetch(
    db: sqlite3.Connection, statement: str, values: Sequence[Any] | Mapping[str, Any] = ()
) -> list[sqlite3.Row]:
    """All rows of a query; one with text that is not UTF-8 keeps no other from being read."""
    try:
        return db.execute(statement, values).fetchall()
    except sqlite3.OperationalError as error:
        if "UTF-8" not in str(error):
            raise
    # Not set from the start: it takes twice as long.
    db.text_factory = partial(str, encoding="utf-8", errors="replace")
    return db.execute(statement, values).fetchall()


def fetch_cells(
    db: sqlite3.Connection, statement: str, values: Sequence[Any]
) -> list[tuple[Any, ...]]:
    """As `fetch`, but each row is a tuple, which is made and read faster."""
    names, db.row_factory = db.row_factory, None
    try:
        return [tuple(row) for row in fetch(db, statement, values)]
    finally:
        db.row_factory = names
