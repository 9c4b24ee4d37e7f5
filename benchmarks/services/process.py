"""An emulated service as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING, Any, Self

from benchmarks.place import ROOT

if TYPE_CHECKING:
    from benchmarks.services.model import Model


class Service:
    """Runs one service while the context lasts.

    Args:
        name: ``"fal"`` or ``"runway"``.
        model: what it does.
    """

    def __init__(self, name: str, model: Model) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"benchmarks.services.{name}", model.to_json()],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT / "tests")},
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            msg = f"the emulated {name} did not start"
            raise RuntimeError(msg)
        self.urls: dict[str, str] = json.loads(line)

    def ledger(self) -> dict[str, Any]:
        """Requests by kind, and every job with the time at which it was done."""
        with urllib.request.urlopen(f"{self.urls['base_url']}/_ledger?requests=0") as reply:
            ledger: dict[str, Any] = json.load(reply)
        return ledger

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
