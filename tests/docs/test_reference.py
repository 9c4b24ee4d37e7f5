"""The reference names what is public, and says what it is."""

from __future__ import annotations

import re
import sys
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic.alias_generators import to_camel

import rushes
from rushes.contract.errors import _BY_CODE
from rushes.contract.results import CONTRACT_FIELDS
from rushes.journal import JobState

if TYPE_CHECKING:
    from types import ModuleType

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def public() -> ModuleType:
    """What the build of the documentation asks, too."""
    spec = util.spec_from_file_location("public", DOCS / "public.py")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def contract() -> str:
    """The page that restates the contract."""
    return (DOCS / "reference" / "contract.md").read_text("utf-8")


def test_every_public_name_is_documented(public: ModuleType) -> None:
    """A public name, method, property or field has its words, and a name its place on a page."""
    assert list(public.faults()) == []


def test_a_name_without_words_is_found(public: ModuleType) -> None:
    """The check is worth something: it sees a method, a property and a field without words."""

    class Bare(rushes.Cost):
        """Says nothing of what it adds."""

        colour: str = ""

        def method(self) -> None:
            pass

        @property
        def shade(self) -> str:
            return ""

    Bare.__module__ = "rushes.bare"

    assert set(public.undocumented(Bare)) == {"colour", "method", "shade"}


def test_the_reference_names_nothing_that_is_gone(public: ModuleType) -> None:
    """Each name on its pages can be imported."""
    for name in public.described():
        found, *rest = name.split(".")
        thing = sys.modules[found]
        for number, part in enumerate(rest, 2):
            if not hasattr(thing, part):
                __import__(".".join(name.split(".")[:number]))
            thing = getattr(thing, part)


def test_the_contract_has_every_parameter(contract: str) -> None:
    """Both spellings of what the packaged providers take."""
    taken = {name for spec in rushes.providers() for name in spec.parameters}
    wanted = [f"`{name}` | `{to_camel(name)}`" for name in sorted(taken)]
    assert [row for row in wanted if row not in contract] == []


def test_the_contract_has_the_keys_of_results_and_events(contract: str) -> None:
    """In the order in which JSON has them."""
    result = ", ".join(f"`{to_camel(name)}`" for name in CONTRACT_FIELDS)
    event = ", ".join(f"`{to_camel(name)}`" for name in rushes.VideoGenJobEvent.model_fields)
    assert [keys for keys in (result, event) if f"\n{keys}\n" not in contract] == []


def test_the_contract_has_every_state(contract: str) -> None:
    """A job is in no state that the page does not explain."""
    assert [state for state in JobState if f"`{state}`" not in contract] == []


def test_every_code_is_listed() -> None:
    """The table of errors has each code beside its class."""
    page = (DOCS / "reference" / "errors.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| `([A-Z_]+)` \| `(\w+)`", page, re.MULTILINE))
    assert listed == {code: kind.__name__ for code, kind in _BY_CODE.items()}
