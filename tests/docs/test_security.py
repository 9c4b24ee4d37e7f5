"""The page about security claims what tests hold."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]

PAGE = TESTS.parent / "docs" / "explanation" / "security.md"

NAMED = re.compile(r"`([\w/]+): (test_\w+)`")


def claims() -> dict[str, list[tuple[str, str]]]:
    """The claims of the page, each with the files and names of its tests."""
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return {claim: NAMED.findall(held) for claim, held in rows if claim != "claim"}


def test_every_claim_is_held_by_a_test() -> None:
    """A sentence that no test holds may be untrue tomorrow."""
    assert len(claims()) > 20
    assert [claim for claim, tests in claims().items() if not tests] == []


def test_the_tests_of_every_claim_exist() -> None:
    """By the names that the page gives them; those without a folder are in `guarantees`."""
    missing = []
    for claim, tests in claims().items():
        for file, name in tests:
            path = TESTS / f"{file if '/' in file else f'guarantees/{file}'}.py"
            text = path.read_text("utf-8") if path.exists() else ""
            if not re.search(rf"^ *(async )?def {name}\(", text, re.MULTILINE):
                missing.append(f"{file}: {name}, for: {claim}")
    assert missing == []
