"""The line that a terminal shows while a script waits; a pipe gets none."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal"),
]

SCRIPT = """
import asyncio
from rushes import VideoGen

gen = VideoGen("preview", progress={progress})
request = dict(provider="kling-3.0-standard", prompt="A fox", duration_seconds=3)
take = {call}gen.generate{twin}(**request){end}
print("the file:", take.path)
gen.close()
"""

CALLS = {
    "await": {"call": "asyncio.run(", "twin": "", "end": ")"},
    "blocking": {"call": "", "twin": "_sync", "end": ""},
}


def run(script: str, tmp_path, errors: int) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=errors,
        cwd=tmp_path,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "80"},
        timeout=120,
        check=True,
    )
    return done.stdout.decode()


def read(terminal: int) -> str:
    """What was written to a terminal that nobody writes to any more."""
    found = b""
    os.set_blocking(terminal, False)
    try:
        while part := os.read(terminal, 65_536):
            found += part
    except OSError:
        pass
    os.close(terminal)
    return found.decode()


@pytest.mark.parametrize("how", CALLS.values(), ids=CALLS)
def test_one_line_is_rewritten_and_then_says_what_was_made(tmp_path, how):
    """On standard error, so what the script prints is its own."""
    reading, writing = os.openpty()

    printed = run(SCRIPT.format(progress=None, **how), tmp_path, writing)

    os.close(writing)
    shown = read(reading)
    assert printed.startswith("the file:")
    assert "job 2" in shown
    assert "\x1b[2K" in shown
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r", "\n")
    assert "\nkling-3.0-standard: done · 3 s · 1280" in plain


@pytest.mark.parametrize(
    "how",
    [pytest.param(CALLS["await"], id="await", marks=pytest.mark.soak), CALLS["blocking"]],
    ids=[None, "blocking"],
)
def test_nothing_is_written_to_a_pipe_or_where_it_is_not_wanted(tmp_path, how):
    """Not a byte."""
    reading, writing = os.pipe()
    run(SCRIPT.format(progress=None, **how), tmp_path, writing)
    os.close(writing)
    assert read(reading) == ""

    reading, writing = os.openpty()
    run(SCRIPT.format(progress=False, **how), tmp_path, writing)
    os.close(writing)
    assert read(reading) == ""


SWEEP = """
from rushes import VideoGen

gen = VideoGen("preview")
sweep = gen.sweep(
    "A {animal}", animal=["fox", "hare"], provider="kling-3.0-standard", duration_seconds=3,
    name="zoo",
)
sweep.run().wait()
gen.close()
"""


def test_a_sweep_has_one_line(tmp_path):
    """It says how far all of it is, and then what became of it."""
    reading, writing = os.openpty()

    run(SWEEP, tmp_path, writing)

    os.close(writing)
    shown = read(reading)
    assert "of 2 takes done" in shown
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r", "\n")
    assert "\nzoo: 2 of 2 takes done" in plain
