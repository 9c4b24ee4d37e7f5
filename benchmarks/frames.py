"""How long it takes from many jobs in the journal to a data frame."""

from __future__ import annotations

import tempfile
import time
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.history import extend
from benchmarks.ours.grown import REQUEST, open_client
from benchmarks.row import Row
from benchmarks.services.model import Model
from benchmarks.services.process import Service

if TYPE_CHECKING:
    from benchmarks.scale import Scale
    from rushes import VideoGen

JOBS = 10_000

ROUNDS = 7

TARGET = 0.5
"""Seconds."""


def measure(scale: Scale) -> list[Row]:
    """Make a data frame of all takes of a library, several times."""
    del scale
    with tempfile.TemporaryDirectory() as folder, Service("fal", Model((0.1, 0.1))) as service:
        task = {
            "urls": service.urls,
            "home": str(Path(folder, "home")),
            "library": str(Path(folder, "library")),
        }
        gen, _ = open_client(task)
        with gen:
            gen.generate_sync(REQUEST)
        extend(Path(task["home"]), JOBS)
        gen, _ = open_client(task)
        with gen:
            import_module("pandas")
            first, *times = [_seconds(gen) for _ in range(ROUNDS)]
    usual = median(times)
    return [
        Row(
            measure=f"{JOBS:,} jobs to a pandas data frame",
            ours=f"{usual:.2f} s",
            target=f"≤ {TARGET:g} s",
            met=usual <= TARGET,
            remark=(
                "`gen.takes().to_pandas()`, from the call on, the folder included; median of "
                f"{len(times)}, the first took {first:.2f} s; pandas was imported before"
            ),
            figures={"seconds": [first, *times]},
        )
    ]


def _seconds(gen: VideoGen) -> float:
    began = time.perf_counter()
    frame = gen.takes().to_pandas()
    took = time.perf_counter() - began
    assert len(frame) == JOBS, len(frame)
    return took
