"""What the packaged providers send, and what it costs, against the services' own schemas."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings, strategies as st

from rushes.backends.fal import FalBackend
from rushes.backends.runway import RunwayBackend
from rushes.catalog import Catalog
from rushes.contract.errors import InvalidParams
from support.catalog_strategies import requests
from support.imported import MEDIA, an_object, value_of, whole_objects
from support.schemas import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes.catalog import ParameterSpec, ProviderSpec

HERE = Path(__file__).parent / "schemas"
CATALOG = Catalog.load()
BACKENDS = {"fal": FalBackend("a:b"), "runway": RunwayBackend("key_1")}

ROUTES = [
    pytest.param(spec, mode, name, id=f"{spec.id}-{mode}-{name}")
    for spec in CATALOG.values()
    for name, offer in spec.backends.items()
    if name in BACKENDS
    for mode in spec.modes
    if mode in offer.models
]

PRICES = [
    pytest.param(spec, mode, extra, row, id=f"{row['id']}-{number}")
    for number, row in enumerate(json.loads((HERE / "prices.json").read_text()))
    for spec in CATALOG.values()
    if "fal" in spec.backends
    # Modes that share a model differ in what they bill.
    for model, (mode, extra) in {
        **{r.model: (r.when["mode"], r.when) for r in spec.backends["fal"].routes},
        **{m: (mode, {}) for mode, m in reversed(spec.backends["fal"].models.items())},
    }.items()
    if model == row["id"] and not {"voice_control", "video_input"} & set(row["when"])
]


@cache
def schemas(service: str) -> dict[str, Any]:
    """The input schemas of a service, by model."""
    kept = json.loads((HERE / f"{service}.json").read_text())
    return {model: entry["input"] for model, entry in kept.items()}


def faults(request: dict[str, Any], backend: str) -> list[str]:
    """What the service's schema says against a request that the catalog accepts."""
    params = CATALOG.read(request, backend=backend)
    sent = BACKENDS[backend].translate(params, CATALOG[params.provider], {})
    if backend == "fal":
        model, body = sent["endpoint"], sent["input"]
    else:
        model, body = f"{sent['route']}/{sent['body']['model']}", sent["body"]
    body = json.loads(json.dumps(body))
    found = Draft202012Validator(schemas(backend)[model]).iter_errors(body)
    return [f"{model}: {error.json_path}: {error.message}" for error in found]


def least(spec: ProviderSpec, mode: str) -> dict[str, Any]:
    """The shortest request in a mode."""
    request: dict[str, Any] = {"provider": spec.id, "mode": mode}
    if spec.prompt.required is None or mode in spec.prompt.required:
        request["prompt"] = "A red fox in the snow"
    for name, parameter in spec.parameters.items():
        if mode in parameter.required:
            request[name] = value_of(parameter, mode)
    if mode in spec.needs_reference:
        request[spec.reference_names()[0]] = MEDIA["images"]
    return request


def edges(parameter: ParameterSpec) -> Iterator[Any]:
    """The values of a parameter that are most likely to be wrong at a service."""
    match parameter.kind:
        case "choice":
            yield from parameter.choices
        case "integer" | "number":
            yield from (parameter.min, parameter.max)
        case "boolean":
            yield from (True, False)
        case "text":
            yield "x" * min(parameter.max_length or 100, 5_000)
        case "image" | "video" | "audio":
            yield MEDIA[parameter.kind]
        case "images" | "videos" | "audios":
            yield MEDIA[parameter.kind]
            yield MEDIA[parameter.kind] * (parameter.max_items or 1)
        case "object":
            yield from whole_objects(parameter)
        case "objects":
            yield [an_object(parameter)]
            yield [an_object(parameter)] * (parameter.max_items or 1)
            yield list(whole_objects(parameter))


def asked(spec: ProviderSpec, mode: str, backend: str) -> Iterator[dict[str, Any]]:
    """Requests with one value each that is at the edge of what the file allows."""
    base = least(spec, mode)
    for name, parameter in spec.parameters.items():
        if mode not in parameter.modes or name in spec.backends[backend].refuses:
            continue
        for value in edges(parameter):
            request = base | {name: value}
            for other in parameter.needs_one_of[:1]:
                request.setdefault(other, MEDIA[spec.parameters[other].kind])
            yield request
    if spec.drafts and spec.backends[backend].drafts and mode in spec.parameters["draft"].modes:
        for size in spec.drafts.finals:
            yield base | {"resolution": size, "final_of": "20261128-101500-9f3a1c07"}


