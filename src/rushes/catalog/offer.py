"""One backend's side of a provider: model ids, restrictions, prices, render times."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rushes.catalog.condition import Condition
from rushes.catalog.drafts import FINAL, DraftOffer
from rushes.catalog.fault import raise_faults
from rushes.catalog.kinds import MOST_COUNT, Mode
from rushes.catalog.length import Unit, length_in
from rushes.catalog.workflow import Workflow

if TYPE_CHECKING:
    from rushes.contract.params import VideoGenParams

MOST_MONEY = 1_000_000
"""Upper bound of a price of a video, a second of it or a thousand tokens."""

Pair = Annotated[tuple[str, str], Field(strict=False)]


class Price(BaseModel):
    """A row of a price list; the first row whose condition holds applies.

    >>> spec = gen.catalog["kling-3.0-standard"]
    >>> spec.price_of(spec.plainest(), "fal").currency
    'USD'

    Attributes:
        when: the condition; empty for always.
        per_second: money for a second of video.
        per_video: money for a video, whatever its length.
        per_1k_tokens: money for a thousand tokens, where a second of video has
            width x height x 24 / 1024 of them.
        extra_frames: frames that are billed by tokens beyond those of the seconds.
        per_input_second: money for a second of the given videos, besides `per_second`.
        minimum: money that every video costs at least.
        assumed_input_seconds: seconds of given video that are billed, at `per_input_second` if the
            row has it, else like the video itself. Their number is unknown before the files are
            read; this is the maximum that the provider accepts, so that an estimate is not too low.
            By default the maximum follows from the limits of the parameters.
        per_file: money for each image, video and sound that is sent, in addition.
        currency: ISO 4217 code.
        date: the date of the price; None if it cannot change.
        source: where the price comes from.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True
    )

    when: Condition = Field(default_factory=dict)
    per_second: float | None = Field(default=None, ge=0, lt=MOST_MONEY)
    per_video: float | None = Field(default=None, ge=0, lt=MOST_MONEY)
    per_1k_tokens: float | None = Field(default=None, ge=0, lt=MOST_MONEY)
    per_input_second: float | None = Field(default=None, ge=0, lt=MOST_MONEY)
    minimum: float = Field(default=0, ge=0, lt=MOST_MONEY)
    extra_frames: int = Field(default=0, ge=0, lt=MOST_COUNT)
    assumed_input_seconds: float = Field(default=0, ge=0, lt=MOST_COUNT)
    per_file: float = Field(default=0, ge=0, lt=MOST_MONEY)
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$")
    date: dt.date | None = Field(default=None, strict=False)
    source: str

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        measures = (self.per_second, self.per_video, self.per_1k_tokens)
        if sum(measure is not None for measure in measures) != 1:
            words = "needs one of per_second, per_video and per_1k_tokens, and only one"
            raise_faults("price", [((), words)])
        if self.per_video is not None:
            names = ("extra_frames", "assumed_input_seconds", "per_input_second", "minimum")
            words = "has no effect on a price per_video"
            raise_faults("price", [((key,), words) for key in names if getattr(self, key)])
        return self


class RenderTime(BaseModel):
    """A row of the typical render times; the first row whose condition holds applies.

    >>> from rushes.catalog import RenderTime
    >>> RenderTime(base=40, per_second=6).base
    40.0

    Attributes:
        when: the condition; empty for always.
        base: seconds that every video takes.
        per_second: seconds that each second of video adds.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True
    )

    when: Condition = Field(default_factory=dict)
    base: float = Field(ge=0, lt=MOST_COUNT)
    per_second: float = Field(default=0, ge=0, lt=MOST_COUNT)


class Route(BaseModel):
    """Another model of the service for some requests of a mode; the first that holds applies.

    >>> from rushes.catalog import Route
    >>> Route(when={"end_image_url": True}, model="acme/dream-1/between").model
    'acme/dream-1/between'

    Attributes:
        when: the condition.
        model: the service's id of the model.
        fields: by parameter, the name that this model has for it, if it is not the offer's.
        constants: fields that this model requires and that are always the same.
        ignores: as for an offer, for these requests alone.
        unverified: as for an offer, for these requests alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    when: Condition = Field(min_length=1)
    model: str = Field(min_length=1)
    fields: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str | bool | int] = Field(default_factory=dict)
    ignores: dict[str, str] = Field(default_factory=dict)
    unverified: Annotated[tuple[str, ...], Field(strict=False)] = ()


