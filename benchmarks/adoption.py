"""The start of a process that finds many unfinished jobs."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measured import talk
from benchmarks.ours.client import RUSHES
from benchmarks.row import Row
from benchmarks.services.model import Model
from benchmarks.services.process import Service

if TYPE_CHECKING:
    from benchmarks.scale import Scale

LEAVE = replace(RUSHES, module="benchmarks.ours.leave")
ADOPT = replace(RUSHES, module="benchmarks.ours.adopt")


def measure(scale: Scale) -> list[Row]:
    """One process submits and closes, the next one takes over."""
    with tempfile.TemporaryDirectory() as folder, Service("fal", Model((600.0, 600.0))) as service:
        task = {
            "jobs": scale.adopted,
            "urls": service.urls,
            "home": str(Path(folder, "home")),
            "library": str(Path(folder, "library")),
        }
        with talk(LEAVE, task) as left:
            left.go()
        with talk(ADOPT, task) as adopted:
            report = adopted.go()
    most, limit = report["most_in_a_second"], report["limit"]
    is_all = report["owned"] == scale.adopted
    return [
        Row(
            measure=f"start of a kernel with {scale.adopted} jobs running at the service",
            ours=f"all adopted after {report['adoption']:.2f} s, ≤ {most} calls in any second",
            target=f"≤ 1 s, ≤ {limit:.0f} calls a second",
            met=is_all and report["adoption"] <= 1.0 and most <= limit,
            peers=dict.fromkeys(["fal-client", "runwayml"], "keep no jobs"),
            remark=(
                "from the call of VideoGen() until the journal names the new process as the owner "
                "of every row; the old one was closed, as by a kernel's restart (after kill -9 "
                "its lease of up to 30 s runs out first); the limit is the client's own setting"
            ),
            figures=report,
        )
    ]
