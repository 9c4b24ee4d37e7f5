"""Starts many jobs and ends as soon as the service has them all, as a kernel that is restarted."""

from __future__ import annotations

import time

from benchmarks.ours.generate import MEASURED
from benchmarks.ours.watched import WatchedFal
from benchmarks.session import Session
from rushes import JobState, VideoGen


def main() -> None:
    """Submit, wait until all run, close."""
    session = Session()
    task = session.task
    gen = VideoGen(WatchedFal(task["urls"]), home=task["home"], library=task["library"])
    session.ready()
    for _ in range(task["jobs"]):
        gen.submit(MEASURED, mode="text-to-video", prompt="A red fox in the snow")
    while len(gen.jobs(state=JobState.RUNNING)) < task["jobs"]:
        time.sleep(0.5)
    gen.close()
    session.report()


if __name__ == "__main__":
    main()
