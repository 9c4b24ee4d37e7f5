"""Many odd replies of every service: ``PYTHONPATH=tests python -m reliability.soak_replies``.

Every service is asked everything that a job asks in its life, with every reply spoilt in every
way; then whole jobs are made while replies are spoilt by lot. It prints a table, writes its rows as
JSON, and fails if anything was raised that nobody expected, a job came to no end, or a value was
believed that cannot be.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from reliability.questions import drawn_cases, every_case, faults_in, of_service
from reliability.storm import storm
from rushes import __version__
from support.services import SERVICES

if TYPE_CHECKING:
    from support.services import Service

COLUMNS = {
    "service": "service",
    "replies": "replies read",
    "raised": "wrongly read",
    "jobs": "jobs",
    "jobReplies": "replies to them",
    "spoilt": "of these spoilt",
    "endless": "without an end",
    "unforeseen": "unforeseen exceptions",
    "implausible": "implausible values believed",
    "twice": "bought twice",
    "lost": "id and look-ups garbled",
    "unfetched": "finished, not fetched",
    "seconds": "seconds",
}


def main() -> int:
    """Ask every service, then make jobs at it; 1 if anything is wrong."""
    wishes = _parser().parse_args()
    services = [service for service in SERVICES if wishes.only in str(service)]
    faults, rows = list[str](), list[dict[str, Any]]()
    for service in services:
        row, found = _tried(service, wishes)
        rows.append(row)
        faults += found
        _say("\n  ".join([f"{service}: {'FAILED' if found else 'ok'}", *found[:20]]))
    wishes.out.parent.mkdir(parents=True, exist_ok=True)
    wishes.out.write_text(json.dumps(_document(rows), indent=2) + "\n", encoding="utf-8")
    _say(f"\n{_table(rows)}\n\nrows: {wishes.out}")
    return 1 if faults else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drawn", type=int, default=800, help="for each reply of a job's life")
    parser.add_argument("--jobs", type=int, default=1_000, help="for each service")
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn by lot")
    parser.add_argument("--only", default="", help="services whose name contains this")
    parser.add_argument("--out", type=Path, default=Path("artifacts/replies.json"))
    return parser


def _tried(service: Service, wishes: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    began, options = time.monotonic(), {"lag": 0.0} if service.lag else {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        questions = of_service(service, options, folder)
        cases = [*every_case(questions)]
        cases += drawn_cases(questions, wishes.drawn, Random(wishes.seed))
        raised = faults_in(service, cases, options)
        outcome = storm(service, folder, jobs=wishes.jobs, seed=wishes.seed)
    row = {
        "service": str(service),
        "replies": len(cases),
        "raised": len(raised),
        "jobs": outcome.jobs,
        "jobReplies": outcome.replies,
        "spoilt": outcome.spoilt,
        "endless": len(outcome.endless),
        "unforeseen": len(outcome.unforeseen),
        "implausible": len(outcome.implausible),
        "twice": outcome.twice,
        "lost": outcome.lost,
        "unfetched": len(outcome.unfetched),
        "seconds": round(time.monotonic() - began),
        "ends": dict(outcome.ends),
    }
    return row, raised + outcome.faults


def _document(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "rushes": __version__,
        "commit": _commit(),
        "measuredAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "rows": rows,
    }


def _commit() -> str | None:
    try:
        command = ["git", "rev-parse", "--short", "HEAD"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None  # Of an archive of the source.
    return done.stdout.strip()


def _table(rows: list[dict[str, Any]]) -> str:
    """The rows as a table of the documentation, with their sums."""
    sums = {name: sum(row[name] for row in rows) for name in COLUMNS if name != "service"}
    lines = [list(COLUMNS.values()), ["---"] * len(COLUMNS)]
    lines += [[f"{row[name]:,}" if name in sums else row[name] for name in COLUMNS] for row in rows]
    lines.append(["all", *(f"{sums[name]:,}" for name in sums)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
