"""Runs the measurements one after another and shows what came out: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import replace

from benchmarks import (
    adoption,
    batching,
    display,
    fanout,
    imports,
    paint,
    playback,
    polling,
    preview,
    sync,
    table,
    throttled,
)
from benchmarks.scale import FULL, QUICK

MEASURES = {
    "imports": imports.measure,
    "preview": preview.measure,
    "adoption": adoption.measure,
    "throttled": throttled.measure,
    "fanout": fanout.measure,
    "polling": polling.measure,
    "batching": batching.measure,
    "sync": sync.measure,
    "display": display.measure,
    "paint": paint.measure,
    "playback": playback.measure,
}


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer jobs at once, no peers")
    parser.add_argument("--no-peers", action="store_true", help="measure rushes only")
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES))
    arguments = parser.parse_args()
    scale = QUICK if arguments.quick else FULL
    if arguments.no_peers:
        scale = replace(scale, has_peers=False)
    began = time.monotonic()
    rows, loads = [], {}
    for name in arguments.only:
        loads[name] = os.getloadavg()[0]
        print(f"{time.monotonic() - began:5.0f} s  {name}, load {loads[name]:.1f}", flush=True)
        rows += MEASURES[name](scale)
    latest = table.write(rows, loads)
    print(f"{time.monotonic() - began:5.0f} s  done\n\n{table.markdown(rows)}\n\nAlso in {latest}")


if __name__ == "__main__":
    main()
