"""How a process ends that used rushes: with code 0, without a word, soon, and with no job lost."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import rushes
from emulators.fal import FAL_KEY
from emulators.faults import Fault, FaultKind
from support.pythons import pythons
from support.requests import FOX

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.fal import FalEmulator

SOURCE = Path(rushes.__file__).parents[1]

PATIENCE = 120.0
"""Seconds until a process that hangs is given up."""


PREAMBLE = f"""
import asyncio, multiprocessing, os, pathlib, threading, time
import rushes
from rushes.backends.fal import FalBackend
from rushes.backends.preview import PreviewBackend
from rushes.backends.protocol import Limits
FOX = {FOX!r}
def client():
    queue_url, rest_url, api_url = os.environ["URLS"].split()
    limits = Limits(poll_floor=0.05, first_poll=0.05)
    fal = FalBackend({FAL_KEY!r}, queue_url=queue_url, rest_url=rest_url, api_url=api_url,
        limits=limits)
    return rushes.VideoGen(fal, library="media", timeout=60)
def reach(job, *states):
    end = time.monotonic() + 60
    while job.state not in states and time.monotonic() < end:
        time.sleep(0.01)
    assert job.state in states, job
"""


OTHERS = [
    pytest.param(place, id=version, marks=() if place == sys.executable else pytest.mark.soak)
    for version, place in pythons().items()
]
"""This Python, and for `make soak` the rest."""

on_every_python = pytest.mark.parametrize("python", pythons().values(), ids=pythons())


@pytest.fixture(params=OTHERS)
def python(request) -> str:
    return request.param


@pytest.fixture
def end(python: str, emulator: FalEmulator, tmp_path: Path) -> Callable[..., None]:
    """Runs a script with one of the Pythons, and looks how it ends."""

    def run(script: str) -> None:
        done = subprocess.run(
            [python, "-c", PREAMBLE + script],
            cwd=tmp_path,
            env=os.environ
            | {
                "PYTHONPATH": str(SOURCE),
                "URLS": f"{emulator.queue_url} {emulator.rest_url} {emulator.api_url}",
            },
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.stderr == ""
        assert done.returncode == 0
        with closing(sqlite3.connect(tmp_path / "home" / "journal.sqlite3")) as journal:
            assert journal.execute("SELECT count(*) FROM owners").fetchone() == (0,)

    return run


WHOLE = {
    "closed": "with client() as gen: gen.generate_sync(FOX)",
    "generate_sync": "gen = client(); gen.generate_sync(FOX)",
    "asyncio.run": "async def main(): return await client().generate(FOX)\nasyncio.run(main())",
}


@pytest.mark.slow
def test_a_script_ends_without_a_word(end, emulator):
    """Whether it closes its client or not, and however it waited."""
    for script in WHOLE.values():
        end(script)
    assert emulator.counts["submit"] == len(WHOLE)


FLIGHTS = {
    "queued": "gen = client(); job = gen.submit(FOX)",
    "awaited": """
gen = client()
async def main():
    waiting = asyncio.create_task(gen.generate(FOX, client_ref="awaited"))
    while not gen.jobs(state="running", client_ref="awaited"):
        await asyncio.sleep(0.01)
asyncio.run(main())
""",
    "in a thread": """
gen = client()
job = gen.submit(FOX)
def wait():
    try:
        job.result()
    except rushes.RushesError:
        pass
threading.Thread(target=wait, daemon=True).start()
reach(job, 'running')
""",
}


@pytest.mark.slow
def test_a_script_ends_while_its_jobs_run(end, emulator, tmp_path):
    """Each is on record as it stands, and free for the next process to take over."""
    emulator.settings.run_seconds = (3600.0, 3600.0)
    for script in FLIGHTS.values():
        end(script)
    journal = tmp_path / "home" / "journal.sqlite3"
    with closing(sqlite3.connect(journal)) as db:
        states = [row[0] for row in db.execute("SELECT state FROM jobs ORDER BY created_at")]
    # Of the first one the answer may have come before the end.
    assert states[0] in {"queued", "running"}
    assert states[1:] == ["running"] * (len(FLIGHTS) - 1)
    assert emulator.counts["submit"] == states.count("running")


@pytest.mark.slow
def test_a_script_ends_during_a_download(end, emulator):
    """What has arrived stays, and nobody waits for the rest."""
    emulator.add_fault(Fault(FaultKind.SLOW_BODY, seconds=(600.0, 600.0)))
    end("gen = client(); job = gen.submit(FOX); reach(job, 'fetching')")


@pytest.mark.slow
def test_a_script_ends_while_a_preview_renders(end):
    """The renderer is a process of its own; it needs nobody."""
    end("""
gen = rushes.VideoGen(PreviewBackend(pathlib.Path("preview")), library="media")
job = gen.submit(FOX, resolution="480p", duration_seconds=4)
reach(job, 'running', 'fetching')
job.cancel()
""")


# Python 3.12.0 and 3.12.1 start no thread at all once the main thread has ended.
LATE = """
gen = client()
def work():
    threading.main_thread().join()
    for number in range(2):
        assert gen.generate_sync(FOX, seed=number).path.exists()
        assert asyncio.run(gen.generate(FOX, seed=number)).path.exists()
    assert len(gen.get_completed_jobs_sync()) == 0
threading.Thread(target=work).start()
"""

TOO_LATE = """
def work():
    threading.main_thread().join()
    try:
        assert client().generate_sync(FOX).path.exists()
    except rushes.RushesError as error:
        assert "main thread" in error.message, error
threading.Thread(target=work).start()
"""


@on_every_python
@pytest.mark.slow
def test_a_thread_works_on_after_the_main_thread(end, emulator):
    """It makes its videos, each with one submission; a client made then works, or says why not."""
    end(LATE)
    assert emulator.counts["submit"] == 4
    end(TOO_LATE)


CHILDREN = """
def work():
    client().generate_sync(FOX)
gen = client()
process = multiprocessing.get_context("fork").Process(target=work)
process.start()
process.join()
assert process.exitcode == 0, process.exitcode
"""


@on_every_python
@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_ends_without_a_word(end):
    """It gives up its own lease and leaves the parent's."""
    end(CHILDREN)
