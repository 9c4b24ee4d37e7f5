"""One provider of several endpoints, each with a mode of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rushes.catalog.importing.findings import Findings, Unusable
from rushes.catalog.importing.tables import wire_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rushes.catalog.importing.part import Part

DERIVED = "The service has no field for the length here; the one given was not sent."


def merged(
    parts: Sequence[Part], findings: Findings
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """The parameters of all parts, and the offer that sends them.

    A parameter that two parts describe differently has the wider range, and a limit for each mode;
    where that cannot be said it is not offered in the later mode.

    Raises:
        Unusable: when a mode cannot be without a parameter that is described in two ways.
    """
    parameters: dict[str, dict[str, Any]] = {}
    offer: dict[str, Any] = {"models": {part.mode: part.model for part in parts}}
    wire: dict[str, Any] = {
        "fields": {}, "values": {}, "as_text": [], "adds": {}, "constants": {}
    }  # fmt: skip
    if not any("duration_seconds" in part.parameters for part in parts):
        for part in parts:
            part.assume_length()
        offer["omits"] = ["duration_seconds"]
    for part in parts:
        for name, keys in part.parameters.items():
            _add(name, keys, part, parameters, wire, findings)
        for field, value in part.constants.items():
            if wire["constants"].setdefault(field, value) != value:
                msg = f"{part.model} requires {field} to be {value}, unlike the other modes."
                raise Unusable(msg)
    length = parameters["duration_seconds"]
    for part in parts:
        if part.mode not in length["modes"]:
            length["modes"].append(part.mode)
            length.setdefault("derived", {})[part.mode] = DERIVED
    return parameters, offer | {key: value for key, value in wire.items() if value}


def _add(  # noqa: PLR0917 - one step of `merged`
    name: str,
    keys: dict[str, Any],
    part: Part,
    parameters: dict[str, dict[str, Any]],
    wire: dict[str, Any],
    findings: Findings,
) -> None:
    """Add a parameter of a part."""
    known = parameters.get(name)
    if known is None:
        parameters[name] = dict(keys)
        _write(wire, part, name)
    elif _wire(wire, name) != part.wire(name) or not _joined(known, keys, part.mode):
        if part.mode in keys.get("required", ()):
            msg = f"{part.model} requires {name} in another form than the other modes."
            raise Unusable(msg)
        findings.left_out[f"{name} of {part.mode}"] = "it differs from the other modes'"


def _write(wire: dict[str, Any], part: Part, name: str) -> None:
    for table, rows in part.wire(name).items():
        if table == "as_text":
            wire[table] += rows
        else:
            wire[table] |= rows


def _wire(wire: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    return wire_of(name, wire["fields"], wire["values"], wire["as_text"], wire["adds"])


def _joined(known: dict[str, Any], keys: dict[str, Any], mode: str) -> bool:
    """Let a parameter take what another mode takes, each within its limits; False if it cannot."""
    if known["kind"] != keys["kind"] or known.get("step") != keys.get("step"):
        return False
    limits = [*known.get("limits", ())]
    default = known.get("default")
    if known["kind"] == "choice" and known["choices"] != keys["choices"]:
        limits += [
            *([{"when": {"mode": [*known["modes"]]}, "choices": known["choices"]}]),
            {"when": {"mode": mode}, "choices": keys["choices"]},
        ]
        if default is not None and default not in keys["choices"]:
            return False
        known["choices"] = [*dict.fromkeys([*known["choices"], *keys["choices"]])]
    if any(known.get(key) != keys.get(key) for key in ("min", "max", "fields", "needed", "one_of")):
        return False
    for key in ("max_items", "max_length"):
        if key in known and key in keys:
            known[key] = min(known[key], keys[key])
    if limits:
        known["limits"] = limits
    known["modes"] = [*known["modes"], mode]
    needed = [*known.get("required", ()), *keys.get("required", ())]
    if needed:
        known["required"] = needed
    return True
