"""The command that runs a sweep from a file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rushes.contract.errors import InvalidParams, Problem
from rushes.contract.wording import listed, meant
from rushes.explore.axes import axis, together
from rushes.io.regular import read_regular

if TYPE_CHECKING:
    from pathlib import Path

    from rushes.client import VideoGen
    from rushes.explore.sweep import Sweep

MOST_BYTES = 1_048_576
"""Bytes of a file."""

SETTINGS = ("seeds", "unsupported", "name", "cap", "again", "backend", "rewrite")

KEYS = ("prompt", "prompts", *SETTINGS, "values", "axes", "together")


def read_sweep(gen: VideoGen, path: Path) -> Sweep:
    """The sweep that a file describes.

    Args:
        gen: plans it.
        path: a TOML file; its keys are the arguments of `VideoGen.sweep`.

    Raises:
        InvalidParams: names everything that is wrong.
    """
    data = _read(path)
    problems = [
        Problem(
            key, None, f"is not a key of a sweep; allowed are {listed(KEYS)}.{meant(key, KEYS)}"
        )
        for key in data
        if key not in KEYS
    ]
    if ("prompt" in data) == ("prompts" in data):
        problems.append(Problem("prompt", None, "give either prompt or prompts."))
    tables = {key: data.get(key, {}) for key in ("values", "axes")}
    problems += [
        Problem(key, table, f"is not a table; write [{key}] above its lines.")
        for key, table in tables.items()
        if not isinstance(table, Mapping)
    ]
    combined = data.get("together", [])
    if not isinstance(combined, list) or not all(isinstance(each, Mapping) for each in combined):
        problems.append(Problem("together", None, "write [[together]] above the lines of each."))
    if problems:
        raise InvalidParams.of(problems)
    settings = {key: data[key] for key in SETTINGS if key in data}
    settings.setdefault("name", path.stem)
    values: dict[str, Any] = dict(tables["values"])
    values |= {name: axis(points) for name, points in tables["axes"].items()}
    return gen.sweep(
        data["prompt"] if "prompt" in data else data["prompts"],
        *(together(**each) for each in combined),
        **settings,
        **values,
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_regular(path, MOST_BYTES).decode("utf-8"))
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise InvalidParams.of([Problem("file", str(path), f"cannot be read: {said}.")]) from error
