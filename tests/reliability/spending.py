"""Kernels that spend from one journal until a cap of its policy is reached.

``PYTHONPATH=tests python -m reliability.spending`` submits a thousand takes from two kernels, once
with right clocks and once with one that is set back and forth by a day, and prints what was bought.
It fails if a cap was exceeded. `reliability.soak` does the same.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emulators.fal import FalEmulator, FalSettings
from reliability.worker import Workplace, start
from rushes import CreditsExhausted
from rushes.journal import SqliteJournal
from support.requests import FOX
from support.services import SWIFT
from support.timings import HANDOVER
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PRICE = 1.517
"""US dollars of `FOX`, by the catalog."""

HOUR = 3_600.0


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What kernels did with a cap.

    Attributes:
        tried: takes that they submitted.
        accepted: those that were put on record.
        bought: those that the service made.
        days: what counts by day, in US dollars.
        cap: what a day may cost.
        seconds: how long it took.
    """

    tried: int
    accepted: int
    bought: int
    days: dict[str, float]
    cap: float
    seconds: float

    @property
    def exceeded(self) -> int:
        """On how many days more counts than is allowed, or was bought than counts."""
        bought = max(self.bought, self.accepted) * PRICE
        over = [day for day, amount in self.days.items() if amount > self.cap + 0.001]
        return len(over) + (bought > sum(self.days.values()) + 0.001)


def spend(folder: Path, *, fits: int, tries: int, steps: tuple[float, ...] = ()) -> Spent:
    """Let two kernels submit, in turns of the scheduler's choice, until each tried so often.

    Args:
        folder: where home and library are made.
        fits: takes that a day's cap allows.
        tries: takes that each kernel submits.
        steps: seconds from the right time to which the second kernel's clock is set, in turn.
    """
    began = time.monotonic()
    settings = FalSettings(run_seconds=(0.05, 0.1), tiny_clips=True)
    with FalEmulator(settings) as emulator:
        place = Workplace.at(emulator.urls, folder, timing=HANDOVER, limits=SWIFT, lag=0.0)
        cap = round(fits * PRICE, 4)
        write_policy(place.home, f"dailyCreditCap = {cap / 0.01}")
        reports = [folder / "first.json", folder / "second.json"]
        kernels = [
            start(submit_often, place, tries, report, moves)
            for report, moves in zip(reports, ((), steps), strict=True)
        ]
        for kernel in kernels:
            kernel.join(600.0)
        accepted = sum(json.loads(report.read_text()) for report in reports)
        journal = SqliteJournal(place.home)
        sums = journal.spending()
        journal.close()
        days = {
            day: round(sum(each.reserved + each.spent for each in group), 6)
            for day, group in itertools.groupby(sums, key=lambda each: each.day)
        }
        return Spent(
            tried=2 * tries,
            accepted=accepted,
            bought=len(emulator.jobs),
            days=days,
            cap=cap,
            seconds=time.monotonic() - began,
        )


def write_policy(home: Path, text: str) -> Path:
    """Put a policy into the config folder of a home."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def submit_often(place: Workplace, tries: int, report: Path, steps: tuple[float, ...]) -> None:
    """Submit so often, and write down how many takes the policy allowed."""
    moves = itertools.cycle(steps or (0.0,))
    accepted = 0
    with place.open() as gen:
        for _, seconds in zip(range(tries), moves, strict=False):
            with clock(seconds):
                try:
                    gen.submit(FOX)
                except CreditsExhausted:
                    continue
            accepted += 1
        until(lambda: not gen.jobs(state=["queued", "submitting", "running", "fetching"]))
    report.write_text(json.dumps(accepted), encoding="utf-8")


class clock:  # noqa: N801 - used like a function
    """Sets this process's wall clock, so many seconds from the right time."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._right = seconds, time.time

    def __enter__(self) -> None:
        if self._seconds:
            time.time = lambda: self._right() + self._seconds

    def __exit__(self, *_: object) -> None:
        time.time = self._right


def table(rows: Iterable[tuple[str, Spent]]) -> Iterator[str]:
    """The rows in columns."""
    columns = ("tried", "fit a day", "bought", "days", "exceeded", "seconds")
    yield f"{'clocks':20}" + "".join(f"{name:>11}" for name in columns)
    for name, spent in rows:
        fits = round(spent.cap / PRICE)
        values = (spent.tried, fits, spent.bought, len(spent.days), spent.exceeded)
        yield f"{name:20}" + "".join(f"{value:>11}" for value in (*values, round(spent.seconds)))


def main() -> int:
    """Spend, and print a table; 1 if a cap was exceeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=1000, help="takes that are submitted")
    parser.add_argument("--fits", type=int, default=100, help="takes that a day's cap allows")
    wishes = parser.parse_args()
    rows = list(rounds(wishes.tries, wishes.fits))
    sys.stdout.write("\n".join(table(rows)) + "\n")
    return 1 if any(spent.exceeded for _, spent in rows) else 0


def rounds(tries: int, fits: int = 100) -> Iterator[tuple[str, Spent]]:
    """Spend with right clocks, and with one that is set; each with its name."""
    for name, steps in (("right", ()), ("one set by ±1 day", (24 * HOUR, -24 * HOUR, 0.0))):
        with tempfile.TemporaryDirectory() as folder:
            yield name, spend(Path(folder), fits=fits, tries=tries // 2, steps=steps)


if __name__ == "__main__":
    sys.exit(main())
