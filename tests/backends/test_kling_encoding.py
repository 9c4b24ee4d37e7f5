"""What is sent to Kling, for both families and every mode."""

from __future__ import annotations

import asyncio
import base64
import json

import httpx
import pytest
from PIL import Image

from emulators.kling import KLING_KEY, KLING_PAIR, KlingEmulator, KlingSettings
from rushes import InvalidParams
from rushes.backends.kling import KlingBackend, KlingLegacyBackend
from rushes.backends.protocol import Accepted, Attempt, Refused
from rushes.catalog import Catalog
from rushes.contract.errors import MediaError

CATALOG = Catalog.load()

KLING, TEXT, IMAGE = "kling-3.0-standard", "text-to-video", "image-to-video"

T2V, I2V = "text-to-video/kling-3.0", "image-to-video/kling-3.0"
OLD_T2V, OLD_I2V = "v1/videos/text2video", "v1/videos/image2video"

MEDIA = {"/inputs/2.png": {"$input": "2.png"}}

FOX = {"provider": KLING, "mode": TEXT, "prompt": "A fox"}
ALL = FOX | {
    "aspect_ratio": "9:16",
    "duration_seconds": 12,
    "generate_audio": False,
    "shot_type": "customize",
    "seed": 7,
}
RUN = {
    "provider": KLING,
    "mode": IMAGE,
    "prompt": "It runs",
    "start_image_url": "https://a.example/1.png",
    "end_image_url": "/inputs/2.png",
    "aspect_ratio": "1:1",
}
SHOTS = {
    "multi_prompt": [
        {"prompt": "It wakes; it yawns", "duration_seconds": 2},
        {"prompt": "It runs", "duration_seconds": 4},
    ]
}
SCENES = {"provider": KLING, "mode": TEXT, **SHOTS}
IMAGE_SCENES = {
    "provider": KLING,
    "mode": IMAGE,
    "start_image_url": "https://a.example/1.png",
    **SHOTS,
}
CUT = FOX | {"shot_type": "intelligent", "duration_seconds": 10}
WISHES = FOX | {"negative_prompt": "blur", "cfg_scale": 0.8}

