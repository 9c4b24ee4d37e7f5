"""Many jobs at once."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measured import Outcome, run, run_each
from benchmarks.ours.client import RUSHES
from benchmarks.peers.environment import peers
from benchmarks.row import Row
from benchmarks.services.model import WARM_UP_JOBS, Model

if TYPE_CHECKING:
    from benchmarks.scale import Scale

SECONDS = (12.0, 16.0)
EARLIER = 20


def measure(scale: Scale) -> list[Row]:
    """A history, then the crowd, with files and without; then the peers' crowds at one time."""
    with tempfile.TemporaryDirectory() as folder:
        place = {"home": str(Path(folder, "home")), "library": str(Path(folder, "library"))}
        run(RUSHES, Model(SECONDS, seed=1), EARLIER, **place)
        whole = run(RUSHES, Model(SECONDS, seed=2), scale.crowd, **place)
        # The peers end where the file's address is known, so ours does here, too.
        ours = run(RUSHES, Model(SECONDS, seed=3), scale.crowd, **place, files=False)
    clients = peers() if scale.has_peers else []
    others = run_each(clients, Model(SECONDS, seed=2), scale.crowd)
    kept = len(whole.file_lags)
    is_met = ours.done == kept == ours.jobs and ours.lag(0.95) <= 2 and ours.memory_per_job <= 40
    return [
        Row(
            measure=f"{scale.crowd} jobs of 12-16 s at once, after {EARLIER} such jobs",
            ours=_words(ours),
            target="all done, p95 ≤ 2 s, ≤ 40 kB a job",
            met=is_met and whole.lag(0.95) <= 2,
            peers={name: _words(other) for name, other in others.items()},
            remark=(
                f"until the files' addresses are known, as peers fetch none; with download, check "
                f"and poster: {_words(whole)}, {kept} files on disk p95 "
                f"{whole.file_lag(0.95):.0f} s after the jobs' ends; "
                f"kB a job: growth of resident memory at the peak, above the "
                f"{ours.memory_before / 1e6:.0f} MB of a client that has just made "
                f"{WARM_UP_JOBS} videos; short jobs stand for longer ones, which need fewer calls "
                f"a second"
            ),
            figures={
                "rushes": ours.to_json(),
                "rushes with files": whole.to_json(),
                **{name: other.to_json() for name, other in others.items()},
            },
        )
    ]


def _words(outcome: Outcome) -> str:
    return (
        f"{outcome.done} done, p95 {outcome.lag(0.95):.1f} s, {outcome.memory_per_job:.0f} kB, "
        f"{outcome.calls_per_job:.1f} calls"
    )
