"""Links between the files of the repository lead somewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from support.checkout import own_files

ROOT = Path(__file__).parents[2]

TEXTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "notebooks").glob("*.ipynb")),
]

LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
SOURCE = re.compile(r"(?:src|tests|js/src|benchmarks|scripts)/.*\.(?:py|ts|css|toml)")
NAMED = re.compile(r"\bdocs/[\w./-]+\.(?:md|yaml|png)\b")


def prose(path: Path) -> str:
    """What a reader sees of a file, without its blocks of code."""
    text = path.read_text("utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n\n".join(
            "".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"
        )
    return FENCE.sub("", text)


def anchors(path: Path) -> set[str]:
    """The places in a page that a link may name, as GitHub and the site call them."""
    titles = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    """A link to another file, or to a section of it, finds both."""
    dead = []
    for link in LINK.findall(prose(path)):
        name, _, anchor = link.partition("#")
        goal = (path.parent / name).resolve() if name else path
        if not goal.exists() or (anchor and anchor not in anchors(goal)):
            dead.append(link)
    assert dead == []


def test_pages_that_sources_name_are_there() -> None:
    """A comment or docstring that sends its reader to a page of `docs/` names one that is there."""
    gone = {
        f"{source}: {name}"
        for source in own_files()
        if SOURCE.fullmatch(source)
        for name in NAMED.findall((ROOT / source).read_text("utf-8"))
        if not (ROOT / name).exists()
    }
    assert gone == set()
