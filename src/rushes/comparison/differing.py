"""Describes how the requests of takes differ."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import PurePath, PureWindowsPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from rushes.contract.params import Shot, is_local

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rushes.comparison.entry import Entry

UNTOLD = frozenset({"client_ref", "request_origin", "final_of"})
"""Parameters that only concern the caller's own records."""

NOTHING = "\N{EN DASH}"
"""Shown if a request does not have a parameter."""


def differing(entries: Sequence[Entry]) -> dict[str, list[str]]:
    """The parameters that differ between requests, each with its values as text.

    Links and paths are reduced to their file names, because the rest may be private.
    """
    requests = [_given(entry) for entry in entries]
    names = dict.fromkeys(name for request in requests for name in request)
    rows = {
        name.replace("_", " "): [request.get(name, NOTHING) for request in requests]
        for name in names
    }
    return {name: values for name, values in rows.items() if len(set(values)) > 1}


def shared_prompt(entries: Sequence[Entry]) -> str | None:
    """The prompt of all takes, if they have the same one."""
    found = {_prompt(entry) for entry in entries}
    return found.pop() if len(found) == 1 else None


def _prompt(entry: Entry) -> str | None:
    known = entry.params or entry.result
    return known.prompt if known else None


def _given(entry: Entry) -> dict[str, str]:
    if entry.params is not None:
        given = entry.params.given()
    elif entry.result is not None:
        result = entry.result
        given = {"provider": result.provider, "mode": result.mode, "prompt": result.prompt}
    else:
        return {}
    return {
        name: _words(value, name, entry.media)
        for name, value in given.items()
        if value is not None and name not in UNTOLD
    }


def _words(value: Any, name: str = "", media: Collection[str] = ()) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Shot):
        return f"{value.prompt} ({value.duration_seconds} s)"
    if isinstance(value, Mapping):
        parts = ((key, _words(item, f"{name}.{key}", media)) for key, item in value.items())
        return ", ".join(f"{key}: {text}" for key, text in parts)
    if isinstance(value, (list, tuple)):
        return "\n".join(_words(item, name, media) for item in value)
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    if name in media or (isinstance(value, str) and text.startswith(("http://", "https://"))):
        return _name(text)
    return text


def _name(address: str) -> str:
    """The file name in a path or link."""
    if is_local(address):
        return PureWindowsPath(address).name
    parts = urlsplit(address)
    if parts.scheme == "data":
        return "an embedded file"
    return PurePath(unquote(parts.path)).name or parts.hostname or parts.scheme
