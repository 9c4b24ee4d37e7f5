"""Encodes a request for Ark.

Source: the published client `volcengine-ark-runtime` 5.0.54 and the BytePlus ModelArk
documentation of October 2026. The catalog maps the fields; media are items of a list
whose roles select the mode.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rushes.catalog import Offer, ProviderSpec
    from rushes.contract.params import VideoGenParams

ROLES = {
    "start_image_url": ("image_url", "first_frame"),
    "end_image_url": ("image_url", "last_frame"),
    "image_references": ("image_url", "reference_image"),
    "video_url": ("video_url", "reference_video"),
    "video_references": ("video_url", "reference_video"),
    "audio_references": ("audio_url", "reference_audio"),
}
"""By parameter, the kind of item and its role."""

DRAFT = "draft_task"
"""The item that names the draft that is rendered in full; no other item is beside it."""

CITATION = re.compile(r"@(Image|Video|Audio)(?=\s?\d)", re.IGNORECASE)
"""How prompts cite a reference; Ark's own notation is "image 1"."""


def encode(
    params: VideoGenParams, spec: ProviderSpec, offer: Offer, media: Mapping[str, Any]
) -> dict[str, Any]:
    """The body of a task. The arguments are those of `Backend.translate`, and Ark's offer."""
    sent = spec.sent(params, offer, media, without=ROLES)
    draft = sent.pop(DRAFT, None)
    drawn = {"type": DRAFT, DRAFT: {"id": draft}}
    return {
        "model": spec.model_of(params, offer),
        "content": list(_content(params, spec, media)) if draft is None else [drawn],
        **sent,
    }


def _content(
    params: VideoGenParams, spec: ProviderSpec, media: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    if params.prompt is not None:
        yield {"type": "text", "text": _cited(params.prompt)}
    for name, (kind, role) in ROLES.items():
        value = spec.value_of(params, name)
        for given in [value] if isinstance(value, str) else value or ():
            yield {"type": kind, kind: {"url": media.get(given, given)}, "role": role}


def _cited(prompt: str) -> str:
    """The prompt with ``@Image1`` written as ``image 1``, the way Ark's models read it."""
    return CITATION.sub(lambda match: f"{match[1].lower()} ", prompt).replace("  ", " ")
