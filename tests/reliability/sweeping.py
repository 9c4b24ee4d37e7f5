"""A sweep at two services, run by two kernels that are killed and put to sleep, under a cap.

``PYTHONPATH=tests python -m reliability.sweeping`` makes a hundred takes like this and prints what
became of them; it fails if one was lost or bought twice, or if the cap was passed. Each kernel does
what *Run All* does: it plans the sweep, runs it, and works on. `reliability.soak` does the same.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reliability.kill import CALM, KILL_EVERY, MEMORY, PATIENCE, QUICK, Crew
from reliability.service_process import ServiceProcess
from reliability.verdict import Verdict, judge
from reliability.worker import Workplace, work
from rushes.backends.protocol import Limits
from rushes.journal import UNFINISHED, SqliteJournal, SweepState
from support.services import BY_NAME
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rushes import Sweep, VideoGen
    from rushes.journal import SweepRecord

SERVICES = ("fal", "ark")

PROVIDERS = ("seedance-2.0-fast", "seedance-2.0")

SHARE = 0.6
"""Of what all takes cost at most, what the first cap allows."""

NAME = "storm"

SETTINGS: dict[str, Any] = {
    "accept_delay": (0.0, 0.15),
    "answer_delay": (0.0, 0.15),
    "run_seconds": (0.3, 2.0),
    "tiny_clips": True,
    "log_requests": False,
}


@dataclass(kw_only=True)
class Swept:
    """What became of a sweep.

    Attributes:
        cells: takes that it asks for.
        kills: kernels that were killed.
        stops: kernels that were put to sleep for longer than their lease.
        capped: takes that were there when the first cap was reached.
        passed: by how many US dollars more than a cap allowed was reserved or spent, at most.
        verdict: what became of the jobs.
        seconds: how long it took.
    """

    cells: int
    kills: int
    stops: int
    capped: int = 0
    passed: float = 0.0
    verdict: Verdict = field(default_factory=Verdict)
    seconds: float = 0.0

    @property
    def faults(self) -> list[str]:
        """What must not happen."""
        over = [f"the cap was passed by ${self.passed:.2f}"] if self.passed > 0.001 else []
        missing = self.cells - self.verdict.completed - self.verdict.uncertain
        left = [f"{missing} takes were not made"] if missing else []
        return [*self.verdict.lost, *self.verdict.twice, *over, *left]


def run(*, cells: int, kills: int, stops: int, seed: int = 13) -> Swept:
    """Make a sweep while its kernels are disturbed; then let it end, and judge all of it.

    Args:
        cells: takes of the sweep; a multiple of four.
        kills: how many kernels are killed.
        stops: how many are put to sleep.
        seed: of all that is drawn by lot here.
    """
    began = time.monotonic()
    found = Swept(cells=cells, kills=kills, stops=stops)
    with contextlib.ExitStack() as stack:
        parent = MEMORY if MEMORY.is_dir() else None
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="rushes-", dir=parent))
        processes = {
            name: stack.enter_context(
                ServiceProcess(
                    BY_NAME[name].module, **SETTINGS, **{str(BY_NAME[name].lag): 0.3}, seed=seed
                )
            )
            for name in SERVICES
        }
        first, *others = SERVICES
        place = Workplace.at(
            processes[first].urls,
            Path(folder),
            service=first,
            timing=QUICK,
            limits=Limits(submits=4, submits_per_second=8.0),
            lag=3.0,
            others={name: processes[name].urls for name in others},
        )
        _make(place, found, random.Random(seed))
        desk = SqliteJournal(place.home)
        stack.callback(desk.close)
        (record,) = desk.sweeps(limit=1)
        wanted = [str(cell.job_id) for cell in desk.cells(record)]
        for name, process in processes.items():
            records = [job for job in desk.select() if job.backend == name]
            ids = {job.id for job in records}
            found.verdict += judge(
                records,
                process.ledger()["jobs"],
                wanted=[job_id for job_id in wanted if job_id in ids],
                overdue=QUICK.submit_guard + QUICK.submit_deadline,
            )
        found.verdict.lost += [job_id for job_id in wanted if not desk.named(job_id, limit=1)]
    found.seconds = time.monotonic() - began
    return found


def _make(place: Workplace, found: Swept, dice: random.Random) -> None:
    """Disturb the kernels until the first cap is reached, and again until all is made."""
    with place.open() as gen:
        most = planned(gen, found.cells).cost.high
    assert most is not None
    caps = (round(SHARE * most, 2), most + 1.0)
    acts = ["kill"] * found.kills + ["stop"] * found.stops
    dice.shuffle(acts)
    desk = SqliteJournal(place.home)
    try:
        for number, cap in enumerate(caps):
            (place.home / "order").write_text(f"{found.cells} {cap}", encoding="utf-8")
            with Crew(place, 2, dice, run_all) as crew:
                for act in acts[number :: len(caps)]:
                    _watch(desk, cap, found, dice.uniform(*KILL_EVERY))
                    if act == "kill":
                        crew.kill_one()
                    else:
                        crew.stop_one(2.0)
                crew.relieve(CALM)
                _let_end(desk, cap, found)
            if number == 0:
                found.capped = len(desk.select())
    finally:
        desk.close()


def run_all(place: Workplace) -> None:
    """What a notebook does that is run again: plan the sweep, run it, and work on."""
    cells, cap = (place.home / "order").read_text(encoding="utf-8").split()
    with place.open() as gen:
        planned(gen, int(cells), float(cap)).run()
    work(place)


def planned(gen: VideoGen, cells: int, cap: float | None = None) -> Sweep:
    """The sweep: so many takes, of two models at two services."""
    return gen.sweep(
        "A {animal} in the snow",
        animal=[f"fox {number}" for number in range(cells // 4)],
        provider=list(PROVIDERS),
        backend=list(SERVICES),
        duration_seconds=4,
        name=NAME,
        cap=cap,
    )


def _record(desk: SqliteJournal) -> SweepRecord | None:
    return next(iter(desk.sweeps(limit=1)), None)


def _look(desk: SqliteJournal, cap: float, found: Swept) -> None:
    """Note if more is reserved and spent than the cap allows."""
    if (record := _record(desk)) is not None:
        standing = desk.standing(record)
        found.passed = max(found.passed, standing.reserved + standing.spent - cap)


def _watch(desk: SqliteJournal, cap: float, found: Swept, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        _look(desk, cap, found)
        time.sleep(0.05)


def _let_end(desk: SqliteJournal, cap: float, found: Swept) -> None:
    """Wait until nothing has a next step; what hangs is judged as it stands."""

    def is_over() -> bool:
        _look(desk, cap, found)
        record = _record(desk)
        # Before a kernel has run it with this cap, it stands as the last one left it.
        if record is None or record.cap != cap or record.state is SweepState.RUNNING:
            return False
        return not desk.select(states=UNFINISHED)

    with contextlib.suppress(TimeoutError):
        until(is_over, PATIENCE, pause=0.1)


def table(rows: Sequence[Swept]) -> Iterator[str]:
    """The rows in columns."""
    columns = (
        *("cells", "kills", "stops", "capped", "made", "lost", "twice"),
        *("adopted", "uncertain", "bought", "passed", "seconds"),
    )
    yield "  ".join(columns)
    for row in rows:
        verdict = row.verdict
        values = (
            *(row.cells, row.kills, row.stops, row.capped, verdict.completed),
            *(len(verdict.lost), len(verdict.twice), verdict.adopted, verdict.uncertain),
            *(verdict.uncertain_bought, f"${max(0.0, row.passed):.2f}", f"{row.seconds:.0f}"),
        )
        pairs = zip(columns, map(str, values), strict=True)
        yield "  ".join(value.rjust(len(name)) for name, value in pairs)


def main() -> int:
    """Run the long version; 1 if something happened that must not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=100)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--stops", type=int, default=5)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--rounds", type=int, default=1)
    wishes = parser.parse_args()
    found = [
        run(cells=wishes.cells, kills=wishes.kills, stops=wishes.stops, seed=wishes.seed + number)
        for number in range(wishes.rounds)
    ]
    faults = [fault for each in found for fault in each.faults]
    sys.stdout.write("\n".join([*table(found), *faults]) + "\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
