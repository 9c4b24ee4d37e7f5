"""Sweeps and their cells."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from rushes.journal.postgres.connection import NOW, UNFINISHED_ROWS
from rushes.journal.postgres.rows import stored, text
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
from rushes.journal.sweep import CellRecord, Standing, SweepRecord, SweepState, seconds_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from rushes.journal.postgres.connection import Connection

_PLACE = "folder = %s AND sweep = %s"

_CELLS_NOW = f"""
    SELECT jobs.state AS state, coalesce(jobs.backend, cells.backend) AS backend,
        cells.job_id IS NULL AS waits, cells.estimate AS estimate,
        CASE WHEN cells.job_id IS NULL THEN typical_time
            WHEN {UNFINISHED_ROWS}
            THEN greatest(typical_time + jobs.created_at - {NOW}, typical_time / 10)
        END AS seconds
    FROM cells LEFT JOIN jobs ON jobs.id = cells.job_id
    WHERE cells.folder = %s AND cells.sweep = %s
"""
"""Every cell of a sweep, with the seconds until it is done."""


def put(db: Connection, sweep: SweepRecord, cells: Sequence[CellRecord]) -> int:
    """Record a sweep, or extend the one of its name; the number of new cells."""
    place = _place(sweep)
    before = _locked(db, sweep)
    if before is not None and before.state is SweepState.CANCELLED:
        # Cells that were never started are not started now, unless they are wanted again.
        db.run(
            f"DELETE FROM cells WHERE {_PLACE} AND job_id IS NULL AND key <> ALL(%s)",
            (*place, [text(cell.key) for cell in cells]),
        )
    db.run(
        f"INSERT INTO sweeps ({SWEEP_NAMES}) VALUES (%s, %s, %s, %s, %s, %s, %s) "
        "ON CONFLICT (folder, name) DO UPDATE SET "
        "spec = excluded.spec, cap = excluded.cap, state = excluded.state, reason = NULL",
        (*place, sweep.created_at, to_json(sweep.spec), sweep.cap, sweep.state.value, sweep.reason),
    )
    known = _count(db, sweep)
    if sweep.spec.get("again"):
        db.run(
            "UPDATE cells SET job_id = NULL, attempt = attempt + 1 "
            f"WHERE {_PLACE} AND key = ANY(%s)",
            (*place, [text(cell.key) for cell in cells]),
        )
    places = ", ".join("%s" for _ in (*place, *CELL_COLUMNS))
    db.many(
        f"INSERT INTO cells (folder, sweep, {CELL_NAMES}) VALUES ({places}) "
        "ON CONFLICT (folder, sweep, key) DO UPDATE SET "
        "number = excluded.number, cell_values = excluded.cell_values, "
        "job_id = coalesce(cells.job_id, excluded.job_id)",
        [(*place, *map(stored, to_cell_row(cell))) for cell in cells],
    )
    return _count(db, sweep) - known


def get(db: Connection, folder: str, name: str) -> SweepRecord | None:
    """One sweep."""
    row = db.one(
        f"SELECT {SWEEP_NAMES} FROM sweeps WHERE folder = %s AND name = %s",
        (text(folder), text(name)),
    )
    return None if row is None else from_sweep_row(row)


def select(
    db: Connection, folder: str | None, state: SweepState | None, limit: int
) -> list[SweepRecord]:
    """Sweeps, newest first."""
    filters = {"folder": folder, "state": None if state is None else state.value}
    given = {name: text(value) for name, value in filters.items() if value is not None}
    where = f"WHERE {' AND '.join(f'{name} = %s' for name in given)} " if given else ""
    statement = f"SELECT {SWEEP_NAMES} FROM sweeps {where}ORDER BY created_at DESC, name LIMIT %s"
    return [from_sweep_row(row) for row in db.rows(statement, (*given.values(), limit))]


def set_state(db: Connection, sweep: SweepRecord, state: SweepState, reason: str | None) -> None:
    """Start or stop making takes."""
    db.run(
        "UPDATE sweeps SET state = %s, reason = %s WHERE folder = %s AND name = %s",
        (state.value, None if reason is None else text(reason), *_place(sweep)),
    )


def stop(db: Connection, sweep: SweepRecord, state: SweepState, reason: str | None) -> bool:
    """Start no more takes, unless the sweep is not what it was; whether that was done."""
    if not _runs(db, sweep) or (state is SweepState.STARTED and _has_waiting(db, sweep)):
        return False
    set_state(db, sweep, state, reason)
    return True


def cells(db: Connection, sweep: SweepRecord) -> list[CellRecord]:
    """All cells, in order."""
    rows = db.rows(
        f"SELECT {CELL_NAMES} FROM cells WHERE {_PLACE} ORDER BY number, key", _place(sweep)
    )
    return [from_cell_row(row) for row in rows]


def waiting(
    db: Connection, sweep: SweepRecord, backends: Collection[str], limit: int
) -> list[CellRecord]:
    """The next cells without a job, of some services."""
    rows = db.rows(
        f"SELECT {CELL_NAMES} FROM cells WHERE {_PLACE} AND job_id IS NULL AND backend = ANY(%s) "
        "ORDER BY number, key LIMIT %s",
        (*_place(sweep), list(backends), limit),
    )
    return [from_cell_row(row) for row in rows]


def may_start(db: Connection, sweep: SweepRecord, cell: CellRecord) -> bool:
    """Whether a sweep runs as it is known, and waits for a job of this cell's attempt.

    The sweep stays as it is until the transaction has ended.
    """
    waits = f"SELECT 1 FROM cells WHERE {_PLACE} AND key = %s AND attempt = %s AND job_id IS NULL"
    values = (*_place(sweep), text(cell.key), cell.attempt)
    return _runs(db, sweep) and db.one(waits, values) is not None


def assign(db: Connection, sweep: SweepRecord, cell: CellRecord, job_id: str) -> None:
    """Note the job of a cell."""
    db.run(
        f"UPDATE cells SET job_id = %s WHERE {_PLACE} AND key = %s",
        (text(job_id), *_place(sweep), text(cell.key)),
    )


def reopen(db: Connection, sweep: SweepRecord, job_ids: Collection[str]) -> int:
    """Let cells wait again whose job is one of these and was not made; how many."""
    _locked(db, sweep)
    return db.run(
        f"UPDATE cells SET job_id = NULL, attempt = attempt + 1 WHERE {_PLACE} AND job_id IN "
        "(SELECT id FROM jobs WHERE id = ANY(%s) AND state IN ('failed', 'cancelled'))",
        (*_place(sweep), [text(job_id) for job_id in job_ids]),
    )


def job_rows(db: Connection, sweep: SweepRecord) -> list[tuple[Any, ...]]:
    """Rows of the jobs of all cells that have one."""
    return db.rows(
        f"SELECT {NAMES} FROM jobs WHERE id IN (SELECT job_id FROM cells WHERE {_PLACE})",
        _place(sweep),
    )


def standing(db: Connection, sweep: SweepRecord) -> Standing:
    """How many cells are in which state, and what they cost."""
    rows = db.rows(
        "SELECT state, backend, count(*), count(*) FILTER (WHERE waits), "
        "coalesce(sum(estimate) FILTER (WHERE waits), 0), "
        "count(*) FILTER (WHERE waits AND estimate IS NULL), sum(seconds), max(seconds) "
        f"FROM ({_CELLS_NOW}) AS now GROUP BY state, backend",
        _place(sweep),
    )
    known = set(JobState)
    jobs, under_way, waits = Counter[JobState](), Counter[str](), Counter[str]()
    total, longest = Counter[str](), dict[str, float]()
    for state, backend, many, waiting_here, _, _, seconds, most in rows:
        if state in known:
            jobs[JobState(state)] += many
        if state in UNFINISHED:
            under_way[backend] += many
        if waiting_here:
            waits[backend] += waiting_here
        if state is None and many > waiting_here:
            # Takes that lie in the folder, made by jobs that are not of this journal.
            jobs[JobState.COMPLETED] += many - waiting_here
        if seconds is not None:
            total[backend] += seconds
            longest[backend] = max(longest.get(backend, 0.0), most)
    reserved, spent = db.row(
        "SELECT coalesce(sum(reserved), 0), coalesce(sum(spent), 0) FROM sums WHERE account = %s",
        (text(sweep.account),),
    )
    return Standing(
        jobs=jobs,
        under_way=under_way,
        waiting_for=waits,
        waiting_cost=None if any(row[5] for row in rows) else sum(row[4] for row in rows),
        time_left=seconds_of((total[backend], longest[backend]) for backend in longest),
        reserved=reserved,
        spent=spent,
    )


def made(db: Connection, folder: str, keys: Sequence[str]) -> dict[tuple[str, str], str]:
    """The jobs that new ones would repeat: ids by the key of their content and the service."""
    rows = db.rows(
        "SELECT content_key, backend, id FROM jobs WHERE folder = %s AND content_key = ANY(%s) "
        "AND state NOT IN ('failed', 'cancelled') "
        "ORDER BY state <> 'completed', created_at, id",
        (text(folder), [text(key) for key in keys]),
    )
    found: dict[tuple[str, str], str] = {}
    for content_key, backend, job_id in rows:
        found.setdefault((content_key, backend), job_id)
    return found


def mentioned(db: Connection, wanted: Collection[str]) -> set[str]:
    """Which names of copied inputs occur in the requests of cells without a job."""
    rows = db.rows("SELECT params FROM cells WHERE job_id IS NULL")
    return {name for (params,) in rows for name in INPUT.findall(params) if name in wanted}


def _runs(db: Connection, sweep: SweepRecord) -> bool:
    """Whether a sweep runs, and is what it was."""
    now = _locked(db, sweep)
    is_same = now is not None and (now.cap, now.spec) == (sweep.cap, sweep.spec)
    return is_same and now is not None and now.state is SweepState.RUNNING


def _locked(db: Connection, sweep: SweepRecord) -> SweepRecord | None:
    """The sweep as it is, which no other transaction changes until this one has ended."""
    row = db.one(
        f"SELECT {SWEEP_NAMES} FROM sweeps WHERE folder = %s AND name = %s FOR UPDATE",
        _place(sweep),
    )
    return None if row is None else from_sweep_row(row)


def _has_waiting(db: Connection, sweep: SweepRecord) -> bool:
    """Whether a cell has no job, whatever service it is for."""
    statement = f"SELECT EXISTS (SELECT 1 FROM cells WHERE {_PLACE} AND job_id IS NULL)"
    return bool(db.row(statement, _place(sweep))[0])


def _count(db: Connection, sweep: SweepRecord) -> int:
    return int(db.row(f"SELECT count(*) FROM cells WHERE {_PLACE}", _place(sweep))[0])


def _place(sweep: SweepRecord) -> tuple[str, str]:
    return text(sweep.folder), text(sweep.name)
