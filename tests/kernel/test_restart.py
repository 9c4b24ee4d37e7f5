"""Restarts of a kernel, polite and not, while a job is under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rushes.media.probe import probe
from support.kernels import TAKE, Kernel
from support.previews import ALL_FRAMES, busy_preview, rendered

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

SETUP = """
from rushes import VideoGen
from rushes.engine import Timing

# A process that was killed counts as alive for as long as its lease runs.
gen = VideoGen("preview", timing=Timing(lease=2.0, heartbeat=0.5, watch=0.1))
"""

UNTIL_IT_RENDERS = """
import time

while not job.progress.fraction:
    time.sleep(0.01)
"""

UNTIL_IT_RUNS = """
import time

while job.state != "running":
    time.sleep(0.01)
"""

UNTIL_NEWS = """
import asyncio

events = []
async with asyncio.timeout(120):
    while not events:
        events = await gen.get_completed_jobs()
        await asyncio.sleep(0.1)
"""


@pytest.mark.parametrize("now", [False, True], ids=["polite", "killed"])
def test_a_job_outlives_its_kernel(tmp_path: Path, *, now: bool) -> None:
    """A job that was being rendered is handed out once by the next kernel, and was made once."""
    home = tmp_path / "home"
    with Kernel(tmp_path / "notebook", home, ALL_FRAMES) as kernel:
        kernel.run(SETUP)
        kernel.run(f"job = gen.submit({TAKE | {'durationSeconds': 15}!r})")
        kernel.run(UNTIL_IT_RENDERS)
        before = kernel.value("(job.id, job.remote_id, str(job.state))")
        assert before[2] == "running"
        kernel.restart(now=now)
        assert kernel.value("'gen' in dir()") is False

        kernel.run(SETUP)
        kernel.run(UNTIL_NEWS)
        assert kernel.value("[(event.job_id, event.status) for event in events]") == [
            (before[0], "completed")
        ]
        assert kernel.value("gen.job(events[0].job_id).remote_id") == before[1]
        assert kernel.value("[job.id for job in gen.jobs()]") == [before[0]]
        kernel.run("more = await gen.get_completed_jobs()")
        assert kernel.value("more") == []
        assert rendered(home) == [before[1]]
        [video] = kernel.library.glob("*.mp4")
        assert kernel.value("str(events[0].result.path)") == str(video)
        assert probe(video).seconds == pytest.approx(15, abs=0.1)


def test_a_waiting_kernel_ends_when_asked(tmp_path: Path) -> None:
    """A client, a Studio and jobs under way keep no kernel from ending by itself."""
    home = tmp_path / "home"
    with Kernel(tmp_path / "notebook", home) as kernel:
        kernel.run(SETUP)
        with busy_preview(home):
            kernel.run("from rushes import Studio\nstudio = Studio(gen)\nstudio")
            kernel.run(f"job = gen.submit({TAKE!r})")
            kernel.run(UNTIL_IT_RUNS)
            # A kernel that does not end is terminated, and its code says so.
            assert kernel.quit() == 0
            for name in rendered(home):
                (home / "preview" / name / "cancel").touch()


RESTARTS = 8

OPEN_STUDIO = """
from rushes import Studio

studio = Studio(gen)
studio
"""


def test_a_page_outlives_graceful_restarts(tmp_path: Path) -> None:
    """With a Studio open and jobs running, no message is broken and no traceback is printed."""
    home, printed = tmp_path / "home", tmp_path / "stderr.log"
    with printed.open("wb") as stderr, Kernel(tmp_path / "notebook", home, stderr=stderr) as kernel:
        for _ in range(RESTARTS):
            kernel.run(SETUP)
            kernel.run(OPEN_STUDIO)
            kernel.run(f"job, other = gen.submit({TAKE!r}), gen.submit({TAKE!r})")
            kernel.run(UNTIL_IT_RUNS)
            kernel.restart(now=False)
        kernel.run(SETUP)
        assert len(kernel.value("[job.id for job in gen.jobs()]")) == 2 * RESTARTS
        assert kernel.broken == 0
    assert "Traceback" not in printed.read_text(errors="replace")
