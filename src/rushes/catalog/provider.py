"""A provider as its file describes it."""

from __future__ import annotations

import math
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from rushes.catalog import drafts, workflow
from rushes.catalog.consistency import condition_faults, offer_faults
from rushes.catalog.drafts import PARAMETER, Drafts
from rushes.catalog.fault import raise_faults
from rushes.catalog.kinds import (
    COMMON,
    CONTRACT_KINDS,
    MEDIA,
    MOST_COUNT,
    REFERENCE_KINDS,
    RESERVED,
    Modes,
)
from rushes.catalog.media import media_in
from rushes.catalog.objects import put, written
from rushes.catalog.offer import Offer, Price, RenderTime, Route
from rushes.catalog.origin import FORMAT, Origin, readable
from rushes.catalog.parameter import ParameterSpec, label_of
from rushes.catalog.prompt import PromptSpec
from rushes.contract import display
from rushes.contract.params import VideoGenParams
from rushes.contract.results import Cost
from rushes.contract.spelling import to_camel, to_snake

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from rushes.catalog.condition import Condition
    from rushes.catalog.fault import Location
    from rushes.catalog.kinds import Kind

FRAMES_PER_SECOND = 24
"""Of the videos that are billed by tokens (BytePlus ModelArk documentation, 2026)."""

PIXELS_PER_TOKEN = 1024
"""Of the videos that are billed by tokens."""

USUAL = ("text-to-video", "image-to-video", "reference-to-video")
"""The modes of a provider that says nothing of modes, nor its services of models."""

USUAL_SECONDS = 5
"""Of a model whose videos are as long as the given ones, before there is one."""

LONGEST = 86_400
"""Seconds of a video."""

Row = TypeVar("Row", Price, RenderTime, Route)

Side = Annotated[int, Field(gt=0, lt=MOST_COUNT)]
Size = Annotated[tuple[Side, Side], Field(strict=False)]


