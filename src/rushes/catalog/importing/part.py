"""What of one endpoint's input becomes which parameter, and how that is sent."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

from rushes.catalog.importing.duration import ASSUMED, LENGTHS, lengths_of
from rushes.catalog.importing.findings import Findings, Unusable
from rushes.catalog.importing.objects import is_shot, shape_of
from rushes.catalog.importing.reasons import kept_back, unknown
from rushes.catalog.importing.tables import wire_of
from rushes.catalog.kinds import COMMON, CONTRACT_KINDS, KEYS, MOST_COUNT, RESERVED, Kind
from rushes.contract.params import VideoGenParams
from rushes.contract.spelling import to_camel, to_snake

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rushes.catalog.importing.dialect import Dialect, Endpoint
    from rushes.catalog.importing.field import Field, Value
    from rushes.catalog.importing.objects import Inner

KINDS: tuple[str, ...] = get_args(Kind)

MOST_ASSUMED = 4
"""Items of a list whose schema states no maximum."""


class Part:
    """The parameters of one endpoint, and how they are sent."""

    def __init__(self, endpoint: Endpoint, dialect: Dialect, findings: Findings) -> None:
        self.mode, self.model = endpoint.mode, endpoint.model
        self.parameters: dict[str, dict[str, Any]] = {}
        self.fields: dict[str, str] = {}
        self.values: dict[str, str | dict[str, str | int]] = {}
        self.as_text: list[str] = []
        self.adds: dict[str, dict[str, Value]] = {}
        self.constants: dict[str, str | bool | int] = {}
        self.takes_prompt = self.needs_prompt = False
        self.prompt_limit: int | None = None
        self._why: dict[str, str] = {}
        self._dialect, self._findings = dialect, findings
        self._claimed = self._claims(endpoint.fields)
        self.endpoint = endpoint
        for each in endpoint.fields:
            self._add(each)

    def wire(self, name: str) -> dict[str, dict[str, Any]]:
        """How a parameter and the fields in it are sent, as the tables of an offer say it."""
        return wire_of(name, self.fields, self.values, self.as_text, self.adds)

    def _claims(self, fields: Iterable[Field]) -> dict[str, str]:
        """By field, the parameter of the contract that it is; each only once."""
        known = {each.name: each for each in fields}
        claimed: dict[str, str] = {}
        for name, parameter in self._dialect.named.items():
            if name in known and parameter not in claimed.values():
                claimed[name] = parameter
        length = next((name for name in LENGTHS if name in known), None)
        if length is not None:
            claimed[length] = "duration_seconds"
        return claimed

    def _add(self, each: Field) -> None:
        if each.name == self._dialect.prompt and each.type == "text" and not each.choices:
            self.takes_prompt, self.needs_prompt = True, each.required and each.default is None
            self.prompt_limit = each.longest
            limit = f" of at most {each.longest} characters" if each.longest else ""
            self._findings.understood[each.name] = f"prompt{limit}"
            return
        reason = self._dialect.kept_back.get(each.name) or kept_back(each)
        name = self._claimed.get(each.name) or own_name(each.name, self.parameters)
        if reason is None and name is None:
            reason = "its name cannot be that of a parameter"
        keys = None
        if reason is None and name is not None:
            keys = self._keys(each, name)
            if keys is None and each.name in self._claimed:
                # Not what the contract means by the name, e.g. a switch that is a list of words.
                name = own_name(f"own_{each.name}", self.parameters)
                keys = self._keys(each, name) if name else None
            if keys is None:
                reason = self._why.get(each.name) or unknown(each)
        if keys is None or name is None:
            self._leave_out(each, reason or "it is not understood")
            return
        if each.required and keys.get("default") is None:
            keys["required"] = [self.mode]
        keys["modes"] = [self.mode]
        self.parameters[name] = keys
        if "." not in each.name and (name != each.name or name in self._dialect.spelled):
            self.fields[name] = each.name
        if each.dropped:
            self._findings.left_out[f"{each.name}, as {each.dropped}"] = (
                "only the plainest of its forms is offered"
            )
        self._findings.understood[each.name] = f"{name}: {_in_words(keys)}"

    def _leave_out(self, each: Field, reason: str) -> None:
        self._findings.left_out[each.name] = reason
        if not each.required:
            return
        if isinstance(each.default, str | bool | int):
            self.constants[each.name] = each.default
            self._findings.left_out[each.name] = f"{reason}; its default is always sent"
            return
        msg = f"{self.model} requires {each.name}, and that cannot be offered: {reason}."
        raise Unusable(msg)

    # --- by kind -----------------------------------------------------------------------------

    def _keys(self, each: Field, name: str) -> dict[str, Any] | None:
        """The keys of a parameter in a provider's file; None if the field is not understood."""
        wanted = CONTRACT_KINDS.get(name)
        if name == "duration_seconds":
            return self._length(each)
        found = self._typed(each, name, wanted)
        if found is None and wanted is None:
            found = self._objects(each, name)
        if found is None or (wanted is not None and found["kind"] != wanted):
            return None
        return _explained(each, found)

    def _typed(self, each: Field, name: str, wanted: str | None) -> dict[str, Any] | None:
        if each.medium is not None:
            return self._media(each)
        if each.choices and each.type != "boolean":
            return self._choice(each, name, each.choices, wanted)
        match each.type:
            case "boolean":
                default = each.default if isinstance(each.default, bool) else None
                return {"kind": "boolean", "default": default}
            case "integer" | "number":
                return _number(each, "integer" if wanted == "integer" else each.type)
            case "text" if wanted == "choice":
                known = tuple(v for v in (each.default, *each.examples) if v is not None)
                if not known:
                    return None
                self._findings.check.append(
                    f"The schema lists no values of {each.name}; only those that it names as "
                    f"examples are offered."
                )
                return self._choice(each, name, tuple(dict.fromkeys(known)), wanted)
            case "text":
                keys: dict[str, Any] = {"kind": "text", "default": each.default}
                return keys | ({"max_length": each.longest} if each.longest else {})
        return None

    def _choice(
        self, each: Field, name: str, choices: Sequence[Value], wanted: str | None
    ) -> dict[str, Any] | None:
        if wanted in {"integer", "number"}:
            return None
        words: dict[str, Value] = {}
        for value in choices:
            if isinstance(value, str) and value.strip():
                words[value] = value
            elif isinstance(value, int) and not isinstance(value, bool):
                words[str(value)] = value
        if not words:
            return None
        written = {word: value for word, value in words.items() if not isinstance(value, str)}
        if written:
            self.values[name] = written  # type: ignore[assignment]
        default = str(each.default) if each.default is not None else None
        return {
            "kind": "choice",
            "choices": list(words),
            "default": default if default in words else None,
        }

    def _media(self, each: Field) -> dict[str, Any] | None:
        medium = each.medium or "image"
        is_list = each.type == "list"
        if is_list and each.item is not None and each.item.type != "text":
            return None
        kind = f"{medium}s" if is_list else medium
        if kind not in KINDS:
            return None
        keys: dict[str, Any] = {"kind": kind}
        if is_list:
            keys["max_items"] = self._most(each)
        limits = each.limits or (each.item.limits if each.item else {})
        allowed = KEYS[kind]  # type: ignore[index]
        return keys | {key: value for key, value in _file_limits(limits) if key in allowed}

    def _objects(self, each: Field, name: str) -> dict[str, Any] | None:
        """The keys of an object or a list of objects; None if it cannot be offered."""
        is_list = each.type == "list"
        one = each.item if is_list else each
        if one is None or one.type != "object" or not one.forms:
            return None
        if is_list and is_shot(one.forms):
            self._why[each.name] = "it is a list of shots, whose lengths are not added up"
            return None
        shape = shape_of(one.forms)
        if shape is None:
            many = "in forms that differ in more than a field"
            why = many if len(one.forms) > 1 else "with a field that no name can be made for"
            self._why[each.name] = f"{unknown(each)}, {why}"
            return None
        checks = len(self._findings.check)
        found, left_out = dict[str, Any](), dict[str, str]()
        for inner in shape.inner:
            keys, reason = self._field(each.name, inner.part, f"{name}.{inner.name}")
            if keys is not None:
                found[inner.name] = keys
            elif inner.part.required:
                del self._findings.check[checks:]
                self._why[each.name] = f"{unknown(each)}, and of its {inner.part.name}: {reason}"
                return None
            else:
                left_out[f"{each.name}.{inner.part.name}"] = reason
        if not found:
            return None
        self._findings.left_out |= left_out
        self._write(name, [inner for inner in shape.inner if inner.name in found])
        most = {"max_items": self._most(each)} if is_list else {}
        return {"kind": "objects" if is_list else "object", **most, **shape.keys(found)}

    def _write(self, name: str, fields: Iterable[Inner]) -> None:
        """Keep how the fields of an object are sent."""
        for inner in fields:
            here = f"{name}.{inner.name}"
            if inner.name != inner.part.name:
                self.fields[here] = inner.part.name
            if inner.adds:
                self.adds[here] = dict(inner.adds)

    def _field(self, outer: str, part: Field, name: str) -> tuple[dict[str, Any] | None, str]:
        """The keys of a field of an object; None and why if it is not offered."""
        reason = kept_back(part)
        if reason is None and (part.type == "object" or (part.item and part.item.type == "object")):
            reason = "it is an object in another one"
        if reason is not None:
            return None, reason
        keys = self._typed(replace(part, name=f"{outer}.{part.name}"), name, None)
        return (None, unknown(part)) if keys is None else (_explained(part, keys), "")

    def _most(self, each: Field) -> int:
        """The length of a list, also if its schema does not say it."""
        if each.most_items is not None:
            return min(each.most_items, MOST_COUNT - 1)
        self._findings.check.append(
            f"The schema does not say how many items {each.name} takes; at most {MOST_ASSUMED} "
            f"are assumed."
        )
        return MOST_ASSUMED

    def _length(self, each: Field) -> dict[str, Any] | None:
        found = lengths_of(each)
        if found is None:
            return None
        for remark in found.remarks:
            self._findings.check.append(f"The length ({each.name}): {remark}.")
        if found.written == "{}":
            self.as_text.append("duration_seconds")
        elif found.written is not None:
            self.values["duration_seconds"] = found.written
        keys = {"kind": "integer", "unit": "seconds", "label": "Duration", **found.parameter}
        return keys | ({"help": each.help} if each.help else {})

    def assume_length(self) -> None:
        """Declare a length for a model that has no field for it; it is never sent."""
        known = {each.name: each.default for each in self.endpoint.fields}
        frames = known.get("num_frames")
        rate = known.get("fps", known.get("frames_per_second"))
        seconds = ASSUMED
        if isinstance(frames, int) and isinstance(rate, int) and frames > rate > 0:
            seconds = round(frames / rate)
        self.parameters["duration_seconds"] = {
            "kind": "integer",
            "unit": "seconds",
            "label": "Duration",
            "help": "Assumed. The service has no field for it; its result says how long it is.",
            "min": seconds,
            "max": seconds,
            "default": seconds,
            "modes": [self.mode],
        }
        self._findings.assume(
            f"The model has no field for the length of the video; {seconds} s is assumed in "
            f"estimates."
        )


