# ruff: noqa: ARG001 - scorers are called with both
"""Scorers of takes; they run in another process, which can import them from here."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

Scores = dict[str, float]


def words(path: Path, params: dict[str, Any]) -> Scores:
    return {"words": len((params.get("prompt") or "").split()), "name": len(path.name)}


def failing(path: Path, params: dict[str, Any]) -> Scores:
    msg = "the model is not there"
    raise ValueError(msg)


def crashing(path: Path, params: dict[str, Any]) -> Scores:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def hanging(path: Path, params: dict[str, Any]) -> Scores:
    time.sleep(600)
    return {}


def noisy(path: Path, params: dict[str, Any]) -> Scores:
    print("not a reply")  # noqa: T201 - that is the point
    sys.stdout.flush()
    os.write(1, b"nor this\n")
    return {"done": True}


def environment(path: Path, params: dict[str, Any]) -> Scores:
    return {name: 1 for name in sorted(os.environ) if len(name) <= 40}


def telling(path: Path, params: dict[str, Any]) -> Scores:
    raise RuntimeError("refused: " + os.environ["JUDGE_KEY"])
