"""Reads a provider's TOML file, and describes errors in it."""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from rushes.catalog.fault import raise_faults
from rushes.catalog.provider import ProviderSpec
from rushes.catalog.workflow import LARGEST_GRAPH, read_graph
from rushes.contract.wording import meant, shown
from rushes.io.regular import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from rushes.catalog.fault import Location

LARGEST = 4_000_000
"""Maximum size of a file in bytes."""

TABLE = re.compile(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
ENTRY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_.\-\s])+?)\s*=""")
KEY = re.compile(r""""([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)""")


TYPES = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "date_type": "a date, e.g. 2026-11-28",
    "date_parsing": "a date, e.g. 2026-11-28",
    "date_from_datetime_parsing": "a date, e.g. 2026-11-28",
    "date_from_datetime_inexact": "a date, e.g. 2026-11-28",
}
"""By pydantic's name of an error, what is allowed."""


@dataclass(frozen=True)
class BrokenFile:
    """A provider's file that could not be used; the rest of the catalog is not affected.

    >>> for broken in gen.catalog.broken:
    ...     print(broken)

    Attributes:
        path: the file.
        line: of the first problem, from 1; None if unknown.
        reason: every problem in one sentence, with its location.
    """

    path: Path
    line: int | None
    reason: str

    def __str__(self) -> str:
        where = f", line {self.line}" if self.line else ""
        return f"{self.path}{where}: {self.reason}"


def read_file(path: Path) -> ProviderSpec | BrokenFile:
    """The provider that a file describes, or what is wrong with the file."""
    try:
        text = read_regular(path, LARGEST).decode("utf-8")
    except OSError as error:
        return BrokenFile(path, None, f"cannot be read: {error.strerror or error}.")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return BrokenFile(path, line, "is not UTF-8 text.")
    data: dict[str, Any] = {}
    try:
        data = tomllib.loads(text)
        _read_graphs(data, path.parent)
        return ProviderSpec.model_validate(data)
    except tomllib.TOMLDecodeError as error:
        return BrokenFile(path, _syntax_line(text, str(error)), f"is not TOML: {error}.")
    except ValidationError as error:
        found = [
            (find_line(text, at), _sentence(at, items))
            for at, items in _by_place(error, data).items()
        ]
        found.sort(key=lambda each: each[0] or sys.maxsize)
        return BrokenFile(path, found[0][0], " ".join(sentence for _, sentence in found))
    except (ValueError, RecursionError) as error:
        return BrokenFile(path, None, f"cannot be read: {error}.")


def _read_graphs(data: dict[str, Any], folder: Path) -> None:
    """Put the graphs of a provider's workflows, which are in files beside its own, in their place.

    Raises:
        ValidationError: naming each file that cannot be used.
    """
    faults: list[tuple[Location, str]] = []
    for at, workflow in _workflows(data):
        name = workflow.get("file")
        if not isinstance(name, str) or "graph" in workflow:
            continue
        if not name or set(name) & set("/\\:\0") or name in (".", ".."):
            faults.append(
                (
                    (*at, "file"),
                    f"is {shown(name)}; it has to be the name of a file in the same folder",
                )
            )
            continue
        try:
            workflow["graph"] = read_graph(read_regular(folder / name, LARGEST_GRAPH))
        except OSError as error:
            why = error.strerror or error
            faults.append(((*at, "file"), f"names {name}, which cannot be read: {why}"))
        except ValueError as error:
            faults.append(((*at, "file"), f"names {name}, which {error}"))
    raise_faults("workflows", faults)


def _workflows(data: dict[str, Any]) -> Iterator[tuple[Location, dict[str, Any]]]:
    offers = data.get("backends")
    for name, offer in offers.items() if isinstance(offers, dict) else ():
        workflows = offer.get("workflows") if isinstance(offer, dict) else None
        for mode, workflow in workflows.items() if isinstance(workflows, dict) else ():
            if isinstance(workflow, dict):
                yield ("backends", name, "workflows", mode), workflow


def read_text(text: str) -> ProviderSpec:
    """The provider that a TOML text describes.

    Raises:
        tomllib.TOMLDecodeError: when it is not TOML.
        pydantic.ValidationError: when it is not a provider.
    """
    return ProviderSpec.model_validate(tomllib.loads(text))


