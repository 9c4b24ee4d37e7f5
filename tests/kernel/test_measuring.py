"""Takes are measured in a notebook, by functions of its cells, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.charts import chart, moving

if TYPE_CHECKING:
    from pathlib import Path

    from support.kernels import Kernel

pytestmark = pytest.mark.slow

CELL = """
from pathlib import Path

def judge(path: Path, params: dict) -> dict[str, float]:
    return {"megabytes": path.stat().st_size / 1e6}
"""


def test_a_function_of_a_cell_scores_a_take(kernel: Kernel, home: Path) -> None:
    """It runs in another process."""
    path = chart(home / "take.mp4", moving(12))
    kernel.run("import rushes")
    kernel.run(CELL)
    kernel.run(f"found = rushes.measure({str(path)!r}, scorers=judge)")
    assert kernel.value("(found.problems, list(found.scores['judge']))") == ((), ["megabytes"])
