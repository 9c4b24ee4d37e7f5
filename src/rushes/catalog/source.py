"""Reads a provider's TOML file, and describes errors in it."""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from rushes.catalog.provider import ProviderSpec
from rushes.contract.wording import meant, shown
from rushes.io.regular import read_regular

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from rushes.catalog.fault import Location

LARGEST = 4_000_000
"""Maximum size of a file in bytes."""

TABLE = re.compile(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
ENTRY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_.\-\s])+?)\s*=""")
KEY = re.compile(r""""([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)""")


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
    try:
        return read_text(text)
    except tomllib.TOMLDecodeError as error:
        return BrokenFile(path, _syntax_line(text, str(error)), f"is not TOML: {error}.")
    except ValidationError as error:
        found = [(find_line(text, item["loc"]), _sentence(item)) for item in error.errors()]
        found.sort(key=lambda each: each[0] or sys.maxsize)
        return BrokenFile(path, found[0][0], " ".join(sentence for _, sentence in found))
    except (ValueError, RecursionError) as error:
        return BrokenFile(path, None, f"cannot be read: {error}.")


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
            here = _keys(header[2])
            if header[1] == "[[":
                tables[here] = tables.get(here, -1) + 1
                here = (*here, tables[here])
            table = here
        elif entry := ENTRY.match(line):
            here = (*table, *_keys(entry[1]))
        else:
            continue
        shared = here[: len(location)]
        if len(shared) > length and location[: len(shared)] == shared:
            found, length = number, len(shared)
    return found


def _keys(dotted: str) -> Location:
    return tuple("".join(parts) for parts in KEY.findall(dotted))


def _syntax_line(text: str, message: str) -> int | None:
    """The line of a syntax error, as the parser's message states it."""
    if "end of document" in message:
        return len(text.splitlines()) or None
    stated = re.search(r"at line (\d+)", message)
    return int(stated[1]) if stated else None


def _sentence(item: ErrorDetails) -> str:
    """One schema error with the keys that lead to it."""
    where = ".".join(str(key) for key in item["loc"]) or "the file"
    match item["type"]:
        case "missing":
            return f"{where}: is missing."
        case "extra_forbidden":
            allowed = _keys_beside(item["loc"])
            listed = f"; allowed are {', '.join(allowed)}" if allowed else ""
            return f"{where}: is an unknown key{listed}.{meant(item['loc'][-1], allowed)}"
        case "catalog":
            return f"{where}: {item['msg']}."
        case _:
            return f"{where}: {item['msg']}, not {shown(item['input'])}."


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
