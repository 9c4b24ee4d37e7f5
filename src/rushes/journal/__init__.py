"""The durable record of every job on this machine, and of the votes between takes."""

from rushes.journal.journal import Journal
from rushes.journal.ledger import CURRENCY, Entry, Reservation, believed
from rushes.journal.record import (
    ENDED,
    REOPENED,
    TRANSITIONS,
    UNFINISHED,
    JobRecord,
    JobState,
)
from rushes.journal.vote import Vote

__all__ = [
    "CURRENCY",
    "ENDED",
    "REOPENED",
    "TRANSITIONS",
    "UNFINISHED",
    "Entry",
    "JobRecord",
    "JobState",
    "Journal",
    "Reservation",
    "Vote",
    "believed",
]
