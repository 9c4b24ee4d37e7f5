"""Lists the public names, and those that are not documented; used by the build and by a test."""

from __future__ import annotations

import inspect
import re
from dataclasses import is_dataclass
from enum import Enum
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCE = Path(__file__).parent / "reference" / "api"

MODULES = (
    "rushes",
    "rushes.backends.protocol",
    "rushes.catalog",
    "rushes.comparison",
    "rushes.contract.errors",
    "rushes.media",
    "rushes.testing",
)
"""Modules whose names are public."""

NAMED = re.compile(r"^\.\. (?:auto|py:)\w+:: ([\w.]+)", re.MULTILINE)
"""A name that a page of the reference describes."""

ATTRIBUTE = re.compile(r"^    (\w+)(?: \(.*?\))?:(?: |$)", re.MULTILINE)
"""A line that describes an attribute."""


def names() -> dict[str, Any]:
    """Every public name with its object; an object that two modules export is listed once."""
    found: dict[str, Any] = {}
    seen: set[int] = set()
    for place in MODULES:
        module = import_module(place)
        for name in getattr(module, "__all__", None) or sorted(vars(module)):
            thing = getattr(module, name)
            is_own = hasattr(module, "__all__") or getattr(thing, "__module__", "") == place
            is_thing = callable(thing) or inspect.ismodule(thing) or name == "__version__"
            if not is_own or not is_thing or (name.startswith("_") and name != "__version__"):
                continue
            if id(thing) not in seen:
                found[f"{place}.{name}"] = thing
            seen.add(id(thing))
    return found


def described() -> set[str]:
    """Every name that a page of the reference describes."""
    pages = REFERENCE.glob("*.md")
    return {name for page in pages for name in NAMED.findall(page.read_text("utf-8"))}


def faults() -> Iterator[str]:
    """A sentence for every public name that is missing from the reference or has no docstring."""
    there = described()
    for name, thing in names().items():
        if name not in there:
            yield f"{name} is not in the reference; add it to a page of docs/reference/api."
        if isinstance(thing, str):
            continue
        if not inspect.getdoc(thing):
            yield f"{name} has no docstring."
        elif inspect.isclass(thing):
            for member in undocumented(thing):
                yield f"{name}.{member} has neither a docstring nor a line under Attributes."


def undocumented(kind: type) -> Iterator[str]:
    """The public methods, properties and fields of a class that are not documented."""
    documented = attributes(kind)
    for name in members(kind):
        thing = inspect.getattr_static(kind, name, None)
        function = getattr(thing, "__func__", thing)
        has_words = callable(function) or isinstance(thing, (property, cached_property))
        if name not in documented and not (has_words and inspect.getdoc(getattr(kind, name))):
            yield name


def members(kind: type) -> list[str]:
    """The public names that a class itself, or a base of this package, has beyond Python's own."""
    if issubclass(kind, Enum):
        return list(kind.__members__)
    found: dict[str, None] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.startswith("rushes"):
            fields = base.__annotations__ if _has_fields(base) else {}
            found |= dict.fromkeys((*fields, *vars(base)))
    return [name for name in found if not name.startswith("_") and name != "model_config"]


def attributes(kind: type) -> set[str]:
    """The attributes that the docstring of a class, or of a base of it, describes.

    An argument of the constructor with the same name describes the attribute, too.
    """
    documented: set[str] = set()
    for base in kind.__mro__:
        words = inspect.cleandoc(base.__doc__ or "") if base.__module__.startswith("rushes") else ""
        if issubclass(kind, Enum):
            documented |= {name for name in kind.__members__ if kind[name].value in words}
        for title in ("Args", "Attributes"):
            section = words.partition(f"\n{title}:\n")[2].partition("\n\n")[0]
            documented |= set(ATTRIBUTE.findall(section))
    return documented


def _has_fields(kind: type) -> bool:
    is_protocol = getattr(kind, "_is_protocol", False)
    return is_dataclass(kind) or is_protocol or hasattr(kind, "model_fields")
