"""Workers that share a PostgreSQL journal lose no job and buy none twice, whatever dies."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("psycopg")

from reliability import shared
from reliability.shared import Storm
from support.postgres import Server, require

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reliability.verdict import Verdict

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL"),
]


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of this test's own, which it may stop."""
    require()
    own = Server.made()
    own.start()
    yield own
    own.remove()


def test_killed_workers_and_a_crashing_server_lose_no_job_and_buy_none_twice(server, tmp_path):
    """Three workers, one of them killed each second, and the server down twice in between."""
    verdict = shared.run(Storm(jobs=200, workers=3, kills=15, restarts=2), server, tmp_path)

    check(verdict, 200)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_long_storm_loses_no_job_and_buys_none_twice(server, tmp_path, seed):
    """As above, for minutes."""
    storm = Storm(jobs=1000, workers=4, kills=90, restarts=8, seed=seed)

    check(shared.run(storm, server, tmp_path), 1000)


def check(verdict: Verdict, jobs: int) -> None:
    """Whether each job has its own video, bought once, or was never bought and is uncertain."""
    assert (verdict.lost, verdict.twice) == ([], [])
    assert verdict.completed + verdict.uncertain == verdict.jobs == jobs
    assert verdict.uncertain_bought == 0
