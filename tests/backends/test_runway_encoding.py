"""What is sent to Runway, for every provider and mode."""

from __future__ import annotations

import json

import pytest
from pydantic import TypeAdapter

from emulators.runway_inputs import read_order
from rushes import InvalidParams
from rushes.backends.runway import RunwayBackend
from rushes.catalog import Catalog
from rushes.contract.params import VideoGenParams
from rushes.contract.spelling import to_snake

CATALOG = Catalog.load()

TEXT, IMAGE, REFERENCE = "text-to-video", "image-to-video", "reference-to-video"

UPLOADED = {"/inputs/2.png": "runway://ephemeral/2"}

SHOTS = [{"prompt": "It wakes", "duration_seconds": 2}, {"prompt": "It runs", "durationSeconds": 4}]
SHOTS_SENT = [{"prompt": "It wakes", "duration": 2}, {"prompt": "It runs", "duration": 4}]

SENT = {
    "seedance-text": (
        {"provider": "seedance-2.0", "mode": TEXT, "prompt": "A fox"},
        "text_to_video",
        {
            "model": "seedance2",
            "promptText": "A fox",
            "ratio": "1280:720",
            "duration": 5,
            "audio": True,
        },
    ),
    "seedance-text-all": (
        {
            "provider": "seedance-2.0",
            "mode": TEXT,
            "prompt": "A fox",
            "aspect_ratio": "21:9",
            "resolution": "1080p",
            "duration_seconds": 12,
            "generate_audio": False,
            "seed": 7,
            "camera_fixed": False,
        },
        "text_to_video",
        {
            "model": "seedance2",
            "promptText": "A fox",
            "ratio": "2206:946",
            "duration": 12,
            "audio": False,
            "seed": 7,
        },
    ),
    "seedance-image": (
        {
            "provider": "seedance-2.0",
            "mode": IMAGE,
            "prompt": "It runs",
            "start_image_url": "https://a.example/1.png",
            "aspect_ratio": "9:16",
            "resolution": "480p",
        },
        "image_to_video",
        {
            "model": "seedance2",
            "promptText": "It runs",
            "promptImage": [{"uri": "https://a.example/1.png", "position": "first"}],
            "ratio": "496:864",
            "duration": 5,
            "audio": True,
        },
    ),
    "seedance-reference": (
        {
            "provider": "seedance-2.0",
            "mode": REFERENCE,
            "prompt": "@Image1 meets @Video1",
            "image_references": ["https://a.example/1.png", "/inputs/2.png"],
            "video_references": ["https://a.example/3.mp4"],
            "audio_references": ["https://a.example/4.mp3"],
        },
        "text_to_video",
        {
            "model": "seedance2",
            "promptText": "@Image1 meets @Video1",
            "references": [{"uri": "https://a.example/1.png"}, {"uri": "runway://ephemeral/2"}],
            "referenceVideos": [{"type": "video", "uri": "https://a.example/3.mp4"}],
            "referenceAudio": [{"type": "audio", "uri": "https://a.example/4.mp3"}],
            "duration": 5,
            "audio": True,
        },
    ),
    "seedance-fast-text": (
        {
            "provider": "seedance-2.0-fast",
            "mode": TEXT,
            "prompt": "A fox",
            "aspect_ratio": "4:3",
            "resolution": "480p",
        },
        "text_to_video",
        {
            "model": "seedance2_fast",
            "promptText": "A fox",
            "ratio": "752:560",
            "duration": 5,
            "audio": True,
        },
    ),
    "seedance-fast-image": (
        {
            "provider": "seedance-2.0-fast",
            "mode": IMAGE,
            "prompt": "It runs",
            "start_image_url": "/inputs/2.png",
            "end_image_url": "https://a.example/1.png",
        },
        "image_to_video",
        {
            "model": "seedance2_fast",
            "promptText": "It runs",
            "promptImage": [
                {"uri": "runway://ephemeral/2", "position": "first"},
                {"uri": "https://a.example/1.png", "position": "last"},
            ],
            "duration": 5,
            "audio": True,
        },
    ),
    "seedance-fast-reference": (
        {
            "provider": "seedance-2.0-fast",
            "mode": REFERENCE,
            "prompt": "@Image1 runs",
            "image_references": ["/inputs/2.png"],
            "aspect_ratio": "1:1",
        },
        "text_to_video",
        {
            "model": "seedance2_fast",
            "promptText": "@Image1 runs",
            "references": [{"uri": "runway://ephemeral/2"}],
            "ratio": "960:960",
            "duration": 5,
            "audio": True,
        },
    ),
    "kling-text": (
        {"provider": "kling-3.0-standard", "mode": TEXT, "prompt": "A fox"},
        "text_to_video",
        {
            "model": "kling3.0_standard",
            "promptText": "A fox",
            "ratio": "1280:720",
            "duration": 5,
            "audio": True,
            "cfgScale": 0.5,
        },
    ),
    "kling-text-all": (
        {
            "provider": "kling-3.0-standard",
            "mode": TEXT,
            "prompt": "A fox",
            "aspect_ratio": "1:1",
            "duration_seconds": 10,
            "generate_audio": False,
            "cfg_scale": 0.8,
            "shot_type": "intelligent",
            "seed": 7,
        },
        "text_to_video",
        {
            "model": "kling3.0_standard",
            "promptText": "A fox",
            "ratio": "960:960",
            "duration": 10,
            "audio": False,
            "cfgScale": 0.8,
            "providerSettings": {"shotType": "intelligence"},
        },
    ),
    "kling-multi-prompt": (
        {"provider": "kling-3.0-standard", "mode": TEXT, "multi_prompt": SHOTS},
        "text_to_video",
        {
            "model": "kling3.0_standard",
            "ratio": "1280:720",
            "duration": 6,
            "audio": True,
            "cfgScale": 0.5,
            "providerSettings": {"multiPrompt": SHOTS_SENT, "shotType": "customize"},
        },
    ),
    "kling-image": (
        {
            "provider": "kling-3.0-standard",
            "mode": IMAGE,
            "prompt": "It runs",
            "start_image_url": "/inputs/2.png",
            "aspect_ratio": "1:1",
        },
        "image_to_video",
        {
            "model": "kling3.0_standard",
            "promptText": "It runs",
            "promptImage": [{"uri": "runway://ephemeral/2", "position": "first"}],
            "duration": 5,
            "audio": True,
            "cfgScale": 0.5,
        },
    ),
}

