"""A provider's file in the making, of one or more endpoints of a service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from rushes.catalog.importing.findings import Findings, Unusable
from rushes.catalog.importing.merging import merged
from rushes.catalog.importing.part import Part
from rushes.catalog.offer import MOST_MONEY
from rushes.catalog.origin import FORMAT
from rushes.catalog.provider import ProviderSpec

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from rushes.catalog.importing.dialect import Dialect, Endpoint


@dataclass(frozen=True)
class Price:
    """The base price of a model as its service states it.

    Attributes:
        amount: money for a unit.
        unit: the service's word.
        currency: ISO 4217 code.
        source: where it was read.
    """

    amount: float
    unit: str
    currency: str
    source: str


UNITS: Mapping[str, str] = {
    "second": "per_second",
    "seconds": "per_second",
    "video": "per_video",
    "videos": "per_video",
}
"""By a service's unit, the key of a price."""


@dataclass
class Draft(Findings):
    """A provider as a service's schema describes it.

    Attributes:
        data: what its file will hold.
    """

    data: dict[str, Any] = field(default_factory=dict)

    @property
    def spec(self) -> ProviderSpec:
        """The provider."""
        return ProviderSpec.model_validate(self.data)


def draft_of(
    endpoints: Sequence[Endpoint],
    dialect: Dialect,
    *,
    name: str,
    model: str,
    price: Price | None,
    today: dt.date,
    remark: str = "",
) -> Draft:
    """A provider of one or more endpoints, each with a mode of its own.

    Args:
        endpoints: the addresses that take requests.
        dialect: the habits of the service.
        name: the provider's id.
        model: the service's id that was asked for; its display name until the file says another.
        price: its base price; None if it is not known.
        today: the day on which the schema and the price were read.
        remark: why the price is not known, as a sentence.

    Raises:
        Unusable: when no provider can be made of them; the message says why.
    """
    draft = Draft()
    parts = list(_parts(endpoints, dialect, draft))
    endpoints = [part.endpoint for part in parts]
    parameters, offer = merged(parts, draft)
    modes = [part.mode for part in parts]
    prompt: dict[str, Any] = {}
    needing = [part.mode for part in parts if part.needs_prompt]
    if needing != modes:
        prompt["required"] = needing
    limits = {part.prompt_limit for part in parts if part.prompt_limit}
    if limits:
        prompt["limit"] = min(limits)
        if dialect.prompt_unit != "characters":
            prompt["unit"] = dialect.prompt_unit
    if not any(part.takes_prompt for part in parts):
        offer["refuses"] = {"prompt": "This model has no field for it."}
    # Two modes may need the same.
    draft.check = [*dict.fromkeys(draft.check)]
    draft.assumed = [*dict.fromkeys(draft.assumed)]
    if price is not None:
        _add_price(price, offer, draft, today)
    else:
        unknown = "The price is not known here, so no estimate is shown."
        draft.check.append(f"{unknown} {remark}".strip())
    if draft.assumed:
        offer["unverified"] = list(draft.assumed)
    draft.data = {
        "format": FORMAT,
        "id": name,
        "title": model,
        "modes": modes,
        **({"prompt": prompt} if prompt else {}),
        "parameters": parameters,
        "origin": {
            "service": dialect.service,
            "model": model,
            "read": today,
            "fields": {
                endpoint.model: {each.name: each.said() for each in endpoint.fields}
                for endpoint in endpoints
            },
        },
        "backends": {
            dialect.service: offer,
            "preview": {
                "prices": [{"per_second": 0, "source": "preview renders on this machine"}],
            },
        },
    }
    try:
        _ = draft.spec
    except ValidationError as error:
        reasons = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:3]
        )
        msg = f"{name} cannot be written as a provider's file ({reasons})."
        raise Unusable(msg) from error
    return draft


def _parts(endpoints: Sequence[Endpoint], dialect: Dialect, draft: Draft) -> Iterator[Part]:
    """The endpoints that can be offered; of several one that cannot is left out.

    Raises:
        Unusable: when none can be.
    """
    refused: list[Unusable] = []
    for endpoint in endpoints:
        try:
            yield Part(endpoint, dialect, draft)
        except Unusable as error:
            refused.append(error)
            draft.left_out[f"the mode {endpoint.mode}"] = error.message
    if len(refused) == len(endpoints):
        raise refused[0]


def _add_price(
    price: Price,
    offer: dict[str, Any],
    draft: Draft,
    today: dt.date,
) -> None:
    key = UNITS.get(price.unit.lower())
    stated = f"{price.amount:g} {price.currency} per {price.unit.removesuffix('s')}"
    if key is None or not 0 <= price.amount < MOST_MONEY:
        draft.check.append(
            f"The price is stated as {stated}, which cannot be turned into an estimate; no "
            f"estimate is shown."
        )
        return
    if key == "per_second" and "duration_seconds" in offer.get("omits", ()):
        draft.check.append(
            f"The price is stated as {stated}, and the length is not known beforehand; no "
            f"estimate is shown."
        )
        return
    offer["prices"] = [
        {
            key: price.amount,
            "currency": price.currency,
            "date": today,
            "source": f"{price.source}, imported and not checked",
        }
    ]
    draft.assume(f"The price was imported as {stated}; size, sound and other inputs may change it.")
