"""What `make` installs is fixed by version and hash, on every supported Python and system."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]

ENTRY = re.compile(
    r"^(?P<pin>[\w.-]+==[^\\\n]+)(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})*)$"
)
"""A package of the lock file."""

PYTHONS = ("3.11.0", "3.12.0", "3.13.0", "3.14.0")

SYSTEMS = {"linux": "posix", "darwin": "posix", "win32": "nt"}


@cache
def locked() -> dict[str, list[tuple[Requirement, int]]]:
    """The entries of requirements.lock by name, each with the number of its hashes."""
    text = (ROOT / "requirements.lock").read_text("utf-8")
    entries: dict[str, list[tuple[Requirement, int]]] = {}
    for block in re.split(r"\n(?=\S)", text.strip()):
        if not block.startswith("#"):
            found = ENTRY.match(block)
            assert found, f"not a pinned package: {block}"
            pin = Requirement(found["pin"].strip())
            entries.setdefault(canonicalize_name(pin.name), []).append(
                (pin, found["hashes"].count("sha256:"))
            )
    return entries


def wanted() -> Iterator[Requirement]:
    """Everything that pyproject.toml asks for: for users, their extras and the groups."""
    settings: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project = settings["project"]
    lists = [
        project["dependencies"],
        *project["optional-dependencies"].values(),
        *settings["dependency-groups"].values(),
    ]
    for each in lists:
        yield from (Requirement(item) for item in each if isinstance(item, str))


def test_every_python_package_has_hashes() -> None:
    """A package without one would be installed whatever it holds."""
    assert len(locked()) > 100
    bare = [str(pin) for entries in locked().values() for pin, hashes in entries if not hashes]
    assert bare == []


def test_every_front_end_package_has_a_hash() -> None:
    """Those for other systems, too, which npm leaves out of a lock file that it completes here."""
    packages = json.loads((ROOT / "js/package-lock.json").read_text("utf-8"))["packages"]
    bare = [name for name, entry in packages.items() if name and "integrity" not in entry]
    assert len(packages) > 100
    assert bare == []


@pytest.mark.parametrize("version", PYTHONS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_what_is_asked_for_is_locked_once(version: str, system: str) -> None:
    """On every Python and system one version fits, as pyproject.toml allows it."""
    machine = {
        "python_version": version[:4],
        "python_full_version": version,
        "sys_platform": system,
        "os_name": SYSTEMS[system],
    }
    faults = []
    for requirement in wanted():
        fitting = [
            pin.specifier
            for pin, _ in locked().get(canonicalize_name(requirement.name), [])
            if pin.marker is None or pin.marker.evaluate(machine)
        ]
        versions = [str(specifier).removeprefix("==") for specifier in fitting]
        if len(versions) != 1 or not requirement.specifier.contains(versions[0]):
            faults.append(f"{requirement}: {versions}; run make lock")
    assert faults == []


def test_nothing_is_installed_past_the_lock() -> None:
    """Each recipe that calls pip demands hashes, or fetches nothing at all."""
    recipes = [ROOT / "Makefile", *sorted((ROOT / "scripts").glob("*.sh"))]
    calls = [
        line
        for path in recipes
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"\bpip install\b", line)
    ]
    fetching = [line for line in calls if "--no-deps --no-build-isolation" not in line]
    assert len(calls) > 2
    assert [line for line in fetching if "--require-hashes" not in line] == []


def test_no_package_of_the_front_end_runs_a_script_when_it_is_installed() -> None:
    """None of them needs to, and such a script may do anything."""
    assert "ignore-scripts=true" in (ROOT / "js/.npmrc").read_text("utf-8").splitlines()
