"""Measures how long people wait when one of them has most of the jobs, and whether places idle.

`python -m gateway.shares` prints a table. Jobs are on record before the workers start, so that all
of them compete from the first moment.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.serving import APP
from gateway.storm import Crew, Desk, Site
from reliability.service_process import ServiceProcess
from rushes.gateway.register import Register
from rushes.journal import JobState, open_journal
from support.postgres import Server
from support.services import BY_NAME
from support.waiting import until

HEAVY = 0.8
"""The share of the jobs that one person has."""

LIGHT = 20
"""How many people have the rest."""

RUNS = 1.0
"""Seconds that a job takes at its service."""


def measure(folder: Path, *, jobs: int, places: int, workers: int) -> list[str]:
    """Have people wait for a service; lines that say for how long.

    Args:
        folder: an empty one.
        jobs: of all people together.
        places: jobs that may be at the service at once.
        workers: processes that share its jobs.
    """
    policy = folder / "rules.toml"
    policy.write_text(f"[services.fal]\nconcurrent = {places}\n", "utf-8")
    server = Server.made()
    server.start()
    crews: list[Crew] = []
    service = ServiceProcess(
        BY_NAME["fal"].module, run_seconds=(RUNS, RUNS), tiny_clips=True, log_requests=False
    )
    try:
        with service as fal:
            site = Site(
                folder=folder, journal=server.url(), urls=fal.urls, parts=workers, policy=policy
            )
            crews.append(front := Crew(replace(site, parts=1), workers=0, fronts=1))
            _submit(site, front, jobs)
            crews.append(Crew(site, workers=workers, fronts=0))
            journal = open_journal(site.home, site.journal)
            completed = partial(journal.select, states=[JobState.COMPLETED])
            until(lambda: len(completed()) == jobs, timeout=600.0, pause=1.0)
            found = completed()
            journal.close()
    finally:
        for crew in crews:
            crew.end()
        server.remove()
    begun = min(job.running_at or 0.0 for job in found)
    waits: dict[bool, list[float]] = {True: [], False: []}
    for job in found:
        waits[job.folder.endswith("heavy")].append((job.running_at or 0.0) - begun)
    heavy, light = statistics.mean(waits[True]), statistics.mean(waits[False])
    span = max(job.done_at or 0.0 for job in found) - min(job.running_at or 0.0 for job in found)
    busy = sum((job.done_at or 0.0) - (job.running_at or 0.0) for job in found)
    return [
        f"{jobs} jobs, {places} places, {workers} workers, {span:.1f} s",
        f"the heavy one waits {heavy:.1f} s on average, the {LIGHT} others {light:.1f} s",
        f"the others' wait is {light / heavy:.2f} of the heavy one's",
        f"places taken on average: {busy / span:.1f} of {places}",
    ]


def _submit(site: Site, front: Crew, jobs: int) -> None:
    register = Register(site.home, site.journal)
    people = ["heavy", *(f"light-{number}" for number in range(LIGHT))]
    desks = {name: Desk(front.ports, register.add_token(name, app=APP)[0]) for name in people}
    register.close()
    heavy = round(HEAVY * jobs)
    owners = ["heavy"] * heavy + [people[1 + number % LIGHT] for number in range(jobs - heavy)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda pair: desks[pair[1]].submit(pair[0]), enumerate(owners)))
    for desk in desks.values():
        desk.close()


def main() -> int:
    """Measure, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=240)
    parser.add_argument("--places", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        lines = measure(Path(folder), jobs=given.jobs, places=given.places, workers=given.workers)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
