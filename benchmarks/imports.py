"""How long an import takes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.peers.environment import peers
from benchmarks.row import Row

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.scale import Scale

OURS = {
    "import rushes": 60.0,
    "from rushes import VideoGen": None,
    "from rushes import Studio": 250.0,
    "import anywidget": None,
}
CORE = "import rushes; rushes.VideoGen"
FOUNDATION = "import httpx, pydantic"
THEIRS = {"fal-client": "import fal_client", "runwayml": "import runwayml"}
BARE = "pass"

REMARK = (
    "wall time of a fresh process, median of {rounds}, minus the same interpreter without the "
    "import, interleaved; {cpu:.0f} ms of processor time"
)


def measure(scale: Scale) -> list[Row]:
    """Import everything in turn, so often, and compare the medians."""
    here = str(sys.executable)
    cases = [(here, statement) for statement in (BARE, *OURS, CORE, FOUNDATION)]
    if scale.has_peers:
        for peer in peers():
            cases += [(str(peer.python), BARE), (str(peer.python), THEIRS[peer.name])]
    wall: dict[tuple[str, str], list[float]] = defaultdict(list)
    cpu: dict[tuple[str, str], list[float]] = defaultdict(list)
    for turn in range(scale.rounds + 1):
        for case in cases:
            passed, used = _time(*case)
            if turn:  # The first round fills the caches of compiled modules and of the disk.
                wall[case].append(passed)
                cpu[case].append(used)

    def cost(times: dict[tuple[str, str], list[float]], python: str, statement: str) -> float:
        return 1000 * (median(times[python, statement]) - median(times[python, BARE]))

    others = {
        THEIRS[peer.name]: cost(wall, str(peer.python), THEIRS[peer.name])
        for peer in (peers() if scale.has_peers else [])
    }
    rows = []
    for statement, most in OURS.items():
        took, used = cost(wall, here, statement), cost(cpu, here, statement)
        rows.append(
            Row(
                measure=f"`{statement}`",
                ours=f"{took:.0f} ms",
                target=f"≤ {most:.0f} ms" if most else "",
                met=took <= most if most else None,
                peers={name.removeprefix("import "): f"{ms:.0f} ms" for name, ms in others.items()},
                remark=REMARK.format(rounds=scale.rounds, cpu=used),
                figures={"wall_ms": took, "cpu_ms": used, **others},
            )
        )
    core, foundation = cost(wall, here, CORE), cost(wall, here, FOUNDATION)
    rows.append(
        Row(
            measure=f"`{CORE}` by `{FOUNDATION}`",
            ours=f"{core / foundation:.2f}",
            target="≤ 1.5",
            met=core <= 1.5 * foundation,
            remark=f"{core:.0f} and {foundation:.0f} ms, measured in the same way",
            figures={"core_ms": core, "foundation_ms": foundation},
        )
    )
    return rows


def _time(python: str | Path, statement: str) -> tuple[float, float]:
    """Wall and processor seconds of a fresh interpreter that does this and ends."""
    began = time.perf_counter()
    # Compiled modules are kept, as everywhere where nobody asks for another thing.
    env = {**os.environ, "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": ""}
    process = subprocess.Popen([python, "-c", statement], env=env)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    passed = time.perf_counter() - began
    if process.returncode:
        msg = f"{statement!r} failed in {python}"
        raise RuntimeError(msg)
    return passed, usage.ru_utime + usage.ru_stime
