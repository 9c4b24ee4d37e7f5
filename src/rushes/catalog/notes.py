"""What a service accepts but does not honour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rushes.catalog.drafts import FINAL, PARAMETER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes.catalog.provider import ProviderSpec
    from rushes.contract.params import VideoGenParams


def request_notes(spec: ProviderSpec, params: VideoGenParams, backend: str) -> Iterator[str]:
    """A sentence for each given parameter without effect, and for what is not verified."""
    given = params.given()
    offer = spec.backends.get(backend)
    ignored = spec.ignored(params, offer) if offer else {}
    for name, parameter in spec.parameters.items():
        if name not in given:
            continue
        if params.mode in parameter.derived:
            yield parameter.derived[params.mode]
        if name in ignored:
            yield ignored[name]
        if offer and name in offer.refuses and given[name] is False:
            yield f"{backend} does not support {name}; False is its default and was not sent."
    drafts = offer.drafts if offer else None
    is_draft, asked = given.get(PARAMETER) is True, given.get("resolution")
    if spec.drafts and is_draft and asked not in (None, spec.drafts.resolution):
        yield (
            f"A draft is made in {spec.drafts.resolution}, not in {asked}; its final version "
            f"can be {' or '.join(spec.drafts.finals)}."
        )
    if drafts and (is_draft or FINAL in given):
        yield from (f"Not verified: {sentence}" for sentence in drafts.unverified)
    route = spec.route_of(params, offer) if offer else None
    for sentence in (*(offer.unverified if offer else ()), *(route.unverified if route else ())):
        yield f"Not verified: {sentence}"
