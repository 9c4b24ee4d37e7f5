"""Whether the parts of a provider's file fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic.alias_generators import to_camel, to_snake

from rushes.catalog.wording import listed
from rushes.params import VideoGenParams

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes.catalog.fault import Location
    from rushes.catalog.offer import Offer
    from rushes.catalog.parameter import Kind, ParameterSpec
    from rushes.catalog.provider import ProviderSpec

COMMON = ("provider", "mode", "prompt", "client_ref", "request_origin")
"""Parameters that every provider takes."""

LONGEST = 86_400
"""Seconds of a video."""

KINDS: dict[str, tuple[Kind, ...]] = {
    "seed": ("integer",),
    "aspect_ratio": ("choice",),
    "resolution": ("choice",),
    "duration_seconds": ("integer",),
    "generate_audio": ("boolean",),
    "camera_fixed": ("boolean",),
    "start_image_url": ("image",),
    "end_image_url": ("image",),
    "image_references": ("images",),
    "video_references": ("videos",),
    "audio_references": ("audios",),
    "negative_prompt": ("text",),
    "cfg_scale": ("number",),
    "shot_type": ("choice",),
    "multi_prompt": ("shots",),
}
"""The kinds that a request's own fields can be of."""


def provider_faults(spec: ProviderSpec) -> Iterator[tuple[Location, str]]:
    """Everything that does not fit, with its place in the file."""
    if not spec.modes:
        yield ("modes",), "is empty"
    for name, parameter in spec.parameters.items():
        for key, reason in _name_faults(name, parameter):
            yield ("parameters", name, *key), reason
        for key, reason in _parameter_faults(spec, parameter):
            yield ("parameters", name, *key), reason
    yield from _duration_faults(spec)
    if spec.prompt.unless and spec.prompt.unless not in spec.parameters:
        yield ("prompt", "unless"), f"names {spec.prompt.unless!r}, which is not a parameter here"
    yield from _pixel_faults(spec)
    for name, offer in spec.backends.items():
        for key, reason in _offer_faults(spec, offer):
            yield ("backends", name, *key), reason


def _duration_faults(spec: ProviderSpec) -> Iterator[tuple[Location, str]]:
    duration = spec.parameters.get("duration_seconds")
    if duration is None or duration.default is None or duration.default_modes is not None:
        yield (
            ("parameters", "duration_seconds"),
            "is needed, with a default for all modes (min = max = default for a fixed length)",
        )
    elif duration.min is None or duration.min < 1:
        yield ("parameters", "duration_seconds", "min"), "is needed, and has to be at least 1"
    elif duration.max is not None and duration.max > LONGEST:
        yield ("parameters", "duration_seconds", "max"), f"has to be at most {LONGEST:,} seconds"


def _name_faults(name: str, parameter: ParameterSpec) -> Iterator[tuple[Location, str]]:
    allowed = KINDS.get(name)
    if name in COMMON:
        yield (), "is taken by every provider and must not be declared"
    elif allowed and parameter.kind not in allowed:
        yield ("kind",), f"has to be {listed(allowed)} for this parameter"
    elif not allowed and parameter.kind == "shots":
        yield ("kind",), "is of multi_prompt only"
    elif not allowed and hasattr(VideoGenParams, name):
        yield (), "is a name that Python code needs for something else"
    elif not name.isidentifier() or to_snake(to_camel(name)) != name:
        yield (), "is not a snake_case name that can be read back from camelCase"


def _parameter_faults(
    spec: ProviderSpec, parameter: ParameterSpec
) -> Iterator[tuple[Location, str]]:
    for key, modes, allowed in (
        ("modes", parameter.modes, spec.modes),
        ("required", parameter.required, parameter.modes),
        ("default_modes", parameter.default_modes or (), parameter.modes),
        ("derived", tuple(parameter.derived), parameter.modes),
    ):
        for mode in modes:
            if mode not in allowed:
                yield (key,), f"names {mode!r}; allowed are {', '.join(allowed)}"
    for other in parameter.needs_one_of:
        if other not in spec.parameters:
            yield ("needs_one_of",), f"names {other!r}, which is not a parameter here"


def _pixel_faults(spec: ProviderSpec) -> Iterator[tuple[Location, str]]:
    resolution = spec.parameters.get("resolution")
    if resolution is None and len(spec.pixels) > 1:
        yield ("pixels",), "has several rows, but there is no parameter resolution to choose one"
    ratio = spec.parameters.get("aspect_ratio")
    for row, sizes in spec.pixels.items():
        if resolution and row not in resolution.choices:
            yield ("pixels", row), f"is not a resolution; those are {', '.join(resolution.choices)}"
        for shape in sizes:
            if ratio is None or shape not in ratio.choices:
                yield ("pixels", row, shape), "is not an aspect ratio that is offered"


def _offer_faults(spec: ProviderSpec, offer: Offer) -> Iterator[tuple[Location, str]]:
    known = {"prompt", *spec.parameters}
    for mode in offer.models:
        if mode not in spec.modes:
            yield ("models", mode), f"is not a mode here; those are {', '.join(spec.modes)}"
    names: list[tuple[Location, str]] = [
        *((("refuses", name), name) for name in offer.refuses),
        *((("ignores", name), name) for name in offer.ignores),
        *((("fields", name), name) for name in offer.fields),
        *((("as_text",), name) for name in offer.as_text),
        *((("urls_only",), name) for name in offer.urls_only),
        *((("exclusive",), name) for pair in offer.exclusive for name in pair),
        *((("prices", n, "when"), key) for n, row in enumerate(offer.prices) for key in row.when),
        *((("typical", n, "when"), key) for n, row in enumerate(offer.typical) for key in row.when),
    ]
    for key, name in names:
        if name not in known and not (key[-1] == "when" and name == "mode"):
            yield key, f"names {name!r}, which is not a parameter here"
    for number, price in enumerate(offer.prices):
        if price.per_1k_tokens is not None and not spec.pixels:
            yield ("prices", number, "per_1k_tokens"), "needs a table of pixels"
