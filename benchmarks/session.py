"""The messages between a measured program and the one that measures it; standard library only."""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import Any


def cpu_seconds() -> float:
    """Processor time of this process so far, user and system."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Session:
    """The measured program's side; the task stands on its command line.

    A program loads all that it needs and makes one video; then it says `ready` and waits for the
    sign to continue. What happens before is not counted.
    """

    def __init__(self) -> None:
        self.task: dict[str, Any] = json.loads(sys.argv[1])
        self.known: dict[str, float] = {}
        self.kept: dict[str, float] = {}
        self._cpu = 0.0

    def ready(self) -> None:
        """Wait for the sign to begin."""
        print(json.dumps({"ready": True}), flush=True)
        sys.stdin.readline()
        self._cpu = cpu_seconds()

    def knows(self, remote_id: str) -> None:
        """The caller knows that this job is done, and holds its result."""
        self.known.setdefault(remote_id, time.time())

    def keeps(self, remote_id: str) -> None:
        """The caller holds this job's file."""
        self.kept.setdefault(remote_id, time.time())

    def report(self, **extra: Any) -> None:
        """Say what was measured."""
        cpu = cpu_seconds() - self._cpu
        values = {"cpu": cpu, "known": self.known, "kept": self.kept, **extra}
        print(json.dumps(values), flush=True)
