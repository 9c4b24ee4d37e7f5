"""Reading what is known of jobs besides their rows; of any number of them in one statement each."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from rushes.contract.marks import Marks
from rushes.journal.context import Context, Money, Place, Score, together
from rushes.journal.rows import to_object, to_texts

if TYPE_CHECKING:
    from collections.abc import Collection

    from rushes.journal.postgres.connection import Connection


def contexts(db: Connection, job_ids: Collection[str]) -> dict[str, Context]:
    """What is known of jobs, by id; those without anything of that are left out."""
    ids = list(job_ids)
    return together(_places(db, ids), _money(db, ids), _scores(db, ids), _marks(db, ids))


def _places(db: Connection, ids: list[str]) -> dict[str, list[Place]]:
    rows = db.rows(
        "SELECT cells.job_id, cells.folder, cells.sweep, cells.cell_values, cells.key, "
        "cells.number FROM cells "
        "JOIN sweeps ON sweeps.folder = cells.folder AND sweeps.name = cells.sweep "
        "WHERE cells.job_id = ANY(%s) ORDER BY sweeps.created_at, sweeps.name",
        (ids,),
    )
    found = defaultdict[str, list[Place]](list)
    for job_id, folder, sweep, written, key, number in rows:
        values = to_texts(written)
        found[job_id].append(
            Place(folder=folder, sweep=sweep, values=values, key=key, number=number)
        )
    return found


def _money(db: Connection, ids: list[str]) -> dict[str, Money]:
    rows = db.rows(
        "SELECT job_id, (array_agg(estimate ORDER BY attempt DESC))[1], "
        "coalesce(sum(amount) FILTER (WHERE is_open), 0), "
        "coalesce(sum(amount) FILTER (WHERE NOT is_open), 0) "
        "FROM reservations WHERE job_id = ANY(%s) GROUP BY job_id",
        (ids,),
    )
    return {
        job_id: Money(estimate=estimate, reserved=round(reserved, 6), spent=round(spent, 6))
        for job_id, estimate, reserved, spent in rows
    }


def _marks(db: Connection, ids: list[str]) -> dict[str, Marks]:
    rows = db.rows(
        "SELECT id, marks FROM jobs WHERE mark_number IS NOT NULL AND id = ANY(%s)", (ids,)
    )
    return {job_id: Marks.from_json(to_object(marks)) for job_id, marks in rows}


def _scores(db: Connection, ids: list[str]) -> dict[str, Score]:
    rows = db.rows(
        "SELECT job_id, count(*) FILTER (WHERE choice = side), "
        "count(*) FILTER (WHERE choice NOT IN (side, 'tie')), "
        "count(*) FILTER (WHERE choice = 'tie') FROM ("
        "SELECT left_job AS job_id, 'left' AS side, choice FROM votes WHERE left_job = ANY(%s) "
        "UNION ALL SELECT right_job, 'right', choice FROM votes WHERE right_job = ANY(%s)"
        ") AS sides GROUP BY job_id",
        (ids, ids),
    )
    return {job_id: Score(won=won, lost=lost, tied=tied) for job_id, won, lost, tied in rows}
