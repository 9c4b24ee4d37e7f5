"""Drafts: cheap takes whose services can render the same video again in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from rushes.catalog.kinds import MOST_COUNT, Texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rushes.catalog.fault import Location
    from rushes.catalog.parameter import ParameterSpec

PARAMETER = "draft"
"""The parameter that asks for a draft."""

FINAL = "final_of"
"""The parameter that names the job whose draft is rendered in full."""


class Drafts(BaseModel):
    """What a model's drafts are, and what can be made of them.

    >>> gen.catalog["seedance-2.5"].drafts.finals
    ('1080p',)

    Attributes:
        resolution: that of every draft, whatever is asked for.
        finals: the resolutions in which a draft can be rendered in full, the usual one first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    resolution: str
    finals: Annotated[Texts, Field(min_length=1)]


class DraftOffer(BaseModel):
    """How a service renders one of its drafts in full.

    >>> offer = gen.catalog["seedance-2.5"].backends["fal"]
    >>> offer.drafts.days
    7.0

    Attributes:
        days: days after which a draft can no longer be rendered in full, counted from when it was
            sent.
        result: the field of a draft's result with the service's id of it; by default the id of
            the job is that.
        model: the service's id of the model that renders it in full; by default the same one.
        fields: by parameter, the service's name for the only ones that it is sent then, among
            them `final_of`, whose value is the service's id of the draft. Empty if the service is
            sent the whole request of the draft again.
        unverified: as for an offer, for drafts and what is made of them.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True
    )

    days: float = Field(gt=0, lt=MOST_COUNT)
    result: str | None = Field(default=None, min_length=1)
    model: str | None = Field(default=None, min_length=1)
    fields: dict[str, str] = Field(default_factory=dict)
    unverified: Texts = ()


def faults(
    parameters: Mapping[str, ParameterSpec],
    drafts: Drafts | None,
    offers: Mapping[str, DraftOffer | None],
) -> Iterator[tuple[Location, str]]:
    """What of a file's drafts does not fit together, with its location.

    Args:
        parameters: those of the file.
        drafts: the file's table of them.
        offers: that of each backend.
    """
    asked, resolution = parameters.get(PARAMETER), parameters.get("resolution")
    if drafts is None:
        pass
    elif asked is None or asked.kind != "boolean":
        yield ("drafts",), f"needs a parameter {PARAMETER} of kind boolean"
    elif resolution is None:
        yield ("drafts",), "needs a parameter resolution"
    else:
        named = [("resolution", drafts.resolution), *(("finals", each) for each in drafts.finals)]
        for key, value in named:
            if value not in resolution.choices:
                allowed = ", ".join(resolution.choices)
                yield ("drafts", key), f"names {value!r}; allowed are {allowed}"
    for name, offer in offers.items():
        if offer is not None:
            for at, reason in _offer_faults(parameters, drafts, offer):
                yield ("backends", name, "drafts", *at), reason


def _offer_faults(
    parameters: Mapping[str, ParameterSpec], drafts: Drafts | None, offer: DraftOffer
) -> Iterator[tuple[Location, str]]:
    if drafts is None:
        yield (), "needs a table [drafts] that says what drafts are"
    if offer.fields and FINAL not in offer.fields:
        yield ("fields",), f"lacks {FINAL}, which names the draft"
    known = (FINAL, *parameters)
    for field in offer.fields:
        if field not in known:
            words = f"names {field!r}, which is not a parameter here; those are {', '.join(known)}"
            yield ("fields", field), words
