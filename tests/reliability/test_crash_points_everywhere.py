"""A process may die around the submission at any service; what happens then depends on it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from reliability.deaths import BRISK, NOT_SENT, PROMPT, SENT, die_at, hand_in, let_end
from reliability.verdict import judge
from reliability.worker import Workplace
from rushes.journal import JobState, SqliteJournal
from support.services import SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL"),
]

POINTS = [*NOT_SENT, *sorted(SENT), "between two polls"]
"""Points at which it matters which service it is."""

OTHERS = [service for service in SERVICES if service.name != "fal"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SqliteJournal]:
    """The journal, for a process that does no work."""
    journal = SqliteJournal(tmp_path / "home")
    yield journal
    journal.close()


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("service", OTHERS, ids=str)
def test_nothing_is_lost_at_any_service(service, point, desk, tmp_path):
    """Where absence is proof the job is sent again, where nothing is known the user decides."""
    with service.emulator(run_seconds=(0.1, 0.1), tiny_clips=True) as emulator:
        place = Workplace.at(
            emulator.urls, tmp_path, timing=BRISK, limits=PROMPT, lag=0.0, service=service.name
        )
        job = hand_in(desk, place, service.request)
        die_at(point, place, emulator)

        record = let_end(desk, place, job)

        accepted = emulator._service.dump(with_requests=False)["jobs"]
    verdict = judge(desk.select(), accepted, wanted=[job.id], handed_out=desk.drain())
    assert (verdict.lost, verdict.twice) == ([], [])
    reconciliation = service.backend(emulator.urls).reconciliation
    doubtful = reconciliation == "none" and point in NOT_SENT | SENT
    assert record.state == (JobState.UNCERTAIN if doubtful else JobState.COMPLETED)
    assert len(accepted) == (0 if doubtful and point in NOT_SENT else 1)
