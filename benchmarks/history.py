"""A journal with many finished takes."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEWS = 20
"""The newest takes are not handed out yet."""

HANDED_OUT = 2


def extend(home: Path, count: int) -> None:
    """Copy the first take of a journal until there are `count` finished ones.

    The copies differ in what has to differ: names, times and the request's `clientRef`.
    """
    with closing(sqlite3.connect(home / "journal.sqlite3")) as db, db:
        db.row_factory = sqlite3.Row
        first = dict(db.execute("SELECT * FROM jobs ORDER BY created_at LIMIT 1").fetchone())
        # Generated columns are not listed here.
        columns = [row["name"] for row in db.execute("PRAGMA table_info(jobs)")]
        present = db.execute("SELECT count(*) FROM jobs").fetchone()[0]
        marks = ", ".join(f":{name}" for name in columns)
        db.execute("UPDATE jobs SET handed = ?", (HANDED_OUT,))
        db.executemany(
            f"INSERT INTO jobs ({', '.join(columns)}) VALUES ({marks})",
            _copies(first, range(present, count)),
        )
        db.execute("ANALYZE")


def _copies(first: dict[str, Any], numbers: range) -> Iterator[dict[str, Any]]:
    params = json.loads(first["params"])
    began = time.time() - 1_000_000
    for number in numbers:
        shift = began + 5 * number - first["created_at"]
        times = {
            name: value + shift
            for name, value in first.items()
            if name.endswith("_at") and value is not None
        }
        yield (
            first
            | times
            | {
                "id": f"{first['id']}-{number}",
                "remote_id": f"{first['remote_id']}-{number}",
                "token": f"{first['token']}-{number}",
                "params": json.dumps(params | {"clientRef": f"earlier-{number}"}),
                "handed": 0 if number >= numbers.stop - NEWS else HANDED_OUT,
            }
        )
