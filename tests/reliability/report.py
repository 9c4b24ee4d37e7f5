"""What the rounds came to, as a table to read and as rows for the documentation."""

from __future__ import annotations

import platform
import sqlite3
import time
from typing import TYPE_CHECKING, Any

from rushes import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reliability.kill import Tally

_COLUMNS = {
    "service": "service",
    "provider": "provider",
    "history": "history",
    "workers": "workers",
    "alike": "alike",
    "kills": "kills",
    "stops": "stops",
    "clockSteps": "clock steps",
    "jobs": "jobs",
    "lost": "lost",
    "boughtTwice": "twice",
    "adopted": "adopted",
    "uncertain": "uncertain",
    "uncertainBought": "of them bought",
    "seconds": "seconds",
}


def row(tally: Tally) -> dict[str, Any]:
    """The tally of a combination as plain JSON."""
    kind, verdict = tally.combination, tally.verdict
    return {
        "combination": str(kind),
        "service": kind.service,
        "provider": kind.provider,
        "history": kind.history,
        "workers": kind.workers,
        "alike": kind.alike,
        "rounds": tally.rounds,
        "kills": tally.acts["kill"],
        "stops": tally.acts["stop"],
        "clockSteps": tally.acts["step"],
        "jobs": verdict.jobs,
        "completed": verdict.completed,
        "lost": len(verdict.lost),
        "boughtTwice": len(verdict.twice),
        "adopted": verdict.adopted,
        "uncertain": verdict.uncertain,
        "uncertainBought": verdict.uncertain_bought,
        "seconds": round(tally.seconds, 1),
    }


def document(tallies: Sequence[Tally]) -> dict[str, Any]:
    """All rows, with what they were measured on."""
    return {
        "rushes": __version__,
        "measuredAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": f"{platform.system()} {platform.release()}",
        "rows": [row(tally) for tally in tallies],
    }


def table(tallies: Sequence[Tally]) -> str:
    """The rows in columns, with their sums."""
    rows = [row(tally) for tally in tallies]
    sums = dict.fromkeys(_COLUMNS, "")
    sums["service"] = "all"
    counts = ("kills", "stops", "clockSteps", "jobs", "lost", "boughtTwice", "adopted")
    for name in (*counts, "uncertain", "uncertainBought"):
        sums[name] = str(sum(line[name] for line in rows))
    lines = [
        list(_COLUMNS.values()),
        *([_text(line[name]) for name in _COLUMNS] for line in rows),
        list(sums.values()),
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
