"""Reads the document in which Runway describes its models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rushes.catalog.importing.dialect import Dialect, Endpoint
from rushes.catalog.importing.field import WORDS, Field, read_fields, resolved
from rushes.catalog.importing.findings import Unusable
from rushes.contract.spelling import to_snake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes.io.kind import Medium

RUNWAY = Dialect(
    service="runway",
    prompt="promptText",
    prompt_unit="utf-16",
    named={
        "ratio": "aspect_ratio",
        "resolution": "resolution",
        "seed": "seed",
        "audio": "generate_audio",
        "negativePrompt": "negative_prompt",
        "cfgScale": "cfg_scale",
        "promptImage": "start_image_url",
        "promptImage.last": "end_image_url",
        "promptVideo": "video_url",
        "videoUri": "video_url",
        "references": "image_references",
        "referenceVideos": "video_references",
        "referenceAudio": "audio_references",
    },
    kept_back={},
    spelled=frozenset({"aspect_ratio", "resolution"}),
)

MODES = {
    "text_to_video": "text-to-video",
    "image_to_video": "image-to-video",
    "video_to_video": "edit",
    "video_upscale": "upscale",
    "video_to_hdr": "hdr",
    "character_performance": "character-performance",
}
"""By route, its mode; the other routes make no video."""

LISTS: Mapping[str, tuple[Medium, frozenset[str]]] = {
    "references": ("image", frozenset({"uri"})),
    "referenceVideos": ("video", frozenset({"type", "uri"})),
    "referenceAudio": ("audio", frozenset({"type", "uri"})),
}
"""By field, the medium of a list, and the parts that the backend writes for each item."""

SINGLE: Mapping[str, Medium] = {"promptVideo": "video", "videoUri": "video"}


def read_runway(model: str, document: Mapping[str, Any]) -> tuple[Endpoint, ...]:
    """The endpoints of a model: one for each route that takes it and makes a video.

    Args:
        model: Runway's id.
        document: its OpenAPI document, of all models.

    Raises:
        Unusable: when no route takes the model.
    """
    found = []
    for route, mode in MODES.items():
        for variant in _variants(route, document):
            fields = read_fields(variant, document)
            names = {each.name: each for each in fields}
            if "model" in names and model in names["model"].choices:
                shaped = tuple(_shaped([each for each in fields if each.name != "model"]))
                found.append(Endpoint(mode, f"{route}/{model}", shaped))
                break
    if not found:
        msg = (
            f"Runway's document has no model {model} that makes a video. Check the id on Runway's "
            f"page of models."
        )
        raise Unusable(msg)
    return tuple(found)


def _variants(route: str, document: Mapping[str, Any]) -> Iterator[object]:
    """The inputs of a route, one for each group of models."""
    tree: object = document
    keys = ("paths", f"/v1/{route}", "post", "requestBody", "content", "application/json", "schema")
    for key in keys:
        tree = tree.get(key) if isinstance(tree, Mapping) else None
    schema = resolved(tree, document)
    listed = schema.get("oneOf", schema.get("anyOf"))
    if isinstance(listed, list):
        yield from listed[:100]
    elif schema:
        yield schema


def _shaped(fields: list[Field]) -> Iterator[Field]:
    """The fields with what the backend writes in a way of its own."""
    for each in fields:
        if each.name in SINGLE and each.type == "text":
            yield replace(each, medium=SINGLE[each.name])
        elif each.name == "promptImage":
            yield from _frames(each)
        elif each.name in LISTS and each.listed is not None:
            medium, wanted = LISTS[each.name]
            item = each.listed.item
            written = {part.name for part in item.parts} if item is not None else set()
            needed = {part.name for part in item.parts if part.required} if item else set()
            if written >= wanted >= needed and wanted:
                text = Field("uri", "text", medium=medium)
                yield replace(each.listed, name=each.name, medium=medium, item=text, dropped="")
            else:
                yield _with_media(each)
        else:
            yield _with_media(each)


def _with_media(each: Field) -> Field:
    """A field with the medium of the files in its objects."""
    if each.type == "list" and each.item is not None:
        return replace(each, item=_with_media(each.item))
    forms = tuple(
        tuple(
            replace(part, medium=_medium(each.name, part, parts))
            if part.name == "uri" and part.type == "text" and not part.choices
            else part
            for part in parts
        )
        for parts in each.forms
    )
    return replace(each, forms=forms)


def _medium(outer: str, part: Field, parts: tuple[Field, ...]) -> Medium | None:
    """The medium of an address: as its description says, or a word beside it, or its object."""
    beside = [str(other.choices[0]) for other in parts if len(other.choices) == 1]
    for text in (part.help, *beside, to_snake(outer)):
        found = [medium for medium, words in WORDS.items() if re.search(words, text.lower())]
        if len(found) == 1:
            return found[0]
    return None


def _frames(each: Field) -> Iterator[Field]:
    """The first frame, and the last where a list of positions takes one."""
    frames = each.listed
    places = {
        str(place)
        for part in (frames.item.parts if frames is not None and frames.item is not None else ())
        if part.name == "position"
        for place in part.choices
    }
    # A list whose items are not described takes what Runway's other lists of frames take.
    if frames is None or (places and "first" not in places):
        yield each
        return
    yield replace(each, type="text", medium="image", choices=(), dropped="", item=None)
    if "last" in places:
        yield Field("promptImage.last", "text", medium="image", help="Last frame.")
