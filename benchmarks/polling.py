"""Status calls, lag and processor time of jobs that take a minute, polled alone and in batches."""

from __future__ import annotations

import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import batching
from benchmarks.measured import Outcome, run
from benchmarks.ours.client import RUSHES
from benchmarks.peers.environment import peers
from benchmarks.row import Row
from benchmarks.services.model import Model

if TYPE_CHECKING:
    from benchmarks.scale import Scale

JOBS = 20
SECONDS = (60.0, 70.0)

TURNS = 3
"""Runs whose least processor time counts. What else the machine does makes one and the same loop
take up to two thirds more, and never less."""

APART = 15.0
"""Seconds between the starts of those runs: beginnings and ends, which work, do not meet."""

LAG = "lag: from the job's end at the service until it is known and, with rushes, in the journal"


def measure(scale: Scale) -> list[Row]:
    """Runs in real time; together those whose processor time is not counted."""
    clients = peers() if scale.has_peers else []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        batches = pool.submit(batching.measure, scale)
        # The first run leaves the history that the second one uses.
        first = Path(folder, "first")
        blind = _ours(first, seed=1)
        batched = batches.result()
        running = {
            peer.name: pool.submit(run, peer, Model(SECONDS, seed=2), JOBS) for peer in clients
        }
        known = _ours(first, seed=2)
        others = {name: outcome.result() for name, outcome in running.items()}
        turns = []
        for seed in range(3, 3 + TURNS):
            # The peers end where the file's address is known, so ours does here, too, and leaves
            # jobs behind that the next run must not find.
            place = shutil.copytree(first, Path(folder, str(seed)))
            turns.append(pool.submit(_ours, place, seed=seed, files=False))
            time.sleep(APART)
        plains = [turn.result() for turn in turns]
    plain = min(plains, key=_cpu)
    said = {name: _words(outcome) for name, outcome in others.items()}
    return [
        Row(
            measure=f"{JOBS} jobs of 60-70 s, after {JOBS} such jobs",
            ours=_words(known),
            target="≤ 20 calls, ≤ 1.0 s",
            met=_reaches(known, calls=20, lag=1.0),
            peers=said,
            remark=f"{LAG}; {_file_words(known)}; real time",
            figures={"rushes": known.to_json(), **_json(others)},
        ),
        Row(
            measure=f"{JOBS} jobs of 60-70 s, the first of their kind",
            ours=_words(blind),
            target="≤ 25 calls, ≤ 2.0 s",
            met=_reaches(blind, calls=25, lag=2.0),
            peers=said,
            remark=f"the catalog guesses 60 s; {_file_words(blind)}; real time",
            figures={"rushes": blind.to_json()},
        ),
        Row(
            measure="processor time of a job of 60-70 s, until its file's address is known",
            ours=_cpu_words(plains),
            target="≤ 15 ms",
            met=plain.cpu_per_job <= 15,
            peers={name: f"{outcome.cpu_per_job:.0f} ms" for name, outcome in others.items()},
            remark=(
                f"the least of {TURNS} runs, and all of them; peers: one run; user + system of the "
                f"client's process for submitting, {plain.calls_per_job:.0f} status calls, the "
                f"result and rushes' journal, without start-up and warm-up; with download, check "
                f"and poster of the 5 s 720p file, which peers do not make, "
                f"{known.cpu_per_job:.0f} ms"
            ),
            figures={"rushes": plain.to_json(), "rushes with files": known.to_json()},
        ),
        *batched,
    ]


def _ours(place: Path, *, seed: int, files: bool = True) -> Outcome:
    return run(
        RUSHES,
        Model(SECONDS, seed=seed),
        JOBS,
        home=str(place / "home"),
        library=str(place / "library"),
        files=files,
    )


def _reaches(outcome: Outcome, *, calls: float, lag: float) -> bool:
    is_done = outcome.done == outcome.jobs
    return is_done and outcome.calls_per_job <= calls and outcome.lag(0.95) <= lag


def _cpu(outcome: Outcome) -> float:
    return outcome.cpu_per_job


def _cpu_words(outcomes: list[Outcome]) -> str:
    spent = sorted(map(_cpu, outcomes))
    return f"{spent[0]:.1f} ms ({', '.join(f'{each:.1f}' for each in spent)})"


def _words(outcome: Outcome) -> str:
    return f"{outcome.calls_per_job:.1f} calls, p95 {outcome.lag(0.95):.2f} s"


def _file_words(outcome: Outcome) -> str:
    return f"the file is there after p95 {outcome.file_lag(0.95):.2f} s"


def _json(outcomes: dict[str, Outcome]) -> dict[str, object]:
    return {name: outcome.to_json() for name, outcome in outcomes.items()}
