"""The README holds on every supported Python of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from support import cells
from support.pythons import ROOT, pythons

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


PYTHONS = [
    # `test_examples` runs the README with this one.
    pytest.param(place, id=version, marks=pytest.mark.soak if place == sys.executable else ())
    for version, place in pythons().items()
]


@pytest.mark.parametrize("python", PYTHONS)
def test_the_readme_runs(python: str, tmp_path: Path) -> None:
    """Who copies its blocks into a notebook of that version gets no error and no warning."""
    Image.new("RGB", (640, 480), "teal").save(tmp_path / "portrait.png")

    done = subprocess.run(
        [python, cells.__file__, ROOT / "README.md"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src"), "RUSHES_BACKEND": "preview"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
