"""What is refused before anything is sent, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rushes.contract.errors import InvalidParams

if TYPE_CHECKING:
    from collections.abc import Callable

    from rushes.catalog import Catalog
    from rushes.contract.errors import Problem

    Problems = Callable[..., dict[str, Problem]]

SEEDANCE, FAST, KLING = "seedance-2.0", "seedance-2.0-fast", "kling-3.0-standard"
TEXT, IMAGE, REFERENCE = "text-to-video", "image-to-video", "reference-to-video"


def shots(*seconds: int, prompt: str = "x") -> list[dict[str, Any]]:
    return [{"prompt": prompt, "durationSeconds": length} for length in seconds]


REFUSED = [
    pytest.param(
        {"provider": FAST, "mode": TEXT, "prompt": "x", "resolution": "1080p"},
        "resolution: '1080p' is not offered by seedance-2.0-fast; allowed are 480p, 720p. "
        "seedance-2.0 takes it.",
        id="choice-with-taker",
    ),
    pytest.param(
        {"provider": SEEDANCE, "mode": TEXT, "prompt": "x", "resolution": "4k"},
        "resolution: '4k' is not offered by seedance-2.0; allowed are 480p, 720p, 1080p.",
        id="choice-without-taker",
    ),
    pytest.param(
        {"provider": KLING, "mode": TEXT, "prompt": "x", "aspect_ratio": "21:9"},
        "aspect_ratio: '21:9' is not offered by kling-3.0-standard; allowed are 16:9, 9:16, 1:1. "
        "seedance-2.0 and seedance-2.0-fast take it.",
        id="ratio",
    ),
    pytest.param(
        {"provider": SEEDANCE, "mode": TEXT, "prompt": "x", "duration_seconds": 3},
        "duration_seconds: 3 is not offered by seedance-2.0; allowed are whole numbers "
        "from 4 to 15 seconds. kling-3.0-standard takes it.",
        id="too-short",
    ),
    pytest.param(
        {"provider": KLING, "mode": TEXT, "prompt": "x", "duration_seconds": 16},
        "duration_seconds: 16 is not offered by kling-3.0-standard; allowed are whole numbers "
        "from 3 to 15 seconds.",
        id="too-long",
    ),
    pytest.param(
        {"provider": KLING, "mode": TEXT, "prompt": "x", "duration_seconds": 4.5},
        "duration_seconds: 4.5 is not a whole number.",
        id="half-second",
    ),
    pytest.param(
        {"provider": KLING, "mode": TEXT, "prompt": "x", "cfg_scale": 1.5},
        "cfg_scale: 1.5 is not offered by kling-3.0-standard; allowed are numbers from 0 to 1.",
        id="guidance",
    ),
    pytest.param(
        {"provider": KLING, "mode": TEXT, "prompt": "x", "cfg_scale": float("nan")},
        "cfg_scale: nan is not offered by kling-3.0-standard; allowed are numbers from 0 to 1.",
        id="guidance-nan",
    ),
    pytest.param(
        {"provider": SEEDANCE, "mode": TEXT, "prompt": "x", "seed": -1},
        "seed: -1 is not offered by seedance-2.0; allowed are whole numbers from 0 to 4294967295.",
        id="negative-seed",
    ),
    pytest.param(
        {"provider": SEEDANCE, "mode": TEXT, "prompt": "x", "seed": 2**32},
        "seed: 4294967296 is not offered by seedance-2.0; allowed are whole numbers "
        "from 0 to 4294967295.",
        id="large-seed",
    ),
    pytest.param(
        {"provider": SEEDANCE, "mode": TEXT, "prompt": "x", "generate_audio": "yes"},
        "generate_audio: 'yes' is not True or False.",
        id="boolean",
    ),
    pytest.param(
        {"provider": KLING, "mode": TEXT, "prompt": "x", "shot_type": "intelligence"},
        "shot_type: 'intelligence' is not offered by kling-3.0-standard; "
        "allowed are customize, intelligent.",
        id="shot-type",
    ),
    pytest.param(
        {"provider": SEEDANCE, "mode": TEXT, "prompt": "x", "negative_prompt": "blur"},
        "negative_prompt: seedance-2.0 does not take it ('blur' was given); kling-3.0-standard "
        "does. Remove it, or choose kling-3.0-standard.",
        id="foreign-parameter",
    ),
    pytest.param(
        {"provider": KLING, "mode": TEXT, "prompt": "x", "camera_fixed": True},
        "camera_fixed: kling-3.0-standard does not take it (True was given); seedance-2.0 and "
        "seedance-2.0-fast do. Remove it, or choose seedance-2.0 or seedance-2.0-fast.",
        id="camera-of-kling",
    ),
    pytest.param(
        {"provider": SEEDANCE, "mode": TEXT, "prompt": "x", "aspectRation": "1:1"},
        "aspect_ration: no provider takes it ('1:1' was given). Did you mean aspect_ratio?",
        id="misspelled",
    ),
    pytest.param(
        {"provider": SEEDANCE, "mode": TEXT, "prompt": "x", "negativ_prompt": "blur"},
        "negativ_prompt: no provider takes it ('blur' was given). "
        "Did you mean negative_prompt, a parameter of kling-3.0-standard?",
        id="misspelled-and-foreign",
    ),
    pytest.param(
        {"provider": "kling", "mode": TEXT, "prompt": "x"},
        "provider: 'kling' is not in the catalog; known are seedance-2.0, seedance-2.0-fast, "
        "kling-3.0-standard. Did you mean kling-3.0-standard?",
        id="unknown-provider",
    ),
    pytest.param(
        {"mode": TEXT, "prompt": "x"},
        "provider: is required; known are seedance-2.0, seedance-2.0-fast, kling-3.0-standard.",
        id="no-provider",
    ),
    pytest.param(
        {
            "provider": SEEDANCE,
            "prompt": "x",
            "start_image_url": "https://m.example/a.png",
            "image_references": ["https://m.example/b.png"],
        },
        "mode: is required, because the inputs do not determine it; allowed are text-to-video, "
        "image-to-video, reference-to-video.",
        id="no-mode",
    ),
    pytest.param(
        {"provider": KLING, "mode": "image", "prompt": "x"},
        "mode: 'image' is not a mode; allowed are text-to-video, image-to-video. "
        "Did you mean image-to-video?",
        id="no-such-mode",
    ),
    pytest.param(
        {"provider": KLING, "mode": REFERENCE, "prompt": "x"},
        "mode: 'reference-to-video' is not offered by kling-3.0-standard; allowed are "
        "text-to-video, image-to-video. seedance-2.0 and seedance-2.0-fast offer it.",
        id="mode-of-another-provider",
    ),
    pytest.param(
        {"provider": SEEDANCE, "mode": TEXT},
        "prompt: is required for text-to-video with seedance-2.0.",
        id="no-prompt",
    ),
    pytest.param(
        {"provider": SEEDANCE, "mode": TEXT, "prompt": " \n"},
        "prompt: is required for text-to-video with seedance-2.0.",
        id="blank-prompt",
    ),
    pytest.param(
        {"provider": KLING, "mode": TEXT},
        "prompt: is required for text-to-video with kling-3.0-standard, "
        "unless multi_prompt is given.",
        id="neither-prompt-nor-shots",
    ),
    pytest.param(
        {"provider": SEEDANCE, "mode": IMAGE, "prompt": "x"},
        "start_image_url: is required for image-to-video with seedance-2.0; "
        "allowed are URLs and paths.",
        id="no-start-image",
    ),
    pytest.param(
        {"provider": SEEDANCE, "mode": TEXT, "prompt": "x", "start_image_url": "a.png"},
        "start_image_url: is for image-to-video with seedance-2.0, not for text-to-video "
        "('a.png' was given). Remove it, or change the mode.",
        id="start-image-in-text-to-video",
    ),
    pytest.param(
        {"provider": SEEDANCE, "mode": REFERENCE, "prompt": "x"},
        "image_references: reference-to-video with seedance-2.0 needs at least one of "
        "image_references, video_references and audio_references.",
        id="no-reference",
    ),
    pytest.param(
        {"provider": SEEDANCE, "mode": REFERENCE, "prompt": "x", "audio_references": ["a.mp3"]},
        "audio_references: needs image_references or video_references along with it "
        "(Images or Videos in a form).",
        id="audio-alone",
    ),
    pytest.param(
        {
            "provider": SEEDANCE,
            "mode": REFERENCE,
            "prompt": "x",
            "video_references": ["1", "2", "3", "4"],
        },
        "video_references: ('1', '2', '3', '4') has 4 items, too many for seedance-2.0; "
        "allowed are at most 3 URLs or paths.",
        id="four-videos",
    ),
    pytest.param(
        {
            "provider": SEEDANCE,
            "mode": REFERENCE,
            "prompt": "x",
            "image_references": ["a"] * 9,
            "video_references": ["b"] * 3,
            "audio_references": ["c"],
        },
        "audio_references: 13 references in all (9 image_references, 3 video_references, "
        "1 audio_references); seedance-2.0 takes at most 12.",
        id="thirteen-references",
    ),
    pytest.param(
        {"provider": SEEDANCE, "mode": REFERENCE, "prompt": "x", "image_references": ["a", ""]},
        "image_references[1]: '' is not offered by seedance-2.0; allowed are URLs and paths.",
        id="empty-reference",
    ),
    pytest.param(
        {"provider": KLING, "mode": TEXT, "multi_prompt": []},
        "multi_prompt: () is empty for kling-3.0-standard; allowed are 1 to 6 shots.",
        id="no-shots",
    ),
    pytest.param(
        {"provider": KLING, "mode": TEXT, "multi_prompt": shots(2, 0), "duration_seconds": 3},
        "multi_prompt[1].duration_seconds: 0 is too short for kling-3.0-standard; "
        "allowed are durations of at least 1 s.",
        id="shot-too-short",
    ),
    pytest.param(
        {"provider": KLING, "mode": TEXT, "multi_prompt": shots(5, prompt="x" * 513)},
        "multi_prompt[0].prompt: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xxxxxxxxxxx... has 513 characters, too many for kling-3.0-standard; "
        "allowed are texts of at most 512 characters.",
        id="shot-prompt-too-long",
    ),
    pytest.param(
        {"provider": KLING, "mode": TEXT, "multi_prompt": shots(3, 4), "duration_seconds": 10},
        "multi_prompt: the shots add up to 7 seconds, but duration_seconds is 10; "
        "the two have to be the same.",
        id="shots-do-not-add-up",
    ),
    pytest.param(
        {"provider": KLING, "mode": TEXT, "multi_prompt": shots(9, 9)},
        "multi_prompt: the shots add up to 18 seconds; "
        "allowed are whole numbers from 3 to 15 seconds.",
        id="shots-too-long-in-all",
    ),
    pytest.param(
        {"provider": KLING, "mode": TEXT, "prompt": "x", "aspect_ratio": "1:1", "aspectRatio": "1"},
        "aspect_ratio: is given twice, as aspect_ratio and as aspectRatio.",
        id="both-spellings",
    ),
    pytest.param(
        {"provider": KLING, "mode": TEXT, "prompt": "x", "client_ref": "\ud800"},
        "client_ref: '\\ud800' cannot be read: it is too large, or not valid Unicode.",
        id="not-unicode",
    ),
]


@pytest.mark.parametrize(("request_", "message"), REFUSED)
def test_a_wrong_request_is_refused_in_plain_words(
    catalog: Catalog, request_: dict[str, Any], message: str
) -> None:
    """The message names the parameter, the value, what is allowed and who would take it."""
    with pytest.raises(InvalidParams) as caught:
        catalog.read(request_)
    assert message in [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("name", ["prompt", "negative_prompt"])
def test_a_text_of_kling_may_be_2500_characters_long(
    catalog: Catalog, problems: Problems, name: str
) -> None:
    """The limit itself is allowed, one character more is not."""
    request = {"provider": KLING, "mode": TEXT, "prompt": "x"}
    catalog.read(request | {name: "x" * 2500})
    assert list(problems(**request | {name: "x" * 2501})) == [name]


def test_seedance_has_no_limit_of_the_prompt(catalog: Catalog) -> None:
    """No vendor document names one, so none is invented."""
    assert catalog.read({"provider": SEEDANCE, "mode": TEXT, "prompt": "x" * 100_000})


def test_all_problems_come_at_once(problems: Problems) -> None:
    """Wrong types and broken rules of one request are told together."""
    found = problems(
        provider=FAST,
        mode=TEXT,
        seed="seven",
        resolution="1080p",
        cfgScale=0.5,
        loop=True,
    )
    assert set(found) == {"seed", "resolution", "cfg_scale", "loop", "prompt"}


def test_a_wrong_type_is_told_once(problems: Problems) -> None:
    """A value that could not be read is not held against the ranges too."""
    assert list(problems(provider=KLING, mode=TEXT, prompt="x", duration_seconds="5")) == [
        "duration_seconds"
    ]


def test_a_value_of_a_wrong_type_counts_as_given(problems: Problems) -> None:
    """A start image that is no text is wrong, not missing."""
    found = problems(provider=KLING, mode=IMAGE, prompt="x", start_image_url=5)
    assert found["start_image_url"].message == "5 is not a string."


def test_values_are_checked_in_spite_of_a_wrong_mode(problems: Problems) -> None:
    """What does not depend on the mode is told along with it."""
    found = problems(provider=KLING, mode=REFERENCE, prompt="x", duration_seconds=99)
    assert set(found) == {"mode", "duration_seconds"}


def test_a_problem_keeps_the_value_and_shortens_only_its_words(problems: Problems) -> None:
    """At most 80 characters of a value are shown."""
    found = problems(provider=KLING, mode=TEXT, prompt="x", shot_type="y" * 5000)["shot_type"]
    assert (found.value, "y" * 76 in found.message, "y" * 77 in found.message) == (
        "y" * 5000,
        True,
        False,
    )


@pytest.mark.parametrize("name", ["resolution", "negative_prompt", "loop"])
def test_none_is_not_given(catalog: Catalog, name: str) -> None:
    """A parameter that is None might as well be absent, whoever takes it."""
    request = {"provider": KLING, "mode": TEXT, "prompt": "x"}
    assert catalog.read(request | {name: None}) == catalog.read(request)


@pytest.mark.parametrize("name", ["client_ref", "request_origin"])
@pytest.mark.parametrize("provider", [SEEDANCE, FAST, KLING])
def test_every_provider_takes_the_common_parameters(
    catalog: Catalog, provider: str, name: str
) -> None:
    """What the caller wants back is nobody's business."""
    request = {"provider": provider, "mode": TEXT, "prompt": "x", "seed": 7, name: "mine"}
    assert catalog.read(request).given() == request


