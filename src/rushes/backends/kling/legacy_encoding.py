"""Encodes a request for Kling's older routes.

Source: Kling API documentation of the routes under /v1, as mirrored in 2026.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rushes.backends.kling.encoding import TIER, shots_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rushes.catalog import Offer, ProviderSpec
    from rushes.contract.params import VideoGenParams

FRAMES = {"start_image_url": "image", "end_image_url": "image_tail"}
"""By parameter, the field with the image."""

TIERS = {"720p": "std", "1080p": "pro", "4k": "4k"}
"""By resolution, its name at Kling."""

PLACED = (*FRAMES, "resolution", "generate_audio", "multi_prompt", "shot_type", "cfg_scale")
"""Parameters that are encoded differently."""


def encode(
    params: VideoGenParams, spec: ProviderSpec, offer: Offer, media: Mapping[str, Any]
) -> dict[str, Any]:
    """The body of a task. The arguments are those of `Backend.translate`, and Kling's offer.

    Raises:
        InvalidParams: when shots are given, and the model is to cut automatically as well.
    """
    resolution = spec.value_of(params, "resolution") or TIER
    body: dict[str, Any] = {
        "model_name": spec.model_of(params, offer),
        "mode": TIERS.get(resolution, resolution),
    }
    if params.prompt is not None:
        body["prompt"] = params.prompt
    body |= spec.sent(params, offer, media, without=PLACED)
    body["sound"] = "on" if spec.value_of(params, "generate_audio") else "off"
    if params.cfg_scale is not None:
        # Kling has the catalog's default. It is only sent if given: not every model has the field.
        body["cfg_scale"] = params.cfg_scale
    shots = shots_of(params)
    body["multi_shot"] = bool(shots) or params.shot_type == "intelligent"
    if shots:
        body["shot_type"] = "customize"
        body["multi_prompt"] = [
            {"index": number, "prompt": shot.prompt, "duration": str(shot.duration_seconds)}
            for number, shot in enumerate(shots, 1)
        ]
    elif body["multi_shot"]:
        body["shot_type"] = "intelligence"
    for name, field in FRAMES.items():
        image = spec.value_of(params, name)
        if image is not None:
            body[field] = media.get(image, image)
    return body
