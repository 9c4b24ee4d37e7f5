"""The journal in one SQLite file, shared by every process of one machine.

`journal` holds the transactions, one a method; the other modules hold the statements, a module a
subject, as functions of an open connection.
"""

from rushes.journal.sqlite.journal import SqliteJournal

__all__ = ["SqliteJournal"]
