"""The durable record of every job on this machine."""

from rushes.journal.journal import Journal
from rushes.journal.record import (
    ENDED,
    TRANSITIONS,
    UNFINISHED,
    JobRecord,
    JobState,
)

__all__ = ["ENDED", "TRANSITIONS", "UNFINISHED", "JobRecord", "JobState", "Journal"]