# --- names and words ------------------------------------------------------------------------------


def own_name(field_name: str, taken: Iterable[str]) -> str | None:
    """The name of a parameter that only this provider has; None if there is none."""
    snake = to_snake(field_name).strip("_")
    taken = set(taken)
    for name in (
        snake,
        to_snake(to_camel(snake)),
        f"own_{snake}",
        to_snake(to_camel(f"own_{snake}")),
    ):
        free = name not in {*COMMON, *RESERVED, *taken} and name not in CONTRACT_KINDS
        free = free and not hasattr(VideoGenParams, name)
        if free and name.isidentifier() and to_snake(to_camel(name)) == name:
            return name
    return None


def _explained(each: Field, keys: dict[str, Any]) -> dict[str, Any]:
    """The keys with the help of the service; a default of None is dropped."""
    if each.help:
        keys["help"] = each.help.replace("{formats}", "formats")
    default = keys.pop("default", None)
    return keys if default is None else keys | {"default": default}


def _number(each: Field, kind: str) -> dict[str, Any]:
    whole = kind == "integer"
    keys: dict[str, Any] = {"kind": kind}
    if each.least is not None:
        keys["min"] = math.ceil(each.least) if whole else each.least
    if each.most is not None:
        keys["max"] = math.floor(each.most) if whole else each.most
    default = each.default
    is_number = isinstance(default, int | float) and not isinstance(default, bool)
    if is_number and (not whole or isinstance(default, int)):
        low, high = keys.get("min", -math.inf), keys.get("max", math.inf)
        if low <= default <= high:
            keys["default"] = default
    return keys