class ProviderSpec(BaseModel):
    """A video model: its parameters, output sizes, services and prices.

    >>> spec = gen.catalog["kling-3.0-standard"]
    >>> spec.modes
    ('text-to-video', 'image-to-video')
    >>> spec.duration_of(spec.plainest())
    5

    Attributes:
        format: version of the file's format; a file without one has the first.
        id: its name in requests, e.g. ``"seedance-2.0"``.
        title: its display name.
        vendor: the maker of the model.
        order: position in lists, ascending.
        modes: the supported modes, in words of its own; those of the services' models by default.
        prompt: the requirements for the prompt.
        parameters: its parameters by Python name, in the order of the form. `provider`, `mode`,
            `prompt`, `client_ref`, `request_origin` and `final_of` are common to all and are not
            listed.
        max_references: maximum number of listed media in total; None for no common limit.
        needs_reference: modes that require at least one of the listed media.
        drafts: what its drafts are; None if it makes none.
        pixels: width and height by resolution and aspect ratio; a single row applies to every
            video if there is no parameter `resolution`.
        backends: the services that run it, in order of preference.
        origin: the service's schema that the file was made of; None for other files.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True
    )

    format: int = Field(default=FORMAT, ge=1, le=FORMAT)
    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$", max_length=80)
    title: str = Field(min_length=1)
    vendor: str | None = None
    order: int = Field(default=1000, gt=-MOST_COUNT, lt=MOST_COUNT)
    modes: Modes = ()
    prompt: PromptSpec = Field(default_factory=PromptSpec)
    parameters: dict[str, ParameterSpec]
    max_references: int | None = Field(default=None, ge=1, lt=MOST_COUNT)
    needs_reference: Modes = ()
    drafts: Drafts | None = None
    pixels: dict[str, dict[str, Size]] = Field(default_factory=dict)
    backends: dict[str, Offer] = Field(min_length=1)
    origin: Origin | None = None

    @model_validator(mode="before")
    @classmethod
    def _readable(cls, data: Any) -> Any:
        """Say of a file in a later format only that, and not every key that is unknown here."""
        raise_faults("format", readable(data))
        return data

    @model_validator(mode="before")
    @classmethod
    def _name_modes(cls, data: Any) -> Any:
        """Fill in the modes of the services' models, or the usual ones, if the file omits them."""
        if not isinstance(data, dict) or "modes" in data:
            return data
        offers = data.get("backends")
        models = [
            offer.get(key)
            for offer in (offers.values() if isinstance(offers, dict) else ())
            if isinstance(offer, dict)
            for key in ("models", "workflows")
        ]
        named = dict.fromkeys(mode for each in models if isinstance(each, dict) for mode in each)
        return data | {"modes": tuple(named) or USUAL}

    @field_validator("parameters", mode="after")
    @classmethod
    def _fill(
        cls, parameters: dict[str, ParameterSpec], info: ValidationInfo
    ) -> dict[str, ParameterSpec]:
        """Fill in the modes and label of every parameter if the file omits them."""
        modes = info.data.get("modes", ())
        return {
            name: spec.model_copy(
                update={
                    "modes": spec.modes or modes,
                    "label": spec.label or label_of(name),
                }
            )
            for name, spec in parameters.items()
        }

    @model_validator(mode="after")
    def _sound(self) -> Self:
        raise_faults(self.id, _faults(self))
        return self

    def __repr__(self) -> str:
        return f"<Provider {self.id}: {', '.join(self.modes)}>"

    def __str__(self) -> str:
        return display.bundle(self)["text/plain"]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return display.bundle(self)

    def reference_names(self) -> list[str]:
        """The parameters that are lists of media."""
        return [name for name, spec in self.parameters.items() if spec.kind in REFERENCE_KINDS]

    @cached_property
    def media(self) -> Mapping[str, ParameterSpec]:
        """The parameters, and fields of objects, that take files, whatever their names.

        >>> list(gen.catalog["aleph-2"].media)
        ['video_url', 'keyframes.image']
        """
        found: dict[str, ParameterSpec] = {}
        for name, spec in self.parameters.items():
            found |= {name: spec} if spec.medium else {}
            found |= {f"{name}.{field}": each for field, each in spec.media.items()}
        return MappingProxyType(found)

    @cached_property
    def media_names(self) -> tuple[str, ...]:
        """The names under which a request has files."""
        return tuple(self.media)

    @cached_property
    def input_names(self) -> frozenset[str]:
        """The parameters that have files, or fields with files."""
        return frozenset(name.partition(".")[0] for name in self.media)

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        """The kinds of its parameters and of the fields in them, and of the contract's others."""
        own = {name: parameter.kind for name, parameter in self.parameters.items()}
        own |= {name: each.kind for name, each in self.media.items()}
        others = {name: kind for name, kind in CONTRACT_KINDS.items() if name not in own}
        return MappingProxyType(own | others)

    @cached_property
    def all_media(self) -> tuple[str, ...]:
        """The media parameters among `kinds`."""
        return tuple(name for name, kind in self.kinds.items() if kind in MEDIA)

    def media_of(self, params: VideoGenParams) -> dict[str, tuple[str, ...]]:
        """The images, videos and sounds of a request: by name, their URLs and paths.

        >>> spec = gen.catalog["seedance-2.0"]
        >>> spec.media_of(spec.plainest())
        {}
        """
        return media_in(params, self.media_names)

    def mode_for(self, given: Collection[str]) -> str | None:
        """The mode that the inputs of a request determine; None if it is ambiguous.

        It is the only one that accepts all given media and has everything that it requires,
        otherwise the only one that accepts them.

        >>> gen.catalog["seedance-2.0"].mode_for(["prompt", "start_image_url"])
        'image-to-video'

        Args:
            given: names of the parameters that are given.
        """
        inputs = self.input_names.intersection(given)
        media = [self.parameters[name] for name in inputs]
        taking = [mode for mode in self.modes if all(mode in each.modes for each in media)]
        complete = [mode for mode in taking if self._has_media(mode, given)]
        found = complete or taking
        return found[0] if len(found) == 1 else None

    def needs_media(self, mode: str) -> bool:
        """Whether a request in a mode has an image, a video or a sound in any case.

        >>> spec = gen.catalog["kling-3.0-standard"]
        >>> spec.needs_media("text-to-video"), spec.needs_media("image-to-video")
        (False, True)
        """
        return not self._has_media(mode, ())

    def _has_media(self, mode: str, given: Collection[str]) -> bool:
        """Whether all media that a mode requires are given."""
        required = [name for name in self.input_names if mode in self.parameters[name].required]
        has_reference = any(name in given for name in self.reference_names())
        return all(name in given for name in required) and (
            has_reference or mode not in self.needs_reference
        )

    def value_of(self, params: VideoGenParams, name: str) -> Any:
        """A parameter's value: the one given, else the default of the mode, else None.

        The length of a multi-prompt video that is given by its shots alone is their sum, and a
        draft has one resolution, whatever is given.
        """
        if name == "resolution" and self.drafts and getattr(params, PARAMETER, None) is True:
            return self.drafts.resolution
        given = getattr(params, name, None)
        if given is not None or name not in self.parameters:
            return given
        if name == "duration_seconds" and params.multi_prompt:
            return sum(shot.duration_seconds for shot in params.multi_prompt)
        return self.parameters[name].default_in(params.mode)

    def sent(
        self,
        params: VideoGenParams,
        offer: Offer,
        media: Mapping[str, Any],
        *,
        without: Collection[str] = (),
    ) -> dict[str, Any]:
        """The parameters of a request as a backend is sent them, by that backend's names.

        What the request leaves open has the catalog's default, so that length, size and cost are
        known beforehand.

        Args:
            params: a request that is valid for the backend.
            offer: the backend's side of this provider.
            media: the representation of each local file.
            without: parameters that the backend encodes elsewhere.
        """
        if (final := offer.final(params)) is not None:
            given = params.given()
            return {
                field: offer.written(name, given[name])
                for name, field in final.fields.items()
                if name in given
            }
        route = self.route_of(params, offer)
        names = offer.fields | (route.fields if route else {})
        fields: dict[str, Any] = {}
        for field, constant in (offer.constants | (route.constants if route else {})).items():
            put(fields, field, constant)
        unsent = {*self.ignored(params, offer), *offer.refuses, *offer.omits, *without}
        for name, parameter in self.parameters.items():
            if name in unsent:
                continue
            if params.mode not in parameter.modes or params.mode in parameter.derived:
                continue
            value = self.value_of(params, name)
            if value is not None:
                for field, its in written(name, parameter, value, offer, names=names, media=media):
                    put(fields, field, its)
        return fields

    def model_of(self, params: VideoGenParams, offer: Offer) -> str:
        """The service's id of the model that a request goes to.

        Args:
            params: a request that is valid for the backend.
            offer: the backend's side of this provider; it has a model for the mode.
        """
        if (final := offer.final(params)) is not None and final.model is not None:
            return final.model
        route = self.route_of(params, offer)
        return route.model if route else offer.models[params.mode]

    def route_of(self, params: VideoGenParams, offer: Offer) -> Route | None:
        """The row of an offer's routes that applies to a request; None if there is none."""
        return self._row(params, offer.routes)

    def ignored(self, params: VideoGenParams, offer: Offer) -> dict[str, str]:
        """What a service does not heed in a request: by parameter, what it does instead."""
        route = self.route_of(params, offer)
        return offer.ignores | (route.ignores if route else {})

    def duration_of(self, params: VideoGenParams) -> int | None:
        """Length of the video in seconds: given, or the sum of the shots, or the default.

        None in a mode without a duration, e.g. ``edit``: the video is as long as the given one.
        """
        seconds = self.value_of(params, "duration_seconds")
        return None if seconds is None else int(seconds)

    def longest_of(self, params: VideoGenParams) -> float:
        """Length of the video in seconds, or the most where it is as long as the given one."""
        return float(self.duration_of(params) or self.longest_input(params) or self.usual_seconds)

    @property
    def usual_seconds(self) -> int:
        """Length of a video before anything says how long it is, in seconds."""
        length = self.parameters.get("duration_seconds")
        return USUAL_SECONDS if length is None else int(length.default)

    def longest_input(self, params: VideoGenParams) -> float | None:
        """Maximum length of the given videos in total, in seconds; None without a limit."""
        total = 0.0
        for name, parameter in self.parameters.items():
            if parameter.medium != "video" or params.mode not in parameter.modes:
                continue
            # A price is also asked for before there is a file.
            count = len(self.media_of(params).get(name, ())) or params.mode in parameter.required
            limits = (parameter.max_clip_seconds, parameter.max_total_seconds)
            each, together = (math.inf if limit is None else limit for limit in limits)
            total += min(count * each, together) if count else 0.0
        return total if math.isfinite(total) else None

    def pixels_of(self, params: VideoGenParams) -> tuple[int, int] | None:
        """Expected width and height.

        None if they follow the given media, or the file does not specify them.
        """
        ratio = self.parameters.get("aspect_ratio")
        if ratio is None or params.mode in ratio.derived:
            return None
        return self._sizes(params).get(self.value_of(params, "aspect_ratio"))

    def estimate(
        self, params: VideoGenParams, backend: str, *, input_seconds: float | None = None
    ) -> Cost | None:
        """The estimated cost of the video, from the price list of a backend.

        Args:
            params: the request.
            backend: the service.
            input_seconds: length of the given videos; None if it is not known. The maximum is
                assumed then, because some services bill them.

        Returns:
            The cost; None if no price is known, or no limit of what it depends on.
        """
        price = self.price_of(params, backend)
        if price is not None and input_seconds is None:
            input_seconds = self.assumed_input(params, price)
        if price is None or input_seconds is None:
            return None
        return Cost(
            amount=self.amount(params, price, input_seconds=input_seconds),
            currency=price.currency,
            estimated=True,
            source=price.source,
            date=price.date.isoformat() if price.date else None,
        )

    def amount(self, params: VideoGenParams, price: Price, *, input_seconds: float) -> float:
        """The price of a request with a number of seconds of input video."""
        extra = price.per_file * sum(map(len, self.media_of(params).values()))
        if price.per_video is not None:
            return round(max(price.minimum, price.per_video + extra), 6)
        own = self.duration_of(params)
        seconds = input_seconds if own is None else own
        extra += input_seconds * (price.per_input_second or 0.0)
        if price.per_input_second is None and price.assumed_input_seconds:
            seconds += input_seconds
        if price.per_second is not None:
            return round(max(price.minimum, seconds * price.per_second + extra), 6)
        frames = seconds * FRAMES_PER_SECOND + price.extra_frames
        tokens = self._area(params) * frames / PIXELS_PER_TOKEN
        return round(max(price.minimum, tokens * (price.per_1k_tokens or 0) / 1000 + extra), 6)

    def bills_input(self, params: VideoGenParams, price: Price) -> bool:
        """Whether the price depends on the length of the given videos."""
        if price.per_video is not None:
            return False
        is_billed = bool(price.per_input_second or price.assumed_input_seconds)
        return is_billed or self.duration_of(params) is None

    def assumed_input(self, params: VideoGenParams, price: Price) -> float | None:
        """Most seconds of given video that can be billed; None if they have no limit."""
        if not self.bills_input(params, price):
            return 0.0
        return price.assumed_input_seconds or self.longest_input(params)

    def typical_seconds(self, params: VideoGenParams, backend: str) -> float | None:
        """Typical seconds for rendering the video at a backend; None if unknown."""
        offer = self.backends.get(backend)
        row = self._row(params, offer.typical) if offer else None
        return row.base + row.per_second * self.longest_of(params) if row else None

    def plainest(self) -> VideoGenParams:
        """A request in the first mode with every default."""
        return VideoGenParams(provider=self.id, mode=self.modes[0])

    def per_second(self, backend: str) -> float | None:
        """Price of one second of video with every default; None if unknown."""
        cost = self.estimate(self.plainest(), backend)
        seconds = self.longest_of(self.plainest())
        return round(cost.amount / seconds, 6) if cost and seconds else None

    def price_of(self, params: VideoGenParams, backend: str) -> Price | None:
        """The row of a backend's price list that applies to a request; None if there is none."""
        offer = self.backends.get(backend)
        return self._row(params, offer.prices) if offer else None

    def _row(self, params: VideoGenParams, rows: tuple[Row, ...]) -> Row | None:
        return next((row for row in rows if self.holds(params, row.when)), None)

    def holds(self, params: VideoGenParams, when: Condition) -> bool:
        """Whether a condition of the file holds for a request and its defaults."""
        return all(self._matches(params, name, wanted) for name, wanted in when.items())

    def _matches(self, params: VideoGenParams, name: str, wanted: Any) -> bool:
        value = self.value_of(params, name)
        spec = self.parameters.get(name)
        if isinstance(wanted, bool) and (spec is None or spec.kind != "boolean"):
            return bool(value) is wanted
        return value in wanted if isinstance(wanted, tuple) else bool(value == wanted)

    def _sizes(self, params: VideoGenParams) -> Mapping[str, tuple[int, int]]:
        if "resolution" in self.parameters:
            return self.pixels.get(self.value_of(params, "resolution"), {})
        return next(iter(self.pixels.values()), {})

    def _area(self, params: VideoGenParams) -> int:
        """Pixels of a frame; those of the largest shape of its resolution if unknown."""
        size = self.pixels_of(params)
        sizes = [size] if size else list(self._sizes(params).values())
        return max((width * height for width, height in sizes), default=0)


