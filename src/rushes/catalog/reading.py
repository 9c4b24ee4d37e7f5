"""Reads a request, before the rules of a provider are applied."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from rushes.catalog.parameter import is_given
from rushes.contract.errors import Problem
from rushes.contract.params import VideoGenParams
from rushes.contract.spelling import to_snake
from rushes.contract.wording import named, shown

if TYPE_CHECKING:
    from rushes.catalog.provider import ProviderSpec

IDENTITY = ("provider", "mode")
"""Parameters whose problems come from the rules, which know the allowed values."""


@dataclass(frozen=True)
class Reading:
    """A request, and which of its values have the right type.

    Attributes:
        given: every parameter that is not None, by Python name, whatever its type.
        values: those with the right type.
        params: the request; None if a type is wrong.
        problems: one for every wrong type, except of provider and mode.
    """

    given: dict[str, Any]
    values: dict[str, Any]
    params: VideoGenParams | None
    problems: list[Problem]

    def has(self, name: str) -> bool:
        """Whether a parameter is given and not blank."""
        return is_given(self.given.get(name))


def read_request(data: Any, providers: Mapping[str, ProviderSpec]) -> Reading:
    """Read a request of either spelling.

    Args:
        data: the user's input, of any type.
        providers: by id; they declare parameters that `VideoGenParams` does not list, and know
            the mode that a request's inputs say.
    """
    given, problems = _names(data)
    provider = given.get("provider")
    spec = providers.get(provider) if isinstance(provider, str) else None
    if spec is not None and "mode" not in given:
        mode = spec.mode_for([name for name, value in given.items() if is_given(value)])
        given |= {} if mode is None else {"mode": mode}
    extra = spec.parameters if spec else ()
    broken = {problem.parameter for problem in problems}
    known = {
        name: value
        for name, value in given.items()
        if name not in broken and (name in VideoGenParams.model_fields or name in extra)
    }
    params, faults = VideoGenParams.read(known)
    if params is not None:
        return Reading(given, params.given(), params, problems)
    problems += [fault for fault in faults if fault.parameter not in IDENTITY]
    wrong = {re.split(r"[.\[]", fault.parameter)[0] for fault in faults}
    rest = {name: value for name, value in known.items() if name not in wrong}
    return Reading(given, _values(rest), None, problems)


def _values(known: dict[str, Any]) -> dict[str, Any]:
    """Values of the right type as a request holds them, also without a provider or a mode."""
    params, _ = VideoGenParams.read({"provider": "", "mode": ""} | known)
    return (
        {name: value for name, value in params.given().items() if name in known} if params else {}
    )


def _names(data: Any) -> tuple[dict[str, Any], list[Problem]]:
    """The values that were given by Python name, and the problems of spelling."""
    if not isinstance(data, Mapping):
        problem = Problem(
            "params", data, f"{shown(data)} is not a mapping of parameters to values."
        )
        return {}, [problem]
    given: dict[str, Any] = {}
    spelled: dict[str, str] = {}
    problems: list[Problem] = []
    for key, value in data.items():
        if value is None:
            continue
        name = to_snake(key) if isinstance(key, str) else shown(key)
        if not isinstance(key, str):
            problems.append(Problem(name, value, "is not a parameter; names are strings."))
            continue
        if name in given:
            reason = f"is given twice, as {spelled[name]} and as {named(key)}."
            problems.append(Problem(named(name), value, reason))
        elif not _is_plain(value):
            reason = f"{shown(value)} cannot be read: it is too large, or not valid Unicode."
            problems.append(Problem(named(name), value, reason))
        given[name], spelled[name] = value, named(key)
    return given, problems


def _is_plain(value: Any) -> bool:
    """Whether a value can be encoded as JSON in UTF-8, and so be shown, sent and stored."""
    try:
        json.dumps(value, ensure_ascii=False, default=_loosely).encode()
    except Exception:  # noqa: BLE001 - a caller's object may raise anything
        return False
    return True


def _loosely(value: Any) -> Any:
    return dict(value) if isinstance(value, BaseModel) else repr(value)
