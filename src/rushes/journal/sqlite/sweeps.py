"""Sweeps and their cells."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from rushes.journal.record import UNFINISHED, JobState
from rushes.journal.rows import (
    CELL_COLUMNS,
    CELL_NAMES,
    INPUT,
    NAMES,
    SWEEP_NAMES,
    from_cell_row,
    from_sweep_row,
    to_cell_row,
    to_json,
)
from rushes.journal.sqlite.rows import fetch, placeholders
from rushes.journal.sweep import CellRecord, Standing, SweepRecord, SweepState, seconds_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence


_UNFINISHED = ", ".join(f"'{state}'" for state in sorted(UNFINISHED))

_CELLS_NOW = f"""
    SELECT jobs.state AS state, coalesce(jobs.backend, cells.backend) AS backend,
        cells.job_id IS NULL AS waits, cells.estimate AS estimate,
        CASE WHEN cells.job_id IS NULL THEN typical_time
            WHEN jobs.state IN ({_UNFINISHED})
            THEN max(typical_time + jobs.created_at - ?, typical_time / 10)
        END AS seconds
    FROM cells LEFT JOIN jobs ON jobs.id = cells.job_id
    WHERE cells.folder = ? AND cells.sweep = ?
"""
"""Every cell of a sweep, with the seconds until it is done."""

MOST_KEYS = 500
"""Keys in one statement; SQLite allows 999 values in the oldest release that is in use."""


def put(db: sqlite3.Connection, sweep: SweepRecord, cells: Sequence[CellRecord]) -> int:
    """Record a sweep, or extend the one of its name; the number of new cells."""
    _drop_cancelled(db, sweep, {cell.key for cell in cells})
    db.execute(
        "INSERT INTO sweeps (folder, name, created_at, spec, cap, state, reason) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (folder, name) DO UPDATE SET "
        "spec = excluded.spec, cap = excluded.cap, state = excluded.state, reason = NULL",
        (
            sweep.folder,
            sweep.name,
            sweep.created_at,
            to_json(sweep.spec),
            sweep.cap,
            sweep.state,
            sweep.reason,
        ),
    )
    before = _count(db, sweep)
    if sweep.spec.get("again"):
        db.executemany(
            "UPDATE cells SET job_id = NULL, attempt = attempt + 1 "
            "WHERE folder = ? AND sweep = ? AND key = ?",
            [(sweep.folder, sweep.name, cell.key) for cell in cells],
        )
    db.executemany(
        f"INSERT INTO cells (folder, sweep, {CELL_NAMES}) "
        f"VALUES (?, ?, {placeholders(CELL_COLUMNS)}) "
        "ON CONFLICT (folder, sweep, key) DO UPDATE SET "
        "number = excluded.number, cell_values = excluded.cell_values, "
        "job_id = coalesce(job_id, excluded.job_id)",
        [(sweep.folder, sweep.name, *to_cell_row(cell)) for cell in cells],
    )
    return _count(db, sweep) - before


def _drop_cancelled(db: sqlite3.Connection, sweep: SweepRecord, wanted: Collection[str]) -> None:
    """Drop the cells of a cancelled sweep that were never started, but those that are wanted."""
    earlier = get(db, sweep.folder, sweep.name)
    if earlier is None or earlier.state is not SweepState.CANCELLED:
        return
    place = (sweep.folder, sweep.name)
    rows = fetch(
        db, "SELECT key FROM cells WHERE folder = ? AND sweep = ? AND job_id IS NULL", place
    )
    db.executemany(
        "DELETE FROM cells WHERE folder = ? AND sweep = ? AND key = ?",
        [(*place, row["key"]) for row in rows if row["key"] not in wanted],
    )


def get(db: sqlite3.Connection, folder: str, name: str) -> SweepRecord | None:
    """One sweep."""
    rows = fetch(
        db, f"SELECT {SWEEP_NAMES} FROM sweeps WHERE folder = ? AND name = ?", (folder, name)
    )
    return from_sweep_row(rows[0]) if rows else None


def select(
    db: sqlite3.Connection, folder: str | None, state: SweepState | None, limit: int
) -> list[SweepRecord]:
    """Sweeps, newest first."""
    filters = {"folder": folder, "state": state}
    given = {name: value for name, value in filters.items() if value is not None}
    where = f"WHERE {' AND '.join(f'{name} = ?' for name in given)} " if given else ""
    statement = f"SELECT {SWEEP_NAMES} FROM sweeps {where}ORDER BY created_at DESC, name LIMIT ?"
    return [from_sweep_row(row) for row in fetch(db, statement, (*given.values(), limit))]


def set_state(
    db: sqlite3.Connection, sweep: SweepRecord, state: SweepState, reason: str | None
) -> None:
    """Start or stop making takes."""
    db.execute(
        "UPDATE sweeps SET state = ?, reason = ? WHERE folder = ? AND name = ?",
        (state, reason, sweep.folder, sweep.name),
    )


def stop(db: sqlite3.Connection, sweep: SweepRecord, state: SweepState, reason: str | None) -> bool:
    """Start no more takes, unless the sweep is not what it was; whether that was done."""
    if not _runs(db, sweep) or (state is SweepState.STARTED and _has_waiting(db, sweep)):
        return False
    set_state(db, sweep, state, reason)
    return True


def _runs(db: sqlite3.Connection, sweep: SweepRecord) -> bool:
    """Whether a sweep runs, and is what it was."""
    now = get(db, sweep.folder, sweep.name)
    is_same = now is not None and (now.cap, now.spec) == (sweep.cap, sweep.spec)
    return is_same and now is not None and now.state is SweepState.RUNNING


def cells(db: sqlite3.Connection, sweep: SweepRecord) -> list[CellRecord]:
    """All cells, in order."""
    rows = fetch(
        db,
        f"SELECT {CELL_NAMES} FROM cells WHERE folder = ? AND sweep = ? ORDER BY number, key",
        (sweep.folder, sweep.name),
    )
    return [from_cell_row(row) for row in rows]


def waiting(
    db: sqlite3.Connection, sweep: SweepRecord, backends: Collection[str], limit: int
) -> list[CellRecord]:
    """The next cells without a job, of some services."""
    rows = fetch(
        db,
        f"SELECT {CELL_NAMES} FROM cells WHERE folder = ? AND sweep = ? AND job_id IS NULL "
        f"AND backend IN ({placeholders(backends)}) ORDER BY number, key LIMIT ?",
        (sweep.folder, sweep.name, *backends, limit),
    )
    return [from_cell_row(row) for row in rows]


def may_start(db: sqlite3.Connection, sweep: SweepRecord, cell: CellRecord) -> bool:
    """Whether a sweep runs as it is known, and waits for a job of this cell's attempt."""
    waits = (
        "SELECT 1 FROM cells "
        "WHERE folder = ? AND sweep = ? AND key = ? AND attempt = ? AND job_id IS NULL"
    )
    values = (sweep.folder, sweep.name, cell.key, cell.attempt)
    return _runs(db, sweep) and db.execute(waits, values).fetchone() is not None


