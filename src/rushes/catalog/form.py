"""A provider as data for the page's form; docs/reference/widget-protocol.md describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic.alias_generators import to_camel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rushes.catalog.offer import Offer
    from rushes.catalog.parameter import ParameterSpec
    from rushes.catalog.provider import ProviderSpec

OWN_KEYS: dict[str, tuple[str, ...]] = {
    "choice": ("choices",),
    "integer": ("min", "max", "step"),
    "number": ("min", "max", "step"),
    "text": ("max_length",),
    "image": ("max_megabytes",),
    "images": ("max_items", "max_megabytes"),
    "videos": ("max_items", "max_megabytes"),
    "audios": ("max_items", "max_megabytes"),
    "shots": ("max_items",),
}
"""Additional keys of a field, by kind; a limit that does not exist is omitted."""


def form(spec: ProviderSpec, backends: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The form of a provider, as JSON.

    A field has a default only if it applies in all the field's modes; otherwise the catalog or the
    service fills it in, as the field's help says.

    >>> from rushes.catalog import form
    >>> shown = form(gen.catalog["kling-3.0-standard"], {"preview": {"configured": True}})
    >>> shown["title"]
    'Kling 3.0 standard'

    Args:
        spec: the provider.
        backends: by name, what the caller knows: ``configured``, ``chosen``, ``reason``. A backend
            of the file that is missing here is shown as not installed.
    """
    return {
        "id": spec.id,
        "title": spec.title,
        "modes": list(spec.modes),
        "promptLimit": spec.prompt.limit,
        "promptModes": [mode for mode in spec.modes if spec.prompt.is_needed(mode)],
        "promptUnless": to_camel(spec.prompt.unless) if spec.prompt.unless else None,
        "maxReferences": spec.max_references,
        "fields": [_field(name, parameter) for name, parameter in spec.parameters.items()],
        "backends": [
            _backend(spec, name, offer, backends.get(name)) for name, offer in spec.backends.items()
        ],
    }


def _field(name: str, parameter: ParameterSpec) -> dict[str, Any]:
    optional = {
        "default": parameter.default if parameter.default_modes is None else None,
        "help": parameter.help,
        "unit": parameter.unit,
    }
    own = {to_camel(key): getattr(parameter, key) for key in OWN_KEYS.get(parameter.kind, ())}
    if parameter.kind == "integer" and parameter.step is None:
        own["step"] = 1
    if parameter.kind == "choice":
        own["choices"] = list(parameter.choices)
    return {
        "name": to_camel(name),
        "label": parameter.label,
        "kind": parameter.kind,
        "required": list(parameter.required),
        "modes": list(parameter.modes),
        **{key: value for key, value in (optional | own).items() if value is not None},
    }


def _backend(
    spec: ProviderSpec, name: str, offer: Offer, status: Mapping[str, Any] | None
) -> dict[str, Any]:
    cost = spec.estimate(spec.plainest(), name)
    if status is None:
        status = {"reason": f"No backend named {name} is installed."}
    return {
        "name": name,
        "configured": bool(status.get("configured")),
        "chosen": bool(status.get("chosen")),
        "reason": status.get("reason"),
        "perSecond": spec.per_second(name),
        "currency": cost and cost.currency,
        "priceDate": cost and cost.date,
        "typicalSeconds": spec.typical_seconds(spec.plainest(), name),
        "refuses": {to_camel(key): advice for key, advice in offer.refuses.items()},
        "ignores": {to_camel(key): instead for key, instead in offer.ignores.items()},
    }
