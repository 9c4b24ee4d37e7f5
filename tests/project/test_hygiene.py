"""What must not stand in the repository, and what must."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from support.checkout import own_files

ROOT = Path(__file__).parents[2]

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

ADDRESSES = {
    "a package registry": re.compile(r"registry\.(?:npmjs|yarnpkg)|pythonhosted\.|\bpypi\.\w"),
    "a setting that points to a registry": re.compile(r"index-url\s*=|^registry\s*=", re.MULTILINE),
    "somebody's own folder": re.compile(r"(?<![\w.~>-])/(?:root|workspace|Users)/[\w.]"),
    "this very folder": re.compile(re.escape(str(ROOT)) + r"\b"),
}

KEYS = {
    "a key of fal": re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9a-f]{32}\b"),
    "a bearer token": re.compile(r"\bBearer [\w.-]{20,}"),
    "a web token": re.compile(r"\beyJ[\w-]{10,}\.[\w-]{10,}"),
    "a key by its prefix": re.compile(r"\b(?:sk|key|ghp|AKIA)[-_][A-Za-z0-9_-]{16,}"),
    "a value given to a key variable": re.compile(
        r"\b[A-Z]+_(?:KEY|SECRET|TOKEN)\W{1,4}=\W*\w{8,}"
    ),
}


@cache
def texts() -> dict[str, str]:
    """Every file of the repository that is text, by its name; ignored files are left out."""
    found = {}
    for name in own_files():
        try:
            found[name] = (ROOT / name).read_text("utf-8")
        except UnicodeDecodeError:
            continue
    return found


@cache
def settings() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def found(patterns: dict[str, re.Pattern[str]], text: str) -> list[str]:
    """What of that kind stands in a text, with its line."""
    return [
        f"line {text.count(chr(10), 0, match.start()) + 1}: {what}: {match.group()}"
        for what, pattern in patterns.items()
        for match in pattern.finditer(text)
    ]


def test_no_file_names_a_registry_or_a_folder_of_its_author() -> None:
    """The repository works elsewhere: nothing in it points to where it was written."""
    faults = {name: found(ADDRESSES, text) for name, text in texts().items()}
    assert {name: list_ for name, list_ in faults.items() if list_} == {}


def test_lock_files_hold_no_addresses() -> None:
    """A lock file fixes versions and hashes; where packages come from is the machine's business."""
    locks = {name: text for name, text in texts().items() if name.endswith("package-lock.json")}
    assert locks
    for name, text in locks.items():
        entries = json.loads(text)["packages"]
        assert [key for key, entry in entries.items() if "resolved" in entry] == [], name
    assert not re.search(r"://|^-", texts()["requirements.lock"], re.MULTILINE)


def test_every_ignored_rule_says_why() -> None:
    """Each line of the linter's exceptions ends in a comment with the reason."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    section = text[text.index("[tool.ruff.lint]") : text.index("[tool.ruff.lint.pydocstyle]")]
    codes = [line for line in section.splitlines() if re.search(r'"[A-Z]+\d*"', line)]
    bare = [line for line in codes if "#" not in line and "select" not in line]
    assert bare == []


def test_every_ignored_warning_says_why() -> None:
    """Likewise for warnings that tests let pass."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    assert settings()["tool"]["pytest"]["ini_options"]["filterwarnings"][0] == "error"
    passed = [line for line in text.splitlines() if re.match(r"""\s*['"]ignore:""", line)]
    assert [line for line in passed if "#" not in line] == []


def test_every_exception_in_place_says_why() -> None:
    """A `noqa` names its rule, and its first one in a file gives the reason."""
    faults = []
    for name, text in texts().items():
        if not name.startswith(("src/", "scripts/", "hatch_build")) or not name.endswith(".py"):
            continue
        marks = re.findall(r"# noqa(?:: ([A-Z0-9, ]+?))?( - \w.*)?$", text, re.MULTILINE)
        explained = {code for codes, reason in marks if reason for code in codes.split(", ")}
        bare = {code for codes, _ in marks for code in codes.split(", ")} - explained
        faults += [f"{name}: {code or 'no rule named'}" for code in sorted(bare)]
    assert faults == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_are_committed_clean(path: Path) -> None:
    """No outputs, no counts, no widget state, and a kernel that everybody has."""
    notebook = json.loads(path.read_text("utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["id"] for cell in cells if cell["outputs"]] == []
    assert [cell["id"] for cell in cells if cell["execution_count"] is not None] == []
    assert [cell["id"] for cell in notebook["cells"] if cell["metadata"]] == []
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"


def test_nothing_that_looks_like_a_key_is_committed() -> None:
    """Keys stay in the environment; tests make up theirs so that they look like none."""
    faults = {
        name: found(KEYS, text)
        for name, text in texts().items()
        if not name.startswith(("js/package-lock", "tests/"))
    }
    assert {name: list_ for name, list_ in faults.items() if list_} == {}
