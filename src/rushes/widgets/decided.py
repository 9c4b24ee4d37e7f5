"""What a page shows of a decision about an uncertain take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.journal import REOPENED, JobState

if TYPE_CHECKING:
    from rushes.journal import JobRecord

_WORDS = {
    "resolve": "It continues from there.",
    "resubmit": "It is sent again.",
    "abandon": "It was given up.",
}


def decided(action: str, record: JobRecord) -> str:
    """What became of it, in a sentence."""
    if action != "look-again":
        return _WORDS[action]
    if record.state is JobState.UNCERTAIN:
        return f"{record.backend} does not list it (yet). It may still turn up."
    if record.state in REOPENED:
        return f"{record.backend} shows nothing new of it; it stays {record.state}."
    return f"{record.backend} has it; it continues."
