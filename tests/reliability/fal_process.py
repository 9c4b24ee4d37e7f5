"""An emulated fal in a process of its own, which no kill of a worker touches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import httpx

TESTS = Path(__file__).parents[1]


class FalProcess:
    """The emulator as a process; it runs from `with` to the end of the block.

    Args:
        port: port of the service hosts; 0 lets the system choose.
        settings: fields of `emulators.fal.FalSettings`.

    Attributes:
        urls: base URLs by the name of their host.
    """

    def __init__(self, *, port: int = 0, **settings: Any) -> None:
        self._port = port
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None
        self.urls: dict[str, str] = {}

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "emulators.fal", "--port", str(self._port)]
        self._process = subprocess.Popen(
            [*command, "--settings", json.dumps(self._settings)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(TESTS)},
        )
        assert self._process.stdout is not None
        self.urls = json.loads(self._process.stdout.readline())
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def ledger(self) -> dict[str, Any]:
        """Return what has happened: `jobs` accepted and `counts` of requests."""
        return httpx.get(f"{self.urls['base_url']}/_ledger", timeout=30.0).json()

    def control(self, **wishes: Any) -> None:
        """Change the emulator: `advance`, `clear_faults`, `faults`."""
        httpx.post(f"{self.urls['base_url']}/_control", json=wishes, timeout=30.0)