SENT = [
    pytest.param(
        "kling",
        FOX,
        T2V,
        {
            "prompt": "A fox",
            "settings": {
                "resolution": "720p",
                "aspect_ratio": "16:9",
                "duration": 5,
                "audio": "native",
                "multi_shot": False,
            },
        },
        id="new, text",
    ),
    pytest.param(
        "kling",
        ALL,
        T2V,
        {
            "prompt": "A fox",
            "settings": {
                "resolution": "720p",
                "aspect_ratio": "9:16",
                "duration": 12,
                "audio": "off",
                "multi_shot": False,
            },
        },
        id="new, text, everything given",
    ),
    pytest.param(
        "kling",
        RUN,
        I2V,
        {
            "contents": [
                {"type": "prompt", "text": "It runs"},
                {"type": "first_frame", "url": "https://a.example/1.png"},
                {"type": "last_frame", "url": {"$input": "2.png"}},
            ],
            "settings": {
                "resolution": "720p",
                "duration": 5,
                "audio": "native",
                "multi_shot": False,
            },
        },
        id="new, images",
    ),
    pytest.param(
        "kling",
        SCENES,
        T2V,
        {
            "prompt": "shot 1, 2, It wakes, it yawns; shot 2, 4, It runs;",
            "settings": {
                "resolution": "720p",
                "aspect_ratio": "16:9",
                "duration": 6,
                "audio": "native",
                "multi_shot": True,
            },
        },
        id="new, shots",
    ),
    pytest.param(
        "kling",
        IMAGE_SCENES,
        I2V,
        {
            "contents": [
                {
                    "type": "prompt",
                    "text": "shot 1, 2, It wakes, it yawns; shot 2, 4, It runs;",
                },
                {"type": "first_frame", "url": "https://a.example/1.png"},
            ],
            "settings": {
                "resolution": "720p",
                "duration": 6,
                "audio": "native",
                "multi_shot": True,
            },
        },
        id="new, shots from an image",
    ),
    pytest.param(
        "kling",
        CUT,
        T2V,
        {
            "prompt": "A fox",
            "settings": {
                "resolution": "720p",
                "aspect_ratio": "16:9",
                "duration": 10,
                "audio": "native",
                "multi_shot": True,
            },
        },
        id="new, cut by the model",
    ),
    pytest.param(
        "kling-legacy",
        FOX,
        OLD_T2V,
        {
            "model_name": "kling-v3",
            "mode": "std",
            "prompt": "A fox",
            "aspect_ratio": "16:9",
            "duration": "5",
            "sound": "on",
            "multi_shot": False,
        },
        id="old, text",
    ),
    pytest.param(
        "kling-legacy",
        ALL | WISHES,
        OLD_T2V,
        {
            "model_name": "kling-v3",
            "mode": "std",
            "prompt": "A fox",
            "negative_prompt": "blur",
            "cfg_scale": 0.8,
            "aspect_ratio": "9:16",
            "duration": "12",
            "sound": "off",
            "multi_shot": False,
        },
        id="old, text, everything given",
    ),
    pytest.param(
        "kling-legacy",
        RUN,
        OLD_I2V,
        {
            "model_name": "kling-v3",
            "mode": "std",
            "prompt": "It runs",
            "image": "https://a.example/1.png",
            "image_tail": {"$input": "2.png"},
            "duration": "5",
            "sound": "on",
            "multi_shot": False,
        },
        id="old, images",
    ),
    pytest.param(
        "kling-legacy",
        SCENES,
        OLD_T2V,
        {
            "model_name": "kling-v3",
            "mode": "std",
            "aspect_ratio": "16:9",
            "duration": "6",
            "sound": "on",
            "multi_shot": True,
            "shot_type": "customize",
            "multi_prompt": [
                {"index": 1, "prompt": "It wakes; it yawns", "duration": "2"},
                {"index": 2, "prompt": "It runs", "duration": "4"},
            ],
        },
        id="old, shots",
    ),
    pytest.param(
        "kling-legacy",
        IMAGE_SCENES,
        OLD_I2V,
        {
            "model_name": "kling-v3",
            "mode": "std",
            "image": "https://a.example/1.png",
            "duration": "6",
            "sound": "on",
            "multi_shot": True,
            "shot_type": "customize",
            "multi_prompt": [
                {"index": 1, "prompt": "It wakes; it yawns", "duration": "2"},
                {"index": 2, "prompt": "It runs", "duration": "4"},
            ],
        },
        id="old, shots from an image",
    ),
    pytest.param(
        "kling-legacy",
        CUT,
        OLD_T2V,
        {
            "model_name": "kling-v3",
            "mode": "std",
            "prompt": "A fox",
            "aspect_ratio": "16:9",
            "duration": "10",
            "sound": "on",
            "multi_shot": True,
            "shot_type": "intelligence",
        },
        id="old, cut by the model",
    ),
]

FAMILIES = ["kling", "kling-legacy"]


def backend_of(name, **options):
    if name == "kling":
        return KlingBackend(KLING_KEY, **options)
    return KlingLegacyBackend(*KLING_PAIR.split(":"), **options)


def translated(name, asked):
    params = CATALOG.read(asked, backend=name)
    return backend_of(name).translate(params, CATALOG.providers[KLING], MEDIA)


@pytest.fixture
def kling():
    with KlingEmulator(KlingSettings(tiny_clips=True)) as running:
        yield running


def submitted(backend, request, **inputs):
    async def scenario():
        async with httpx.AsyncClient() as client:
            backend.connect(client)
            return await backend.submit(Attempt("job", "a-token", request, 0.0, inputs=inputs))

    return asyncio.run(scenario())


@pytest.mark.parametrize(("name", "asked", "route", "body"), SENT)
def test_a_request_in_klings_words(name, asked, route, body):
    """Route and body are exactly these, and are plain JSON."""
    request = translated(name, asked)

    assert request == {"route": route, "body": body}
    assert json.loads(json.dumps(request)) == request


@pytest.mark.parametrize(("name", "asked", "route", "body"), SENT)
def test_kling_takes_what_is_sent(kling, tmp_path, *, name, asked, route, body):
    """The strict emulator finds no wrong type, value or field; images are bare base64."""
    path = tmp_path / "2.png"
    Image.new("RGB", (320, 320), "teal").save(path)
    request = translated(name, asked)

    answer = submitted(backend_of(name, url=kling.url), request, **{"2.png": path})

    assert isinstance(answer, Accepted), answer
    sent = json.dumps(kling.jobs[0].input)
    assert kling.jobs[0].endpoint == route
    assert "$input" not in sent
    assert "data:" not in sent
    assert (base64.b64encode(path.read_bytes()).decode() in sent) is ("$input" in json.dumps(body))


