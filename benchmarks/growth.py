"""What a long history and an open Studio cost: lists, the page, and jobs that run meanwhile."""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import IO, TYPE_CHECKING, Any

from benchmarks.history import extend
from benchmarks.measured import quantile
from benchmarks.ours.grown import REQUEST, open_client
from benchmarks.place import ROOT
from benchmarks.row import Row
from benchmarks.services.model import Model
from benchmarks.services.process import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.scale import Scale
    from support.kernels import Cell, Kernel

JOBS = 20
SECONDS = 3.0

SETUP = """
import time
from benchmarks.ours import grown
from rushes import Studio

gen, opening = grown.open_client({task!r})
"""

OPEN_STUDIO = """
began = time.perf_counter()
studio = Studio(gen)
display(studio)
shown_after = time.perf_counter() - began
"""

MAKE = "report = await grown.make_takes(gen, {count}, is_probed={is_probed})"


@dataclass
class Grown:
    """What was measured beside a history of one length; times in seconds.

    Attributes:
        opening: of `VideoGen()`.
        lists: of the calls of each kind, first call first.
        plans: of planning a sweep of 1,000 takes, first call first.
        studio: of `Studio()` until it is shown.
        state: bytes that the page gets to begin with.
        sent: bytes that the page gets for one job.
        alone: reports of runs without a Studio.
        beside: reports of runs with one.
        stall: the longest of the engine's loop, with a Studio.
    """

    opening: float = 0.0
    lists: dict[str, list[float]] = field(default_factory=dict)
    plans: list[float] = field(default_factory=list)
    studio: float = 0.0
    state: int = 0
    sent: float = 0.0
    alone: list[dict[str, Any]] = field(default_factory=list)
    beside: list[dict[str, Any]] = field(default_factory=list)
    stall: float = 0.0

    def ratio(self, of: str) -> float:
        """With a Studio by without one: the median of pairs of runs that followed each other.

        What else the machine does lasts longer than a pair, so it counts in both runs of one.
        """
        pairs = zip(self.beside, self.alone, strict=True)
        return float(median(beside[of] / alone[of] for beside, alone in pairs))

    def submit(self) -> float:
        """Seconds within which 95 % of the calls of `submit()` return beside a Studio."""
        times = [each for report in self.beside for each in report["submits"]]
        return quantile(sorted(times), 0.95)


def measure(scale: Scale) -> list[Row]:
    """Let one journal grow, and measure the same at each length."""
    found: dict[int, Grown] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        Service("fal", Model((SECONDS, SECONDS))) as service,
    ):
        task = {
            "urls": service.urls,
            "home": str(Path(folder, "home")),
            "library": str(Path(folder, "library")),
        }
        gen, _ = open_client(task)
        with gen:
            gen.generate_sync(REQUEST)
        for count in scale.histories:
            extend(Path(task["home"]), count)
            found[count] = _measure(Path(folder, "notebook"), task, scale)
    return [*_list_rows(found), _plan_row(found), *_studio_rows(found), *_job_rows(found, scale)]


@contextmanager
def kernel(folder: Path, task: dict[str, Any], stderr: IO[bytes] | None = None) -> Iterator[Kernel]:
    """A notebook's kernel with a client, as the tests have it."""
    sys.path[:0] = [str(ROOT / "tests")]
    from support.kernels import Kernel  # noqa: PLC0415 - from the tests, found above

    path = f"{ROOT}:{ROOT / 'src'}:{ROOT / 'tests'}"
    with Kernel(folder, Path(task["home"]), {"PYTHONPATH": path}, stderr) as running:
        running.run(SETUP.format(task=task))
        yield running


def make(running: Kernel, count: int, *, is_probed: bool = False) -> tuple[dict[str, Any], Cell]:
    """Make so many takes in one cell; its report and its messages."""
    cell = running.run(MAKE.format(count=count, is_probed=is_probed))
    return running.value("report"), cell


def sent(cell: Cell) -> int:
    """Bytes that a cell sent to widgets on the page."""
    kinds = ("comm_open", "comm_msg")
    return sum(len(json.dumps(content)) for kind, content in cell.messages if kind in kinds)


def _measure(folder: Path, task: dict[str, Any], scale: Scale) -> Grown:
    grown = Grown()
    with kernel(folder, task) as running:
        grown.opening = running.value("opening")
        grown.lists = running.value("grown.time_lists(gen)")
        grown.plans = running.value("grown.time_plans(gen)")
        make(running, JOBS)  # Loads what jobs need.
        for turn in range(scale.turns):
            # By turns the one or the other comes first, as a journal that grows costs a little.
            if turn % 2:
                _beside(running, grown)
                grown.alone.append(make(running, JOBS)[0])
            else:
                grown.alone.append(make(running, JOBS)[0])
                _beside(running, grown)
        running.run(OPEN_STUDIO)
        grown.stall = make(running, JOBS, is_probed=True)[0]["stall"]
    return grown


def _beside(running: Kernel, grown: Grown) -> None:
    """Make takes beside an open Studio."""
    opened = running.run(OPEN_STUDIO)
    if not grown.beside:
        grown.studio, grown.state = running.value("shown_after"), sent(opened)
    report, cell = make(running, JOBS)
    grown.beside.append(report)
    grown.sent = sent(cell) / JOBS
    running.run("studio.close()")


