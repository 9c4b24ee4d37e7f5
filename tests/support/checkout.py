"""Which files belong to the repository."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@cache
def own_files() -> tuple[str, ...]:
    """Names of the files that are committed or would be; what git ignores is left out.

    Skips the test where there is no checkout to ask, e.g. in an unpacked sdist.
    """
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("only a checkout knows which files are its own")
    names = sorted(name for name in done.stdout.decode().split("\0") if name)
    return tuple(name for name in names if (ROOT / name).is_file())
