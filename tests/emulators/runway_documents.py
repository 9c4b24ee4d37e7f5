"""Models that an emulated Runway knows from its document only: their bodies are as that says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from emulators.runway_inputs import (
    BODIES,
    USUAL_RATIO,
    USUAL_SECONDS,
    BodyError,
    Order,
    check_address,
    issue,
    read_order,
    seconds_of,
)
from support.schemas import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulators.runway_inputs import Seconds

ROUTES = (
    "text_to_video",
    "image_to_video",
    "video_to_video",
    "video_upscale",
    "video_to_hdr",
    "character_performance",
)
"""Paths after ``/v1/`` at which tasks are made that end in a video."""

ADDRESS = re.compile(r"uri|\w+Uri|prompt(?:Image|Video)|references")
"""Fields whose texts are addresses of media."""

PIXELS = re.compile(r"\d{3,4}:\d{3,4}")


def understood(route: str, body: Any, seconds: Seconds, document: dict[str, Any] | None) -> Order:
    """Read the body of a task, by the emulator's own types or else by the document.

    Args:
        route: the path after ``/v1/``.
        body: what was posted.
        seconds: what was uploaded, by its ``runway://`` address.
        document: what Runway publishes of its models.

    Raises:
        BodyError: as Runway refuses it.
    """
    model = body.get("model") if isinstance(body, dict) else None
    variant = _variant(route, model, document)
    if variant is None or model in BODIES.get(route, {}):
        return read_order(route, body, seconds)
    errors = list(Draft202012Validator(variant).iter_errors(body))
    if errors:
        raise BodyError([issue(error.path, error.message) for error in errors])
    length: int | None = None
    for path, address in _addresses(body):
        try:
            check_address(address, seconds)
        except ValueError as error:
            raise BodyError([issue(path, str(error))]) from error
        if path[-1] in {"videoUri", "promptVideo"}:
            length = seconds_of(address, seconds)
    ratio, asked = body.get("ratio"), body.get("duration")
    return Order(
        str(model),
        ratio if isinstance(ratio, str) and PIXELS.fullmatch(ratio) else USUAL_RATIO,
        asked if isinstance(asked, int) else length or USUAL_SECONDS,
        audio=body.get("audio") is not False,
        unknown_fields=[],
    )


def _variant(route: str, model: object, document: dict[str, Any] | None) -> dict[str, Any] | None:
    """The schema of a model's bodies at a route."""
    described = (document or {}).get("paths", {}).get(f"/v1/{route}")
    if described is None:
        return None
    schema = described["post"]["requestBody"]["content"]["application/json"]["schema"]
    found = (each for each in schema["oneOf"] if model in each["properties"]["model"]["enum"])
    return next(found, None)


def _addresses(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """The addresses in a body, with their paths."""
    if isinstance(value, dict):
        for name, inside in value.items():
            yield from _addresses(inside, (*path, name))
    elif isinstance(value, list):
        for inside in value:
            yield from _addresses(inside, path)
    elif isinstance(value, str) and path and ADDRESS.fullmatch(path[-1]):
        yield path, value
