"""A service that lets few status calls through."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measured import Outcome, run, run_each
from benchmarks.ours.client import RUSHES
from benchmarks.peers.environment import peers
from benchmarks.row import Row
from benchmarks.services.model import Model

if TYPE_CHECKING:
    from benchmarks.scale import Scale

JOBS = 100
MODEL = Model((10.0, 12.0), polls_per_second=40.0, retry_after=2.0)


def measure(scale: Scale) -> list[Row]:
    """One run of ours, one of each peer."""
    with tempfile.TemporaryDirectory() as folder:
        place = {"home": str(Path(folder, "home")), "library": str(Path(folder, "library"))}
        ours = run(RUSHES, MODEL, JOBS, **place)
    others = run_each(peers() if scale.has_peers else [], MODEL, JOBS)
    return [
        Row(
            measure=f"{JOBS} jobs of 10-12 s, 40 reads a second let through, else 429",
            ours=_words(ours),
            target=f"{JOBS} done, ≤ 50 refused",
            met=len(ours.file_lags) == JOBS and ours.too_many <= 50,
            peers={name: _words(other) for name, other in others.items()},
            remark="Retry-After: 2; status and result count as reads; no history",
            figures={"rushes": ours.to_json(), **{n: o.to_json() for n, o in others.items()}},
        )
    ]


def _words(outcome: Outcome) -> str:
    return f"{outcome.done} done, {outcome.too_many} refused, p95 {outcome.lag(0.95):.1f} s"
