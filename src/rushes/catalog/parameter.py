"""One parameter of a provider: its allowed values, and its form field."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rushes.catalog.condition import LARGEST, Limit
from rushes.catalog.fault import raise_faults
from rushes.catalog.kinds import (
    DEFAULT_KINDS,
    FIELD_KINDS,
    KEYS,
    MATROSKA,
    MEDIA,
    MOST_COUNT,
    NEEDED_KEYS,
    OUTER_KEYS,
    REFERENCE_KINDS,
    SINGLE_KINDS,
    Kind,
    Mode,
    Modes,
    Texts,
)
from rushes.catalog.length import NOUNS, length_in
from rushes.contract import wording
from rushes.contract.spelling import to_camel, to_snake
from rushes.io.kind import FORMATS, NAMES, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rushes.catalog.condition import Condition
    from rushes.catalog.fault import Location
    from rushes.contract.params import Shot
    from rushes.io.kind import Medium


def label_of(name: str) -> str:
    """The label of a parameter or a field whose file has none."""
    return name.replace("_", " ").capitalize()


def is_given(value: object) -> bool:
    """Whether a value is given and not blank."""
    if isinstance(value, str):
        return bool(value.strip())
    return bool(value) if isinstance(value, list | tuple | Mapping) else value is not None


@dataclass(frozen=True)
class Refusal:
    """Why a value is rejected.

    Attributes:
        where: path inside the value, e.g. ``"[1].prompt"``; empty for the value itself.
        value: the value there.
        reason: followed by the provider's name, e.g. ``"is not offered by"``.
        allowed: the allowed values, e.g. ``"480p, 720p"``.
    """

    where: str
    value: Any
    reason: str
    allowed: str


class ParameterSpec(BaseModel):
    """One parameter of a provider.

    >>> length = gen.catalog["kling-3.0-standard"].parameters["duration_seconds"]
    >>> length.min, length.max
    (3, 15)

    Attributes:
        kind: the type of its values, and the control in a form.
        modes: the modes that accept it; all of the provider's by default.
        required: the modes that require it.
        label: its name in a form.
        help: one or two sentences for a form.
        unit: of a number, e.g. ``"seconds"``; of a text what `max_length` counts, ``"bytes"`` or
            ``"utf-16"`` where it is not characters.
        default: the value that is used if none is given.
        default_modes: the modes in which the default applies; None for all. In the others the
            service follows the given media.
        defaults: by mode, another default.
        derived: by mode, a sentence that says that the service derives the value from something
            else, so that a given one has no effect.
        needs_one_of: at least one of these parameters has to be given as well; in an object, one
            of these fields of it.
        choices: of a choice.
        min: smallest number, inclusive.
        max: largest number, inclusive.
        step: distance between numbers. Integers have to be on a step; for other numbers it is only
            the slider's.
        limits: narrower ranges, each where its condition holds; all allow the default.
        max_length: characters of a text, or of the prompt of one shot.
        max_items: length of a list.
        fields: of an object, or of each object of a list, by Python name.
        needed: the fields that every object has.
        one_of: groups of fields of which every object has exactly one.
        min_seconds: shortest shot, in whole seconds.
        formats: of a file, e.g. ``["jpg", "png"]``; empty for all that are known. A help text may
            name them as ``{formats}``.
        max_megabytes: size of a file, in 10^6 bytes.
        min_side: shorter side of an image, in pixels.
        max_side: longer side of an image, in pixels.
        max_ratio: longer side of an image, divided by the shorter.
        min_clip_seconds: minimum length of a video or audio file.
        max_clip_seconds: maximum length of a video or audio file.
        max_total_seconds: maximum length of all listed media in total, in seconds. These limits
            apply to local files; only the service can check the content of a URL.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True
    )

    kind: Kind
    modes: Modes = ()
    required: Modes = ()
    label: str = ""
    help: str | None = None
    unit: str | None = None
    default: Any = None
    default_modes: Modes | None = None
    defaults: dict[Mode, Any] = Field(default_factory=dict)
    derived: dict[Mode, str] = Field(default_factory=dict)
    needs_one_of: Texts = ()
    choices: Texts = ()
    min: int | float | None = Field(default=None, ge=-LARGEST, le=LARGEST)
    max: int | float | None = Field(default=None, ge=-LARGEST, le=LARGEST)
    step: int | float | None = Field(default=None, gt=0, le=LARGEST)
    limits: Annotated[tuple[Limit, ...], Field(strict=False)] = ()
    max_length: int | None = Field(default=None, ge=1, lt=MOST_COUNT)
    max_items: int | None = Field(default=None, ge=1, lt=MOST_COUNT)
    fields: dict[str, ParameterSpec] = Field(default_factory=dict)
    needed: Texts = ()
    one_of: Annotated[tuple[Texts, ...], Field(strict=False)] = ()
    min_seconds: int = Field(default=1, ge=1, lt=MOST_COUNT)
    formats: Texts = ()
    max_megabytes: float | None = Field(default=None, gt=0)
    min_side: int | None = Field(default=None, ge=1)
    max_side: int | None = Field(default=None, ge=1)
    max_ratio: float | None = Field(default=None, ge=1)
    min_clip_seconds: float | None = Field(default=None, gt=0)
    max_clip_seconds: float | None = Field(default=None, gt=0)
    max_total_seconds: float | None = Field(default=None, gt=0)

    @model_validator(mode="before")
    @classmethod
    def _named_formats(cls, data: Any) -> Any:
        """Name the formats in the help text."""
        if not isinstance(data, dict):
            return data
        text, formats = data.get("help"), data.get("formats")
        if not isinstance(text, str) or not isinstance(formats, list | tuple) or not formats:
            return data
        known = [name for name in formats if isinstance(name, str) and name in NAMES]
        if len(known) < len(formats):
            return data  # Reported by the checks of the format names.
        return data | {"help": text.replace("{formats}", listed(known))}

    @model_validator(mode="before")
    @classmethod
    def _labelled_fields(cls, data: Any) -> Any:
        """Fill in the labels of an object's fields if the file omits them."""
        if not isinstance(data, dict) or not isinstance(data.get("fields"), dict):
            return data
        fields = {
            name: {"label": label_of(name)} | each if isinstance(each, dict) else each
            for name, each in data["fields"].items()
        }
        return data | {"fields": fields}

    @model_validator(mode="after")
    def _sound(self) -> Self:
        raise_faults("parameter", _faults(self))
        return self

    @property
    def accepted(self) -> tuple[str, ...]:
        """The formats of its files, by extension; empty if it has none."""
        return self.formats or (FORMATS[self.medium] if self.medium else ())

    @property
    def medium(self) -> Medium | None:
        """The medium of its files; None if it has none."""
        return MEDIA.get(self.kind)

    @property
    def media(self) -> Mapping[str, ParameterSpec]:
        """Those of an object's fields that have files, by name."""
        return {name: each for name, each in self.fields.items() if each.medium}

    def sent(self, value: Any, media: Mapping[str, Any]) -> Any:
        """A value with the paths of local files replaced by their representation at a service.

        Only media parameters have files; a text that looks like a path is unchanged.
        """
        if self.kind not in MEDIA:
            return value
        if isinstance(value, list | tuple):
            return [media.get(item, item) for item in value]
        return media.get(value, value)

    def default_in(self, mode: str) -> Any:
        """The default in a mode, or None."""
        if mode in self.defaults:
            return self.defaults[mode]
        where = self.modes if self.default_modes is None else self.default_modes
        return self.default if mode in where else None

    def takes(self, value: Any) -> bool:
        """Whether the value is allowed, in any mode."""
        return next(self.refusals(value), None) is None

    def refusals(self, value: Any) -> Iterator[Refusal]:
        """Everything that is wrong with a value."""
        if self.kind == "shots":
            yield from self._shot_refusals(value)
        elif self.kind == "object":
            yield from self._object_refusals("", value)
        elif self.kind == "objects":
            yield from self._objects_refusals(value)
        elif self.kind in REFERENCE_KINDS:
            yield from self._list_refusals(value)
        elif self.kind == "text" and isinstance(value, str):
            length = length_in(self.unit, value)
            if self.max_length is not None and length > self.max_length:
                reason = f"has {length} {NOUNS[self.unit or 'characters']}, too many for"
                yield Refusal("", value, reason, self.allowed)
        elif not self._is_one(value):
            yield Refusal("", value, "is not offered by", self.allowed)

    @property
    def allowed(self) -> str:
        """The allowed values, as text that follows "allowed are"."""
        noun = NOUNS[self.unit or "characters"] if self.kind == "text" else "characters"
        limit = f" of at most {self.max_length} {noun}" if self.max_length else ""
        words: dict[Kind, str] = {
            "choice": ", ".join(self.choices),
            "boolean": "True and False",
            "text": f"texts{limit}",
            **dict.fromkeys(SINGLE_KINDS, "URLs and paths"),
            "shots": f"1 to {self.max_items} shots",
            "object": f"objects with {self._named_fields}",
            "objects": f"1 to {self.max_items} objects with {self._named_fields}",
        }
        if self.kind in {"integer", "number"}:
            return self._allowed_numbers()
        return words.get(self.kind, f"at most {self.max_items} URLs or paths")

    @property
    def _named_fields(self) -> str:
        """The fields of an object in words: which are needed, and which exclude each other."""
        groups = [" or ".join(group) for group in self.one_of]
        grouped = {name for group in self.one_of for name in group}
        rest = [name for name in self.fields if name not in {*self.needed, *grouped}]
        always = [*self.needed, *groups]
        words = wording.listed(always) if always else ""
        if not rest:
            return words
        return f"{words or 'nothing else'}, and optionally {wording.listed(rest)}"

    def _allowed_numbers(self) -> str:
        noun = "whole numbers" if self.kind == "integer" else "numbers"
        if self.kind == "integer" and self.step not in {None, 1}:
            noun += f" in steps of {self.step}"
        low = f" from {self.min}" if self.min is not None else ""
        high = f" to {self.max}" if self.max is not None else ""
        return f"{noun}{low}{high}{f' {self.unit}' if self.unit else ''}"

    def _is_one(self, value: Any) -> bool:
        """Whether a value that is neither a list nor a text is allowed."""
        match self.kind:
            case "choice":
                return isinstance(value, str) and value in self.choices
            case "image" | "video" | "audio":
                return isinstance(value, str) and bool(value.strip())
            case "boolean":
                return isinstance(value, bool)
            case "integer":
                return isinstance(value, int) and self._in_range(value) and self._on_step(value)
            case "number":
                return isinstance(value, int | float) and self._in_range(value)
            case _:
                return False

    def _in_range(self, value: float) -> bool:
        low = -LARGEST if self.min is None else self.min
        high = LARGEST if self.max is None else self.max
        finite = isinstance(value, int) or math.isfinite(value)
        return not isinstance(value, bool) and finite and low <= value <= high

    def _on_step(self, value: int) -> bool:
        return self.step is None or (value - (self.min or 0)) % self.step == 0

    def _list_refusals(self, value: Any) -> Iterator[Refusal]:
        if not isinstance(value, list | tuple):
            yield Refusal("", value, "is not a list, as required by", self.allowed)
            return
        yield from self._count_refusal(value, least=0)
        for index, item in enumerate(value):
            if not isinstance(item, str) or not item.strip():
                yield Refusal(f"[{index}]", item, "is not offered by", "URLs and paths")

    def _objects_refusals(self, value: Any) -> Iterator[Refusal]:
        if not isinstance(value, list | tuple):
            yield Refusal("", value, "is not a list, as required by", self.allowed)
            return
        yield from self._count_refusal(value, least=1)
        for index, row in enumerate(value):
            yield from self._object_refusals(f"[{index}]", row)

    def _object_refusals(self, where: str, row: Any) -> Iterator[Refusal]:
        """What is wrong with an object: its fields, and which of them it has."""
        if not isinstance(row, Mapping):
            allowed = f"objects with {self._named_fields}"
            yield Refusal(where, row, "is not an object, as required by", allowed)
            return
        given = {name for name, value in row.items() if is_given(value)}
        for name, value in row.items():
            if name not in self.fields:
                known = f"the fields {', '.join(self.fields)}"
                yield Refusal(f"{where}.{name}", value, "is in a field that is unknown to", known)
            elif value is not None:
                for refusal in self.fields[name].refusals(value):
                    yield replace(refusal, where=f"{where}.{name}{refusal.where}")
        yield from self._missing(where, row, given)

    def _missing(self, where: str, row: Mapping[str, Any], given: set[str]) -> Iterator[Refusal]:
        """What an object lacks, or has too much of."""
        allowed = f"objects with {self._named_fields}"
        for name in self.needed:
            if name not in given:
                yield Refusal(where, row, f"has no {name}, which is required by", allowed)
        for group in self.one_of:
            if len(given.intersection(group)) != 1:
                names = wording.listed(group)
                yield Refusal(where, row, f"needs exactly one of {names} for", allowed)
        for name, each in self.fields.items():
            if name in given and each.needs_one_of and not given.intersection(each.needs_one_of):
                names = " or ".join(each.needs_one_of)
                yield Refusal(f"{where}.{name}", row[name], f"needs {names} with it for", allowed)

    def _shot_refusals(self, value: Sequence[Shot]) -> Iterator[Refusal]:
        yield from self._count_refusal(value, least=1)
        for index, shot in enumerate(value):
            if not shot.prompt.strip():
                yield Refusal(f"[{index}].prompt", shot.prompt, "is empty for", "texts with words")
            if self.max_length is not None and len(shot.prompt) > self.max_length:
                reason = f"has {len(shot.prompt)} characters, too many for"
                allowed = f"texts of at most {self.max_length} characters"
                yield Refusal(f"[{index}].prompt", shot.prompt, reason, allowed)
            if shot.duration_seconds < self.min_seconds:
                allowed = f"durations of at least {self.min_seconds} s"
                where = f"[{index}].duration_seconds"
                yield Refusal(where, shot.duration_seconds, "is too short for", allowed)

    def _count_refusal(self, value: Sequence[Any], *, least: int) -> Iterator[Refusal]:
        if len(value) < least:
            yield Refusal("", value, "is empty for", self.allowed)
        if self.max_items is not None and len(value) > self.max_items:
            yield Refusal("", value, f"has {len(value)} items, too many for", self.allowed)


