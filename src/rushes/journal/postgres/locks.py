"""Locks by name, which last until the end of a transaction.

They keep apart transactions that would otherwise both read a state before either changes it: two
requests that want the last dollar of a cap, two that want to be the only take of their kind.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rushes.journal.postgres.connection import Connection


def hold(db: Connection, names: Iterable[str]) -> None:
    """Wait for locks, and hold them until the transaction has ended.

    Args:
        db: in a transaction, which took none of these before: all are taken in one order, so that
            no two transactions wait for each other.
        names: what is locked; different names can share a lock, which costs a wait.
    """
    keys = sorted({_key(name) for name in names})
    if keys:
        db.run("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", (keys,))


def _key(name: str) -> int:
    """The number of a lock; other programs may use the same database, and other numbers."""
    digest = hashlib.sha256(f"rushes {name}".encode(errors="replace")).digest()
    return int.from_bytes(digest[:8], signed=True)
