"""Measures how many jobs one, two and four workers carry: `python -m gateway.crowd`.

All jobs are on record before the workers start. The service takes a minute for each, so that all
are in flight at the same time.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.storm import Crew, Site
from reliability.service_process import ServiceProcess
from rushes.contract.params import VideoGenParams
from rushes.gateway.register import Register
from rushes.journal import UNFINISHED, JobRecord, JobState
from rushes.journal.postgres import PostgresJournal
from support.postgres import Server, execute
from support.services import BY_NAME
from support.waiting import until

RUNS = 60.0
"""Seconds that a job takes at its service."""

BATCH = 500
"""Jobs that are recorded in one transaction."""


def measure(folder: Path, *, jobs: int, workers: int) -> str:
    """Make many videos at the same time; a line that says how it went."""
    server = Server.made()
    server.start()
    crew: Crew | None = None
    service = ServiceProcess(
        BY_NAME["fal"].module, run_seconds=(RUNS, RUNS), tiny_clips=True, log_requests=False
    )
    try:
        with service as fal:
            site = Site(folder=folder, journal=server.url(), urls=fal.urls, parts=workers)
            Register(site.home, site.journal).close()
            journal = PostgresJournal(site.journal)
            journal.heartbeat(3600.0)
            journal.take_lanes([], {})
            params = VideoGenParams(
                provider="seedance-2.0", mode="text-to-video", prompt="A red fox"
            )
            library = str(site.folder / "media" / "rushes" / "ada")
            for start in range(0, jobs, BATCH):
                some = min(BATCH, jobs - start)
                journal.add_all(
                    [JobRecord.new(params, backend="fal", folder=library) for _ in range(some)]
                )
            begun = time.time()
            crew = Crew(site, workers=workers, fronts=0)
            count = "SELECT count(*) FROM jobs WHERE state = ANY(%s)"
            open_ = [state.value for state in UNFINISHED]
            until(lambda: execute(site.journal, count, open_) == [(0,)], timeout=1800.0, pause=2.0)
            counts = fal.ledger()["counts"]
            found = journal.select(states=[JobState.COMPLETED])
            journal.close()
    finally:
        if crew is not None:
            crew.end()
        server.remove()
    sent = sorted((job.running_at or 0.0) - begun for job in found)
    late = sorted((job.done_at or 0.0) - (job.running_at or 0.0) - RUNS for job in found)
    ended = max(job.ended_at or 0.0 for job in found) - begun
    most = max(_in_flight(found))
    polls = counts.get("status", 0) / (len(found) * RUNS / 60.0)
    return (
        f"{workers} workers: {len(found)} of {jobs} completed in {ended:.0f} s, "
        f"{most} at once at most, all sent after {sent[-1]:.0f} s "
        f"({len(found) / sent[-1]:.0f}/s), news p50 {late[len(late) // 2]:.1f} s, "
        f"p95 {late[int(0.95 * len(late))]:.1f} s, {polls:.1f} status calls a job-minute, "
        f"calls {counts}"
    )


def _in_flight(jobs: list[JobRecord]) -> list[int]:
    """How many jobs were at the service, at each moment at which that changed."""
    steps = sorted(
        [(job.running_at or 0.0, 1) for job in jobs] + [(job.done_at or 0.0, -1) for job in jobs]
    )
    total, found = 0, [0]
    for _, step in steps:
        total += step
        found.append(total)
    return found


def main() -> int:
    """Measure, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    given = parser.parse_args()
    for workers in given.workers:
        with TemporaryDirectory() as folder:
            sys.stdout.write(measure(Path(folder), jobs=given.jobs, workers=workers) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
