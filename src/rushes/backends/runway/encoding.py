"""Encodes a request for Runway.

Source: the types of the published client `runwayml` 5.24.0; see docs/reference/runway.md. The
catalog maps routes and fields. What is not one field per parameter is encoded here: the size, the
frames, the references and the shots.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rushes.contract.errors import InvalidParams, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rushes.catalog import Offer, ProviderSpec
    from rushes.contract.params import Shot, VideoGenParams

FRAMES = {"start_image_url": "first", "end_image_url": "last"}
"""By parameter, the position of an image in the video."""

REFERENCES = {"image_references": None, "video_references": "video", "audio_references": "audio"}
"""By parameter, the type of each item; images have none."""

SHOT_TYPES = {"customize": "customize", "intelligent": "intelligence"}
"""By the contract's value, Runway's."""

SIZES = frozenset({"aspect_ratio", "resolution"})
"""Parameters that are written together as a size, unless a provider's file names their fields."""

SHAPED = frozenset(
    {"aspect_ratio", "resolution", "multi_prompt", "shot_type", *FRAMES, *REFERENCES}
)


def encode(
    params: VideoGenParams, spec: ProviderSpec, offer: Offer, media: Mapping[str, Any]
) -> dict[str, Any]:
    """The route after ``/v1/`` and the body that is posted there.

    The arguments are those of `Backend.translate`, and Runway's offer, whose models are written
    ``"<route>/<model>"``.

    Raises:
        InvalidParams: if Runway does not support it; nothing was sent.
    """
    route, _, model = spec.model_of(params, offer).partition("/")
    body: dict[str, Any] = {"model": model}
    if offer.final(params) is not None:
        return {"route": route, "body": body | spec.sent(params, offer, media)}
    if problems := list(_problems(params, spec, offer)):
        raise InvalidParams.of(problems)
    if params.prompt is not None:
        body[offer.fields.get("prompt", "promptText")] = params.prompt
    body |= spec.sent(params, offer, media, without=SHAPED - (SIZES & offer.fields.keys()))
    if size := spec.pixels_of(params):
        body["ratio"] = f"{size[0]}:{size[1]}"
    body |= _frames(params, media) | _references(params, offer, media) | _shots(params)
    return {"route": route, "body": body}


def _problems(params: VideoGenParams, spec: ProviderSpec, offer: Offer) -> Iterator[Problem]:
    """What the catalog allows and Runway cannot express.

    Runway has one field for size and shape. Without a shape it stays away, so that Runway follows
    the images, and then no resolution can be asked for.
    """
    resolution = spec.parameters.get("resolution")
    if (
        resolution is not None
        and "resolution" not in offer.fields
        and "resolution" not in spec.ignored(params, offer)
        and params.resolution not in (None, resolution.default)
        and spec.pixels_of(params) is None
    ):
        shape = spec.parameters["aspect_ratio"]
        if params.mode in shape.derived:
            reason = (
                f"Runway has one setting for size and shape, and in {params.mode} the shape is "
                f"that of the image. Leave resolution out."
            )
            yield Problem("resolution", params.resolution, reason)
        else:
            reason = (
                f"Runway has one setting for size and shape, so resolution {params.resolution!r} "
                f"needs aspect_ratio as well; allowed are {', '.join(shape.choices)}."
            )
            yield Problem("aspect_ratio", None, reason)
    if params.shot_type == "intelligent" and not params.prompt:
        reason = "is required by runway when shot_type is 'intelligent'."
        yield Problem("prompt", params.prompt, reason)


def _frames(params: VideoGenParams, media: Mapping[str, Any]) -> dict[str, Any]:
    """Images with their positions; without one Seedance would use them as references."""
    given = {place: getattr(params, name) for name, place in FRAMES.items()}
    frames = [
        {"uri": media.get(image, image), "position": place}
        for place, image in given.items()
        if image is not None
    ]
    return {"promptImage": frames} if frames else {}


def _references(
    params: VideoGenParams, offer: Offer, media: Mapping[str, Any]
) -> dict[str, list[dict[str, str]]]:
    return {
        offer.fields.get(name, name): [
            ({"type": kind} if kind else {}) | {"uri": media.get(item, item)}
            for item in getattr(params, name)
        ]
        for name, kind in REFERENCES.items()
        if getattr(params, name)
    }


def _shots(params: VideoGenParams) -> dict[str, Any]:
    """The settings of a video with several shots; others have none."""
    settings: dict[str, Any] = {}
    if params.multi_prompt:
        settings["multiPrompt"] = [_shot(shot) for shot in params.multi_prompt]
    if params.multi_prompt or params.shot_type == "intelligent":
        settings["shotType"] = SHOT_TYPES[params.shot_type or "customize"]
    return {"providerSettings": settings} if settings else {}


def _shot(shot: Shot) -> dict[str, Any]:
    return {"prompt": shot.prompt, "duration": shot.duration_seconds}
