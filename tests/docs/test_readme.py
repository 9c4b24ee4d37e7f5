"""What the pages say of the package is so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import rushes

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


@pytest.mark.parametrize("name", ["README.md", "docs/how-to/paid-services.md"])
@pytest.mark.parametrize("service", ["Ark", "Kling", "[Runway]"])
def test_a_service_is_said_to_run_its_models(name: str, service: str) -> None:
    """The row of a service names each family of models that it runs, and no other."""
    rows = [line for line in (ROOT / name).read_text("utf-8").splitlines() if line[:1] == "|"]
    [row] = [line for line in rows if re.match(rf"\| {re.escape(service)}\W? ?[(|]", line)]
    backend = service.strip("[]").lower()
    specs = [spec for spec in rushes.providers() if backend in spec.backends]
    families = {spec.title.split()[0] for spec in rushes.providers()}
    said = {family for family in families if re.search(rf"\b{family}\b", row.split("|")[-2])}
    assert said == {spec.title.split()[0] for spec in specs}


def test_nothing_is_installed_by_this_name() -> None:
    """The package is on no index, so ``pip install rushes`` would bring somebody else's."""
    sources = [*PAGES, ROOT / "CHANGELOG.md", *sorted((ROOT / "src").rglob("*.py"))]
    bad = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sources
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"pip install [^`#]*(?<![\w/.-])rushes(?![\w/-])", line)
    ]
    assert bad == []