# --- whether the keys of a table fit together -------------------------------


def _faults(parameter: ParameterSpec) -> Iterator[tuple[Location, str]]:
    """Every inconsistency of one parameter, with its location in the parameter's table."""
    kind = parameter.kind
    for name in sorted(set[str]().union(*KEYS.values()) - KEYS[kind]):
        usual = type(parameter).model_fields[name].get_default(call_default_factory=True)
        if getattr(parameter, name) != usual:
            yield (name,), f"does not belong to a parameter of kind {kind!r}"
    for needed in NEEDED_KEYS.get(kind, ()):
        if not getattr(parameter, needed):
            yield (needed,), f"is missing; kind {kind!r} needs it"
    if parameter.medium is not None:
        known = (*FORMATS[parameter.medium], *MATROSKA.get(parameter.medium, ()))
        for unknown in sorted(set(parameter.formats) - set(known)):
            yield ("formats",), f"names {unknown!r}; allowed are {', '.join(known)}"
    if parameter.min is not None and parameter.max is not None and parameter.min > parameter.max:
        yield ("min",), f"{parameter.min} is larger than max, which is {parameter.max}"
    if kind == "text" and parameter.unit not in {None, *NOUNS}:
        yield ("unit",), f"is {parameter.unit!r}; allowed for a text are {', '.join(NOUNS)}"
    yield from _default_faults(parameter)
    yield from _field_faults(parameter)
    yield from _group_faults(parameter)


