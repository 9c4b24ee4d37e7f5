"""A sweep makes every take once, whoever is killed or put to sleep in between."""

from __future__ import annotations

import sys

import pytest

from reliability.sweeping import run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL and no SIGSTOP"),
]


def test_every_cell_is_bought_once() -> None:
    """At two services, by two kernels that are killed, stopped and run again, within the cap."""
    found = run(cells=20, kills=4, stops=1)

    assert found.faults == []
    assert 0 < found.capped < found.cells
