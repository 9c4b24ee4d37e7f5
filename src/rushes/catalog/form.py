"""A provider as data for the page's form; docs/reference/widget-protocol.md describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rushes.contract.spelling import to_camel
from rushes.io.kind import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rushes.catalog.condition import Limit
    from rushes.catalog.offer import Offer
    from rushes.catalog.parameter import ParameterSpec
    from rushes.catalog.provider import ProviderSpec
    from rushes.io.kind import Medium

OWN_KEYS: dict[str, tuple[str, ...]] = {
    "choice": ("choices",),
    "integer": ("min", "max", "step"),
    "number": ("min", "max", "step"),
    "text": ("max_length",),
    "image": ("max_megabytes",),
    "video": ("max_megabytes",),
    "audio": ("max_megabytes",),
    "images": ("max_items", "max_megabytes"),
    "videos": ("max_items", "max_megabytes"),
    "audios": ("max_items", "max_megabytes"),
    "shots": ("max_items",),
    "objects": ("max_items",),
}
"""Additional keys of a field, by kind; a limit that does not exist is omitted."""


TYPES = {
    "jpg": ("jpeg",),
    "heic": ("heic", "heif"),
    "mov": ("quicktime",),
    "mkv": ("x-matroska", "matroska"),
    "mka": ("x-matroska", "matroska"),
    "wav": ("wav", "x-wav", "wave"),
    "mp3": ("mpeg", "mp3"),
    "m4a": ("mp4", "x-m4a"),
    "flac": ("flac", "x-flac"),
}
"""Subtypes of media types, by extension; of the other formats the extension itself."""

ENDINGS = {
    "jpg": ("jpg", "jpeg"),
    "tiff": ("tif", "tiff"),
    "heic": ("heic", "heif"),
    "mp4": ("mp4", "m4v"),
    "mov": ("mov", "qt"),
    "wav": ("wav", "wave"),
    "m4a": ("m4a", "m4b", "mp4"),
    "ogg": ("ogg", "oga", "opus"),
}
"""Endings of names, by extension; of the other formats the extension itself."""

VIDEO_TYPES = {"webm": "video/webm", "m4a": "video/mp4"}
"""Types of videos that an audio file may be taken for."""


def form(spec: ProviderSpec, backends: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The form of a provider, as JSON.

    A field has a default only if it applies in all the field's modes; otherwise it has what is
    usual in some of them, and the service decides in the others, as the field's help says. What is
    empty is left out, and so are the modes of a field that all of the provider's modes have.

    >>> from rushes.catalog import form
    >>> shown = form(gen.catalog["kling-3.0-standard"], {"preview": {"configured": True}})
    >>> shown["title"]
    'Kling 3.0 standard'

    Args:
        spec: the provider.
        backends: by name, what the caller knows: ``configured``, ``chosen``, ``reason``. A backend
            of the file that is missing here is shown as not installed.
    """
    made = {
        "id": spec.id,
        "title": spec.title,
        "vendor": spec.vendor,
        "modes": list(spec.modes),
        # A page counts UTF-16 units; of a limit in bytes only the kernel knows.
        "promptLimit": None if spec.prompt.unit == "bytes" else spec.prompt.limit,
        "promptModes": [mode for mode in spec.modes if spec.prompt.is_needed(mode)],
        "promptUnless": to_camel(spec.prompt.unless) if spec.prompt.unless else None,
        "maxReferences": spec.max_references,
        "fields": [_field(spec, name, parameter) for name, parameter in spec.parameters.items()],
        "backends": [
            _backend(spec, name, offer, backends.get(name)) for name, offer in spec.backends.items()
        ],
    }
    return {key: value for key, value in made.items() if value is not None}


