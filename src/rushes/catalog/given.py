"""Reads a user's request once, and converts it to plain values.

A request may contain an iterator, which can be read only once, a table row with NumPy numbers, or a
list that the user changes later. So everything is read here, before any check, and all later code
sees the same plain values.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from rushes.catalog.kinds import CONTRACT_KINDS, LIST_KINDS, REFERENCE_KINDS, SINGLE_KINDS, Kind
from rushes.contract.errors import InvalidParams, Problem
from rushes.contract.params import VideoGenParams, plain, whole
from rushes.contract.spelling import to_snake

if TYPE_CHECKING:
    from rushes.catalog.parameter import ParameterSpec

MOST_ITEMS = 1_000
"""Most items of a list that are read if the provider declares no limit."""

UNORDERED = (
    "a set has no order, but prompts refer to media by position; give a list, e.g. sorted(...)."
)

EMPTY = "is nan, as in an empty table cell; omit the parameter instead."

_LEFT_OUT = object()

_ONE = (str, bytes, bytearray, memoryview, Mapping, os.PathLike, BaseModel)
"""Iterable types that are single values."""


@dataclass
class Given:
    """A request as plain values.

    Attributes:
        values: by the user's names; unreadable values are left out.
        problems: values that could not be read.
        cause: the first exception that the user's own objects raised.
    """

    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    cause: Exception | None = None

    def add(self, name: str, value: Any, reason: str, cause: Exception | None = None) -> None:
        """Add a problem."""
        self.problems.append(Problem(name, value, reason))
        self.cause = self.cause or cause


def given(params: Any, keywords: Mapping[str, Any] | None = None) -> dict[Any, Any]:
    """A request as a new mapping, whichever way it was written.

    Raises:
        InvalidParams: if it is not a request.
    """
    if isinstance(params, VideoGenParams):
        return params.given() | dict(keywords or {})
    if params is None or isinstance(params, Mapping):
        try:
            return dict(params or {}) | dict(keywords or {})
        except Exception as error:
            reason = f"this {type(params).__name__} cannot be read ({_said(error)})."
            raise InvalidParams.of([Problem("params", _kind(params), reason)]) from error
    reason = (
        f"a {type(params).__name__} is not a request; give VideoGenParams, a mapping, or keywords, "
        f'e.g. provider="seedance-2.0", mode="text-to-video", prompt="...".'
    )
    raise InvalidParams.of([Problem("params", params, reason)])


def read_once(data: Mapping[Any, Any], declared: Mapping[str, ParameterSpec]) -> Given:
    """Every value of a request as plain text, numbers, lists and media.

    Args:
        data: from `given`, in either spelling.
        declared: the parameters of the provider by name; empty if it is unknown.
    """
    read = Given()
    for key, value in data.items():
        name = to_snake(key) if isinstance(key, str) else str(key)
        spec = declared.get(name)
        kind = spec.kind if spec else CONTRACT_KINDS.get(name, "text")
        fields, most = (spec.fields, spec.max_items) if spec else ({}, None)
        if kind == "object":
            found = _item(name, value, kind, read, fields)
        elif kind in LIST_KINDS:
            found = _items(name, value, kind, read, most=most, fields=fields)
        else:
            found = _single(name, value, kind, read)
        if found is not _LEFT_OUT:
            read.values[key] = found
    return read


def _single(name: str, value: Any, kind: Kind, read: Given) -> Any:
    value = plain(value)
    if is_missing(value):
        read.add(name, None, EMPTY)
        return _LEFT_OUT
    if kind in SINGLE_KINDS:
        return _stripped(value)
    return whole(value) if kind == "integer" else value


def _items(
    name: str,
    value: Any,
    kind: Kind,
    read: Given,
    *,
    most: int | None,
    fields: Mapping[str, ParameterSpec],
) -> Any:
    """Convert an iterable to a list; return single values unchanged."""
    value = plain(value)
    if value is None or isinstance(value, _ONE):
        return value
    if is_missing(value):
        read.add(name, None, EMPTY)
        return _LEFT_OUT
    limit = MOST_ITEMS if most is None else most
    try:
        # The length of a list is known, and is part of the message about too many items.
        sized = len(value) if hasattr(value, "__len__") else None
        if isinstance(value, (set, frozenset)) and (sized or 0) > 1:
            read.add(name, _kind(value), UNORDERED)
            return _LEFT_OUT
        found = _several(value)
        if found is None:
            return value
        items = list(islice(found, max(limit, min(sized or 0, MOST_ITEMS)) + 1))
    except Exception as error:  # noqa: BLE001 - a user's object may raise anything
        reason = f"reading its items from this {type(value).__name__} failed ({_said(error)})."
        read.add(name, _kind(value), f"{reason} Give a list.", error)
        return _LEFT_OUT
    if len(items) > limit and (sized is None or len(items) != sized):
        many = f"more than {limit:,}" if sized is None else f"{sized:,}"
        reason = f"this {type(value).__name__} has {many} items; the maximum is {limit:,}."
        read.add(name, _kind(value), reason)
        return _LEFT_OUT
    return [_item(f"{name}[{index}]", item, kind, read, fields) for index, item in enumerate(items)]


def _several(value: Any) -> Iterator[Any] | None:
    """An iterator over a value; None for a single value."""
    if not isinstance(value, Iterable) and not hasattr(type(value), "__getitem__"):
        return None
    try:
        found: Iterator[Any] = iter(value)
    except TypeError:
        return None  # E.g. an array without dimensions.
    return found


def _item(
    where: str, value: Any, kind: Kind, read: Given, fields: Mapping[str, ParameterSpec]
) -> Any:
    value = plain(value)
    if is_missing(value):
        read.add(where, None, EMPTY.replace("the parameter", "it"))
        return value
    if kind in REFERENCE_KINDS:
        return _stripped(value)
    if isinstance(value, Mapping):
        try:
            return dict(_row(where, value, read, fields))
        except Exception as error:  # noqa: BLE001 - a user's object may raise anything
            read.add(where, _kind(value), f"cannot be read ({_said(error)}).", error)
    return value


def _row(
    where: str, value: Mapping[Any, Any], read: Given, fields: Mapping[str, ParameterSpec]
) -> Iterator[tuple[Any, Any]]:
    """The fields of an object as plain values; what is not declared is only made plain."""
    for key in value:
        name = to_snake(key) if isinstance(key, str) else str(key)
        spec, here = fields.get(name), f"{where}.{name}"
        if spec is None:
            found = plain(value[key])
        elif spec.kind in LIST_KINDS:
            found = _items(here, value[key], spec.kind, read, most=spec.max_items, fields={})
        else:
            found = _single(here, value[key], spec.kind, read)
        if found is not _LEFT_OUT:
            yield key, found


def is_missing(value: Any) -> bool:
    """Whether a value is that of an empty table cell: NaN, NaT or NA."""
    if isinstance(value, float):
        return value != value  # noqa: PLR0124 - NaN is the number that is not itself
    return type(value).__name__ in {"NAType", "NaTType"}


def _stripped(value: Any) -> Any:
    """Strip the white space around a URL or path, e.g. a line break.

    An existing path with such white space is kept.
    """
    if not isinstance(value, str):
        return value
    text = value.strip().strip("\ufeff").strip()
    if text == value:
        return value
    try:
        return value if os.path.lexists(value) else text
    except ValueError:
        return text


def _kind(value: object) -> str:
    """The representation of a value that cannot be shown."""
    return f"<{type(value).__name__}>"


def _said(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())[:200]
    except Exception:  # noqa: BLE001 - a user's exception
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
