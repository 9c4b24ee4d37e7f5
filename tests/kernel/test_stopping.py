"""The stop button ends a wait in a notebook, and the last line says what becomes of the job."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from support.kernels import TAKE, CellError, Kernel
from support.previews import busy_preview

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

SETUP = """
import asyncio, os, signal, sys, threading, time
from rushes import VideoGen

gen = VideoGen("preview")
begun = threading.Event()
engine_wait = type(gen.engine).wait

def wait(job_id):
    future = engine_wait(gen.engine, job_id)
    begun.set()
    return future

gen.engine.wait = wait

def stop_when_idle():
    begun.clear()

    def watch():
        begun.wait()
        main = threading.main_thread().ident
        while sys._current_frames()[main].f_code.co_name not in {"select", "wait"}:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=watch, daemon=True).start()

stop_when_idle()
"""
"""Sends the stop button's signal as soon as a wait has begun and the main thread sleeps."""

MAKE = f"job = gen.submit({TAKE!r})"

WAITS = {
    "generate": f"await gen.generate({TAKE!r})",
    "generate_sync": f"gen.generate_sync({TAKE!r})",
    "job": f"{MAKE}\nawait job",
    "result": f"{MAKE}\njob.result()",
    "several": f"{MAKE}\nawait asyncio.gather(job, job.wait())",
    "blocking in a cell that awaits": f"await asyncio.sleep(0)\n{MAKE}\njob.result()",
}
"""By name, a cell that waits for a video; nothing else happens in the kernel meanwhile."""


@pytest.mark.parametrize("cell", WAITS.values(), ids=WAITS)
def test_a_stopped_wait_says_how_to_cancel_the_job(kernel: Kernel, home: Path, cell: str) -> None:
    """The cell ends although no job does; its job continues, and its id is in the last line."""
    with busy_preview(home):
        kernel.run(SETUP)

        with pytest.raises(CellError) as caught:
            kernel.run(cell, attended=True)

        last = re.sub(r"\x1b\[[0-9;]*m", "", str(caught.value).strip().splitlines()[-1])
        assert "src/rushes" not in str(caught.value)
        job = kernel.value("gen.jobs(limit=1)[0].id")
        assert re.match(r"(asyncio\.exceptions\.)?(CancelledError|KeyboardInterrupt): ", last)
        assert f"Job {job} continues" in last
        assert f"gen.job('{job}').cancel() cancels it" in last
        assert kernel.value("gen.jobs(limit=1)[0].state.value") not in ("cancelled", "failed")
        assert f"gen.job('{job}').cancel() cancels it" in caught.value.cell.left()[0]["text/plain"]
        kernel.run(f"gen.job({job!r}).cancel()")