def _file_limits(limits: Mapping[str, float]) -> Iterable[tuple[str, float | int]]:
    """The limits of a file, in the words of a provider's file."""
    if size := limits.get("max_file_size"):
        yield "max_megabytes", size / 1e6
    sides = [int(limits[key]) for key in ("min_width", "min_height") if limits.get(key, 0) >= 1]
    if sides:
        yield "min_side", min(sides)
    sides = [int(limits[key]) for key in ("max_width", "max_height") if limits.get(key, 0) >= 1]
    if sides:
        yield "max_side", max(sides)
    ratios = [limits.get("max_aspect_ratio", 0), 1 / limits.get("min_aspect_ratio", math.inf)]
    if max(ratios) >= 1 and all(ratios):
        yield "max_ratio", round(max(ratios), 4)
    if shortest := limits.get("min_duration"):
        yield "min_clip_seconds", shortest
    if longest := limits.get("max_duration"):
        yield "max_clip_seconds", longest


def _in_words(keys: Mapping[str, Any]) -> str:
    words = [keys["kind"]]
    if keys.get("choices"):
        words = [", ".join(keys["choices"])]
    if keys.get("fields"):
        words = [f"{keys['kind']} with {', '.join(keys['fields'])}"]
    low, high = keys.get("min"), keys.get("max")
    if low is not None or high is not None:
        words.append(f"{'' if low is None else low} to {'' if high is None else high}".strip())
    if keys.get("max_items"):
        words.append(f"at most {keys['max_items']}")
    if keys.get("default") is not None:
        words.append(f"default {keys['default']}")
    if keys.get("required"):
        words.append("required")
    return ", ".join(map(str, words))