class Offer(BaseModel):
    """One backend's side of a provider.

    >>> offer = gen.catalog["kling-3.0-standard"].backends["fal"]
    >>> offer.models["text-to-video"]
    'fal-ai/kling-video/v3/standard/text-to-video'

    Attributes:
        models: by mode, the service's own id of the model; empty if the backend needs none and
            serves every mode.
        workflows: by mode, the graph that makes the video, at a service that runs graphs.
        routes: other models of the service for some requests.
        refuses: by parameter, what the user should do instead. A boolean that is False is not
            rejected; a note says that it was not sent.
        ignores: by parameter, a sentence that says what the service does instead.
        urls_only: parameters whose media this backend fetches itself, so that local files are not
            supported.
        prompt_limit: maximum length of the prompt, if less than the provider's.
        prompt_unit: what `prompt_limit` counts.
        exclusive: pairs of parameters that exclude each other.
        fields: by parameter, the service's name for it, if different. A field of an object is
            ``"keyframes.image"``, and a dot in the service's name leads into an object of its body.
        as_text: numeric parameters that the service expects as text.
        as_list: parameters with one value that the service expects in a list.
        as_columns: lists of objects that the service expects as one list for each of their fields.
        adds: by field of an object, what the service expects in the object beside it.
        values: by parameter, how the service writes its values: a text with ``{}`` in place of the
            value, e.g. ``"{}s"``, or a table with the service's word for some of them.
        omits: parameters with a single value, for which the service has no field.
        constants: fields that the service requires and that are always the same.
        unverified: sentences about what is assumed here because no document of the service that
            says it was read. Every request has them as notes.
        marker: a free text field of the service that can carry the token of an attempt.
        drafts: how the service renders a draft in full; None if it makes no drafts.
        prices: the price list; empty if no price is known.
        typical: the typical render times; empty if none is known.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True
    )

    models: dict[Mode, str] = Field(default_factory=dict)
    workflows: dict[Mode, Workflow] = Field(default_factory=dict)
    routes: Annotated[tuple[Route, ...], Field(strict=False)] = ()
    refuses: dict[str, str] = Field(default_factory=dict)
    ignores: dict[str, str] = Field(default_factory=dict)
    urls_only: Annotated[tuple[str, ...], Field(strict=False)] = ()
    prompt_limit: int | None = Field(default=None, ge=1, lt=MOST_COUNT)
    prompt_unit: Unit = "characters"
    exclusive: Annotated[tuple[Pair, ...], Field(strict=False)] = ()
    fields: dict[str, str] = Field(default_factory=dict)
    as_text: Annotated[tuple[str, ...], Field(strict=False)] = ()
    as_list: Annotated[tuple[str, ...], Field(strict=False)] = ()
    as_columns: Annotated[tuple[str, ...], Field(strict=False)] = ()
    adds: dict[str, dict[str, str | bool | int]] = Field(default_factory=dict)
    values: dict[str, str | dict[str, str | int]] = Field(default_factory=dict)
    omits: Annotated[tuple[str, ...], Field(strict=False)] = ()
    constants: dict[str, str | bool | int] = Field(default_factory=dict)
    unverified: Annotated[tuple[str, ...], Field(strict=False)] = ()
    marker: str | None = None
    drafts: DraftOffer | None = None
    prices: Annotated[tuple[Price, ...], Field(strict=False)] = ()
    typical: Annotated[tuple[RenderTime, ...], Field(strict=False)] = ()

    def final(self, params: VideoGenParams) -> DraftOffer | None:
        """How a request is sent if a draft alone says what it asks for; None for all others."""
        is_final = getattr(params, FINAL) is not None
        return self.drafts if is_final and self.drafts and self.drafts.fields else None

    def parameter_of(self, field: str) -> str:
        """The parameter behind a field of the service."""
        named = [self.fields, *(route.fields for route in self.routes)]
        named += [self.drafts.fields] if self.drafts else []
        found = (name for fields in named for name, own in fields.items() if own == field)
        return next(found, field)

    def written(self, name: str, value: Any) -> Any:
        """A value as the service writes it."""
        how = self.values.get(name)
        if isinstance(how, str):
            return how.replace("{}", str(value))
        if how is not None:
            return how.get(str(value), value)
        written = str(value) if name in self.as_text else value
        return [written] if name in self.as_list else written

    def length(self, prompt: str) -> int:
        """The length of a prompt, in the unit of the backend's limit."""
        return length_in(self.prompt_unit, prompt)

    def is_too_long(self, prompt: str) -> bool:
        """Whether a prompt is too long for the backend."""
        return self.prompt_limit is not None and self.length(prompt) > self.prompt_limit

    def serves(self, mode: str) -> bool:
        """Whether the backend has a model or a workflow for the mode."""
        named = {**self.models, **self.workflows}
        return not named or mode in named
