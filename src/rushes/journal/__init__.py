"""The durable record of every job, and of the votes between takes.

`Journal` is what a store promises, `SqliteJournal` the store of one machine, `PostgresJournal` in
`rushes.journal.postgres` that of several, and `AsyncJournal` either of them for coroutines.
"""

from rushes.journal.asynchronous import AsyncJournal
from rushes.journal.ledger import (
    CURRENCY,
    PARTS,
    Cap,
    Entry,
    Pace,
    Part,
    Reservation,
    Spending,
    Tally,
    believed,
    today,
)
from rushes.journal.opening import open_journal
from rushes.journal.prompt import PromptRecord
from rushes.journal.protocol import Journal, Unreachable
from rushes.journal.record import (
    ENDED,
    REOPENED,
    REPEATED,
    TRANSITIONS,
    UNFINISHED,
    Changes,
    Failure,
    JobRecord,
    JobState,
    Json,
    Output,
)
from rushes.journal.sqlite import SqliteJournal
from rushes.journal.sweep import CellRecord, Standing, SweepRecord, SweepState
from rushes.journal.vote import Vote

__all__ = [
    "CURRENCY",
    "ENDED",
    "PARTS",
    "REOPENED",
    "REPEATED",
    "TRANSITIONS",
    "UNFINISHED",
    "AsyncJournal",
    "Cap",
    "CellRecord",
    "Changes",
    "Entry",
    "Failure",
    "JobRecord",
    "JobState",
    "Journal",
    "Json",
    "Output",
    "Pace",
    "Part",
    "PromptRecord",
    "Reservation",
    "Spending",
    "SqliteJournal",
    "Standing",
    "SweepRecord",
    "SweepState",
    "Tally",
    "Unreachable",
    "Vote",
    "believed",
    "open_journal",
    "today",
]
