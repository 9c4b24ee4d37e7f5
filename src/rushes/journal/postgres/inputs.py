"""Local files: what stands for them at services, and whose takes they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.catalog.media import identity_of
from rushes.journal.postgres.connection import NOW
from rushes.journal.postgres.rows import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rushes.journal.postgres.connection import Connection


def find_upload(db: Connection, backend: str, path: str, lifetime: float) -> str | None:
    """A file's usable address at a service.

    One that would be usable for longer than any upload was dated by a clock that was set since.
    """
    row = db.one(
        "SELECT address FROM uploads WHERE backend = %s AND path = %s "
        f"AND usable_until > {NOW} AND usable_until <= {NOW} + %s",
        (text(backend), text(path), float(lifetime)),
    )
    return None if row is None else str(row[0])


def keep_upload(db: Connection, backend: str, path: str, address: str, usable_until: float) -> None:
    """Remember an address until a time, and drop all whose time is over."""
    db.run(f"DELETE FROM uploads WHERE usable_until <= {NOW}")
    db.run(
        "INSERT INTO uploads (backend, path, address, usable_until) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (backend, path) DO UPDATE SET "
        "address = excluded.address, usable_until = excluded.usable_until",
        (text(backend), text(path), text(address), usable_until),
    )


def forget_upload(db: Connection, backend: str, path: str) -> None:
    """Drop a file's address at a service."""
    db.run("DELETE FROM uploads WHERE backend = %s AND path = %s", (text(backend), text(path)))


def find_origin(db: Connection, inputs: Iterable[str]) -> str | None:
    """The job that made the first of some inputs that is a take."""
    digests = [text(identity_of(item)) for item in inputs]
    found = dict(db.rows("SELECT digest, job_id FROM origins WHERE digest = ANY(%s)", (digests,)))
    return next((found[digest] for digest in digests if digest in found), None)


def keep_origin(db: Connection, item: str, job_id: str) -> None:
    """Remember that an input is the take of a job, or was cut from it."""
    db.run(
        "INSERT INTO origins VALUES (%s, %s) "
        "ON CONFLICT (digest) DO UPDATE SET job_id = excluded.job_id",
        (text(identity_of(item)), text(job_id)),
    )
