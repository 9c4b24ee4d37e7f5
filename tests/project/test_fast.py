"""What `make test-fast` runs needs few packages."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.soak]

ELSEWHERE = (
    *("fal_client", "ipykernel", "jupyter_client", "jupyter_server", "jupyterlab", "marimo"),
    *("nbclient", "nbconvert", "nbformat", "notebook", "playwright", "runwayml", "voila"),
    "volcenginesdkarkruntime",
)
"""Packages of the other groups."""

COLLECT = """
import sys
sys.modules.update(dict.fromkeys({modules!r}))  # Importing one of these fails.
import pytest
sys.exit(pytest.main({arguments!r}))
"""


def test_the_fast_tests_load_nothing_of_the_others() -> None:
    """Neither a browser, nor a kernel, nor a host of widgets, nor a service's own client."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    chosen = re.search(r'^FAST := (-m "[^"]+")', makefile, re.MULTILINE)
    folders = re.search(r"--ignore=tests/,([\w ]+)\)", makefile)
    assert chosen is not None
    assert folders is not None
    ignored = [f"--ignore=tests/{name}" for name in folders[1].split()]
    arguments = [
        "--collect-only",
        "-q",
        "-p",
        "no:cacheprovider",
        *shlex.split(chosen[1]),
        *ignored,
    ]

    done = subprocess.run(
        [sys.executable, "-c", COLLECT.format(modules=ELSEWHERE, arguments=arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