def _field(spec: ProviderSpec, name: str, parameter: ParameterSpec) -> dict[str, Any]:
    # Where it applies in some modes only, what is left open there is not the same everywhere.
    usual = parameter.default if parameter.default_modes is not None else None
    optional = {
        "required": list(parameter.required) or None,
        "modes": list(parameter.modes) if parameter.modes != spec.modes else None,
        "usual": usual,
        "usualModes": None if usual is None else list(parameter.default_modes or ()),
        "default": parameter.default if parameter.default_modes is None else None,
        "inModes": {mode: own for mode in parameter.modes if (own := _own(parameter, mode))}
        or None,
        "help": parameter.help,
        "unit": None if parameter.kind == "text" else parameter.unit,
        "limits": [_limit(each) for each in parameter.limits if list(each.when) != ["mode"]]
        or None,
    }
    own = {to_camel(key): getattr(parameter, key) for key in OWN_KEYS.get(parameter.kind, ())}
    if parameter.kind == "integer" and parameter.step is None:
        own["step"] = 1
    if parameter.medium is not None:
        own["formats"] = [
            {"name": NAMES[extension], "accept": ",".join(_accept(parameter.medium, extension))}
            for extension in parameter.accepted
        ]
    if parameter.kind == "choice":
        own["choices"] = list(parameter.choices)
    if parameter.fields:
        own["fields"] = [_inner(spec, parameter, name) for name in parameter.fields]
        own["oneOf"] = [[to_camel(name) for name in group] for group in parameter.one_of] or None
    return {
        "name": to_camel(name),
        "label": parameter.label,
        "kind": parameter.kind,
        **{key: value for key, value in (optional | own).items() if value is not None},
    }


def _inner(spec: ProviderSpec, outer: ParameterSpec, name: str) -> dict[str, Any]:
    """A field of an object; a required one is in all modes that have the object."""
    field = outer.fields[name].model_copy(update={"modes": spec.modes})
    made = _field(spec, name, field)
    if name in outer.needed:
        made["required"] = list(outer.modes)
    if field.needs_one_of:
        made["needsOneOf"] = [to_camel(other) for other in field.needs_one_of]
    return made


def _own(parameter: ParameterSpec, mode: str) -> dict[str, Any]:
    """What is otherwise in a mode: the default, and the limits of the mode alone."""
    own: dict[str, Any] = {}
    if mode in parameter.defaults:
        own["default"] = parameter.defaults[mode]
    for limit in parameter.limits:
        wanted = limit.when["mode"] if list(limit.when) == ["mode"] else ()
        if mode == wanted or (isinstance(wanted, tuple) and mode in wanted):
            own |= limit.narrower
    return own


def _limit(limit: Limit) -> dict[str, Any]:
    """What is left of a range beside other values."""
    when = {
        to_camel(name): list(wanted) if isinstance(wanted, tuple) else wanted
        for name, wanted in limit.when.items()
    }
    return {"when": when, **limit.narrower}


def _accept(medium: Medium, extension: str) -> Iterator[str]:
    """What a page's file dialog calls a format: media types, and endings of names."""
    types = TYPES.get(extension, (extension,))
    if medium == "audio" and extension in VIDEO_TYPES:
        # A browser derives the type from the name, so a recording may seem to be a video.
        yield VIDEO_TYPES[extension]
    yield from (f"{medium}/{name}" for name in types)
    yield from (f".{ending}" for ending in ENDINGS.get(extension, (extension,)))


def _backend(
    spec: ProviderSpec, name: str, offer: Offer, status: Mapping[str, Any] | None
) -> dict[str, Any]:
    cost = spec.estimate(spec.plainest(), name)
    if status is None:
        status = {"reason": f"No backend named {name} is installed."}
    optional = {
        "configured": bool(status.get("configured")) or None,
        "chosen": bool(status.get("chosen")) or None,
        "reason": status.get("reason"),
        "perSecond": spec.per_second(name),
        "currency": cost and cost.currency,
        "priceDate": cost and cost.date,
        "refuses": {to_camel(key): advice for key, advice in offer.refuses.items()} or None,
        "ignores": {to_camel(key): instead for key, instead in offer.ignores.items()} or None,
    }
    return {"name": name, **{key: value for key, value in optional.items() if value is not None}}
