"""One parameter of a provider: its allowed values, and its form field."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rushes.catalog.condition import LARGEST, Limit
from rushes.catalog.fault import Location, raise_faults
from rushes.catalog.length import NOUNS, length_in
from rushes.contract.params import is_local
from rushes.io.kind import FORMATS, NAMES, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rushes.catalog.condition import Condition
    from rushes.contract.params import Shot, VideoGenParams
    from rushes.io.kind import Medium

Kind = Literal[
    "choice",
    "integer",
    "number",
    "boolean",
    "text",
    "image",
    "video",
    "audio",
    "images",
    "videos",
    "audios",
    "shots",
]

SINGLE_KINDS: tuple[Kind, ...] = ("image", "video", "audio")
"""Kinds with one image, video or sound."""

REFERENCE_KINDS: tuple[Kind, ...] = ("images", "videos", "audios")
"""Kinds with a list of media."""

MEDIA: Mapping[str, Medium] = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "images": "image",
    "videos": "video",
    "audios": "audio",
}
"""The medium of a parameter's files, by kind; the other kinds have none."""

CONTRACT_KINDS: dict[str, Kind] = {
    "seed": "integer",
    "aspect_ratio": "choice",
    "resolution": "choice",
    "duration_seconds": "integer",
    "generate_audio": "boolean",
    "camera_fixed": "boolean",
    "start_image_url": "image",
    "end_image_url": "image",
    "image_references": "images",
    "video_references": "videos",
    "audio_references": "audios",
    "negative_prompt": "text",
    "cfg_scale": "number",
    "shot_type": "choice",
    "multi_prompt": "shots",
}
"""The kinds of the parameters of docs/reference/contract.md: a provider's file has to declare the
same, and they apply to a request whose provider is unknown."""

CONTRACT_MEDIA = tuple(name for name, kind in CONTRACT_KINDS.items() if kind in MEDIA)
"""The media parameters of the contract."""

MATROSKA: Mapping[Medium, tuple[str, ...]] = {"video": ("mkv",), "audio": ("mka",)}
"""Formats that only a provider that lists them accepts."""

Mode = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
"""The name of a mode. A mode exists because a provider's file declares it."""

Modes = Annotated[tuple[Mode, ...], Field(strict=False)]
Texts = Annotated[tuple[str, ...], Field(strict=False)]

MOST_COUNT = 10**9
"""Upper bound of counts in a file."""

DEFAULT_KINDS: tuple[Kind, ...] = ("choice", "integer", "number", "boolean", "text")
"""Kinds that can have a default."""

IMAGE_LIMITS = {"formats", "max_megabytes", "min_side", "max_side", "max_ratio"}
CLIP_LIMITS = {
    "formats",
    "max_megabytes",
    "min_clip_seconds",
    "max_clip_seconds",
    "max_total_seconds",
}
"""What `rushes.media.limits` checks for local files."""

KEYS: dict[Kind, set[str]] = {
    "choice": {"choices"},
    "integer": {"min", "max", "step"},
    "number": {"min", "max", "step"},
    "boolean": set(),
    "text": {"max_length"},
    "image": IMAGE_LIMITS,
    "video": CLIP_LIMITS - {"max_total_seconds"},
    "audio": CLIP_LIMITS - {"max_total_seconds"},
    "images": {"max_items"} | IMAGE_LIMITS,
    "videos": {"max_items"} | CLIP_LIMITS,
    "audios": {"max_items"} | CLIP_LIMITS,
    "shots": {"max_items", "max_length", "min_seconds"},
}
"""The keys that only some kinds have."""

NEEDED_KEYS: dict[Kind, str] = {
    "choice": "choices",
    "images": "max_items",
    "videos": "max_items",
    "audios": "max_items",
    "shots": "max_items",
}
"""The key that a kind requires."""


