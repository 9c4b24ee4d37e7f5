"""Runs a program against a service and measures it from outside."""

from __future__ import annotations

import json
import math
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from tempfile import TemporaryFile
from threading import Timer
from typing import IO, TYPE_CHECKING, Any

from benchmarks.memory import Memory
from benchmarks.place import ROOT
from benchmarks.services.process import Service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.services.model import Model


MOST_SECONDS = 600.0
"""For which a client may run: most take two minutes, and one that does not end ends nothing."""

MOST_SAID = 4_000
"""Bytes of a client's last words that are shown."""


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
        result_calls: answered or refused.
        too_many: refusals with 429.
        cpu: seconds of processor time.
        memory: growth of the resident memory at its peak, in bytes.
        memory_before: resident memory of the client that is ready to begin, in bytes.
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
    memory_before: int
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
            "mb_before": round(self.memory_before / 1e6, 1),
            **self.extra,
        }


def quantile(values: list[float], share: float) -> float:
    """The value under which this share of the sorted values lies; NaN when there are none."""
    return values[max(0, math.ceil(share * len(values)) - 1)] if values else math.nan


def run(client: Client, model: Model, jobs: int, **task: Any) -> Outcome:
    """Let a client make so many videos at a service that does nothing else.

    Args:
        client: the program.
        model: what the service does.
        jobs: how many at once.
        task: more settings of the program.

    Raises:
        RuntimeError: when the program ended without a report.
    """
    with Service(client.service, model) as service:
        with talk(
            client, {"jobs": jobs, "service": client.service, "urls": service.urls, **task}
        ) as program:
            before = service.ledger()["counts"]
            report = program.go()
        after = service.ledger()
    done_at = {job["request_id"]: job["done_at"] for job in after["jobs"]}
    known, kept = report.pop("known"), report.pop("kept")
    counts = {name: count - before.get(name, 0) for name, count in after["counts"].items()}
    return Outcome(
        jobs=jobs,
        done=len(known),
        lags=sorted(at - done_at[name] for name, at in known.items()),
        file_lags=sorted(at - done_at[name] for name, at in kept.items()),
        # A list answers for many jobs at once, a stream for one job many times.
        status_calls=sum(counts.get(name, 0) for name in ("status", "stream", "history")),
        result_calls=counts.get("result", 0),
        too_many=counts.get("too_many", 0),
        cpu=report.pop("cpu"),
        memory=program.memory,
        memory_before=program.memory_before,
        extra=report,
    )


def run_each(clients: list[Client], model: Model, jobs: int) -> dict[str, Outcome]:
    """Let each client make so many videos, all at the same time, each at a service of its own."""
    with ThreadPoolExecutor() as pool:
        runs = {client.name: pool.submit(run, client, model, jobs) for client in clients}
        return {name: outcome.result() for name, outcome in runs.items()}


class Program:
    """A client's process, which says when it is ready and waits for the sign to begin.

    Args:
        process: what runs.
        errors: the file that its standard error goes to.

    Attributes:
        memory: growth of its resident memory at the peak, in bytes; set by `go`.
        memory_before: its resident memory when it began, in bytes; set by `go`.
    """

    def __init__(self, process: subprocess.Popen[str], errors: IO[bytes]) -> None:
        self._process = process
        self._errors = errors
        self._is_late = False
        self.memory = self.memory_before = 0

    def ready(self) -> None:
        """Wait until it is ready."""
        self._line()

    def go(self) -> dict[str, Any]:
        """Let it begin, and wait for its report."""
        memory = Memory(self._process.pid)
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        report = self._line()
        self.memory, self.memory_before = memory.stop(), memory.before
        return report

    def stop(self) -> None:
        """End it, as it has not said in time what it was to say."""
        self._is_late = True
        self._process.kill()

    def _line(self) -> dict[str, Any]:
        """What it says next.

        Raises:
            RuntimeError: when it ended, or was stopped, without saying anything more.
        """
        line = self._process.stdout.readline() if self._process.stdout else ""
        if line:
            values: dict[str, Any] = json.loads(line)
            return values
        self._errors.seek(0)
        said = self._errors.read()[-MOST_SAID:].decode(errors="replace").strip()
        how = "did not report in time" if self._is_late else "ended without a report"
        msg = f"{self._process.args} {how}; on standard error:\n{said or '(nothing)'}"
        raise RuntimeError(msg)


@contextmanager
def talk(client: Client, task: dict[str, Any], most: float = MOST_SECONDS) -> Iterator[Program]:
    """A client's process, as soon as it is ready.

    Args:
        client: the program.
        task: what it is to do.
        most: seconds after which it is stopped.

    Raises:
        RuntimeError: when it ended, or was stopped, without a report; it has the last words.
    """
    with (
        TemporaryFile() as errors,
        subprocess.Popen(
            [client.python, "-m", client.module, json.dumps(task)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": ""},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        program = Program(process, errors)
        end = Timer(most, program.stop)
        end.start()
        try:
            program.ready()
            yield program
            process.wait(timeout=30)
        finally:
            end.cancel()
            process.kill()


def _spread(values: list[float]) -> dict[str, float] | None:
    if not values:
        return None
    shares = {"p50": median(values), "p95": quantile(values, 0.95), "max": values[-1]}
    return {name: round(value, 3) for name, value in shares.items()}