def assign(db: sqlite3.Connection, sweep: SweepRecord, cell: CellRecord, job_id: str) -> None:
    """Note the job of a cell."""
    db.execute(
        "UPDATE cells SET job_id = ? WHERE folder = ? AND sweep = ? AND key = ?",
        (job_id, sweep.folder, sweep.name, cell.key),
    )


def reopen(db: sqlite3.Connection, sweep: SweepRecord, job_ids: Collection[str]) -> int:
    """Let cells wait again whose job is one of these and was not made; how many."""
    done = db.executemany(
        "UPDATE cells SET job_id = NULL, attempt = attempt + 1 "
        "WHERE folder = ? AND sweep = ? AND job_id IN "
        "(SELECT id FROM jobs WHERE id = ? AND state IN ('failed', 'cancelled'))",
        [(sweep.folder, sweep.name, job_id) for job_id in job_ids],
    )
    return done.rowcount


def job_rows(db: sqlite3.Connection, sweep: SweepRecord) -> list[sqlite3.Row]:
    """Rows of the jobs of all cells that have one."""
    return fetch(
        db,
        f"SELECT {NAMES} FROM jobs WHERE id IN "
        "(SELECT job_id FROM cells WHERE folder = ? AND sweep = ?)",
        (sweep.folder, sweep.name),
    )


