"""Runs the measurements one after another and shows what came out: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks import (
    adoption,
    board,
    display,
    fanout,
    frames,
    growth,
    imports,
    measuring,
    page,
    paint,
    playback,
    polling,
    preview,
    restarts,
    sync,
    table,
    throttled,
)
from benchmarks.peers import environment
from benchmarks.scale import FULL, QUICK

if TYPE_CHECKING:
    from benchmarks.row import Row
    from benchmarks.scale import Scale

MEASURES = {
    "imports": imports.measure,
    "growth": growth.measure,
    "frames": frames.measure,
    "restarts": restarts.measure,
    "preview": preview.measure,
    "adoption": adoption.measure,
    "throttled": throttled.measure,
    "fanout": fanout.measure,
    "polling": polling.measure,
    "sync": sync.measure,
    "display": display.measure,
    "paint": paint.measure,
    "board": board.measure,
    "playback": playback.measure,
    "measuring": measuring.measure,
}

TRIES = 2
"""A browser that did not start should not cost a quarter of an hour."""


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer jobs at once, no peers")
    parser.add_argument("--no-peers", action="store_true", help="measure rushes only")
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES))
    parser.add_argument(
        "--page",
        action="store_true",
        help=f"write the figures into {page.PAGE.name}; everything has to be committed",
    )
    arguments = parser.parse_args()
    scale = QUICK if arguments.quick else FULL
    if arguments.no_peers:
        scale = replace(scale, has_peers=False)
    if arguments.page and (scale != FULL or arguments.only != list(MEASURES)):
        parser.error("--page shows one run of everything")
    try:
        commit = page.commit() if arguments.page else None
    except page.NotCommittedError as error:
        parser.error(str(error))
    if scale.has_peers:
        environment.install()
    began = time.monotonic()
    rows, loads = [], {}
    for name in arguments.only:
        loads[name] = os.getloadavg()[0]
        print(f"{time.monotonic() - began:5.0f} s  {name}, load {loads[name]:.1f}", flush=True)
        rows += _measure(name, scale)
    seconds = time.monotonic() - began
    latest = table.write(rows, loads)
    print(f"{seconds:5.0f} s  done\n\n{table.markdown(rows)}\n\nAlso in {latest}")
    if commit:
        if commit != page.commit():
            sys.exit(f"{page.PAGE} was not written: the commit is another one than at the start.")
        page.write(rows, commit, seconds)
        print(f"and in {page.PAGE}")


def _measure(name: str, scale: Scale) -> list[Row]:
    for left in reversed(range(TRIES)):
        try:
            return MEASURES[name](scale)
        except Exception:
            if not left:
                raise
            traceback.print_exc()
    return []


if __name__ == "__main__":
    main()
