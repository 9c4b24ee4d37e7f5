"""Status calls where a service answers for many jobs at once."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measured import Outcome, run
from benchmarks.ours.client import RUSHES_AT_ARK
from benchmarks.row import Row
from benchmarks.services.model import Model

if TYPE_CHECKING:
    from benchmarks.scale import Scale

JOBS = 200
SECONDS = (60.0, 70.0)
MINUTES = sum(SECONDS) / 2 / 60


def measure(scale: Scale) -> list[Row]:  # noqa: ARG001 - the official client has no batch to compare
    """200 jobs at Ark, in real time, with no history."""
    with tempfile.TemporaryDirectory() as folder:
        place = {"home": str(Path(folder, "home")), "library": str(Path(folder, "library"))}
        ark = run(RUSHES_AT_ARK, Model(SECONDS, seed=1), JOBS, **place, files=False)
    return [
        Row(
            measure=f"{JOBS} jobs of 60-70 s at Ark, one list call a second let through",
            ours=_words(ark),
            target="≤ 1.0 call a job and minute, p95 ≤ 3 s",
            met=ark.done == JOBS and _a_minute(ark) <= 1 and ark.lag(0.95) <= 3,
            remark=(
                "calls: lists and single reads together; the first jobs of their kind; real time; "
                "the official client asks for each job by itself"
            ),
            figures={"rushes": ark.to_json()},
        )
    ]


def _a_minute(outcome: Outcome) -> float:
    return outcome.calls_per_job / MINUTES


def _words(outcome: Outcome) -> str:
    return f"{_a_minute(outcome):.2f} calls a job and minute, p95 {outcome.lag(0.95):.2f} s"
