"""What each parameter of a request becomes in the scene that the preview draws."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rushes.backends.preview.backend import PreviewBackend
from rushes.catalog import Catalog

CATALOG = Catalog.load()

TEXT = {"provider": "seedance-2.0", "mode": "text-to-video", "prompt": "A fox", "seed": 1}
IMAGE = TEXT | {"mode": "image-to-video", "start_image_url": "https://a.example/first.png"}
REFERENCE = TEXT | {"mode": "reference-to-video", "image_references": ["/inputs/a.png"]}
EDIT = TEXT | {"mode": "edit", "video_url": "https://a.example/take.mp4"}
ACT = {
    "provider": "act-two",
    "mode": "character-performance",
    "character": {"image": "https://a.example/c.png"},
    "performance": "https://a.example/p.mp4",
    "seed": 1,
}
SYNC = {
    "provider": "sync-3",
    "mode": "lip-sync",
    "video_url": "https://a.example/take.mp4",
    "audio_url": "https://a.example/1.wav",
    "seed": None,
}
UPSCALE = {
    "provider": "topaz-upscale",
    "mode": "upscale",
    "video_url": "https://a.example/take.mp4",
    "seed": None,
}
KLING = TEXT | {"provider": "kling-3.0-standard"}
SHOTS = KLING | {"prompt": None, "multi_prompt": [{"prompt": "A", "duration_seconds": 5}]}

HERE = {"/inputs/a.png": "/here/a.png", "/inputs/b.mp4": "/here/b.mp4"}
"""Where local files are for the renderer."""

PLAIN = {
    "provider": "seedance-2.0",
    "mode": "text-to-video",
    "width": 1280,
    "height": 720,
    "seconds": 5,
    "prompt": "A fox",
    "seed": 1,
    "audio": True,
    "camera_fixed": False,
    "frame_rate": 24,
    "start_image": None,
    "end_image": None,
    "images": [],
    "videos": [],
    "audios": [],
    "shots": [],
    "negative_prompt": None,
    "cfg_scale": None,
    "shot_type": None,
}
"""The scene of `TEXT`."""

CASES: list[tuple[dict[str, Any], str, Any, dict[str, Any]]] = [
    (TEXT, "prompt", "An owl", {"prompt": "An owl"}),
    (TEXT, "aspect_ratio", "9:16", {"width": 720, "height": 1280}),
    (TEXT, "resolution", "480p", {"width": 864, "height": 496}),
    (TEXT, "duration_seconds", 12, {"seconds": 12}),
    (TEXT, "generate_audio", False, {"audio": False}),
    (TEXT, "camera_fixed", True, {"camera_fixed": True}),
    (TEXT, "seed", 77, {"seed": 77}),
    (
        IMAGE,
        "start_image_url",
        "https://a.example/1.png",
        {"start_image": "https://a.example/1.png"},
    ),
    (IMAGE, "start_image_url", "/inputs/a.png", {"start_image": "/here/a.png"}),
    (IMAGE, "end_image_url", "/inputs/a.png", {"end_image": "/here/a.png"}),
    (
        REFERENCE,
        "image_references",
        ["/inputs/a.png", "https://a.example/2.png"],
        {"images": ["/here/a.png", "https://a.example/2.png"]},
    ),
    (REFERENCE, "video_references", ["/inputs/b.mp4"], {"videos": ["/here/b.mp4"]}),
    (
        REFERENCE,
        "audio_references",
        ["https://a.example/1.wav"],
        {"audios": ["https://a.example/1.wav"]},
    ),
    (KLING, "negative_prompt", "rain", {"negative_prompt": "rain"}),
    (KLING, "cfg_scale", 0.25, {"cfg_scale": 0.25}),
    (
        SHOTS,
        "multi_prompt",
        [{"prompt": "A", "duration_seconds": 2}, {"prompt": "B", "duration_seconds": 4}],
        {
            "shots": [{"prompt": "A", "seconds": 2}, {"prompt": "B", "seconds": 4}],
            "seconds": 6,
        },
    ),
    (SHOTS, "shot_type", "intelligent", {"shot_type": "intelligent"}),
    (
        EDIT | {"provider": "wan-2.7"},
        "video_url",
        "/inputs/b.mp4",
        {"videos": ["/here/b.mp4"]},
    ),
    (
        EDIT | {"provider": "wan-2.7"},
        "reference_image_url",
        "/inputs/a.png",
        {"images": ["/here/a.png"]},
    ),
    # The preview shows the video that is given, and neither edits nor continues it.
    (EDIT | {"provider": "wan-2.7"}, "audio_setting", "origin", {}),
    (EDIT | {"provider": "kling-o3-standard", "seed": None}, "keep_audio", False, {}),
    (EDIT | {"provider": "ltx-2.3", "mode": "extend", "seed": None}, "extend_at", "start", {}),
    (SYNC, "audio_url", "https://a.example/2.wav", {"audios": ["https://a.example/2.wav"]}),
    (SYNC, "sync_mode", "loop", {}),
    (UPSCALE, "upscale_model", "Nyx", {}),
    (UPSCALE, "upscale_factor", 4, {}),
    (
        TEXT | {"provider": "seedance-2.5", "seed": None},
        "draft",
        True,
        {"width": 854, "height": 480},
    ),
    # It has its own camera, and no model that rewrites prompts, paints, or closes a loop.
    (TEXT | {"provider": "ltx-2.5-fast", "seed": None}, "camera_motion", "static", {}),
    (TEXT | {"provider": "ray-3.2", "seed": None}, "loop", True, {}),
    (TEXT | {"provider": "wan-2.7"}, "expand_prompt", False, {}),
    (TEXT | {"provider": "pixverse-v6"}, "style", "anime", {}),
    (
        {"provider": "aleph-2", "mode": "edit", "video_url": "https://a.example/a.mp4", "seed": 1},
        "keyframes",
        [{"image": "https://a.example/a.png", "seconds": 1}],
        {"images": ["https://a.example/a.png"]},
    ),
    (
        ACT,
        "character",
        {"image": "https://a.example/a.png"},
        {"images": ["https://a.example/a.png"]},
    ),
    (ACT, "performance", "https://a.example/b.mp4", {"videos": ["https://a.example/b.mp4"]}),
    (ACT, "body_control", True, {}),
    (ACT, "expression_intensity", 3, {}),
    # Where a file has no sizes, the shape alone counts.
    (TEXT | {"provider": "minimax-h3-max"}, "aspect_ratio", "1:1", {"width": 960, "height": 960}),
    (TEXT | {"provider": "wan-2.7"}, "aspect_ratio", "4:3", {"width": 1108, "height": 832}),
]
"""A request, a parameter that is added, its value, and all that it changes in the scene."""


def scene(request: dict[str, Any]) -> dict[str, Any]:
    params = CATALOG.read(request, backend="preview")
    backend = PreviewBackend(Path("unused"))
    translated = backend.translate(params, CATALOG.providers[params.provider], HERE)
    found: dict[str, Any] = translated["scene"]
    return found


def test_a_plain_request_is_a_plain_scene():
    """What was not given has the catalog's default, or is left out."""
    assert scene(TEXT) == PLAIN


@pytest.mark.parametrize(
    ("request_", "name", "value", "changed"), CASES, ids=[case[1] for case in CASES]
)
def test_each_parameter_sets_its_part_of_the_scene(request_, name, value, changed):
    """And nothing else."""
    before, after = scene(request_), scene(request_ | {name: value})

    # Where a model takes no seed, that of the picture follows from the request.
    own = after.keys() - ({"seed"} if request_["seed"] is None else ())
    assert {key: after[key] for key in own if after[key] != before[key]} == changed


def test_no_parameter_is_left_out():
    """Whatever a packaged provider takes stands in the table above."""
    taken = {name for spec in CATALOG.providers.values() for name in spec.parameters}

    assert taken <= {name for _, name, _, _ in CASES}
