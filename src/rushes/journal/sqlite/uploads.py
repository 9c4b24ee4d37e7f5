"""What stands for local files at services, so that another process need not upload them again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def find(db: sqlite3.Connection, backend: str, path: str, lifetime: float) -> str | None:
    """A file's usable address at a service.

    One that would be usable for longer than any upload was dated by a clock that was set since.
    """
    now = time.time()
    row = db.execute(
        "SELECT address FROM uploads WHERE backend = ? AND path = ? "
        "AND usable_until > ? AND usable_until <= ?",
        (backend, path, now, now + lifetime),
    ).fetchone()
    return None if row is None else str(row["address"])


def keep(
    db: sqlite3.Connection, backend: str, path: str, address: str, usable_until: float
) -> None:
    """Remember an address until a time, and drop all whose time is over."""
    db.execute("DELETE FROM uploads WHERE usable_until <= ?", (time.time(),))
    db.execute(
        "INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?)",
        (backend, path, address, usable_until),
    )


def forget(db: sqlite3.Connection, backend: str, path: str) -> None:
    """Drop a file's address at a service."""
    db.execute("DELETE FROM uploads WHERE backend = ? AND path = ?", (backend, path))
