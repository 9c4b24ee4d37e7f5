"""The supported Pythons of this machine."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

VERSIONS = ("3.11", "3.12", "3.13", "3.14")

NEEDED = (
    "import anywidget, av, httpx, ipywidgets, nest_asyncio2, numpy, PIL, platformdirs, pydantic; "
    "from importlib.metadata import entry_points; entry_points(group='rushes.backends')['preview']"
)


@cache
def pythons() -> dict[str, str]:
    """Interpreters that can run rushes by their version, this one first."""
    found = {f"{sys.version_info[0]}.{sys.version_info[1]}": sys.executable}
    for version in VERSIONS:
        own = ROOT / f".venv-{version}" / "bin" / "python"
        for place in filter(None, map(shutil.which, (str(own), f"python{version}"))):
            if version not in found and _has_what_is_needed(place, version):
                found[version] = place
    return found


def _has_what_is_needed(python: str, version: str) -> bool:
    if (Path(python).parents[1] / ".made").exists():
        return True  # `make pythons` has seen to it, and every process of the tests asks.
    check = f"{NEEDED}; import sys; sys.exit('%d.%d' % sys.version_info[:2] != {version!r})"
    return not subprocess.run([python, "-c", check], capture_output=True, check=False).returncode