@pytest.mark.parametrize(("spec", "mode", "backend"), ROUTES)
def test_the_shortest_request_is_valid_at_the_service(spec, mode, backend):
    """The defaults that are added are in the service's words, and nothing is missing."""
    assert faults(least(spec, mode), backend) == []


@pytest.mark.parametrize(("spec", "mode", "backend"), ROUTES)
def test_every_edge_of_a_file_is_valid_at_the_service(spec, mode, backend):
    """Whatever the file allows the service's schema allows; what it does not is refused here."""
    found: list[str] = []
    for request in asked(spec, mode, backend):
        try:
            found += faults(request, backend)
        except InvalidParams as error:
            # Runway's single field for size and shape, and limits that depend on another value.
            found += [str(each) for each in error.problems if not depends(each.message)]

    assert found == []


def depends(message: str) -> bool:
    return (
        " with mode " in message
        or " with resolution " in message
        or "needs aspect" in message
        or ("Leave resolution out" in message)
    )


def beyond(spec: ProviderSpec, mode: str) -> Iterator[dict[str, Any]]:
    """Requests that lack something, or have values that some provider has, or none."""
    base = least(spec, mode)
    for name in base.keys() - {"provider", "mode"}:
        yield {key: value for key, value in base.items() if key != name}
    yield base | {"prompt": "x" * 60_000}
    for name, parameter in spec.parameters.items():
        if parameter.kind == "integer":
            yield from (base | {name: number} for number in (-1, *range(36), 2**32, 2**53))
        elif parameter.kind == "choice":
            words = {word for each in CATALOG.values() for word in choices(each, name)}
            yield from (base | {name: word} for word in sorted(words))
        elif parameter.kind == "images":
            yield base | {name: MEDIA["images"] * 60}


def choices(spec: ProviderSpec, name: str) -> tuple[str, ...]:
    return spec.parameters[name].choices if name in spec.parameters else ()


@pytest.mark.parametrize(("spec", "mode", "backend"), ROUTES)
def test_what_a_service_forbids_is_refused_first(spec, mode, backend):
    """Whatever its schema has against a request, the request is not sent."""
    found: list[str] = []
    refused = 0
    for request in beyond(spec, mode):
        try:
            found += faults(request, backend)
        except InvalidParams:
            refused += 1

    assert (found, refused > 0) == ([], True)


@pytest.mark.parametrize(("spec", "mode", "backend"), ROUTES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_request_that_a_file_allows_is_valid_at_the_service(spec, mode, backend, data):
    """Also several values together."""
    request = data.draw(requests(spec, mode))
    try:
        found = faults(request, backend)
    except InvalidParams:
        return

    assert found == []


@pytest.mark.parametrize(("spec", "mode", "extra", "row"), PRICES)
def test_an_estimate_is_what_the_price_sentence_says(spec, mode, extra, row):
    """For the values that the sentence names, at the longest video."""
    offer = spec.backends["fal"]
    duration = spec.parameters.get("duration_seconds")
    has_length = duration is not None and mode in duration.modes
    longest = {"duration_seconds": duration.max} if has_length else {}
    base = least(spec, mode) | longest
    base |= {
        name: MEDIA[spec.parameters[name].kind] for name, given in extra.items() if given is True
    }
    checked = 0
    for size in resolutions(row["when"].get("resolution")):
        request = dict(base)
        for field, value in (row["when"] | ({"resolution": size} if size else {})).items():
            name = offer.parameter_of(field)
            parameter = spec.parameters[name]
            if parameter.kind == "choice":
                words = {str(offer.written(name, choice)): choice for choice in parameter.choices}
                if str(value) not in words:
                    break
                request[name] = words[str(value)]
            else:
                request[name] = (
                    int(str(value).rstrip("s")) if parameter.kind == "integer" else value
                )
        else:
            try:
                params = CATALOG.read(request, backend="fal")
            except InvalidParams:
                request["duration_seconds"] = duration.default_in(mode)
                params = CATALOG.read(request, backend="fal")
            cost = spec.estimate(params, "fal")
            seconds = spec.longest_of(params)
            assert cost is not None
            files = sum(map(len, spec.media_of(params).values()))
            assert cost.amount == pytest.approx(
                row.get("per_video", row.get("per_second", 0) * seconds)
                + row.get("per_input_second", 0) * (spec.longest_input(params) or 0)
                + row.get("per_file", 0) * files
            )
            assert cost.date is not None
            checked += 1
    assert checked, "a size that the file does not offer"


def resolutions(named: Any) -> list[Any]:
    return named if isinstance(named, list) else [named]