def test_each_attempt_carries_its_token(kling):
    """By it a task is found whose reply was lost."""
    for name in FAMILIES:
        submitted(backend_of(name, url=kling.url), translated(name, FOX))

    new, old = (job.input for job in kling.jobs)
    assert new["options"] == {"external_task_id": "a-token"}
    assert old["external_task_id"] == "a-token"


@pytest.mark.parametrize("name", FAMILIES)
def test_an_image_that_is_gone_sends_nothing(kling, tmp_path, name):
    """And waiting would not bring it back."""
    gone = {"2.png": tmp_path / "2.png"}

    answer = submitted(backend_of(name, url=kling.url), translated(name, RUN), **gone)

    assert isinstance(answer, Refused)
    assert not answer.passing
    assert isinstance(answer.error, MediaError)
    assert kling.counts["submit"] == 0


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("mode", [TEXT, IMAGE])
def test_a_prompt_is_never_taken_for_a_file(kling, tmp_path, name, mode):
    """Whatever it begins with, it is sent as it was written."""
    secret = tmp_path / "secret.txt"
    secret.write_text("not for Kling")
    asked = FOX | {"mode": mode, "prompt": secret.as_uri()}
    if mode == IMAGE:
        asked["start_image_url"] = "https://a.example/1.png"

    submitted(backend_of(name, url=kling.url), translated(name, asked))

    assert secret.as_uri() in json.dumps(kling.jobs[0].input)


def test_the_prompt_is_sent_as_it_was_written():
    """Markup, emoji, quotes and semicolons pass through unchanged."""
    prompt = "“<b>狐</b>” 🦊; \\n {x}"

    for name in FAMILIES:
        assert translated(name, FOX | {"prompt": prompt})["body"]["prompt"] == prompt


@pytest.mark.parametrize("name", FAMILIES)
def test_shots_are_not_cut_twice(name):
    """By the model and by hand at once is neither; nothing is sent."""
    with pytest.raises(InvalidParams, match="customize"):
        translated(name, SCENES | {"shot_type": "intelligent"})


def test_shots_that_make_too_long_a_prompt_are_refused():
    """The new routes take them as one text; the older ones take them one by one."""
    shot = {"prompt": "x" * 512, "duration_seconds": 2}
    asked = {"provider": KLING, "mode": TEXT, "multi_prompt": [shot] * 6}

    with pytest.raises(InvalidParams, match="kling-legacy and fal"):
        translated("kling", asked)
    assert len(translated("kling-legacy", asked)["body"]["multi_prompt"]) == 6


def test_what_the_new_family_does_not_take_is_refused_with_who_does():
    """Before anything is sent; the older family takes the same request."""
    with pytest.raises(InvalidParams) as caught:
        CATALOG.read(WISHES, backend="kling")

    said = {problem.parameter: problem.message for problem in caught.value.problems}
    assert set(said) == {"negative_prompt", "cfg_scale"}
    for message in said.values():
        assert "backend kling-legacy" in message
        assert "fal" in message
    CATALOG.read(WISHES, backend="kling-legacy")


@pytest.mark.parametrize("name", FAMILIES)
def test_prompt_and_shots_exclude_each_other(name):
    """One of them would be in vain."""
    with pytest.raises(InvalidParams, match="either prompt or multi_prompt"):
        CATALOG.read(SCENES | {"prompt": "A fox"}, backend=name)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_seed_is_told_to_be_in_vain(name):
    """Kling has no such field."""
    params = CATALOG.read(ALL, backend=name)

    assert any("no seed" in note for note in CATALOG.notes(params, name))


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize(("audio", "amount"), [(True, 1.26), (False, 0.84)])
def test_a_price_is_that_of_klings_list(name, audio, amount):
    """Ten seconds with and without sound, as of the day of the list."""
    params = CATALOG.read(FOX | {"duration_seconds": 10, "generate_audio": audio}, backend=name)

    cost = CATALOG.providers[KLING].estimate(params, name)

    assert cost is not None
    assert (cost.amount, cost.currency, cost.date) == (amount, "USD", "2026-09-20")