# --- whether the parts of a file fit together ------------------------------


def _faults(spec: ProviderSpec) -> Iterator[tuple[Location, str]]:
    """Every inconsistency, with its location in the file."""
    if not spec.modes:
        yield ("modes",), "is empty; name the modes here, or the models of a backend"
    for name, parameter in spec.parameters.items():
        for key, reason in _name_faults(name, parameter):
            yield ("parameters", name, *key), reason
        for key, reason in _parameter_faults(spec, parameter):
            yield ("parameters", name, *key), reason
    yield from _duration_faults(spec)
    if spec.prompt.unless and spec.prompt.unless not in spec.parameters:
        known = ", ".join(spec.parameters)
        words = f"names {spec.prompt.unless!r}, which is not a parameter here; those are {known}"
        yield ("prompt", "unless"), words
    yield from _pixel_faults(spec)
    finishing = {name: offer.drafts for name, offer in spec.backends.items()}
    yield from drafts.faults(spec.parameters, spec.drafts, finishing)
    for name, offer in spec.backends.items():
        for key, reason in _backend_faults(spec, offer):
            yield ("backends", name, *key), reason


def _backend_faults(spec: ProviderSpec, offer: Offer) -> Iterator[tuple[Location, str]]:
    """Every inconsistency of a backend's table."""
    for key, reason in workflow.faults(offer.workflows, spec.modes, spec.parameters, spec.pixels):
        yield ("workflows", *key), reason
    yield from offer_faults(offer, spec.parameters, spec.modes)
    for number, price in enumerate(offer.prices):
        if price.per_1k_tokens is not None and not spec.pixels:
            yield ("prices", number, "per_1k_tokens"), "needs a table of pixels"


