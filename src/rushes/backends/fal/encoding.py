"""Encodes a request for fal, with the catalog's field names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rushes.contract.params import Shot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rushes.catalog import Offer, ProviderSpec
    from rushes.contract.params import VideoGenParams


def encode(
    params: VideoGenParams, spec: ProviderSpec, offer: Offer, media: Mapping[str, Any]
) -> dict[str, Any]:
    """The input of fal's model.

    Omitted parameters are sent with the catalog's default, so that length, size and cost are known
    beforehand instead of being left to fal's ``auto``.

    Args:
        params: a request that is valid for fal.
        spec: the provider.
        offer: fal's side of it.
        media: the URL at fal of each local file.
    """
    body: dict[str, Any] = {}
    if params.prompt is not None and offer.final(params) is None:
        body["prompt"] = params.prompt
    sent = spec.sent(params, offer, media)
    return body | {field: _plain(value) for field, value in sent.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Shot):
        return {"prompt": value.prompt, "duration": str(value.duration_seconds)}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
