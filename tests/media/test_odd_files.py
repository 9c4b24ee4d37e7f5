"""What is done with odd files is right or refused, and docs/explanation/media.md says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from media.odd_files import ALL
from media.odd_table import PAGE, WRONG, between, tables

if TYPE_CHECKING:
    from pathlib import Path

FEWEST = 120


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder: Path = tmp_path_factory.mktemp("odd")
    return tables(folder)


def test_there_are_many_odd_files() -> None:
    """Each with a name of its own."""
    names = [odd.name for part in ALL.values() for odd in part]
    assert len(names) >= FEWEST
    for part in ALL.values():
        assert len({odd.name for odd in part}) == len(part)


@pytest.mark.slow
@pytest.mark.parametrize("part", ALL)
def test_every_cell_is_right_or_refused(found: dict[str, str], part: str) -> None:
    """By numbers: lengths, sizes, colours."""
    assert [line for line in found[part].splitlines() if WRONG in line] == []


@pytest.mark.slow
@pytest.mark.parametrize("part", ALL)
def test_the_page_says_what_is_done(found: dict[str, str], part: str) -> None:
    """To write it anew: ``PYTHONPATH=tests python -m media.odd_table``."""
    page = between(PAGE.read_text(encoding="utf-8"), part)
    assert found[part].splitlines() == page.splitlines()
