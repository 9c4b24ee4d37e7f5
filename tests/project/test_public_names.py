"""The names that users import."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.metadata import entry_points, version
from typing import TYPE_CHECKING

import pytest

import rushes
from rushes import comparison, media
from rushes.io.names import _homes

if TYPE_CHECKING:
    from types import ModuleType

PACKAGES = (rushes, comparison, media)
"""Those whose names are loaded when they are first used."""


@pytest.mark.parametrize("name", rushes.__all__)
def test_every_public_name_can_be_imported(name: str) -> None:
    """`from rushes import name` works for every name that is promised."""
    assert getattr(rushes, name) is not None


def test_public_names_are_sorted_and_listed_once() -> None:
    """`__all__` reads like an index."""
    assert rushes.__all__ == sorted(set(rushes.__all__))


def test_dir_lists_exactly_the_public_names() -> None:
    """Completion in a notebook offers what is public, loaded or not."""
    assert dir(rushes) == rushes.__all__


@pytest.mark.parametrize(
    ("package", "name"),
    [(package, name) for package in PACKAGES for name in package.__all__],
)
def test_a_lazy_name_is_the_one_of_its_home(package: ModuleType, name: str) -> None:
    """A name means the same object wherever it is imported from."""
    home = _homes(package)[name]
    module = import_module(f"rushes.{name}" if home == "rushes" else home)
    assert getattr(package, name) is (module if home == "rushes" else getattr(module, name))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_star_import_gives_the_public_names(package: ModuleType) -> None:
    """It gives what `__all__` and `dir` list, and nothing else."""
    scope: dict[str, object] = {}
    exec(f"from {package.__name__} import *", scope)
    assert set(scope) - {"__builtins__"} == set(package.__all__) == set(dir(package))


@pytest.mark.parametrize("package", PACKAGES)
def test_an_unknown_name_is_an_attribute_error(package: ModuleType) -> None:
    """A slip of the pen reads as with any module."""
    words = f"module '{package.__name__}' has no attribute 'VideoGenn'"
    with pytest.raises(AttributeError, match=words):
        _ = package.VideoGenn


def test_names_are_loaded_when_first_used() -> None:
    """The module of a name is not there before the name was asked for."""
    code = (
        "import sys, rushes\n"
        "before = 'rushes.contract.errors' in sys.modules\n"
        "rushes.InvalidParams\n"
        "print(before, 'rushes.contract.errors' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["False", "True"]


def test_the_version_is_that_of_the_installed_package() -> None:
    """`rushes.__version__` and what pip shows are one number."""
    assert rushes.__version__ == version("rushes")


@pytest.mark.parametrize(
    "point", entry_points(group="rushes.backends"), ids=lambda point: point.name
)
def test_every_announced_backend_can_be_loaded(point: object) -> None:
    """An entry point leads to a class that calls itself by the same name."""
    assert point.load().name == point.name  # type: ignore[attr-defined]