@pytest.mark.parametrize("value", [True, False])
@pytest.mark.parametrize("backend", [None, "preview"])
def test_seedance_takes_a_fixed_camera(
    catalog: Catalog, backend: str | None, *, value: bool
) -> None:
    """The parameter is the provider's; only a service may refuse it."""
    request = {"provider": SEEDANCE, "mode": TEXT, "prompt": "x", "camera_fixed": value}
    assert catalog.read(request, backend=backend).camera_fixed is value


def test_fal_refuses_a_fixed_camera_with_advice(problems: Problems) -> None:
    """The message says what to write in the prompt instead, and who takes the parameter."""
    found = problems("fal", provider=SEEDANCE, mode=TEXT, prompt="x", camera_fixed=True)
    assert found["camera_fixed"].message == (
        "fal does not take it for seedance-2.0 (True was given). Seedance 2.x has no such field "
        "any more. Leave it out; to hold the camera still, write 'static camera, locked-off shot' "
        "in the prompt. preview takes it."
    )


def test_fal_takes_a_prompt_or_shots_but_not_both(problems: Problems) -> None:
    """Kling on fal has one of the two."""
    found = problems("fal", provider=KLING, mode=TEXT, prompt="x", multi_prompt=shots(5))
    assert found["prompt"].message == (
        "fal takes either prompt or multi_prompt for kling-3.0-standard. Remove one."
    )


def test_preview_takes_a_prompt_and_shots(catalog: Catalog) -> None:
    """What only fal refuses, others take."""
    request = {"provider": KLING, "mode": TEXT, "prompt": "x", "multi_prompt": shots(5)}
    assert catalog.read(request, backend="preview").multi_prompt


def test_a_backend_that_does_not_serve_the_provider_is_refused(
    catalog: Catalog, problems: Problems
) -> None:
    """The message names the backends that do."""
    found = problems("ark", provider=KLING, mode=TEXT, prompt="x")
    assert found["backend"].message == (
        "'ark' does not serve kling-3.0-standard; backends that do are "
        f"{', '.join(catalog[KLING].backends)}."
    )


def test_a_backend_without_a_model_for_the_mode_is_refused(with_looper: Catalog) -> None:
    """A mode may be the provider's and not the service's."""
    request = {
        "provider": "looper-1",
        "mode": IMAGE,
        "prompt": "x",
        "start_image_url": "a.png",
    }
    with pytest.raises(InvalidParams, match="elsewhere does not offer 'image-to-video'"):
        with_looper.read(request, backend="elsewhere")
