"""What a notebook's kernel does while it is measured beside a long history."""

from __future__ import annotations

import asyncio
import io
import time
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

from benchmarks.ours.service import backend_of
from benchmarks.session import cpu_seconds
from rushes import VideoGen

if TYPE_CHECKING:
    from collections.abc import Callable

PROMPT = (
    "A red fox crosses a snowy clearing at dawn, low sun behind birches, its breath visible; the "
    "camera follows on a slow dolly at eye level, shallow depth of field, muted colours, 35 mm"
)
REQUEST = {"provider": "seedance-2.0-fast", "mode": "text-to-video", "prompt": PROMPT}

PROBE_EVERY = 0.01
"""Seconds between two turns of the coroutine that measures stalls of the engine's loop."""

REPEATS = 9

PLANS = 3
"""Sweeps that are planned."""


def open_client(task: dict[str, Any]) -> tuple[VideoGen, float]:
    """A client of the emulated service, and the seconds that making it took."""
    backend = backend_of(task)
    began = time.perf_counter()
    gen = VideoGen(backend, home=task["home"], library=task["library"])
    return gen, time.perf_counter() - began


def time_lists(gen: VideoGen) -> dict[str, list[float]]:
    """Seconds of listing and printing jobs and of draining news, first call first."""
    drained = _times(gen.get_completed_jobs_sync)
    listed = _times(lambda: gen.jobs(limit=50))

    def show() -> None:
        with redirect_stdout(io.StringIO()):
            print(gen.jobs(limit=50))

    return {"list": listed, "print": _times(show), "drain": drained}


def time_plans(gen: VideoGen) -> list[float]:
    """Seconds of planning and pricing a sweep of 1,000 takes, first call first."""

    def plan() -> None:
        sweep = gen.sweep(
            "A {animal} in the snow, {light}",
            animal=[f"fox {number}" for number in range(125)],
            light=["at dawn", "at night"],
            duration_seconds=[4, 5],
            provider=["seedance-2.0-fast", "seedance-2.0"],
        )
        str(sweep)

    return _times(plan, PLANS)


async def make_takes(gen: VideoGen, count: int, *, is_probed: bool = False) -> dict[str, Any]:
    """Make so many takes at once, as a cell does, and say what that took."""
    stalls: list[float] = []
    probe = gen.engine.call(_probe(stalls)) if is_probed else None
    cpu, began = cpu_seconds(), time.perf_counter()
    jobs, submits = [], []
    for _ in range(count):
        at = time.perf_counter()
        jobs.append(gen.submit(REQUEST))
        submits.append(time.perf_counter() - at)
        # A page's messages are answered in between.
        await asyncio.sleep(0)
    for job in jobs:
        await job
    passed, used = time.perf_counter() - began, cpu_seconds() - cpu
    if probe is not None:
        probe.cancel()
    return {"seconds": passed, "cpu": used, "submits": submits, "stall": max(stalls, default=0.0)}


async def _probe(stalls: list[float]) -> None:
    """Note by how much each turn of the loop comes late."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(PROBE_EVERY)
        stalls.append(time.perf_counter() - began - PROBE_EVERY)


def _times(call: Callable[[], object], repeats: int = REPEATS) -> list[float]:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return times
