"""The ways through the code that the documentation lists are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PAGE = ROOT / "docs" / "explanation" / "how-it-works.md"

HOP = re.compile(r"`([\w/.-]+\.(?:py|ts)): ([A-Za-z_]\w*)(?:\.(\w+))?`")
"""A file, and a function, or a class with one of its methods."""

HOPS = sorted(set(HOP.findall(PAGE.read_text("utf-8"))))


@pytest.mark.parametrize(("file", "name", "method"), HOPS)
def test_a_hop_of_the_documentation_exists(file: str, name: str, method: str) -> None:
    """The file has that function or class, and the class that method."""
    folder = ROOT / "src" / "rushes" if file.endswith(".py") else ROOT / "js" / "src"
    source = (folder / file).read_text("utf-8")

    assert re.search(rf"\b(?:class|def|function|const) {name}\b", source)
    assert not method or re.search(
        rf"(?:\bdef |^  (?:async )?#?){method}[<(]", source, re.MULTILINE
    )


def test_the_documentation_lists_hops() -> None:
    """Otherwise the rule above holds for nothing."""
    assert len(HOPS) > 25
