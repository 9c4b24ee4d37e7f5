"""Status calls where a service answers for many jobs at once."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measured import Client, Outcome, run
from benchmarks.ours.client import RUSHES_AT_ARK, RUSHES_AT_KLING
from benchmarks.row import Row
from benchmarks.services.model import Model

if TYPE_CHECKING:
    from benchmarks.scale import Scale

JOBS = 200
SECONDS = (60.0, 70.0)
MINUTES = sum(SECONDS) / 2 / 60

KLING: dict[str, Any] = {
    "measured": {"provider": "kling-3.0-standard"},
    "warming": {
        "provider": "kling-3.0-standard",
        "mode": "image-to-video",
        "start_image_url": "https://pictures.example/fox.png",
    },
}
"""Jobs of one mode say nothing about the times of another."""


def measure(scale: Scale) -> list[Row]:  # noqa: ARG001 - no official client has a batch to compare
    """200 jobs at Ark and at Kling at the same time, in real time, with no history."""
    with ThreadPoolExecutor() as pool:
        rows = [
            pool.submit(_row, "Ark, one list call a second let through", RUSHES_AT_ARK, {}),
            pool.submit(_row, "Kling", RUSHES_AT_KLING, KLING),
        ]
        return [row.result() for row in rows]


def _row(service: str, client: Client, task: dict[str, Any]) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        place = {"home": str(Path(folder, "home")), "library": str(Path(folder, "library"))}
        outcome = run(client, Model(SECONDS, seed=1), JOBS, **place, files=False, **task)
    return Row(
        measure=f"{JOBS} jobs of 60-70 s at {service}",
        ours=_words(outcome),
        target="≤ 1.0 call a job and minute, p95 ≤ 3 s",
        met=outcome.done == JOBS and _a_minute(outcome) <= 1 and outcome.lag(0.95) <= 3,
        remark=(
            "calls: lists and single reads together; the first jobs of their kind; real time; "
            "the official client polls each job separately"
        ),
        figures={"rushes": outcome.to_json()},
    )


def _a_minute(outcome: Outcome) -> float:
    return outcome.calls_per_job / MINUTES


def _words(outcome: Outcome) -> str:
    return f"{_a_minute(outcome):.2f} calls a job and minute, p95 {outcome.lag(0.95):.2f} s"
