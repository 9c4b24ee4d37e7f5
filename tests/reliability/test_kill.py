"""Killing and stopping workers loses no job and buys none twice; `soak.py` is the long version."""

from __future__ import annotations

import sys
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from reliability.kill import Combination, Tally, run_in_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL and no SIGSTOP"),
]

KILLS = 20
STOPS = 5
COMBINATIONS = (
    Combination("seedance-2.0", history=True, workers=1),
    Combination("seedance-2.0", history=False, workers=2),
    Combination("kling-o3-pro", history=True, workers=2, mode="edit"),
    Combination("pixverse-v6", history=False, workers=1, mode="extend"),
    Combination("seedance-2.5", history=True, workers=2, mode="final"),
    Combination("seedance-2.5", history=False, workers=2, mode="final", service="ark"),
    Combination("seedance-2.5", history=False, workers=2, mode="final", service="runway"),
    Combination("seedance-2.0", history=True, workers=2, service="ark"),
    Combination("seedance-2.0", history=False, workers=1, service="ark"),
    Combination("seedance-2.0", history=True, workers=2, disturbance="stop"),
    Combination("kling-3.0-standard", history=False, workers=2, disturbance="stop"),
)

Rounds = dict[Combination, Future[Tally]]


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rounds]:
    """A round of each combination; they mostly wait, so they run side by side."""
    with ThreadPoolExecutor(len(COMBINATIONS)) as pool:
        yield {
            item: pool.submit(
                run_in_memory,
                item,
                tmp_path_factory.mktemp(str(item)),
                disturbances=KILLS if item.disturbance == "kill" else STOPS,
            )
            for item in COMBINATIONS
        }


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_a_disturbed_worker_loses_no_job_and_buys_none_twice(rounds: Rounds, combination):
    """Each job ends with the video of its own request, bought once, or is uncertain."""
    verdict = rounds[combination].result().verdict

    assert (verdict.lost, verdict.twice) == ([], [])
    assert verdict.completed + verdict.uncertain == verdict.jobs == 50


@pytest.mark.parametrize("combination", [item for item in COMBINATIONS if item.history], ids=str)
def test_a_readable_history_leaves_no_bought_job_uncertain(rounds: Rounds, combination):
    """What the service has and lists is adopted, whether or not it carries a mark."""
    assert rounds[combination].result().verdict.uncertain_bought == 0