def _each(values: dict[int, str], unit: str) -> str:
    return f"{', '.join(values.values())} {unit}"


def _list_rows(found: dict[int, Grown]) -> list[Row]:
    lengths = " / ".join(f"{count:,}" for count in found)
    opening = {count: each.opening for count, each in found.items()}
    rows = [
        Row(
            measure=f"`VideoGen()` with {lengths} finished takes in the journal",
            ours=_each({count: f"{took:.2f}" for count, took in opening.items()}, "s"),
            target="≤ 0.5 s",
            met=max(opening.values()) <= 0.5,
            remark="in a new kernel that has imported it",
            figures={"seconds": opening},
        )
    ]
    words = {
        "list": "`gen.jobs(limit=50)`, the same",
        "print": "printing them, too",
        "drain": "`get_completed_jobs`, the same",
    }
    for name, measure_ in words.items():
        times = {count: each.lists[name] for count, each in found.items()}
        usual = {count: 1000 * median(each) for count, each in times.items()}
        # The drain that finds something is the first one.
        counted = {c: 1000 * t[0] for c, t in times.items()} if name == "drain" else usual
        firsts = ", ".join(f"{1000 * each[0]:.1f}" for each in times.values())
        rows.append(
            Row(
                measure=measure_,
                ours=_each({count: f"{took:.1f}" for count, took in counted.items()}, "ms"),
                target="≤ 20 ms",
                met=max(counted.values()) <= 20,
                remark=(
                    "20 takes handed out by the first call; the calls after it find none"
                    if name == "drain"
                    else f"median of {len(next(iter(times.values())))}; the first took {firsts} ms"
                ),
                figures={"seconds": times},
            )
        )
    return rows


def _plan_row(found: dict[int, Grown]) -> Row:
    usual = {count: median(each.plans) for count, each in found.items()}
    firsts = ", ".join(f"{each.plans[0]:.2f}" for each in found.values())
    return Row(
        measure="`gen.sweep(...)` of 1,000 takes and printing it, the same",
        ours=_each({count: f"{took:.2f}" for count, took in usual.items()}, "s"),
        target="≤ 1.0 s",
        met=max(usual.values()) <= 1.0,
        remark=f"checked and priced, nothing sent; median of 3; the first took {firsts} s",
        figures={"seconds": {count: each.plans for count, each in found.items()}},
    )


def _studio_rows(found: dict[int, Grown]) -> list[Row]:
    shown = {count: each.studio for count, each in found.items()}
    state = {count: each.state / 1000 for count, each in found.items()}
    job = {count: each.sent / 1000 for count, each in found.items()}
    return [
        Row(
            measure="`Studio()` and showing it, the same",
            ours=_each({count: f"{took:.2f}" for count, took in shown.items()}, "s"),
            target="≤ 0.5 s",
            met=max(shown.values()) <= 0.5,
            remark="in the kernel; it lists 200 takes",
            figures={"seconds": shown},
        ),
        Row(
            measure="what the page gets: at first, and for each job",
            ours=f"{_each({c: f'{kb:.0f}' for c, kb in state.items()}, 'kB')}; "
            f"{_each({c: f'{kb:.1f}' for c, kb in job.items()}, 'kB')}",
            target="≤ 300 kB, ≤ 10 kB",
            met=max(state.values()) <= 300 and max(job.values()) <= 10,
            remark="messages of the widget, its script and style included; older takes follow when "
            "the page has greeted",
            figures={"state_kb": state, "job_kb": job},
        ),
    ]


def _job_rows(found: dict[int, Grown], scale: Scale) -> list[Row]:
    slower = {count: 100 * each.ratio("seconds") - 100 for count, each in found.items()}
    costlier = {count: 100 * each.ratio("cpu") - 100 for count, each in found.items()}
    stalls = {count: 1000 * each.stall for count, each in found.items()}
    submits = {count: 1000 * each.submit() for count, each in found.items()}
    alone = {
        of: ", ".join(f"{min(run[of] for run in each.alone):.2f}" for each in found.values())
        for of in ("seconds", "cpu")
    }
    return [
        Row(
            measure=f"{JOBS} jobs of {SECONDS:.0f} s beside an open Studio: more time, more "
            "processor time than without one",
            ours="; ".join(
                _each({count: f"{more:+.0f}" for count, more in ratios.items()}, "%")
                for ratios in (slower, costlier)
            ),
            target="≤ 10 %, ≤ 10 %",
            met=max(*slower.values(), *costlier.values()) <= 10,
            remark=(
                f"in the same kernel, the median of {scale.turns} pairs of runs, of which by turns "
                f"the one and the other comes first; without a Studio at least "
                f"{alone['seconds']} s, {alone['cpu']} s of processor time"
            ),
            figures={
                str(count): {"alone": each.alone, "beside": each.beside}
                for count, each in found.items()
            },
        ),
        Row(
            measure="the same jobs: longest stall of the engine's loop, `submit()` (p95)",
            ours=f"{_each({c: f'{ms:.0f}' for c, ms in stalls.items()}, 'ms')}; "
            f"{_each({c: f'{ms:.0f}' for c, ms in submits.items()}, 'ms')}",
            target="≤ 100 ms, ≤ 50 ms",
            met=max(stalls.values()) <= 100 and max(submits.values()) <= 50,
            remark="beside an open Studio",
            figures={"stall_ms": stalls, "submit_p95_ms": submits},
        ),
    ]
