"""Hypothesis strategies built from the catalog: whatever a file allows, and anything else."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from pydantic.alias_generators import to_camel

from rushes.catalog.kinds import SINGLE_KINDS
from rushes.contract.params import VideoGenParams

if TYPE_CHECKING:
    from collections.abc import Callable

    from rushes.catalog import ParameterSpec, ProviderSpec

words = st.text(min_size=1, max_size=40).filter(str.strip)

anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
"""Any JSON, NaN and infinity included."""


def values(parameter: ParameterSpec) -> st.SearchStrategy[Any]:
    """Values that a parameter allows; lists are not empty, shots are drawn by `requests`."""
    low, step = parameter.min or 0, int(parameter.step or 1)
    by_kind: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "choice": lambda: st.sampled_from(parameter.choices),
        "integer": lambda: st.sampled_from(range(int(low), int(parameter.max or 0) + 1, step)),
        "number": lambda: st.floats(low, parameter.max, allow_nan=False, allow_infinity=False),
        "boolean": st.booleans,
        "text": lambda: st.text(max_size=min(parameter.max_length or 40, 40)),
        **dict.fromkeys(SINGLE_KINDS, lambda: words),
    }
    if parameter.kind == "object":
        return _objects(parameter)
    if parameter.kind == "objects":
        return st.lists(_objects(parameter), min_size=1, max_size=parameter.max_items)
    several = st.lists(words, min_size=1, max_size=parameter.max_items)
    return by_kind.get(parameter.kind, lambda: several)()


@st.composite
def _objects(draw: st.DrawFn, parameter: ParameterSpec) -> dict[str, Any]:
    """An object with what it needs, one of each group, and some of the rest."""
    grouped = {name for group in parameter.one_of for name in group}
    names = [draw(st.sampled_from(group)) for group in parameter.one_of]
    names += [
        name
        for name in parameter.fields
        if name not in grouped and (name in parameter.needed or draw(st.booleans()))
    ]
    names += [other for name in names for other in parameter.fields[name].needs_one_of[:1]]
    return {name: draw(values(parameter.fields[name])) for name in dict.fromkeys(names)}


@st.composite
def requests(draw: st.DrawFn, spec: ProviderSpec, mode: str | None = None) -> dict[str, Any]:
    """A request that a provider takes, in snake_case JSON; in any mode if none is given."""
    mode = mode or draw(st.sampled_from(spec.modes))
    request: dict[str, Any] = {"provider": spec.id, "mode": mode}
    for name, parameter in spec.parameters.items():
        if mode not in parameter.modes or parameter.kind == "shots":
            continue
        if mode in parameter.required or draw(st.booleans()):
            request[name] = draw(values(parameter))
    _fit_references(draw, spec, request)
    shots = spec.parameters.get("multi_prompt")
    if shots and mode in shots.modes and draw(st.booleans()):
        request["multi_prompt"] = _shots(draw, spec, request)
    elif spec.prompt.required is None or mode in spec.prompt.required:
        request["prompt"] = draw(words)
    _fit_limits(spec, request)
    return request


def camel_case(request: dict[str, Any]) -> dict[str, Any]:
    """The same request as the contract's JSON spells it."""
    plain = {to_camel(name): value for name, value in request.items()}
    if "multiPrompt" in plain:
        plain["multiPrompt"] = [
            {to_camel(name): value for name, value in shot.items()} for shot in plain["multiPrompt"]
        ]
    return plain


def _fit_references(draw: st.DrawFn, spec: ProviderSpec, request: dict[str, Any]) -> None:
    """Give what is needed along with something, and keep within the number of all media."""
    names = spec.reference_names()
    if request["mode"] in spec.needs_reference and not any(name in request for name in names):
        request[names[0]] = draw(values(spec.parameters[names[0]]))
    for name in list(request):
        needed = spec.parameters[name].needs_one_of if name in spec.parameters else ()
        if needed and not any(other in request for other in needed):
            request[needed[0]] = draw(values(spec.parameters[needed[0]]))
    given = [name for name in names if name in request]
    while spec.max_references and sum(len(request[name]) for name in given) > spec.max_references:
        max((request[name] for name in given), key=len).pop()


def _fit_limits(spec: ProviderSpec, request: dict[str, Any]) -> None:
    """Leave out what another value of the request does not allow."""
    for name, parameter in spec.parameters.items():
        for limit in parameter.limits if name in request else ():
            if spec.holds(VideoGenParams(**request), limit.when) and not limit.takes(request[name]):
                del request[name]
                break


def _shots(draw: st.DrawFn, spec: ProviderSpec, request: dict[str, Any]) -> list[dict[str, Any]]:
    """Shots that add up to the duration given, or to one that could be."""
    duration = request.get("duration_seconds") or draw(values(spec.parameters["duration_seconds"]))
    most = min(spec.parameters["multi_prompt"].max_items or 1, duration)
    cuts = draw(st.sets(st.integers(1, duration - 1), max_size=most - 1))
    borders = [0, *sorted(cuts), duration]
    return [
        {"prompt": draw(words), "duration_seconds": end - start} for start, end in pairwise(borders)
    ]
