"""Which takes copied inputs are, so that a job made from one knows its parent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.catalog.media import identity_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable


def find(db: sqlite3.Connection, inputs: Iterable[str]) -> str | None:
    """The job that made the first of some inputs that is a take."""
    for item in inputs:
        row = db.execute(
            "SELECT job_id FROM origins WHERE digest = ?", (identity_of(item),)
        ).fetchone()
        if row is not None:
            return str(row["job_id"])
    return None


def keep(db: sqlite3.Connection, item: str, job_id: str) -> None:
    """Remember that an input is the take of a job, or was cut from it."""
    db.execute("INSERT OR REPLACE INTO origins VALUES (?, ?)", (identity_of(item), job_id))
