"""A gateway whose processes are killed and whose database goes away loses and repeats nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("psycopg")

from gateway.storm import storm
from support.postgres import require

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.mark.timeout(600)
def test_nothing_is_lost_or_bought_twice_in_a_storm(tmp_path: Path) -> None:
    """Each job is bought once and ends, and its ending is announced once."""
    require()

    found = storm(tmp_path, jobs=40, workers=2, fronts=2, per_second=4.0, every=1.0, restarts=1)

    assert not found.verdict.lost, found.acts
    assert not found.verdict.twice, found.acts
    assert found.verdict.completed + found.verdict.uncertain == 40
    assert not found.unnumbered
