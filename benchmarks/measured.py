"""Runs a program against a service and measures it from outside."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.place import ROOT
from benchmarks.services.process import Service

if TYPE_CHECKING:
    from benchmarks.services.model import Model


@dataclass(frozen=True, slots=True)
class Client:
    """A program that makes videos.

    Attributes:
        name: as the table shows it.
        python: the interpreter that has what it needs.
        module: what it runs.
        service: which service it talks to.
    """

    name: str
    python: Path
    module: str
    service: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run of a client came to; the warm-up is not part of it.

    Attributes:
        jobs: how many it was asked for.
        done: of how many it came to know that they were done.
        lags: seconds from a job's end at the service until the client knew, sorted.
        file_lags: the same until the client had the file, sorted; empty when it fetches none.
        status_calls: answered or refused.
        result_calls: likewise.
        too_many: refusals with 429.
        cpu: seconds of processor time.
        memory: growth of the resident memory at its peak, in bytes.
        extra: what else the client said.
    """

    jobs: int
    done: int
    lags: list[float]
    file_lags: list[float]
    status_calls: int
    result_calls: int
    too_many: int
    cpu: float
    memory: int
    extra: dict[str, Any]

    @property
    def calls_per_job(self) -> float:
        """Status calls."""
        return self.status_calls / self.jobs

    @property
    def cpu_per_job(self) -> float:
        """Milliseconds of processor time."""
        return 1000 * self.cpu / self.jobs

    @property
    def memory_per_job(self) -> float:
        """Thousands of bytes at the peak."""
        return self.memory / self.jobs / 1000

    def lag(self, share: float) -> float:
        """Seconds within which the client knew this share of the jobs that ended."""
        return quantile(self.lags, share)

    def file_lag(self, share: float) -> float:
        """Seconds within which the client had the files of this share of the jobs."""
        return quantile(self.file_lags, share)

    def to_json(self) -> dict[str, Any]:
        """The figures, without every single lag."""
        return {
            "jobs": self.jobs,
            "done": self.done,
            "lag": _spread(self.lags),
            "file_lag": _spread(self.file_lags),
            "status_calls_per_job": round(self.calls_per_job, 2),
            "result_calls_per_job": round(self.result_calls / self.jobs, 2),
            "too_many": self.too_many,
            "cpu_ms_per_job": round(self.cpu_per_job, 2),
            "kb_per_job": round(self.memory_per_job, 1),
            **self.extra,
        }


def quantile(values: list[float], share: float) -> float:
    """The value under which this share of the sorted values lies; NaN when there are none."""
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def run(client: Client, model: Model, jobs: int, **task: Any) -> Outcome:
    """Let a client make so many videos at a service that does nothing else.

    Args:
        client: the program.
        model: what the service does.
        jobs: how many at once.
        task: what else the program is told.

    Raises:
        RuntimeError: when the program ended without a report.
    """
    with Service(client.service, model) as service:
        argument = json.dumps({"jobs": jobs, "urls": service.urls, **task})
        process = subprocess.Popen(
            [client.python, "-m", client.module, argument],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": ""},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            _line(process)
            before, memory = service.ledger(), Memory(process.pid)
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
            report = _line(process)
            peak = memory.stop()
            after = service.ledger()
        finally:
            process.kill()
            process.wait()
    done_at = {job["request_id"]: job["done_at"] for job in after["jobs"]}
    known, kept = report.pop("known"), report.pop("kept")
    counts = {name: after["counts"][name] - before["counts"].get(name, 0) for name in after["counts"]}
    return Outcome(
        jobs=jobs,
        done=len(known),
        lags=sorted(at - done_at[name] for name, at in known.items()),
        file_lags=sorted(at - done_at[name] for name, at in kept.items()),
        status_calls=counts.get("status", 0),
        result_calls=counts.get("result", 0),
        too_many=counts.get("too_many", 0),
        cpu=report.pop("cpu"),
        memory=peak,
        extra=report,
    )


class Memory:
    """Watches how far a process's resident memory grows, by Linux's /proc.

    Args:
        pid: the process.
    """

    def __init__(self, pid: int) -> None:
        self._file = Path(f"/proc/{pid}/statm")
        self._before = self._peak = self._now()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Bytes at the peak above the beginning."""
        self._end.set()
        self._thread.join()
        return self._peak - self._before

    def _watch(self) -> None:
        while not self._end.wait(0.1):
            self._peak = max(self._peak, self._now())

    def _now(self) -> int:
        try:
            return int(self._file.read_text().split()[1]) * resource.getpagesize()
        except (OSError, IndexError):
            return 0


def _line(process: subprocess.Popen[str]) -> dict[str, Any]:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        msg = f"{process.args} ended without a report"
        raise RuntimeError(msg)
    values: dict[str, Any] = json.loads(line)
    return values


def _spread(values: list[float]) -> dict[str, float] | None:
    if not values:
        return None
    shares = {"p50": median(values), "p95": quantile(values, 0.95), "max": values[-1]}
    return {name: round(value, 3) for name, value in shares.items()}
