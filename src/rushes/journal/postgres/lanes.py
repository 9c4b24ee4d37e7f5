"""The tables of lanes: who holds which, and who wants to work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.journal.lanes import Lane, Lanes, assigned
from rushes.journal.postgres.connection import NOW, UNFINISHED_ROWS
from rushes.journal.postgres.leases import ALIVE
from rushes.journal.postgres.locks import hold

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from rushes.journal.postgres.connection import Connection


def take(
    db: Connection, owner: str, backends: Collection[str], divided: Mapping[str, int]
) -> tuple[Lanes, frozenset[Lane]]:
    """Say what a process works on, and take the lanes that it should have and nobody has.

    Returns:
        All that it holds, and which of these another process should have.
    """
    hold(db, ["lanes"])
    db.run("UPDATE owners SET works_on = %s WHERE id = %s", (sorted(backends), owner))
    for backend in backends:
        db.run(
            "INSERT INTO lanes (backend, part) VALUES (%s, 0) ON CONFLICT DO NOTHING", (backend,)
        )
    for backend, number in divided.items():
        db.run("DELETE FROM lanes WHERE backend = %s AND part >= %s", (backend, number))
        db.run(
            "INSERT INTO lanes (backend, part) SELECT %s, part FROM generate_series(0, %s) AS part "
            "ON CONFLICT DO NOTHING",
            (backend, number - 1),
        )
    rows = db.rows("SELECT backend, part, owner FROM lanes")
    living = db.rows(
        f"SELECT id, works_on FROM owners WHERE works_on IS NOT NULL AND id IN {ALIVE}"
    )
    workers = {name: tuple(services) for name, services in living}
    lanes = {Lane(backend, part): holder for backend, part, holder in rows}
    target = assigned(lanes, workers)
    held = set()
    for lane, holder in lanes.items():
        is_free = holder not in workers
        if holder == owner or (is_free and target[lane] == owner):
            held.add(lane)
        if is_free and target[lane] == owner:
            db.run(
                f"UPDATE lanes SET owner = %s, taken_at = {NOW} WHERE backend = %s AND part = %s",
                (owner, lane.backend, lane.part),
            )
    numbers: dict[str, int] = {}
    for lane in lanes:
        numbers[lane.backend] = numbers.get(lane.backend, 0) + 1
    surplus = frozenset(lane for lane in held if target[lane] != owner)
    return Lanes(numbers, frozenset(held)), surplus


def release(db: Connection, owner: str, lanes: Collection[Lane]) -> None:
    """Leave lanes to others."""
    for lane in lanes:
        db.run(
            "UPDATE lanes SET owner = NULL WHERE backend = %s AND part = %s AND owner = %s",
            (lane.backend, lane.part, owner),
        )


def hand_over(db: Connection, owner: str, job_ids: Collection[str]) -> int:
    """Leave jobs to others, whose claim raises their fence; how many."""
    return db.run(
        f"UPDATE jobs SET owner = NULL WHERE id = ANY(%s) AND owner = %s AND {UNFINISHED_ROWS}",
        (list(job_ids), owner),
    )


def condition(lanes: Lanes, backends: Collection[str]) -> tuple[str, list[object]]:
    """What is true of jobs of some lanes, and the values of that."""
    wheres, values = ["false"], list[object]()
    for backend in backends:
        parts, number = lanes.parts(backend), lanes.divided.get(backend, 1)
        if not parts:
            continue
        if len(parts) == number:
            wheres.append("backend = %s")
            values.append(backend)
        else:
            # As `lane_of` has it.
            wheres.append(
                "(backend = %s AND ('x' || substr(md5(id), 1, 7))::bit(28)::integer %% %s "
                "= ANY(%s))"
            )
            values += [backend, number, list(parts)]
    return f"({' OR '.join(wheres)})", values
