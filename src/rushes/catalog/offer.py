"""One backend's side of a provider: model ids, restrictions, prices, render times."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rushes.catalog.fault import raise_faults
from rushes.catalog.parameter import MOST_COUNT
from rushes.contract.params import Mode

Condition = dict[str, str | bool | int]
"""Parameters and the values that they must have. ``true`` and ``false`` for a parameter that is
not a boolean check whether it is given. ``mode`` counts as a parameter."""

MOST_MONEY = 1_000_000
"""Upper bound of a price for a second of video or a thousand tokens."""

Pair = Annotated[tuple[str, str], Field(strict=False)]


class Price(BaseModel):
    """A row of a price list; the first row whose condition holds applies.

    >>> spec = gen.catalog["kling-3.0-standard"]
    >>> spec.price_of(spec.plainest(), "fal").currency
    'USD'

    Attributes:
        when: the condition; empty for always.
        per_second: money for a second of video.
        per_1k_tokens: money for a thousand tokens, where a second of video has
            width x height x 24 / 1024 of them.
        extra_frames: frames that are billed by tokens beyond those of the seconds.
        assumed_input_seconds: seconds of reference video that are billed like the video itself.
            Their number is unknown before the files are read; this is the maximum that the
            provider accepts, so that an estimate is not too low.
        currency: ISO 4217 code.
        date: the date of the price; None if it cannot change.
        source: where the price comes from.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True
    )

    when: Condition = Field(default_factory=dict)
    per_second: float | None = Field(default=None, ge=0, lt=MOST_MONEY)
    per_1k_tokens: float | None = Field(default=None, ge=0, lt=MOST_MONEY)
    extra_frames: int = Field(default=0, ge=0, lt=MOST_COUNT)
    assumed_input_seconds: float = Field(default=0, ge=0, lt=MOST_COUNT)
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$")
    date: dt.date | None = Field(default=None, strict=False)
    source: str

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if (self.per_second is None) == (self.per_1k_tokens is None):
            raise_faults("price", [((), "needs per_second or per_1k_tokens, not both")])
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


class Offer(BaseModel):
    """One backend's side of a provider.

    >>> offer = gen.catalog["kling-3.0-standard"].backends["fal"]
    >>> offer.models["text-to-video"]
    'fal-ai/kling-video/v3/standard/text-to-video'

    Attributes:
        models: by mode, the service's own id of the model; empty if the backend needs none and
            serves every mode.
        refuses: by parameter, what the user should do instead. A boolean that is False is not
            rejected; a note says that it was not sent.
        ignores: by parameter, a sentence that says what the service does instead.
        urls_only: parameters whose media this backend fetches itself, so that local files are not
            supported.
        prompt_limit: maximum characters of the prompt, if less than the provider's.
        exclusive: pairs of parameters that exclude each other.
        fields: by parameter, the service's name for it, if different.
        as_text: numeric parameters that the service expects as text.
        marker: a free text field of the service that can carry the token of an attempt.
        prices: the price list; empty if no price is known.
        typical: the typical render times; empty if none is known.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True
    )

    models: dict[Mode, str] = Field(default_factory=dict)
    refuses: dict[str, str] = Field(default_factory=dict)
    ignores: dict[str, str] = Field(default_factory=dict)
    urls_only: Annotated[tuple[str, ...], Field(strict=False)] = ()
    prompt_limit: int | None = Field(default=None, ge=1, lt=MOST_COUNT)
    exclusive: Annotated[tuple[Pair, ...], Field(strict=False)] = ()
    fields: dict[str, str] = Field(default_factory=dict)
    as_text: Annotated[tuple[str, ...], Field(strict=False)] = ()
    marker: str | None = None
    prices: Annotated[tuple[Price, ...], Field(strict=False)] = ()
    typical: Annotated[tuple[RenderTime, ...], Field(strict=False)] = ()

    def parameter_of(self, field: str) -> str:
        """The parameter behind a field of the service."""
        return next((name for name, own in self.fields.items() if own == field), field)

    def is_too_long(self, prompt: str) -> bool:
        """Whether a prompt is too long for the backend."""
        return self.prompt_limit is not None and len(prompt) > self.prompt_limit

    def serves(self, mode: Mode) -> bool:
        """Whether the backend has a model for the mode."""
        return not self.models or mode in self.models
