"""Schemas of services as their documents have them, and requests of what is made of them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes.catalog import ParameterSpec, ProviderSpec

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
    """The shortest request in a mode, and one with a value of every parameter."""
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


def an_object(parameter: ParameterSpec) -> dict[str, Any]:
    """An object with what a parameter needs in each, and nothing else."""
    names = [*parameter.needed, *(group[0] for group in parameter.one_of)]
    return {name: value_of(parameter.fields[name], "") for name in names}


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