def media_in(
    params: VideoGenParams | Mapping[str, Any], names: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """The media of a request, by parameter; those without are left out.

    A mapping is by Python name, and may have values of wrong types, which are left out, too.
    """
    given = params if isinstance(params, Mapping) else None
    found = dict[str, tuple[str, ...]]()
    for name in names:
        value = getattr(params, name, None) if given is None else given.get(name)
        if not value or not isinstance(value, (str, list, tuple)):
            continue
        items = (value,) if isinstance(value, str) else value
        found[name] = tuple(item for item in items if item and isinstance(item, str))
    return found


def identity_of(item: str) -> str:
    """What an image, video or sound is known by: the digest of a frozen copy, else its address.

    A copy is named ``<digest>-<name>``, so the same content is the same under any name.
    """
    kept = re.search(r"(?:^|[\\/])([0-9a-f]{16})-[^\\/]*$", item) if is_local(item) else None
    return kept[1] if kept else item


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
        needs_one_of: at least one of these parameters has to be given as well.
        choices: of a choice.
        min: smallest number, inclusive.
        max: largest number, inclusive.
        step: distance between numbers. Integers have to be on a step; for other numbers it is only
            the slider's.
        limits: narrower ranges, each where its condition holds; all allow the default.
        max_length: characters of a text, or of the prompt of one shot.
        max_items: length of a list.
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

    @model_validator(mode="after")
    def _sound(self) -> Self:
        raise_faults("parameter", self._faults())
        return self

    def _faults(self) -> Iterator[tuple[Location, str]]:
        for name in sorted(set[str]().union(*KEYS.values()) - KEYS[self.kind]):
            if getattr(self, name) != type(self).model_fields[name].default:
                yield (name,), f"does not belong to a parameter of kind {self.kind!r}"
        yield from self._unknown_formats()
        needed = NEEDED_KEYS.get(self.kind)
        if needed and not getattr(self, needed):
            yield (needed,), f"is missing; kind {self.kind!r} needs it"
        if self.min is not None and self.max is not None and self.min > self.max:
            yield ("min",), f"{self.min} is larger than max, which is {self.max}"
        if self.default is not None and self.kind not in DEFAULT_KINDS:
            yield ("default",), f"does not belong to a parameter of kind {self.kind!r}"
        elif self.default is not None and (refusal := next(self.refusals(self.default), None)):
            yield ("default",), f"is not among what is allowed: {refusal.allowed}"
        else:
            yield from self._limit_faults()
        for mode, value in self.defaults.items():
            if refusal := next(self.refusals(value), None):
                yield ("defaults", mode), f"is not among what is allowed: {refusal.allowed}"
        if self.kind == "text" and self.unit not in {None, *NOUNS}:
            yield ("unit",), f"is {self.unit!r}; allowed for a text are {', '.join(NOUNS)}"

    def _limit_faults(self) -> Iterator[tuple[Location, str]]:
        for number, limit in enumerate(self.limits):
            faults = list(limit.faults(self.kind))
            yield from ((("limits", number, *key), reason) for key, reason in faults)
            unknown = sorted(set(limit.choices) - set(self.choices))
            if unknown and not faults:
                reason = f"names {unknown[0]!r}; allowed are {', '.join(self.choices)}"
                yield ("limits", number, "choices"), reason
            for default in () if unknown or faults else self._defaults_beside(limit.when):
                if not limit.takes(default):
                    reason = f"does not allow the default, which is {default}"
                    yield ("limits", number), reason

    def _defaults_beside(self, when: Condition) -> Iterator[Any]:
        """The defaults where a condition may hold."""
        wanted = when.get("mode")
        modes = wanted if isinstance(wanted, tuple) else () if wanted is None else (wanted,)
        found = [self.defaults.get(str(mode), self.default) for mode in modes] or [self.default]
        yield from (default for default in found if default is not None)

    def _unknown_formats(self) -> Iterator[tuple[Location, str]]:
        if self.medium is None:
            return
        known = (*FORMATS[self.medium], *MATROSKA.get(self.medium, ()))
        for unknown in sorted(set(self.formats) - set(known)):
            yield ("formats",), f"names {unknown!r}; allowed are {', '.join(known)}"

    @property
    def accepted(self) -> tuple[str, ...]:
        """The formats of its files, by extension; empty if it has none."""
        return self.formats or (FORMATS[self.medium] if self.medium else ())

    @property
    def medium(self) -> Medium | None:
        """The medium of its files; None if it has none."""
        return MEDIA.get(self.kind)

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
        }
        if self.kind in {"integer", "number"}:
            return self._allowed_numbers()
        return words.get(self.kind, f"at most {self.max_items} URLs or paths")

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
