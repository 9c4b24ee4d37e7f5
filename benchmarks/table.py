"""The outcome as a table, and as files."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from benchmarks.peers.environment import VERSIONS
from benchmarks.place import HERE
from rushes import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.row import Row

RESULTS = HERE / "results"


def write(rows: list[Row], loads: dict[str, float]) -> Path:
    """Write the rows as ``results/<date>.json`` and ``results/latest.md``.

    Args:
        rows: what was measured.
        loads: the machine's load before each measurement.

    Returns:
        The second one.
    """
    now = datetime.now(UTC)
    RESULTS.mkdir(exist_ok=True)
    values = {
        "at": now.isoformat(timespec="seconds"),
        "rushes": __version__,
        "peers": list(VERSIONS),
        "machine": machine(),
        "loads": loads,
        "rows": [row.to_json() for row in rows],
    }
    name = now.strftime("%Y-%m-%d_%H%M%S")
    (RESULTS / f"{name}.json").write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n")
    latest = RESULTS / "latest.md"
    head = f"rushes {__version__} against {', '.join(VERSIONS)}, {now:%Y-%m-%d}, {machine()}."
    latest.write_text(f"{head}\n\n{markdown(rows)}\n")
    return latest


def markdown(rows: list[Row], *, with_remarks: bool = True) -> str:
    """The rows as a table."""
    titles = ["measure", "rushes", "target", "met", "others"]
    cells = [[row.measure, row.ours, row.target, _met(row), _others(row)] for row in rows]
    if with_remarks:
        titles.append("remarks")
        cells = [[*line, row.remark] for line, row in zip(cells, rows, strict=True)]
    ruler = ["---"] * len(titles)
    return "\n".join(f"| {' | '.join(line)} |" for line in (titles, ruler, *cells))


def _met(row: Row) -> str:
    return {True: "yes", False: "**no**", None: ""}[row.met]


def _others(row: Row) -> str:
    return "; ".join(f"{name} {figures}" for name, figures in row.peers.items())


def machine() -> str:
    """Where this was measured, in words."""
    return f"{os.cpu_count()} processors, {platform.system()}, Python {platform.python_version()}"
