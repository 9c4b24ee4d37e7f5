"""Graceful restarts of a kernel that shows a Studio while jobs run."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.growth import OPEN_STUDIO, SETUP, kernel
from benchmarks.history import extend
from benchmarks.ours.grown import REQUEST, open_client
from benchmarks.row import Row
from benchmarks.services.model import Model
from benchmarks.services.process import Service

if TYPE_CHECKING:
    from benchmarks.scale import Scale

RESTARTS = 8
HISTORY = 1_000
RUNNING = 12
SECONDS = (3.0, 6.0)
TRACEBACK = "Traceback (most recent call last)"

BEGIN = f"""
jobs = [gen.submit(grown.REQUEST) for _ in range({RUNNING})]
while not all(job.state == "running" for job in jobs):
    time.sleep(0.05)
"""


def measure(scale: Scale) -> list[Row]:  # noqa: ARG001 - eight restarts are little enough
    """Restart eight times, and read all that comes out."""
    with tempfile.TemporaryDirectory() as name, Service("fal", Model(SECONDS)) as service:
        folder = Path(name)
        task = {
            "urls": service.urls,
            "home": str(folder / "home"),
            "library": str(folder / "library"),
        }
        gen, _ = open_client(task)
        with gen:
            gen.generate_sync(REQUEST)
        extend(folder / "home", HISTORY)
        broken, printed = _restart(folder / "notebook", task)
    tracebacks = printed.count(TRACEBACK)
    return [
        Row(
            measure=f"{RESTARTS} graceful restarts with a Studio open and {RUNNING} jobs running",
            ours=f"{broken} broken messages, {tracebacks} tracebacks",
            target="0, 0",
            met=not broken and not tracebacks,
            remark=f"{HISTORY:,} takes in the journal; jobs of 3 to 6 s",
            figures={"broken": broken, "tracebacks": tracebacks, "printed": printed[-4000:]},
        )
    ]


def _restart(folder: Path, task: dict[str, Any]) -> tuple[int, str]:
    """Messages that cannot be read, and what the kernels wrote to their standard error."""
    folder.mkdir()
    log = folder / "stderr.log"
    with log.open("wb") as stderr, kernel(folder, task, stderr) as running:
        for _ in range(RESTARTS):
            running.run(OPEN_STUDIO)
            running.run(BEGIN)
            running.restart(now=False)
            running.run(SETUP.format(task=task))
        broken = running.broken
    return broken, log.read_text(errors="replace")
