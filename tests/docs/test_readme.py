"""What the pages say of the package is so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

GUIDES = [
    path
    for folder in ("tutorial", "how-to", "reference", "explanation")
    for path in sorted((ROOT / "docs" / folder).glob("*.md"))
    if path.name != "index.md"
]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_extras_that_a_page_installs_exist(path: Path) -> None:
    """``pip install "./[extra]"`` names an extra of the project."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = re.findall(r"(?:\./|rushes)\[(\w+)\]", path.read_text("utf-8"))
    assert set(named) <= set(project["optional-dependencies"])


def test_the_number_of_models_is_theirs() -> None:
    """The README counts the models that are built in."""
    [count] = re.findall(r"\[(\d+) models\]", README)
    assert int(count) == len(list((ROOT / "src/rushes/catalog/providers").glob("*.toml")))


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_readme_leads_to_every_page(path: Path) -> None:
    """Who reads the repository and not the site finds each page from the README."""
    assert path.relative_to(ROOT).as_posix() in README