def _duration_faults(spec: ProviderSpec) -> Iterator[tuple[Location, str]]:
    duration = spec.parameters.get("duration_seconds")
    videos = [each for each in spec.parameters.values() if each.medium == "video"]
    open_modes = [mode for mode in spec.modes if not any(mode in each.required for each in videos)]
    if duration is None and not open_modes:
        return  # Every video is as long as the one that is given.
    if duration is None or duration.default is None or duration.default_modes is not None:
        yield (
            ("parameters", "duration_seconds"),
            "is needed, with a default for all modes (min = max = default for a fixed length)",
        )
    elif duration.min is None or duration.min < 1:
        yield ("parameters", "duration_seconds", "min"), "is needed, and has to be at least 1"
    elif duration.max is not None and duration.max > LONGEST:
        yield ("parameters", "duration_seconds", "max"), f"has to be at most {LONGEST:,} seconds"
    else:
        for mode in open_modes:
            if mode not in duration.modes:
                words = f"leaves out {mode}, where no video is required that says the length"
                yield ("parameters", "duration_seconds", "modes"), words


def _name_faults(name: str, parameter: ParameterSpec) -> Iterator[tuple[Location, str]]:
    wanted = CONTRACT_KINDS.get(name)
    if name in COMMON:
        yield (), "is common to all providers and must not be declared"
    elif wanted and parameter.kind != wanted:
        yield ("kind",), f"has to be {wanted} for this parameter"
    elif not wanted and parameter.kind == "shots":
        yield ("kind",), "is only for multi_prompt"
    elif not wanted and (hasattr(VideoGenParams, name) or name in RESERVED):
        yield (), "is a reserved name"
    elif not name.isidentifier() or to_snake(to_camel(name)) != name:
        yield (), "is not a snake_case name that camelCase preserves"


def _parameter_faults(
    spec: ProviderSpec, parameter: ParameterSpec
) -> Iterator[tuple[Location, str]]:
    for key, modes, allowed in (
        ("modes", parameter.modes, spec.modes),
        ("required", parameter.required, parameter.modes),
        ("default_modes", parameter.default_modes or (), parameter.modes),
        ("defaults", tuple(parameter.defaults), parameter.modes),
        ("derived", tuple(parameter.derived), parameter.modes),
    ):
        for mode in modes:
            if mode not in allowed:
                yield (key,), f"names {mode!r}; allowed are {', '.join(allowed)}"
    for other in parameter.needs_one_of:
        if other not in spec.parameters:
            known = ", ".join(spec.parameters)
            words = f"names {other!r}, which is not a parameter here; those are {known}"
            yield ("needs_one_of",), words
    for number, limit in enumerate(parameter.limits):
        for at, reason in condition_faults(spec.parameters, spec.modes, limit.when):
            yield ("limits", number, "when", *at), reason


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
                known = ", ".join(ratio.choices if ratio else ()) or "none"
                yield ("pixels", row, shape), f"is not an aspect ratio; those are {known}"
