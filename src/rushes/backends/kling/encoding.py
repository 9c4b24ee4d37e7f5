"""Encodes a request for Kling's new routes.

Source: Kling API documentation, "Kling 3.0, text to video" and "image to video", September 2026.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rushes.contract.errors import InvalidParams, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rushes.catalog import Offer, ProviderSpec
    from rushes.contract.params import Shot, VideoGenParams

TIER = "720p"
"""The resolution of Kling's standard tier, for providers without a parameter `resolution`."""

FRAMES = {"start_image_url": "first_frame", "end_image_url": "last_frame"}
"""By parameter, the kind of item that holds the image."""

PLACED = (*FRAMES, "resolution", "generate_audio", "multi_prompt", "shot_type")
"""Parameters that are encoded differently."""

LONGEST_PROMPT = 3_072


def encode(
    params: VideoGenParams, spec: ProviderSpec, offer: Offer, media: Mapping[str, Any]
) -> dict[str, Any]:
    """The body of a task. The arguments are those of `Backend.translate`, and Kling's offer.

    Raises:
        InvalidParams: if the shots cannot be written as a prompt.
    """
    shots = shots_of(params)
    prompt = _as_prompt(shots) if shots else params.prompt
    settings: dict[str, Any] = {"resolution": spec.value_of(params, "resolution") or TIER}
    settings |= spec.sent(params, offer, media, without=PLACED)
    settings["audio"] = "native" if spec.value_of(params, "generate_audio") else "off"
    # Without this field Kling cuts automatically.
    settings["multi_shot"] = bool(shots) or params.shot_type == "intelligent"
    if params.mode == "text-to-video":
        return {"prompt": prompt, "settings": settings}
    contents = [] if prompt is None else [{"type": "prompt", "text": prompt}]
    for name, kind in FRAMES.items():
        image = spec.value_of(params, name)
        if image is not None:
            contents.append({"type": kind, "url": media.get(image, image)})
    return {"contents": contents, "settings": settings}


def shots_of(params: VideoGenParams) -> tuple[Shot, ...]:
    """The shots of a request.

    Raises:
        InvalidParams: when the model is to cut automatically as well; it cannot do both.
    """
    if params.multi_prompt and params.shot_type == "intelligent":
        reason = (
            "Kling either cuts automatically or follows the shots, not both. Write the scenes "
            "into the prompt, or choose 'customize'."
        )
        raise InvalidParams.of([Problem("shot_type", params.shot_type, reason)])
    return params.multi_prompt or ()


def _as_prompt(shots: Sequence[Shot]) -> str:
    """Shots in Kling's notation: ``shot 1, 2, words; shot 2, 3, words;``.

    A semicolon ends a shot, so it is replaced by a comma in the text.

    Raises:
        InvalidParams: if the result is longer than a prompt may be.
    """
    prompt = " ".join(
        f"shot {number}, {shot.duration_seconds}, {shot.prompt.strip().replace(';', ',')};"
        for number, shot in enumerate(shots, 1)
    )
    if len(prompt) > LONGEST_PROMPT:
        reason = (
            f"Kling accepts shots as one prompt, with a limit of {LONGEST_PROMPT} characters; "
            f"these make {len(prompt)}. kling-legacy and fal accept them one by one."
        )
        raise InvalidParams.of([Problem("multi_prompt", shots, reason)])
    return prompt
