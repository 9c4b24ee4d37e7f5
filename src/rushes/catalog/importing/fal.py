"""Reads the documents in which fal describes its models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rushes.catalog.importing.dialect import Dialect, Endpoint
from rushes.catalog.importing.field import read_fields
from rushes.catalog.importing.findings import Unusable

if TYPE_CHECKING:
    from rushes.catalog.importing.field import Field

FAL = Dialect(
    service="fal",
    prompt="prompt",
    named={
        "aspect_ratio": "aspect_ratio",
        "ratio": "aspect_ratio",
        "resolution": "resolution",
        "seed": "seed",
        "generate_audio": "generate_audio",
        "generate_audio_switch": "generate_audio",
        "audio": "generate_audio",
        "camera_fixed": "camera_fixed",
        "negative_prompt": "negative_prompt",
        "cfg_scale": "cfg_scale",
        "start_image_url": "start_image_url",
        "first_frame_url": "start_image_url",
        "first_image_url": "start_image_url",
        "image_url": "start_image_url",
        "end_image_url": "end_image_url",
        "last_frame_url": "end_image_url",
        "last_image_url": "end_image_url",
        "tail_image_url": "end_image_url",
        "image_urls": "image_references",
        "reference_image_urls": "image_references",
        "video_urls": "video_references",
        "reference_video_urls": "video_references",
        "audio_urls": "audio_references",
        "reference_audio_urls": "audio_references",
    },
    kept_back={
        "end_user_id": "it is for services with users of their own",
    },
)

MODES: tuple[tuple[str, str], ...] = (
    (r"first-last-frame|transition$", "image-to-video"),
    (r"text-to-video", "text-to-video"),
    (r"image-to-video", "image-to-video"),
    (r"reference-to-video", "reference-to-video"),
    (r"lip-?sync", "lip-sync"),
    (r"upscale", "upscale"),
    (r"extend|extension", "extend"),
    (r"edit|modify|retake|reframe|inpaint", "edit"),
    (r"motion-control", "motion-control"),
    (r"audio-to-video", "audio-to-video"),
    (r"video-to-video", "edit"),
)
"""Words in a model's id, and the mode that they say."""


def read_fal(model: str, document: Mapping[str, Any]) -> Endpoint:
    """The endpoint that a document describes.

    Its address is the one that was asked for: a document may name fal's internal one.

    Args:
        model: fal's id.
        document: its OpenAPI document.

    Raises:
        Unusable: when it describes no input, or no video comes out.
    """
    schemas = _schemas(document)
    if schemas is None:
        msg = f"fal's document about {model} describes no input. Check the id on fal.ai/models."
        raise Unusable(msg)
    given, result = schemas
    fields = read_fields(given, document)
    if not fields:
        msg = f"fal's document about {model} describes an input without fields."
        raise Unusable(msg)
    made = {each.name: each for each in read_fields(result, document)}
    if result is not None and "video" not in made:
        names = ", ".join(made) or "nothing"
        msg = f"{model} makes {names}, not a video; only models that make a video can be added."
        raise Unusable(msg)
    return Endpoint(mode_of(model, fields), model, fields)


def mode_of(model: str, fields: tuple[Field, ...]) -> str:
    """The mode of a model: by the words in its id, else by the files that it takes."""
    for part in reversed(model.lower().split("/")):
        for pattern, mode in MODES:
            if re.search(pattern, part):
                return mode
    media = [each for each in fields if each.medium]
    if any(each.medium == "video" and each.type == "text" and each.required for each in media):
        return "edit"
    if any(each.type == "text" and each.required for each in media):
        return "image-to-video"
    if any(each.required for each in media):
        return "reference-to-video"
    last = re.sub(r"[^a-z0-9]+", "-", model.lower().rpartition("/")[2]).strip("-")
    is_text = any(each.name == FAL.prompt for each in fields)
    return "text-to-video" if is_text or not last else last[:40].strip("-")


def _schemas(document: Mapping[str, Any]) -> tuple[object, object] | None:
    """The schemas of what goes in and what comes out."""
    paths = document.get("paths")
    given = result = None
    for path, item in (list(paths.items()) if isinstance(paths, Mapping) else ())[:50]:
        if not isinstance(item, Mapping) or not isinstance(path, str):
            continue
        if given is None and "post" in item:
            given = _at(item, "post", "requestBody", "content", "application/json", "schema")
        if path.endswith("/requests/{request_id}"):
            result = _at(item, "get", "responses", "200", "content", "application/json", "schema")
    return None if given is None else (given, result)


def _at(tree: object, *keys: str) -> object:
    for key in keys:
        tree = tree.get(key) if isinstance(tree, Mapping) else None
    return tree