def standing(db: sqlite3.Connection, sweep: SweepRecord) -> Standing:
    """How many cells are in which state, and what they cost."""
    rows = fetch(
        db,
        f"SELECT state, backend, count(*) AS many, sum(waits) AS waiting, "
        "total(waits * estimate) AS cost, sum(waits AND estimate IS NULL) AS unpriced, "
        f"sum(seconds) AS seconds, max(seconds) AS longest FROM ({_CELLS_NOW}) "
        "GROUP BY state, backend",
        (time.time(), sweep.folder, sweep.name),
    )
    known = set(JobState)
    jobs, under_way, waiting = Counter[JobState](), Counter[str](), Counter[str]()
    total, longest = Counter[str](), dict[str, float]()
    for row in rows:
        backend = row["backend"]
        if row["state"] in known:
            jobs[JobState(row["state"])] += row["many"]
        if row["state"] in UNFINISHED:
            under_way[backend] += row["many"]
        if row["waiting"]:
            waiting[backend] += row["waiting"]
        if row["state"] is None and row["many"] > row["waiting"]:
            # Takes that lie in the folder, made by jobs that are not of this journal.
            jobs[JobState.COMPLETED] += row["many"] - row["waiting"]
        if row["seconds"] is not None:
            total[backend] += row["seconds"]
            longest[backend] = max(longest.get(backend, 0.0), row["longest"])
    sums = db.execute(
        "SELECT total(reserved) AS reserved, total(spent) AS spent FROM sums WHERE account = ?",
        (sweep.account,),
    ).fetchone()
    return Standing(
        jobs=jobs,
        under_way=under_way,
        waiting_for=waiting,
        waiting_cost=None if any(row["unpriced"] for row in rows) else sum(r["cost"] for r in rows),
        time_left=seconds_of((total[backend], longest[backend]) for backend in longest),
        reserved=sums["reserved"],
        spent=sums["spent"],
    )


def made(db: sqlite3.Connection, folder: str, keys: Sequence[str]) -> dict[tuple[str, str], str]:
    """The jobs that new ones would repeat: ids by the key of their content and the service."""
    found: dict[tuple[str, str], str] = {}
    for start in range(0, len(keys), MOST_KEYS):
        some = keys[start : start + MOST_KEYS]
        rows = fetch(
            db,
            "SELECT content_key, backend, id FROM jobs WHERE folder = ? "
            f"AND content_key IN ({placeholders(some)}) AND state NOT IN ('failed', 'cancelled') "
            "ORDER BY state != 'completed', created_at, id",
            (folder, *some),
        )
        for row in rows:
            found.setdefault((row["content_key"], row["backend"]), row["id"])
    return found


def mentioned(db: sqlite3.Connection, names: Collection[str]) -> set[str]:
    """Which names of copied inputs occur in the requests of cells without a job."""
    rows = fetch(db, "SELECT params FROM cells WHERE job_id IS NULL")
    return {
        name
        for row in rows
        if isinstance(row["params"], str)
        for name in INPUT.findall(row["params"])
        if name in names
    }


def _has_waiting(db: sqlite3.Connection, sweep: SweepRecord) -> bool:
    """Whether a cell has no job, whatever service it is for."""
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM cells WHERE folder = ? AND sweep = ? AND job_id IS NULL)",
        (sweep.folder, sweep.name),
    ).fetchone()
    return bool(row[0])


def _count(db: sqlite3.Connection, sweep: SweepRecord) -> int:
    row = db.execute(
        "SELECT count(*) FROM cells WHERE folder = ? AND sweep = ?", (sweep.folder, sweep.name)
    ).fetchone()
    return int(row[0])