ROWS = [pytest.param(*row, id=name) for name, row in SENT.items()]


def translated(asked):
    """The request for Runway."""
    params = CATALOG.read(asked, backend="runway")
    return RunwayBackend("key_1").translate(params, CATALOG.providers[params.provider], UPLOADED)


@pytest.mark.parametrize(("asked", "route", "body"), ROWS)
def test_a_request_in_runways_words(asked, route, body):
    """Route and body are exactly these, and are plain JSON."""
    request = translated(asked)

    assert request == {"route": route, "body": body}
    assert json.loads(json.dumps(request)) == request


@pytest.mark.parametrize(("asked", "route", "body"), ROWS)
def test_runways_types_take_what_is_sent(asked, route, body):
    """No wrong type, no value out of range, no unknown field, and the length that was asked for."""
    del asked
    order = read_order(route, body, lambda address: address in UPLOADED.values())

    assert order.unknown_fields == []
    assert order.seconds == body["duration"]


@pytest.mark.parametrize("provider", ["seedance-2.0", "seedance-2.0-fast"])
def test_every_size_of_the_catalog_is_one_of_runways(provider):
    """Whatever resolution and shape are chosen."""
    spec = CATALOG.providers[provider]
    for resolution, row in spec.pixels.items():
        for shape in row:
            asked = {"provider": provider, "mode": TEXT, "prompt": "A fox"}
            request = translated(asked | {"resolution": resolution, "aspect_ratio": shape})
            width, height = row[shape]

            assert request["body"]["ratio"] == f"{width}:{height}"
            read_order(request["route"], request["body"], bool)


OF_VIDEO = {
    "provider": "seedance-2.5",
    "prompt": "@Video1 at night",
    "video_url": "/inputs/2.png",
    "image_references": ["https://a.example/1.png"],
    "seed": 7,
}
OF_VIDEO_SENT = {
    "model": "seedance2_5",
    "promptText": "@Video1 at night",
    "promptVideo": "runway://ephemeral/2",
    "references": [{"uri": "https://a.example/1.png"}],
    "audio": True,
    "seed": 7,
}


