"""Modes are words of the providers' files, and so is what a video is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rushes.catalog import Catalog
from rushes.catalog.form import form
from rushes.catalog.source import read_text
from rushes.contract.errors import InvalidParams
from rushes.estimate import estimate_of

if TYPE_CHECKING:
    from rushes.catalog import ProviderSpec

FILE = """
id = "acme"
title = "Acme"
modes = ["text-to-video", "lip-sync", "extend"]

[parameters.footage]
kind = "video"
modes = ["lip-sync", "extend"]
required = ["lip-sync", "extend"]
min_clip_seconds = 2
max_clip_seconds = 20

[parameters.voice]
kind = "audio"
modes = ["lip-sync"]
required = ["lip-sync"]

[parameters.duration_seconds]
kind = "integer"
modes = ["text-to-video", "extend"]
min = 2
max = 12
default = 5
defaults = { extend = 7 }

[[parameters.duration_seconds.limits]]
when = { mode = "extend" }
min = 6
max = 8

[backends.fal]
as_list = ["footage"]

[backends.fal.models]
text-to-video = "acme/text"
lip-sync = "acme/lips"
extend = "acme/more"

[[backends.fal.routes]]
when = { mode = "extend" }
model = "acme/more"
constants = { task = "extension" }

[[backends.fal.prices]]
when = { mode = "extend" }
per_second = 0.05
per_input_second = 0.01
source = "a test"

[[backends.fal.prices]]
per_second = 0.10
minimum = 0.56
source = "a test"

[backends.preview]
"""
LIPS = {
    "provider": "acme",
    "mode": "lip-sync",
    "prompt": "x",
    "footage": "/a.mp4",
    "voice": "b.wav",
}
MORE = {"provider": "acme", "mode": "extend", "prompt": "x", "footage": "/a.mp4"}


@pytest.fixture(scope="module")
def acme() -> ProviderSpec:
    return read_text(FILE)


def sent(spec: ProviderSpec, request: dict[str, object]) -> dict[str, object]:
    params = Catalog([spec]).read(request)
    return spec.sent(params, spec.backends["fal"], {})


def test_a_mode_exists_because_a_file_declares_it(acme: ProviderSpec) -> None:
    """It is checked, routed and inferred as any other."""
    params = Catalog([acme]).read({key: LIPS[key] for key in LIPS if key != "mode"})

    assert params.mode == "lip-sync"
    assert acme.model_of(params, acme.backends["fal"]) == "acme/lips"
    assert form(acme, {})["modes"] == ["text-to-video", "lip-sync", "extend"]


def test_modes_follow_from_the_models_of_the_services() -> None:
    """A file need not name them a second time."""
    named = FILE.replace('modes = ["text-to-video", "lip-sync", "extend"]\n', "", 1)

    assert read_text(named).modes == ("text-to-video", "lip-sync", "extend")


@pytest.mark.parametrize("mode", ["lipsync", "edit", "Lip Sync", 3])
def test_an_unknown_mode_is_refused_with_what_the_provider_has(
    acme: ProviderSpec, mode: object
) -> None:
    """Also one that another provider offers."""
    with pytest.raises(InvalidParams) as raised:
        Catalog([acme, *Catalog.load().values()]).read(LIPS | {"mode": mode})

    (problem, *_) = raised.value.problems
    assert problem.parameter == "mode"
    assert "allowed are text-to-video, lip-sync, extend." in problem.message


@pytest.mark.parametrize("name", ["Edit", "first last", "", "x" * 41])
def test_a_mode_is_a_word_of_small_letters(name: str) -> None:
    """So that it reads the same in a file, a command and a form."""
    with pytest.raises(ValueError, match="modes"):
        read_text(FILE.replace('"lip-sync", "extend"]', f'"{name}"]', 1))


def test_a_video_is_sent_as_the_service_wants_it(acme: ProviderSpec) -> None:
    """In a list where it takes one, with the constants of the route and the mode's own default."""
    assert sent(acme, MORE) == {
        "task": "extension",
        "footage": ["/a.mp4"],
        "duration_seconds": 7,
    }
    assert sent(acme, LIPS) == {"footage": ["/a.mp4"], "voice": "b.wav"}


def test_a_form_says_what_a_mode_changes_of_a_field(acme: ProviderSpec) -> None:
    """Its default and its range there."""
    fields = {field["name"]: field for field in form(acme, {})["fields"]}

    assert fields["durationSeconds"]["inModes"] == {"extend": {"default": 7, "min": 6, "max": 8}}
    assert "inModes" not in fields["footage"]


@pytest.mark.parametrize(
    ("request_", "lengths", "low", "high"),
    [
        (MORE, {}, 0.37, 0.55),
        (MORE, {"/a.mp4": 4.0}, 0.39, 0.39),
        (MORE, {"/a.mp4": 4.2}, 0.392, 0.40),
        (LIPS, {}, 0.56, 2.0),
        (LIPS, {"/a.mp4": 10.0}, 1.0, 1.0),
        (LIPS, {"/a.mp4": 2.0}, 0.56, 0.56),
    ],
)
def test_seconds_of_the_given_video_are_billed(
    acme: ProviderSpec,
    request_: dict[str, object],
    lengths: dict[str, float],
    low: float,
    high: float,
) -> None:
    """Measured where it is here, else from the shortest to the longest that is accepted."""
    found = estimate_of(acme, Catalog([acme]).read(request_), "fal", lengths)

    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    assert found.exact == (low == high)


def test_a_video_without_a_known_length_has_no_price() -> None:
    """Where the price depends on it and nothing limits it; a price of nothing would be wrong."""
    spec = read_text(FILE.replace("max_clip_seconds = 20\n", ""))
    params = Catalog([spec]).read(LIPS)

    assert estimate_of(spec, params, "fal", {}).high is None
    assert spec.estimate(params, "fal") is None
    assert estimate_of(spec, params, "fal", {"/a.mp4": 10.0}).high == pytest.approx(1.0)


def test_the_length_has_to_be_known_from_something() -> None:
    """A mode without a duration needs a video that is as long."""
    with pytest.raises(ValueError, match="leaves out text-to-video, where no video is required"):
        read_text(FILE.replace('modes = ["text-to-video", "extend"]', 'modes = ["extend"]'))
