"""What is sent to Ark, for every provider and mode."""

from __future__ import annotations

import json

import pytest

from emulators.ark_inputs import read_task
from rushes.backends.ark import ArkBackend
from rushes.catalog import Catalog
from rushes.contract.errors import InvalidParams

CATALOG = Catalog.load()

TEXT, IMAGE, REFERENCE = "text-to-video", "image-to-video", "reference-to-video"
PRO, FAST = "dreamina-seedance-2-0-260128", "dreamina-seedance-2-0-fast-260128"


def image(url: str, role: str) -> dict[str, object]:
    return {"type": "image_url", "image_url": {"url": url}, "role": role}


OF_VIDEO = {
    "provider": "seedance-2.5",
    "prompt": "@Video1 at night",
    "video_url": "https://a.example/3.mp4",
}
VIDEO_ITEM = {
    "type": "video_url",
    "video_url": {"url": "https://a.example/3.mp4"},
    "role": "reference_video",
}

SENT = [
    pytest.param(
        {"provider": "seedance-2.0", "mode": TEXT, "prompt": "A fox"},
        {
            "model": PRO,
            "content": [{"type": "text", "text": "A fox"}],
            "ratio": "16:9",
            "resolution": "720p",
            "duration": 5,
            "generate_audio": True,
        },
        id="text",
    ),
    pytest.param(
        {
            "provider": "seedance-2.0-fast",
            "mode": TEXT,
            "prompt": "A fox",
            "aspect_ratio": "9:16",
            "resolution": "480p",
            "duration_seconds": 12,
            "generate_audio": False,
            "seed": 7,
            "camera_fixed": False,
        },
        {
            "model": FAST,
            "content": [{"type": "text", "text": "A fox"}],
            "ratio": "9:16",
            "resolution": "480p",
            "duration": 12,
            "generate_audio": False,
        },
        id="text, everything given",
    ),
    pytest.param(
        {
            "provider": "seedance-2.0",
            "mode": IMAGE,
            "prompt": "It runs",
            "start_image_url": "https://a.example/1.png",
            "end_image_url": "/inputs/2.png",
        },
        {
            "model": PRO,
            "content": [
                {"type": "text", "text": "It runs"},
                image("https://a.example/1.png", "first_frame"),
                image({"$input": "2.png"}, "last_frame"),
            ],
            "resolution": "720p",
            "duration": 5,
            "generate_audio": True,
        },
        id="images",
    ),
    pytest.param(
        {
            "provider": "seedance-2.0",
            "mode": REFERENCE,
            "prompt": "@Image1 meets @Video1 to the sound of @Audio1",
            "image_references": ["https://a.example/1.png", "/inputs/2.png"],
            "video_references": ["https://a.example/3.mp4"],
            "audio_references": ["https://a.example/4.mp3"],
            "aspect_ratio": "1:1",
        },
        {
            "model": PRO,
            "content": [
                {"type": "text", "text": "image 1 meets video 1 to the sound of audio 1"},
                image("https://a.example/1.png", "reference_image"),
                image({"$input": "2.png"}, "reference_image"),
                {
                    "type": "video_url",
                    "video_url": {"url": "https://a.example/3.mp4"},
                    "role": "reference_video",
                },
                {
                    "type": "audio_url",
                    "audio_url": {"url": "https://a.example/4.mp3"},
                    "role": "reference_audio",
                },
            ],
            "ratio": "1:1",
            "resolution": "720p",
            "duration": 5,
            "generate_audio": True,
        },
        id="references",
    ),
    pytest.param(
        OF_VIDEO | {"mode": "edit", "image_references": ["https://a.example/1.png"], "seed": 7},
        {
            "model": "dreamina-seedance-2-5-260628",
            "content": [
                {"type": "text", "text": "video 1 at night"},
                image("https://a.example/1.png", "reference_image"),
                VIDEO_ITEM,
            ],
            "omni_reference_task_type": "edit",
            "duration": -1,
            "resolution": "720p",
            "generate_audio": True,
        },
        id="edit",
    ),
    pytest.param(
        OF_VIDEO | {"mode": "extend", "duration_seconds": 8, "resolution": "1080p"},
        {
            "model": "dreamina-seedance-2-5-260628",
            "content": [{"type": "text", "text": "video 1 at night"}, VIDEO_ITEM],
            "omni_reference_task_type": "extend",
            "duration": 8,
            "resolution": "1080p",
            "generate_audio": True,
        },
        id="extend",
    ),
]


@pytest.mark.parametrize(("request_", "body"), SENT)
def test_the_body_that_is_sent(request_, body):
    """Every field that Ark knows, with the catalog's defaults, and nothing else."""
    backend = ArkBackend("key")
    params = CATALOG.read(request_, backend="ark")
    media = {"/inputs/2.png": {"$input": "2.png"}}

    sent = backend.translate(params, CATALOG.providers[params.provider], media)

    assert sent["body"] == body
    inside = json.dumps({"$input": "2.png"}), '"data:image/png;base64,AA=="'
    read_task(json.loads(json.dumps(body).replace(*inside)))


def test_in_china_the_models_have_another_name():
    """And the prices of BytePlus do not hold."""
    backend = ArkBackend("key", url="https://ark.cn-beijing.volces.com/api/v3")
    params = CATALOG.read({"provider": "seedance-2.0", "mode": TEXT, "prompt": "x"}, backend="ark")

    sent = backend.translate(params, CATALOG.providers[params.provider], {})

    assert sent["body"]["model"] == "doubao-seedance-2-0-260128"
    assert sent["price"] is None


def test_what_ark_does_not_take_is_refused_before_anything_is_sent():
    """With what to write instead, and who would take it."""
    request = {
        "provider": "seedance-2.0",
        "mode": REFERENCE,
        "prompt": "x",
        "camera_fixed": True,
        "video_references": ["/inputs/3.mp4"],
    }

    with pytest.raises(InvalidParams) as caught:
        CATALOG.read(request, backend="ark")

    said = {problem.parameter: problem.message for problem in caught.value.problems}
    assert "static camera" in said["camera_fixed"]
    assert "Give its URL. fal" in said["video_references"]
