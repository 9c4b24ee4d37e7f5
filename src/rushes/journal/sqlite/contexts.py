"""Reading what is known of jobs besides their rows; of any number of them in one statement each."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from rushes.contract.marks import Marks
from rushes.journal.context import Context, Money, Place, Score, together
from rushes.journal.rows import to_object, to_texts
from rushes.journal.sqlite.ledger import KNOWN, is_counted
from rushes.journal.sqlite.rows import fetch

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection

GIVEN = "(SELECT value FROM json_each(?))"
"""The ids, as one value: the number of values in a statement is limited."""


def contexts(db: sqlite3.Connection, job_ids: Collection[str]) -> dict[str, Context]:
    """What is known of jobs, by id; those without anything of that are left out."""
    ids = json.dumps(list(job_ids))
    return together(_places(db, ids), _money(db, ids), _scores(db, ids), _marks(db, ids))


def _places(db: sqlite3.Connection, ids: str) -> dict[str, list[Place]]:
    rows = fetch(
        db,
        "SELECT cells.job_id, cells.folder, cells.sweep, cells.cell_values, cells.key, "
        "cells.number FROM cells "
        "JOIN sweeps ON sweeps.folder = cells.folder AND sweeps.name = cells.sweep "
        f"WHERE cells.job_id IN {GIVEN} ORDER BY sweeps.created_at, sweeps.name",
        (ids,),
    )
    found = defaultdict[str, list[Place]](list)
    for job_id, folder, sweep, text, key, number in rows:
        values = to_texts(text)
        found[job_id].append(
            Place(folder=folder, sweep=sweep, values=values, key=key, number=number)
        )
    return found


def _money(db: sqlite3.Connection, ids: str) -> dict[str, Money]:
    # An attempt without a day is in no sum yet. Of the columns of a group, SQLite gives those of
    # the row with the maximum.
    rows = fetch(
        db,
        "SELECT job_id, estimate, max(attempt), total(amount * is_open) AS reserved, "
        "total(amount * (1 - is_open)) AS spent FROM reservations "
        f"WHERE day != '' AND job_id IN {GIVEN} GROUP BY job_id",
        (ids,),
    )
    found = {
        row["job_id"]: Money(
            estimate=row["estimate"],
            reserved=round(row["reserved"], 6),
            spent=round(row["spent"], 6),
        )
        for row in rows
    }
    if is_counted(db):
        earlier = fetch(
            db,
            f"SELECT id, round({KNOWN}, 6) AS spent FROM jobs "
            f"WHERE accounted = 0 AND id IN {GIVEN}",
            (ids,),
        )
        found |= {row["id"]: Money(spent=row["spent"] or 0.0) for row in earlier}
    return found


def _marks(db: sqlite3.Connection, ids: str) -> dict[str, Marks]:
    rows = fetch(
        db,
        f"SELECT id, marks FROM jobs WHERE mark_number IS NOT NULL AND +id IN {GIVEN}",
        (ids,),
    )
    return {row["id"]: Marks.from_json(to_object(row["marks"])) for row in rows}


def _scores(db: sqlite3.Connection, ids: str) -> dict[str, Score]:
    rows = fetch(
        db,
        "SELECT job_id, total(won), total(lost), total(tied) FROM ("
        "SELECT left_job AS job_id, choice = 'left' AS won, choice = 'right' AS lost, "
        "choice = 'tie' AS tied FROM votes "
        "UNION ALL SELECT right_job, choice = 'right', choice = 'left', choice = 'tie' FROM votes"
        f") WHERE job_id IN {GIVEN} GROUP BY job_id",
        (ids,),
    )
    return {
        job_id: Score(won=int(won), lost=int(lost), tied=int(tied))
        for job_id, won, lost, tied in rows
    }
