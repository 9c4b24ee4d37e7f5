"""Schemas of services as their documents have them, and requests of what is made of them."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes.backends.fal import FalBackend
from rushes.catalog import Catalog
from rushes.catalog.importing import Draft, Price, draft_of, read_fal
from rushes.catalog.importing.fal import FAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes.catalog import ParameterSpec, ProviderSpec

TODAY = dt.date(2026, 11, 28)
FAL_BACKEND = FalBackend("a:b")
PROMPT = {"prompt": {"type": "string"}}

KEPT = Path(__file__).parents[1] / "catalog" / "schemas"

MEDIA = {
    "image": "https://media.example/1.png",
    "video": "https://media.example/1.mp4",
    "audio": "https://media.example/1.mp3",
    "images": ["https://media.example/1.png"],
    "videos": ["https://media.example/1.mp4"],
    "audios": ["https://media.example/1.mp3"],
}


@cache
def inputs(service: str) -> dict[str, Any]:
    """The input schemas of a service that are kept, by model."""
    kept = json.loads((KEPT / f"{service}.json").read_text("utf-8"))
    return {model: entry["input"] for model, entry in kept.items()}


def fal_document(model: str, schema: Any) -> dict[str, Any]:
    """The document in which fal serves a model's input."""
    file = {"type": "object", "properties": {"url": {"type": "string"}}, "required": ["url"]}
    output = {"type": "object", "properties": {"video": {"$ref": "#/components/schemas/File"}}}
    there = {"application/json": {"schema": {"$ref": "#/components/schemas/DreamInput"}}}
    back = {"application/json": {"schema": {"$ref": "#/components/schemas/DreamOutput"}}}
    return {
        "openapi": "3.0.4",
        "info": {"title": f"Queue OpenAPI for {model}", "version": "1.0.0"},
        "components": {"schemas": {"DreamInput": schema, "DreamOutput": output, "File": file}},
        "paths": {
            f"/internal/{model}": {"post": {"requestBody": {"required": True, "content": there}}},
            f"/internal/{model}/requests/{{request_id}}": {
                "get": {"responses": {"200": {"content": back}}}
            },
        },
    }


def runway_document(variants: dict[str, Any]) -> dict[str, Any]:
    """The document in which Runway serves the inputs of ``<route>/<model>``."""
    routes: dict[str, list[Any]] = {}
    for name, schema in variants.items():
        routes.setdefault(name.partition("/")[0], []).append(schema)
    return {
        "openapi": "3.1.0",
        "paths": {
            f"/v1/{route}": {
                "post": {
                    "requestBody": {"content": {"application/json": {"schema": {"oneOf": all_}}}}
                }
            }
            for route, all_ in routes.items()
        },
    }


def requests_of(spec: ProviderSpec, mode: str, backend: str) -> Iterator[dict[str, Any]]:
    """The shortest request in a mode, and those with a value of every parameter.

    There are as many of these as there are fields of an object that exclude each other.
    """
    least: dict[str, Any] = {"provider": spec.id, "mode": mode}
    if spec.prompt.is_needed(mode):
        least["prompt"] = "A red fox in the snow"
    full: dict[str, Any] = dict(least)
    if "prompt" not in spec.backends[backend].refuses:
        full["prompt"] = "A red fox in the snow"
    for name, parameter in spec.parameters.items():
        if mode in parameter.modes:
            full[name] = value_of(parameter, mode)
            if mode in parameter.required:
                least[name] = full[name]
    yield from (least, full)
    for name, parameter in spec.parameters.items():
        if mode in parameter.modes and parameter.fields:
            for whole in whole_objects(parameter):
                yield full | {name: whole if parameter.kind == "object" else [whole]}


def an_object(parameter: ParameterSpec) -> dict[str, Any]:
    """An object with what a parameter needs in each, and nothing else."""
    names = [*parameter.needed, *(group[0] for group in parameter.one_of)]
    return {name: value_of(parameter.fields[name], "") for name in names}


def whole_objects(parameter: ParameterSpec) -> Iterator[dict[str, Any]]:
    """Objects with every field, one for each of the fields that exclude each other."""
    grouped = {name for group in parameter.one_of for name in group}
    for group in parameter.one_of or ((),):
        for chosen in group or (None,):
            yield {
                name: value_of(each, "")
                for name, each in parameter.fields.items()
                if name == chosen or name not in grouped
            }


def value_of(parameter: ParameterSpec, mode: str) -> Any:
    """The value at the end of what a parameter takes in a mode."""
    match parameter.kind:
        case "choice":
            left = [limit.choices for limit in parameter.limits if mode in str(limit.when["mode"])]
            return (left[0] if left else parameter.choices)[-1]
        case "integer" | "number":
            least = 1 if parameter.min is None else parameter.min
            return least if parameter.max is None else parameter.max
        case "boolean":
            return True
        case "text":
            return "x"
        case "object":
            return an_object(parameter)
        case "objects":
            return [an_object(parameter)] * (parameter.max_items or 1)
        case kind if isinstance(MEDIA[kind], list):
            return MEDIA[kind] * (parameter.max_items or 1)
        case kind:
            return MEDIA[kind]


def fal(schema: Any, model: str = "acme/dream/text-to-video", price: Price | None = None) -> Draft:
    """The provider of a model at fal with this input."""
    endpoint = read_fal(model, fal_document(model, schema))
    return draft_of([endpoint], FAL, name="dream", model="acme/dream", price=price, today=TODAY)


def one(name: str, model: str = "acme/dream/text-to-video", **schema: Any) -> Draft:
    """The provider of a model at fal with a prompt and one more field."""
    return fal({"type": "object", "properties": PROMPT | {name: schema}}, model)


def sent(draft: Draft, **request: Any) -> dict[str, Any]:
    """What goes to fal."""
    spec = draft.spec
    plain = {"provider": spec.id, "mode": spec.modes[0], "prompt": "A red fox"}
    params = Catalog([spec]).read(plain | request, backend="fal")
    body: dict[str, Any] = FAL_BACKEND.translate(params, spec, {})["input"]
    return body
