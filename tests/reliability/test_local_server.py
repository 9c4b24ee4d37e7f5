"""Processes that are killed while they use a ComfyUI server, which is restarted meanwhile."""

from __future__ import annotations

import random
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emulators.faults import Fault, FaultKind
from reliability.verdict import carries
from reliability.worker import Workplace, start, work
from rushes.backends.protocol import Limits
from rushes.contract.params import VideoGenParams
from rushes.journal import JobRecord, JobState, SqliteJournal
from support.comfy import FREE, WORKFLOWS, emulated
from support.timings import HANDOVER
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulators.comfyui import ComfyEmulator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="the processes come from a fork server"),
]

JOBS = 12
KILLS = 6


@pytest.fixture
def comfy() -> Iterator[ComfyEmulator]:
    with emulated(run_seconds=(0.1, 0.2)) as running:
        yield running


@pytest.fixture
def place(comfy: ComfyEmulator, tmp_path: Path) -> Workplace:
    shutil.copytree(WORKFLOWS, tmp_path / "home" / "providers")
    return Workplace.at(
        comfy.urls,
        tmp_path,
        service="comfyui",
        timing=HANDOVER,
        limits=Limits(poll_floor=0.05, first_poll=0.05),
        lag=0.3,
    )


def handed_in(place: Workplace) -> list[str]:
    """Ids of jobs that wait to be sent."""
    journal = SqliteJournal(place.home)
    found = []
    for number in range(JOBS):
        params = VideoGenParams(**FREE | {"prompt": f"take {number}"})
        record = JobRecord.new(params, backend="comfyui", folder=str(place.library))
        found.append(journal.add(record).id)
    journal.close()
    return found


def finished(place: Workplace, ids: list[str]) -> list[JobRecord]:
    """The jobs once a calm process has done the rest."""
    with place.open() as gen:
        return [gen.engine.wait(job_id).result(120.0) for job_id in ids]


def prompts(comfy: ComfyEmulator) -> Counter[str]:
    """How often the server took each request."""
    return Counter(job.input["1"]["inputs"]["value"] for job in comfy.jobs)


def test_killed_workers_lose_no_job_and_run_none_twice(comfy, place):
    """Also where a third of the replies is lost."""
    ids, chance = handed_in(place), random.Random(4)
    comfy.add_fault(Fault(FaultKind.LOSE_REPLY, probability=0.3, seed=1))
    for number in range(1, KILLS + 1):
        worker = start(work, place)
        until(lambda: len(comfy.jobs) >= min(JOBS, chance.randint(number, 2 * number)))  # noqa: B023 - it is called here
        worker.kill()
        worker.join()

    records = finished(place, ids)

    assert [record.state for record in records] == [JobState.COMPLETED] * JOBS
    assert set(prompts(comfy).values()) == {1}
    assert all(carries(Path(each.result["path"]), each.remote_id) for each in records)


def test_a_restarted_server_gets_only_what_it_lost(comfy, place):
    """What it had finished is not made again; what it had not is, under another id."""
    ids = handed_in(place)
    with place.open() as gen:
        until(lambda: sum(job.state is JobState.COMPLETED for job in gen.jobs()) >= 2)
        comfy.restart()
        records = [gen.engine.wait(job_id).result(120.0) for job_id in ids]

    assert [record.state for record in records] == [JobState.COMPLETED] * JOBS
    again = {prompt for prompt, count in prompts(comfy).items() if count > 1}
    noted = {
        record.params["prompt"] for record in records if "sent again" in " ".join(record.notes)
    }
    assert again == noted
    assert max(prompts(comfy).values()) <= 2
