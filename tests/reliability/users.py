"""What people do with rushes in processes of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rushes import JobCancelled
from support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from reliability.worker import Workplace


def submit_and_wait(
    place: Workplace, request: dict[str, str], prompts: list[str], in_all: int, report: Path
) -> None:
    """Submit jobs, and wait for the videos of all jobs of the journal, whoever submitted them.

    Args:
        place: where to work.
        request: what the jobs have in common.
        prompts: one a job.
        in_all: how many jobs the journal is to have in the end.
        report: where to write the file of each job.
    """
    with place.open() as gen:
        for prompt in prompts:
            gen.submit(request, prompt=prompt)
        until(lambda: len(gen.jobs()) == in_all)
        videos = {job.id: str(job.result().path) for job in gen.jobs()}
    report.write_text(json.dumps(videos), encoding="utf-8")


def submit_and_be_cancelled(place: Workplace, request: dict[str, str], report: Path) -> None:
    """Submit a job and wait for it, while somebody else cancels it."""
    with place.open() as gen:
        try:
            gen.submit(request).result()
        except JobCancelled as error:
            report.write_text(error.message, encoding="utf-8")


def submit_and_leave(place: Workplace, request: dict[str, str]) -> None:
    """Submit a job and close the client once the service has it."""
    with place.open() as gen:
        job = gen.submit(request)
        until(lambda: job.remote_id)