def _default_faults(parameter: ParameterSpec) -> Iterator[tuple[Location, str]]:
    default = parameter.default
    if default is not None and parameter.kind not in DEFAULT_KINDS:
        yield ("default",), f"does not belong to a parameter of kind {parameter.kind!r}"
    elif default is not None and (refusal := next(parameter.refusals(default), None)):
        yield ("default",), f"is not among what is allowed: {refusal.allowed}"
    else:
        yield from _limit_faults(parameter)
    for mode, value in parameter.defaults.items():
        if refusal := next(parameter.refusals(value), None):
            yield ("defaults", mode), f"is not among what is allowed: {refusal.allowed}"


def _field_faults(parameter: ParameterSpec) -> Iterator[tuple[Location, str]]:
    """What is wrong with the fields of an object."""
    for name, each in parameter.fields.items():
        if not name.isidentifier() or to_snake(to_camel(name)) != name:
            yield ("fields", name), "is not a snake_case name that camelCase preserves"
        if each.kind not in FIELD_KINDS:
            words = f"is {each.kind!r}; allowed for a field are {', '.join(FIELD_KINDS)}"
            yield ("fields", name, "kind"), words
        for key in OUTER_KEYS:
            if getattr(each, key):
                yield ("fields", name, key), "does not belong to a field of an object"


