"""An emulated service in a process of its own, which no kill of a worker touches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import httpx

TESTS = Path(__file__).parents[1]


class ServiceProcess:
    """The emulator as a process; it runs from `with` to the end of the block.

    Args:
        module: what runs as a process.
        settings: fields of its settings.
    """

    def __init__(self, module: str, **settings: Any) -> None:
        self._module = module
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None
        self._urls: dict[str, str] = {}

    @property
    def urls(self) -> dict[str, str]:
        """Its base URLs by name."""
        return self._urls

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", self._module, "--settings", json.dumps(self._settings)],
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
        return httpx.get(f"{self._urls['base_url']}/_ledger", timeout=60.0).json()

    def advance(self, seconds: float) -> None:
        """Put its clock forward."""
        url = f"{self._urls['base_url']}/_control"
        httpx.post(url, json={"advance": seconds}, timeout=60.0).raise_for_status()
