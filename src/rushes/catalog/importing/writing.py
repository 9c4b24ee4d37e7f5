"""Writes a provider's file."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from rushes.contract.wording import visible

BARE = re.compile(r"[A-Za-z0-9_-]+")
WIDE = 96


def written(data: Mapping[str, Any], comments: list[str]) -> str:
    """A provider as TOML.

    Args:
        data: plain values, lists and tables.
        comments: lines at the top.

    Raises:
        ValueError: when the text would not say the same.
    """
    lines = [f"# {visible(' '.join(comment.split()))}" for comment in comments]
    text = "\n".join([*lines, "", *_table((), data)]) + "\n"
    if tomllib.loads(text) != data:
        msg = "the provider's file would not hold what was read"
        raise ValueError(msg)
    return text


def _table(path: tuple[str, ...], data: Mapping[str, Any]) -> Iterator[str]:
    nested = {key: value for key, value in data.items() if _is_table(value)}
    for key, value in data.items():
        if key not in nested:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in nested.items():
        here = (*path, key)
        name = ".".join(map(_key, here))
        if isinstance(value, Mapping):
            if not value or any(not _is_table(each) for each in value.values()):
                yield from ("", f"[{name}]")
            yield from _table(here, value)
        else:
            for row in value:
                yield from ("", f"[[{name}]]")
                yield from _table(here, row)


def _is_table(value: object) -> bool:
    if isinstance(value, list | tuple):
        return bool(value) and all(isinstance(each, Mapping) for each in value)
    return isinstance(value, Mapping)


def _key(key: str) -> str:
    return key if BARE.fullmatch(key) else _text(key)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        items = [_value(each) for each in value]
        line = f"[{', '.join(items)}]"
        return (
            line if len(line) <= WIDE else "[\n" + "".join(f"    {each},\n" for each in items) + "]"
        )
    return _text(str(value))


def _text(text: str) -> str:
    """A basic string. It shows every character that has an effect as its number."""
    signs = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return (
        '"'
        + "".join(
            signs.get(sign) or (sign if sign.isprintable() or sign == " " else _escaped(sign))
            for sign in text
        )
        + '"'
    )


def _escaped(sign: str) -> str:
    return f"\\U{ord(sign):08X}"