@pytest.mark.parametrize(
    ("asked", "more"),
    [
        ({"mode": "edit"}, {"mode": "edit", "duration": "auto"}),
        ({"mode": "extend"}, {"mode": "extend", "duration": 5}),
        ({"mode": "extend", "duration_seconds": 30}, {"mode": "extend", "duration": 30}),
    ],
    ids=["edit", "extend", "extend-long"],
)
@pytest.mark.parametrize("size", [{}, {"resolution": "480p"}], ids=["no-size", "size"])
def test_what_is_made_of_a_video_has_no_size(asked, more, size):
    """Runway's types take the body; a resolution is not sent, which a note says."""
    request = OF_VIDEO | asked | size
    route, body = translated(request).values()
    notes = CATALOG.notes(CATALOG.read(request, backend="runway"), "runway")

    assert (route, body) == ("video_to_video", OF_VIDEO_SENT | more)
    assert any("resolution given was not sent" in note for note in notes) is bool(size)
    assert read_order(route, body, lambda _: 7.0).unknown_fields == []
    named = {to_snake(name): value for name, value in body.items()}
    # The fast tests run without the services' own clients.
    types = pytest.importorskip("runwayml.types")
    model = types.video_to_video_create_params.Seedance2_5
    taken = TypeAdapter(model).validate_python(named)
    assert taken | {"references": list(taken["references"])} == named


def test_a_resolution_needs_a_shape():
    """Runway knows both as one; half of it would be made in another size, and paid."""
    asked = SENT["seedance-fast-image"][0] | {"resolution": "480p"}

    with pytest.raises(InvalidParams, match="480p") as caught:
        translated(asked)
    assert [problem.parameter for problem in caught.value.problems] == ["aspect_ratio"]


def test_the_usual_resolution_needs_none():
    """It is what Runway makes of an image by itself."""
    asked = SENT["seedance-fast-image"][0] | {"resolution": "720p"}

    assert translated(asked) == translated(SENT["seedance-fast-image"][0])


def test_intelligent_shots_need_a_prompt():
    """Runway's client says so."""
    with pytest.raises(InvalidParams, match="prompt"):
        translated(SENT["kling-multi-prompt"][0] | {"shot_type": "intelligent"})


@pytest.mark.parametrize(
    ("asked", "advice"),
    [
        ({"negative_prompt": "blur"}, "Write into the prompt what not to show"),
        ({"provider": "seedance-2.0", "camera_fixed": True}, "locked-off shot"),
    ],
    ids=["negative-prompt", "camera-fixed"],
)
def test_what_runway_has_no_field_for_is_refused(asked, advice):
    """Before anything is sent, with what to do instead."""
    with pytest.raises(InvalidParams, match=advice):
        translated(SENT["kling-text"][0] | asked)


def test_a_kling_seed_is_told_to_be_in_vain():
    """It is not sent, and not kept quiet."""
    assert (
        "takes no seed"
        in CATALOG.providers["kling-3.0-standard"].backends["runway"].ignores["seed"]
    )


@pytest.mark.parametrize(
    "provider", [spec.id for spec in CATALOG.values() if "runway" in spec.backends]
)
def test_the_prompt_is_sent_as_it_was_written(provider):
    """Markup, emoji and quotes pass through unchanged."""
    prompt = "“<b>狐</b>” 🦊 \\n {x}"
    spec = CATALOG.providers[provider]
    params = VideoGenParams(provider=provider, mode=spec.modes[0], prompt=prompt)

    request = RunwayBackend("key_1").translate(params, spec, {})

    assert request["body"]["promptText"] == prompt


def test_a_prompt_that_is_too_long_for_runway_is_refused_here():
    """With the services that take it; nothing is sent."""
    request = {"provider": "seedance-2.0", "mode": TEXT, "prompt": "x" * 3_501}

    with pytest.raises(InvalidParams, match=r"3501 characters; runway takes at most 3500.*fal"):
        CATALOG.read(request, backend="runway")
    CATALOG.read(request, backend="fal")
