"""Makes a client where another process has left many unfinished jobs, and watches it take over."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from benchmarks.ours.watched import WatchedFal
from benchmarks.session import Session
from rushes import VideoGen

WATCHED_SECONDS = 8.0
OWNED = "SELECT count(*) FROM jobs WHERE owner = ? AND state = 'running'"


def main() -> None:
    """Time the adoption by the journal itself, then count the status calls that follow."""
    session = Session()
    task = session.task
    backend = WatchedFal(task["urls"])
    session.ready()
    began = time.monotonic()
    gen = VideoGen(backend, home=task["home"], library=task["library"])
    made = time.monotonic()
    journal = sqlite3.connect(f"file:{Path(task['home'], 'journal.sqlite3')}?mode=ro", uri=True)
    owner, owned = gen.engine.journal.owner, 0
    while owned < task["jobs"] and time.monotonic() < made + WATCHED_SECONDS:
        owned = journal.execute(OWNED, (owner,)).fetchone()[0]
        time.sleep(0.005)
    adopted = time.monotonic()
    time.sleep(WATCHED_SECONDS)
    session.report(
        owned=owned,
        constructor=made - began,
        adoption=adopted - began,
        most_in_a_second=backend.most_in_a_second(),
        calls=len(backend.asked),
        limit=backend.limits.polls_per_second,
    )
    gen.close()


if __name__ == "__main__":
    main()
