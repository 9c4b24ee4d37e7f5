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
        settings: fields of `emulators.fal.FalSettings`.
    """

    def __init__(self, **settings: Any) -> None:
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None
        self._urls: dict[str, str] = {}

    @property
    def queue_url(self) -> str:
        """Base URL that stands for https://queue.fal.run."""
        return self._urls["queue"]

    @property
    def rest_url(self) -> str:
        """Base URL that stands for https://rest.fal.ai."""
        return self._urls["rest"]

    @property
    def api_url(self) -> str:
        """Base URL that stands for https://api.fal.ai/v1."""
        return self._urls["api"]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "emulators.fal", "--settings", json.dumps(self._settings)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(TESTS)},
        )
        assert self._process.stdout is not None
        self._urls = json.loads(self._process.stdout.readline())
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def ledger(self) -> dict[str, Any]:
        """Return what has happened: `jobs` accepted and `counts` of requests."""
        return httpx.get(f"{self._urls['base_url']}/_ledger", timeout=30.0).json()
