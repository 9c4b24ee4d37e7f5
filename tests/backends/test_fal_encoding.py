"""What is sent to fal, for every provider and mode."""

from __future__ import annotations

import asyncio
import json

import pytest
from PIL import Image

from rushes.backends.fal import FalBackend
from rushes.catalog import Catalog
from rushes.contract.params import VideoGenParams

CATALOG = Catalog.load()

TEXT, IMAGE, REFERENCE = "text-to-video", "image-to-video", "reference-to-video"

SENT = [
    (
        {"provider": "seedance-2.0", "mode": TEXT, "prompt": "A fox"},
        "bytedance/seedance-2.0/text-to-video",
        {
            "prompt": "A fox",
            "aspect_ratio": "16:9",
            "resolution": "720p",
            "duration": "5",
            "generate_audio": True,
        },
    ),
    (
        {
            "provider": "seedance-2.0",
            "mode": TEXT,
            "prompt": "A fox",
            "aspect_ratio": "9:16",
            "resolution": "1080p",
            "duration_seconds": 12,
            "generate_audio": False,
            "seed": 7,
            "camera_fixed": False,
        },
        "bytedance/seedance-2.0/text-to-video",
        {
            "prompt": "A fox",
            "aspect_ratio": "9:16",
            "resolution": "1080p",
            "duration": "12",
            "generate_audio": False,
        },
    ),
    (
        {
            "provider": "seedance-2.0-fast",
            "mode": IMAGE,
            "prompt": "It runs",
            "start_image_url": "https://a.example/1.png",
            "end_image_url": "/inputs/2.png",
        },
        "bytedance/seedance-2.0/fast/image-to-video",
        {
            "prompt": "It runs",
            "image_url": "https://a.example/1.png",
            "end_image_url": "https://fal.example/2.png",
            "resolution": "720p",
            "duration": "5",
            "generate_audio": True,
        },
    ),
    (
        {
            "provider": "seedance-2.0",
            "mode": REFERENCE,
            "prompt": "@Image1 meets @Video1",
            "image_references": ["https://a.example/1.png", "/inputs/2.png"],
            "video_references": ["https://a.example/3.mp4"],
            "audio_references": ["https://a.example/4.mp3"],
        },
        "bytedance/seedance-2.0/reference-to-video",
        {
            "prompt": "@Image1 meets @Video1",
            "image_urls": ["https://a.example/1.png", "https://fal.example/2.png"],
            "video_urls": ["https://a.example/3.mp4"],
            "audio_urls": ["https://a.example/4.mp3"],
            "resolution": "720p",
            "duration": "5",
            "generate_audio": True,
        },
    ),
    (
        {
            "provider": "kling-3.0-standard",
            "mode": TEXT,
            "prompt": "A fox",
            "negative_prompt": "blur",
            "cfg_scale": 0.8,
            "shot_type": "intelligent",
            "duration_seconds": 10,
            "seed": 7,
        },
        "fal-ai/kling-video/v3/standard/text-to-video",
        {
            "prompt": "A fox",
            "negative_prompt": "blur",
            "cfg_scale": 0.8,
            "shot_type": "intelligent",
            "aspect_ratio": "16:9",
            "duration": "10",
            "generate_audio": True,
        },
    ),
    (
        {
            "provider": "kling-3.0-standard",
            "mode": TEXT,
            "multi_prompt": [
                {"prompt": "It wakes", "duration_seconds": 2},
                {"prompt": "It runs", "duration_seconds": 4},
            ],
        },
        "fal-ai/kling-video/v3/standard/text-to-video",
        {
            "multi_prompt": [
                {"prompt": "It wakes", "duration": "2"},
                {"prompt": "It runs", "duration": "4"},
            ],
            "cfg_scale": 0.5,
            "shot_type": "customize",
            "aspect_ratio": "16:9",
            "duration": "6",
            "generate_audio": True,
        },
    ),
    (
        {
            "provider": "kling-3.0-standard",
            "mode": IMAGE,
            "prompt": "It runs",
            "start_image_url": "/inputs/2.png",
            "aspect_ratio": "1:1",
        },
        "fal-ai/kling-video/v3/standard/image-to-video",
        {
            "prompt": "It runs",
            "start_image_url": "https://fal.example/2.png",
            "cfg_scale": 0.5,
            "shot_type": "customize",
            "duration": "5",
            "generate_audio": True,
        },
    ),
]

IDS = [
    "seedance-text",
    "seedance-text-all",
    "seedance-fast-image",
    "seedance-reference",
    "kling-text-all",
    "kling-multi-prompt",
    "kling-image",
]


@pytest.mark.parametrize(("asked", "endpoint", "body"), SENT, ids=IDS)
def test_a_request_in_fals_words(asked, endpoint, body):
    """Endpoint and input are exactly these, and are plain JSON."""
    params = CATALOG.read(asked, backend="fal")
    media = {"/inputs/2.png": "https://fal.example/2.png"}

    request = FalBackend("a:b").translate(params, CATALOG.providers[params.provider], media)

    assert request["endpoint"] == endpoint
    assert request["input"] == body
    assert json.loads(json.dumps(request)) == request


@pytest.mark.parametrize("asked", [asked for asked, *_ in SENT], ids=IDS)
def test_fals_own_models_accept_what_is_sent(gen, emulator, asked):
    """The strict emulator finds no wrong type, no value out of range and no unknown field."""
    picture = Image.new("RGB", (640, 360), "teal")

    def reachable(value):
        if isinstance(value, list):
            return [reachable(item) for item in value]
        return picture if isinstance(value, str) and value.endswith(".png") else value

    request = {name: reachable(value) for name, value in asked.items()}
    request.pop("video_references", None)
    request.pop("audio_references", None)

    result = asyncio.run(gen.generate(request))

    assert result.path is not None
    assert not emulator.jobs[0].unknown_fields


@pytest.mark.parametrize(
    "provider",
    [spec.id for spec in CATALOG.values() if TEXT in spec.modes and "fal" in spec.backends],
)
def test_the_prompt_is_sent_as_it_was_written(provider):
    """Markup, emoji and quotes pass through unchanged."""
    prompt = "“<b>狐</b>” 🦊 \\n {x}"
    params = VideoGenParams(provider=provider, mode=TEXT, prompt=prompt)

    request = FalBackend("a:b").translate(params, CATALOG.providers[provider], {})

    assert request["input"]["prompt"] == prompt
