"""What a service may say in place of what it should: fields wrong, missing, huge or hostile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

Path = tuple[str | int, ...]
"""The way to a part of a JSON value."""

MARK = "the mark"

DEEP = 2_000
"""Levels, more than Python nests calls."""

VALUES = (
    *("null", "true", "false", "0", "-1", "7", "1.5", "-0.5"),
    *("NaN", "Infinity", "-Infinity", "1e999", f"1{'0' * 400}", f"-1{'0' * 5_000}"),
    *('""', '"x"', '"\\ud83d"', '"\\u0000\\u001b[2J\\u009b\\u202e"', f'"{"x" * 20_000}"'),
    *('"http://127.0.0.1:99999/v"', '"https://\\u0000/"', '"file:///etc/passwd"', '"http://["'),
    *('"http://169.254.169.254/"', '"https://me:pw@cdn.example.com/v"', '"-1"', '"NaN"', '"1e999"'),
    *("[]", "{}", "[null]", "[7]", "[{}]", "[[]]", '{"a": null}', '{"message": []}', '["a"]'),
    "[" * DEEP + "]" * DEEP,
)
"""What a field is replaced by, as JSON."""

BODIES = (
    *(b"", b"null", b"[]", b"7", b"NaN", b"\xff\xfe{}", b'{"a": ', b"<html>no</html>"),
    *(b"[" * 200_000, b'{"a":' * 200_000, b"9" * 5_000, b'{"a": "\xed\xa0\xbd"}'),
)
"""What a whole reply is replaced by."""

STATUSES = (200, 202, 204, 301, 400, 401, 402, 403, 404, 409, 422, 429, 499, 500, 503)

HEADERS = {
    "retry-after": ("-5", "nan", "1e308", "soon", "Sun, 99 Nov 2026 00:00:30 GMT", "9" * 400),
    "date": ("", "yesterday", "Sun, 22 Nov 99999 00:00:30 GMT", "9" * 400),
    "x-fal-request-id": ("", "../x", "\x7f", "x" * 5_000),
    "content-type": ("", "text/html", "application/json; charset=utf-16"),
}
"""What headers of a reply are replaced by, or get."""

REASONS = ("detail", "error", "message", "issues", "errorDetail", "code")
"""Fields in which services give the reasons of a refusal."""


class Reply(NamedTuple):
    """A reply as it was recorded."""

    status: int
    headers: dict[str, str]
    content: bytes


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """The way to every part of a JSON value, of lists to the first one."""
    if path:
        yield path
    parts: Any = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value[:1])  # The others are of the same kind.
    for name, item in parts:
        yield from places(item, (*path, name))


def with_value(value: Any, path: Path, new: Any) -> Any:
    """A JSON value with another one in one place."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = with_value(value[path[0]], path[1:], new)
    return copy


def without(value: Any, path: Path) -> Any:
    """A JSON value with a part missing."""
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = without(value[path[0]], path[1:])
    return copy


def changed(reply: Reply) -> Iterator[tuple[str, Reply]]:
    """Each field of a reply replaced by each of the values or missing, and the reply as a whole."""
    for status in STATUSES:
        yield f"status {status}", reply._replace(status=status)
    for content in BODIES:
        yield f"{content[:20]!r}", reply._replace(content=content)
    for name, texts in HEADERS.items():
        for text in texts:
            yield f"{name}: {text[:30]}", reply._replace(headers=reply.headers | {name: text})
    try:
        value = json.loads(reply.content)
    except ValueError:
        return
    for path in places(value):
        text = json.dumps(with_value(value, path, MARK))
        for new in VALUES:
            content = text.replace(f'"{MARK}"', new).encode()
            yield f"{path} = {new[:30]}", reply._replace(content=content)
        yield f"{path} missing", reply._replace(content=json.dumps(without(value, path)).encode())


def refused(reply: Reply) -> Iterator[tuple[str, Reply]]:
    """A refusal in place of a reply, with anything in the fields that hold the reasons."""
    for name in REASONS:
        for new in VALUES:
            content = f'{{"{name}": {new}}}'.encode()
            yield f"422 {name} = {new[:30]}", reply._replace(status=422, content=content)


def _unlike(value: str, die: Random) -> str:
    """The same kind of value, but not the same: two ids that are garbled alike would be one."""
    if value in ("0", "7"):
        return str(die.getrandbits(48))
    is_text = value.startswith('"') and len(value) > 2 and "\\" not in value
    return f'{value[:-1]}{die.getrandbits(48):x}"' if is_text else value


def spoilt(reply: Reply, die: Random) -> Reply:
    """A reply with one to four things wrong, drawn by lot."""
    kind = die.random()
    if kind < 0.05:
        return reply._replace(content=die.choice(BODIES))
    try:
        value = json.loads(reply.content)
    except ValueError:
        return reply._replace(content=die.choice(BODIES))
    new = dict[str, str]()
    for _ in range(die.choice((1, 1, 1, 2, 4))):
        found = list(places(value))
        if not found:
            break
        path, mark = die.choice(found), f"{MARK} {len(new)}"
        if die.random() < 0.1:
            value = without(value, path)
        else:
            new[mark] = _unlike(die.choice(VALUES), die)
            value = with_value(value, path, mark)
    text = json.dumps(value)
    for mark, json_text in new.items():
        text = text.replace(f'"{mark}"', json_text)
    return reply._replace(content=text.encode())
