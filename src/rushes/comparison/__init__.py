"""Comparing takes: exports to share, and votes with their summary.

>>> from rushes.comparison import contact_sheet, entries, page, side_by_side, summary, votes
>>> takes = entries({"kling": job, "seedance": other_job})
>>> side_by_side(takes, "comparison.mp4")
>>> summary(votes(gen))

Names are loaded on first use, because most need a decoder.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rushes.comparison.ballot import add_vote, votes
    from rushes.comparison.document import page
    from rushes.comparison.entry import Entry, entries
    from rushes.comparison.movie import side_by_side
    from rushes.comparison.stills import contact_sheet, frames
    from rushes.comparison.strength import Strength, strengths
    from rushes.comparison.tally import Standing, summary
    from rushes.journal import Vote

__all__ = [
    "Entry",
    "Standing",
    "Strength",
    "Vote",
    "add_vote",
    "contact_sheet",
    "entries",
    "frames",
    "page",
    "side_by_side",
    "strengths",
    "summary",
    "votes",
]

_HOMES = {
    "Entry": "rushes.comparison.entry",
    "Standing": "rushes.comparison.tally",
    "Strength": "rushes.comparison.strength",
    "Vote": "rushes.journal",
    "add_vote": "rushes.comparison.ballot",
    "contact_sheet": "rushes.comparison.stills",
    "entries": "rushes.comparison.entry",
    "frames": "rushes.comparison.stills",
    "page": "rushes.comparison.document",
    "side_by_side": "rushes.comparison.movie",
    "strengths": "rushes.comparison.strength",
    "summary": "rushes.comparison.tally",
    "votes": "rushes.comparison.ballot",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        msg = f"module 'rushes.comparison' has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
