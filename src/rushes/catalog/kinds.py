"""The kinds of parameters, and what belongs to each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rushes.io.kind import Medium

Kind = Literal[
    "choice",
    "integer",
    "number",
    "boolean",
    "text",
    "image",
    "video",
    "audio",
    "images",
    "videos",
    "audios",
    "shots",
    "object",
    "objects",
]

SINGLE_KINDS: tuple[Kind, ...] = ("image", "video", "audio")
"""Kinds with one image, video or sound."""

REFERENCE_KINDS: tuple[Kind, ...] = ("images", "videos", "audios")
"""Kinds with a list of media."""

OBJECT_KINDS: tuple[Kind, ...] = ("object", "objects")
"""Kinds whose values have fields of their own."""

LIST_KINDS = frozenset[Kind]({*REFERENCE_KINDS, "shots", "objects"})
"""Kinds whose values are lists."""

MEDIA: Mapping[str, Medium] = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "images": "image",
    "videos": "video",
    "audios": "audio",
}
"""The medium of a parameter's files, by kind; the other kinds have none."""

CONTRACT_KINDS: dict[str, Kind] = {
    "seed": "integer",
    "aspect_ratio": "choice",
    "resolution": "choice",
    "duration_seconds": "integer",
    "generate_audio": "boolean",
    "camera_fixed": "boolean",
    "start_image_url": "image",
    "end_image_url": "image",
    "image_references": "images",
    "video_references": "videos",
    "audio_references": "audios",
    "negative_prompt": "text",
    "cfg_scale": "number",
    "shot_type": "choice",
    "multi_prompt": "shots",
}
"""The kinds of the parameters of docs/reference/contract.md: a provider's file has to declare the
same, and they apply to a request whose provider is unknown."""

COMMON = ("provider", "mode", "prompt", "client_ref", "request_origin", "final_of")
"""Parameters that every provider takes."""

RESERVED = frozenset({"params", "backend", "once", "timeout", "progress", "copy", "quantity"})
"""Names that the methods of a client use for something else."""

CONTRACT_MEDIA = tuple(name for name, kind in CONTRACT_KINDS.items() if kind in MEDIA)
"""The media parameters of the contract."""

MATROSKA: Mapping[Medium, tuple[str, ...]] = {"video": ("mkv",), "audio": ("mka",)}
"""Formats that only a provider that lists them accepts."""

Mode = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
"""The name of a mode. A mode exists because a provider's file declares it."""

Modes = Annotated[tuple[Mode, ...], Field(strict=False)]
Texts = Annotated[tuple[str, ...], Field(strict=False)]

MOST_COUNT = 10**9
"""Upper bound of counts in a file."""

DEFAULT_KINDS: tuple[Kind, ...] = ("choice", "integer", "number", "boolean", "text")
"""Kinds that can have a default."""

FIELD_KINDS: tuple[Kind, ...] = (*DEFAULT_KINDS, *SINGLE_KINDS, *REFERENCE_KINDS)
"""Kinds that a field of an object can have."""

IMAGE_LIMITS = {"formats", "max_megabytes", "min_side", "max_side", "max_ratio"}
CLIP_LIMITS = {
    "formats",
    "max_megabytes",
    "min_clip_seconds",
    "max_clip_seconds",
    "max_total_seconds",
}
"""What `rushes.media.limits` checks for local files."""

KEYS: dict[Kind, set[str]] = {
    "choice": {"choices"},
    "integer": {"min", "max", "step"},
    "number": {"min", "max", "step"},
    "boolean": set(),
    "text": {"max_length"},
    "image": IMAGE_LIMITS,
    "video": CLIP_LIMITS - {"max_total_seconds"},
    "audio": CLIP_LIMITS - {"max_total_seconds"},
    "images": {"max_items"} | IMAGE_LIMITS,
    "videos": {"max_items"} | CLIP_LIMITS,
    "audios": {"max_items"} | CLIP_LIMITS,
    "shots": {"max_items", "max_length", "min_seconds"},
    "object": {"fields", "needed", "one_of"},
    "objects": {"max_items", "fields", "needed", "one_of"},
}
"""The keys that only some kinds have."""

NEEDED_KEYS: dict[Kind, tuple[str, ...]] = {
    "choice": ("choices",),
    "images": ("max_items",),
    "videos": ("max_items",),
    "audios": ("max_items",),
    "shots": ("max_items",),
    "object": ("fields",),
    "objects": ("max_items", "fields"),
}
"""The keys that a kind requires."""

OUTER_KEYS = ("modes", "required", "default_modes", "defaults", "derived", "limits")
"""Keys that a field of an object does not have: it goes with its object."""
