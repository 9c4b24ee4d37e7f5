"""Status calls, lag and processor time of jobs that take a minute."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measured import Outcome, run
from benchmarks.ours.client import RUSHES
from benchmarks.peers.environment import peers
from benchmarks.row import Row
from benchmarks.services.model import Model

if TYPE_CHECKING:
    from benchmarks.scale import Scale

JOBS = 20
SECONDS = (60.0, 70.0)

LAG = "lag: from the job's end at the service until it is known and, with rushes, in the journal"


def measure(scale: Scale) -> list[Row]:
    """Three runs of ours, one of each peer, one after the other, in real time."""
    with tempfile.TemporaryDirectory() as folder:
        # The first run leaves the history that the second one uses.
        blind = _ours(folder, seed=1)
        known = _ours(folder, seed=2)
        # The peers end where the file's address is known, so ours does here, too.
        plain = _ours(folder, seed=3, files=False)
    others = {
        peer.name: run(peer, Model(SECONDS, seed=2), JOBS)
        for peer in (peers() if scale.has_peers else [])
    }
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
            ours=f"{plain.cpu_per_job:.0f} ms",
            target="≤ 15 ms",
            met=plain.cpu_per_job <= 15,
            peers={name: f"{other.cpu_per_job:.0f} ms" for name, other in others.items()},
            remark=(
                f"user + system of the client's process for submitting, {plain.calls_per_job:.0f} "
                f"status calls, the result and rushes' journal, without start-up and warm-up; "
                f"with download, check and poster of the 5 s 720p file, which peers do not make, "
                f"{known.cpu_per_job:.0f} ms"
            ),
            figures={"rushes": plain.to_json(), "rushes with files": known.to_json()},
        ),
    ]


def _ours(folder: str, *, seed: int, files: bool = True) -> Outcome:
    place = Path(folder)
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


def _words(outcome: Outcome) -> str:
    return f"{outcome.calls_per_job:.1f} calls, p95 {outcome.lag(0.95):.2f} s"


def _file_words(outcome: Outcome) -> str:
    return f"the file is there after p95 {outcome.file_lag(0.95):.2f} s"


def _json(outcomes: dict[str, Outcome]) -> dict[str, object]:
    return {name: outcome.to_json() for name, outcome in outcomes.items()}
