"""The journal of several machines, on PostgreSQL; needs the extra ``rushes[postgres]``.

A statement is plain SQL, and each method of `PostgresJournal` is one transaction of a few of them.
"""

from rushes.journal.postgres.journal import PostgresJournal

__all__ = ["PostgresJournal"]