def find_line(text: str, location: Location) -> int | None:
    """The line, from 1, of the longest prefix of a location that the text contains."""
    found: int | None = None
    length = 0
    table: Location = ()
    tables: dict[Location, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        here: Location
        if header := TABLE.match(line):
            keys = _keys(header[2])
            if header[1] == "[[":
                tables[keys] = tables.get(keys, -1) + 1
            table = here = _in_rows(keys, tables)
        elif entry := ENTRY.match(line):
            here = (*table, *_keys(entry[1]))
        else:
            continue
        shared = here[: len(location)]
        if len(shared) > length and location[: len(shared)] == shared:
            found, length = number, len(shared)
    return found


def _in_rows(keys: Location, tables: dict[Location, int]) -> Location:
    """The location of a table: behind the name of a list stands the number of its last row."""
    found: Location = ()
    for count, key in enumerate(keys, start=1):
        found = (*found, key)
        if keys[:count] in tables:
            found = (*found, tables[keys[:count]])
    return found


def _keys(dotted: str) -> Location:
    return tuple("".join(parts) for parts in KEY.findall(dotted))


def _syntax_line(text: str, message: str) -> int | None:
    """The line of a syntax error, as the parser's message states it."""
    if "end of document" in message:
        return len(text.splitlines()) or None
    stated = re.search(r"at line (\d+)", message)
    return int(stated[1]) if stated else None


def _by_place(error: ValidationError, data: Any) -> dict[Location, list[ErrorDetails]]:
    """The errors of a file by the keys that lead to them.

    A value that may have several types has an error for each of them, at a place of its own.
    """
    found: dict[Location, list[ErrorDetails]] = {}
    for item in error.errors():
        at = item["loc"]
        if item["type"] not in {"missing", "extra_forbidden", "catalog"}:
            at = _existing(at, data)
        found.setdefault(at, []).append(item)
    # What is wrong inside a table says more than that it could be something else.
    return {at: items for at, items in found.items() if not _is_outer(at, items, found)}


def _is_outer(at: Location, items: list[ErrorDetails], found: Iterable[Location]) -> bool:
    """Whether the errors at a place are only those of other types than its value has."""
    is_type = all(item["type"] in TYPES for item in items)
    return is_type and any(deeper[: len(at)] == at and deeper != at for deeper in found)


def _existing(location: Location, data: Any) -> Location:
    """A location without the names of types, which are not in the file."""
    found: Location = ()
    for key in location:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            continue
        found = (*found, key)
    return found


def _sentence(at: Location, items: list[ErrorDetails]) -> str:
    """The errors at a place with the keys that lead to it."""
    where, item = ".".join(str(key) for key in at) or "the file", items[0]
    match item["type"]:
        case "missing":
            return f"{where}: is missing."
        case "extra_forbidden":
            allowed = _keys_beside(at)
            listed = f"; allowed are {', '.join(allowed)}" if allowed else ""
            return f"{where}: is an unknown key{listed}.{meant(at[-1], allowed)}"
        case "catalog":
            return f"{where}: {'; '.join(each['msg'] for each in items)}."
        case _:
            allowed_ = " or ".join(dict.fromkeys(map(_allowed, items)))
            return f"{where}: is {shown(item['input'])}; allowed is {allowed_}."


def _allowed(item: ErrorDetails) -> str:
    """What is allowed in place of a value, in words."""
    given = item.get("ctx", {})
    match item["type"]:
        case "literal_error":
            return f"one of {given['expected']}"
        case "string_pattern_mismatch":
            return f"a text of the form {given['pattern']}"
        case "string_too_short" | "string_too_long":
            most = given.get("max_length")
            few = f"at least {given.get('min_length')}"
            return f"a text of {few if most is None else f'at most {most}'} characters"
        case "too_short" | "too_long":
            most = given.get("max_length")
            few = f"at least {given.get('min_length')}"
            return f"{few if most is None else f'at most {most}'} of them"
        case "greater_than":
            return f"a number above {given['gt']}"
        case "greater_than_equal":
            return f"a number of at least {given['ge']}"
        case "less_than":
            return f"a number below {given['lt']}"
        case "less_than_equal":
            return f"a number of at most {given['le']}"
        case kind:
            return TYPES.get(kind, item["msg"])


def _keys_beside(location: Location) -> tuple[str, ...]:
    """The keys that are allowed in the table of a location."""
    kind: Any = ProviderSpec
    for key in location[:-1]:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            field = kind.model_fields.get(str(key))
            kind = field.annotation if field else None
        else:  # A mapping or a list of tables: its values are the last of its arguments.
            kind = next((arg for arg in reversed(get_args(kind)) if arg is not Ellipsis), None)
    is_table = isinstance(kind, type) and issubclass(kind, BaseModel)
    return tuple(kind.model_fields) if is_table else ()