def _group_faults(parameter: ParameterSpec) -> Iterator[tuple[Location, str]]:
    """What is wrong with what the fields of an object have to do with each other."""
    fields = parameter.fields
    groups: list[tuple[Location, tuple[str, ...]]] = [(("needed",), parameter.needed)]
    groups += [(("one_of", number), group) for number, group in enumerate(parameter.one_of)]
    groups += [(("fields", name, "needs_one_of"), f.needs_one_of) for name, f in fields.items()]
    for at, names in groups if fields else ():
        for name in names:
            if name not in fields:
                words = f"names {name!r}, which is not a field here; those are {', '.join(fields)}"
                yield at, words
    for name in {name for group in parameter.one_of for name in group}.intersection(fields):
        if fields[name].default is not None:
            words = "does not belong to a field that excludes others; one_of lists it"
            yield ("fields", name, "default"), words


def _limit_faults(parameter: ParameterSpec) -> Iterator[tuple[Location, str]]:
    for number, limit in enumerate(parameter.limits):
        found = list(limit.faults(parameter.kind))
        yield from ((("limits", number, *key), reason) for key, reason in found)
        unknown = sorted(set(limit.choices) - set(parameter.choices))
        if unknown and not found:
            reason = f"names {unknown[0]!r}; allowed are {', '.join(parameter.choices)}"
            yield ("limits", number, "choices"), reason
        for default in () if unknown or found else _defaults_beside(parameter, limit.when):
            if not limit.takes(default):
                reason = f"does not allow the default, which is {default}"
                yield ("limits", number), reason


def _defaults_beside(parameter: ParameterSpec, when: Condition) -> Iterator[Any]:
    """The defaults where a condition may hold."""
    wanted = when.get("mode")
    modes = wanted if isinstance(wanted, tuple) else () if wanted is None else (wanted,)
    usual = parameter.default
    found = [parameter.defaults.get(str(mode), usual) for mode in modes] or [usual]
    yield from (default for default in found if default is not None)
