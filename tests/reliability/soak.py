"""The long version of the kill test: ``PYTHONPATH=tests python -m reliability.soak``.

It prints a table, writes its rows as JSON, and fails if a job was lost or bought twice; then it
runs a sweep under the same conditions (`reliability.sweeping`), and spends until a daily cap is
reached, and fails if that was exceeded (`reliability.spending`). What a round that failed left
behind is kept beside the rows.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING

from reliability import spending, sweeping
from reliability.kill import Combination, Disturbance, Tally, run_in_memory
from reliability.report import document, table
from support.services import SERVICES

if TYPE_CHECKING:
    from concurrent.futures import Future

PROVIDERS = ("seedance-2.0", "kling-3.0-standard")

OTHERS = tuple(service for service in SERVICES if service.name != "fal")
A_ROUND: dict[Disturbance, int] = {"kill": 10, "stop": 5, "storm": 25}
"""Disturbances in a round."""

DISTURBANCES: tuple[Disturbance, ...] = ("kill", "stop")

STORMS = tuple(
    Combination(
        service.provider, history=history, workers=2, service=service.name, disturbance="storm"
    )
    for service in SERVICES
    for history in (True, False)
    if history == (service.lag is not None) or service.blind
)
"""Kills, stops and steps of the clock by an hour and a day, at every service."""

COMBINATIONS = (
    *STORMS,
    *(
        Combination(provider, history=history, workers=workers)
        for provider in PROVIDERS
        for history in (True, False)
        for workers in (1, 2)
    ),
    Combination("kling-3.0-standard", history=True, workers=2, alike=2),
    *(
        Combination(provider, history=history, workers=2, disturbance="stop")
        for provider in PROVIDERS
        for history in (True, False)
    ),
    *(
        Combination(
            service.provider, history=history, workers=2, service=service.name, disturbance=by
        )
        for service in OTHERS
        for history in (True, False)
        for by in DISTURBANCES
        # Where nothing can be looked for, or always, the two are the same.
        if history == (service.lag is not None) or (service.lag is not None and service.blind)
    ),
)


def main() -> int:
    """Run all rounds of the wanted combinations; 1 if anything was lost or bought twice."""
    wishes = _parser().parse_args()
    chosen = [item for item in COMBINATIONS if wishes.only in str(item)]
    wishes.out.parent.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(wishes.parallel) as pool:
        rounds = {
            item: [pool.submit(_round, item, number, wishes) for number in _rounds(item, wishes)]
            for item in chosen
        }
        tallies = [_sum(futures) for futures in rounds.values()]
    wishes.out.write_text(json.dumps(document(tallies), indent=2) + "\n", encoding="utf-8")
    _say(f"\n{table(tallies)}\n\nrows: {wishes.out}")
    faults = [fault for tally in tallies for fault in tally.verdict.lost + tally.verdict.twice]
    swept = [] if wishes.only else [sweeping.run(cells=100, kills=20, stops=5)]
    if swept:
        _say("\n" + "\n".join(sweeping.table(swept)))
    faults += [fault for each in swept for fault in each.faults]
    spent = [] if wishes.only else list(spending.rounds(wishes.submits))
    if spent:
        _say("\n" + "\n".join(spending.table(spent)))
    return 1 if faults or any(each.exceeded for _, each in spent) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="kills per combination")
    parser.add_argument("--stops", type=int, default=25, help="stops per combination")
    parser.add_argument("--storms", type=int, default=100, help="disturbances per storm")
    parser.add_argument("--jobs", type=int, default=50, help="jobs per round")
    parser.add_argument("--submits", type=int, default=1000, help="takes submitted under a cap")
    parser.add_argument("--parallel", type=int, default=3, help="rounds at the same time")
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn by lot")
    parser.add_argument("--only", default="", help="combinations whose name contains this")
    parser.add_argument("--out", type=Path, default=Path("artifacts/reliability.json"))
    return parser


def _rounds(combination: Combination, wishes: argparse.Namespace) -> range:
    counts = {"kill": wishes.kills, "stop": wishes.stops, "storm": wishes.storms}
    return range(-(-counts[combination.disturbance] // A_ROUND[combination.disturbance]))


def _round(combination: Combination, number: int, wishes: argparse.Namespace) -> Tally:
    seed = wishes.seed + number
    tally = run_in_memory(
        combination,
        wishes.out.parent / "reliability" / f"{combination}-{seed}",
        disturbances=A_ROUND[combination.disturbance],
        jobs=wishes.jobs,
        seed=seed,
    )
    faults = tally.verdict.lost + tally.verdict.twice
    _say("\n  ".join([f"{combination} {seed}: {'FAILED' if faults else 'ok'}", *faults]))
    return tally


def _sum(futures: list[Future[Tally]]) -> Tally:
    return reduce(add, (future.result() for future in futures))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
