"""Keys of a provider's file that say how a service differs from the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rushes.backends.fal import FalBackend
from rushes.catalog import Catalog
from rushes.contract.errors import InvalidParams

if TYPE_CHECKING:
    from pathlib import Path

FILE = """\
id = "odd-1"
title = "Odd"
modes = ["text-to-video", "image-to-video"]

[prompt]
limit = 10
unit = "bytes"

[parameters.duration_seconds]
kind = "integer"
min = 4
max = 12
step = 2
default = 6

[[parameters.duration_seconds.limits]]
when = { resolution = ["2k", "4k"] }
max = 8

[parameters.resolution]
kind = "choice"
choices = ["480p", "2k", "4k"]
default = "480p"

[[parameters.resolution.limits]]
when = { end_image_url = true }
choices = ["480p", "2k"]

[parameters.start_image_url]
kind = "image"
modes = ["image-to-video"]
required = ["image-to-video"]

[parameters.end_image_url]
kind = "image"
modes = ["image-to-video"]

[parameters.negative_prompt]
kind = "text"
max_length = 4
unit = "utf-16"

[parameters.generate_audio]
kind = "boolean"
default = true

[backends.fal]
omits = ["generate_audio"]
unverified = ["how long the videos are."]

[backends.fal.fields]
duration_seconds = "duration"
start_image_url = "image_url"

[backends.fal.models]
text-to-video = "odd/text"
image-to-video = "odd/image"

[[backends.fal.routes]]
when = { end_image_url = true }
model = "odd/between"
fields = { start_image_url = "first", end_image_url = "last" }
ignores = { resolution = "Between two images the size is theirs." }
unverified = ["how long the way is."]

[backends.fal.values]
duration_seconds = "{}s"

[backends.fal.values.resolution]
480p = "480P"
2k = "2K"

[backends.fal.constants]
mode = "balanced"

[[backends.fal.prices]]
when = { duration_seconds = [4, 6] }
per_video = 0.5
source = "x"

[[backends.fal.prices]]
per_video = 0.9
source = "x"
"""

TEXT: dict[str, Any] = {"provider": "odd-1", "mode": "text-to-video", "prompt": "A fox"}
IMAGE: dict[str, Any] = TEXT | {"mode": "image-to-video", "start_image_url": "https://a.example/1"}


@pytest.fixture
def odd(user_folder: Path) -> Catalog:
    (user_folder / "odd.toml").write_text(FILE, encoding="utf-8")
    catalog = Catalog.load(user_folder)
    assert catalog.broken == ()
    return catalog


def sent(catalog: Catalog, request: dict[str, Any]) -> dict[str, Any]:
    params = catalog.read(request, backend="fal")
    return FalBackend("a:b").translate(params, catalog["odd-1"], {})


@pytest.mark.parametrize(
    ("given", "written"),
    [("480p", "480P"), ("2k", "2K"), ("4k", "4k")],
)
def test_a_value_is_written_in_the_services_words(odd: Catalog, given: str, written: str) -> None:
    """A template and a table; what the table leaves out is sent as it is."""
    body = sent(odd, TEXT | {"resolution": given})["input"]
    assert (body["resolution"], body["duration"]) == (written, "6s")


def test_a_parameter_without_a_field_is_not_sent(odd: Catalog) -> None:
    """And a field that the service requires is."""
    body = sent(odd, TEXT)["input"]
    assert ("generate_audio" in body, body["mode"]) == (False, "balanced")


def test_a_route_ignores_what_the_others_take(odd: Catalog) -> None:
    """It is not sent to that model, and a note says so if it was given."""
    ends = IMAGE | {"end_image_url": "https://a.example/2"}
    told = [
        odd.notes(odd.read(request, backend="fal"), "fal")
        for request in (ends | {"resolution": "2k"}, ends, IMAGE | {"resolution": "2k"})
    ]
    ignored, always, between = (
        "Between two images the size is theirs.",
        "Not verified: how long the videos are.",
        "Not verified: how long the way is.",
    )
    assert told == [(ignored, always, between), (always, between), (always,)]
    assert "resolution" not in sent(odd, ends | {"resolution": "2k"})["input"]
    assert sent(odd, IMAGE | {"resolution": "2k"})["input"]["resolution"] == "2K"


def test_a_request_takes_the_first_route_that_applies(odd: Catalog) -> None:
    """With that model's names for its fields."""
    plain, between = sent(odd, IMAGE), sent(odd, IMAGE | {"end_image_url": "https://a.example/2"})
    assert (plain["endpoint"], between["endpoint"]) == ("odd/image", "odd/between")
    assert plain["input"]["image_url"] == between["input"]["first"] == "https://a.example/1"
    assert between["input"]["last"] == "https://a.example/2"


def test_an_error_of_the_service_finds_its_parameter_on_every_route(odd: Catalog) -> None:
    """The form marks the field."""
    offer = odd["odd-1"].backends["fal"]
    assert [offer.parameter_of(field) for field in ("image_url", "first", "last", "duration")] == [
        "start_image_url",
        "start_image_url",
        "end_image_url",
        "duration_seconds",
    ]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"resolution": "4k", "duration_seconds": 10},
            (
                "duration_seconds: 10 is not offered by odd-1 with resolution 2k or 4k; "
                "allowed are at most 8."
            ),
        ),
        (
            {"prompt": "狐狐狐狐"},
            "prompt: '狐狐狐狐' has 12 bytes in UTF-8; odd-1 takes at most 10.",
        ),
        (
            {"negative_prompt": "🦊🦊🦊"},
            "negative_prompt: '🦊🦊🦊' has 6 characters (an emoji counts as two), too many",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(
    odd: Catalog, more: dict[str, Any], message: str
) -> None:
    """With the values that are left, before anything is sent."""
    with pytest.raises(InvalidParams) as caught:
        odd.read(TEXT | more)
    assert str(caught.value.problems[0]).startswith(message)


def test_a_limit_that_depends_on_a_default_holds(odd: Catalog) -> None:
    """What was not given counts as its default."""
    request = IMAGE | {"end_image_url": "https://a.example/2", "resolution": "4k"}
    with pytest.raises(InvalidParams, match="with end_image_url; allowed are 480p, 2k"):
        odd.read(request)


@pytest.mark.parametrize(("seconds", "amount"), [(4, 0.5), (6, 0.5), (8, 0.9)])
def test_a_video_may_have_one_price(odd: Catalog, seconds: int, amount: float) -> None:
    """Which may depend on a list of values."""
    params = odd.read(TEXT | {"duration_seconds": seconds})
    cost = odd["odd-1"].estimate(params, "fal")
    assert cost is not None
    assert cost.amount == amount


def test_what_is_not_verified_is_a_note(odd: Catalog) -> None:
    """Of every request to that backend."""
    notes = odd.notes(odd.read(TEXT), "fal")
    assert notes == ("Not verified: how long the videos are.",)


def test_a_table_of_a_provider_says_its_limits(odd: Catalog) -> None:
    """Whoever prints it sees what goes together."""
    assert "max" not in str(odd["odd-1"])
    assert "at most 8 with resolution 2k or 4k" in " ".join(str(odd["odd-1"]).split())


@pytest.mark.parametrize(
    ("old", "new", "at", "reason"),
    [
        (
            'duration_seconds = "{}s"',
            'duration_seconds = "s"',
            None,
            "backends.fal.values.duration_seconds: is 's', without \"{}\"",
        ),
        (
            '2k = "2K"',
            '3k = "2K"',
            None,
            "backends.fal.values.resolution.3k: is not a choice; those are 480p, 2k, 4k.",
        ),
        (
            'when = { resolution = ["2k", "4k"] }',
            'when = { resolution = ["2k", "5k"] }',
            None,
            (
                "parameters.duration_seconds.limits.0.when.resolution: names '5k'; "
                "allowed are 480p, 2k, 4k."
            ),
        ),
        (
            "max = 8",
            "max = 5",
            "[[parameters.duration_seconds.limits]]",
            "parameters.duration_seconds.limits.0: does not allow the default, which is 6.",
        ),
        (
            "max = 8",
            "choices = ['a']",
            None,
            (
                "parameters.duration_seconds.limits.0.choices: does not belong to a limit of a "
                "parameter of kind 'integer'."
            ),
        ),
        (
            'model = "odd/between"',
            'modell = "odd/between"',
            "[[backends.fal.routes]]",
            (
                "backends.fal.routes.0.model: is missing. backends.fal.routes.0.modell: is an "
                "unknown key; allowed are when, model, fields, constants, ignores, unverified."
                " Did you mean model?"
            ),
        ),
        (
            'ignores = { resolution = "Between two images the size is theirs." }',
            'ignores = { size = "Between two images the size is theirs." }',
            None,
            "backends.fal.routes.0.ignores.size: names 'size', which is not a parameter here;",
        ),
        (
            'omits = ["generate_audio"]',
            'omits = ["audio"]',
            None,
            "backends.fal.omits: names 'audio', which is not a parameter here; those are",
        ),
        (
            'unit = "bytes"',
            'unit = "words"',
            None,
            "prompt.unit: is 'words'; allowed is one of 'characters', 'b",
        ),
        (
            'unit = "utf-16"',
            'unit = "words"',
            None,
            "parameters.negative_prompt.unit: is 'words'; ",
        ),
    ],
)
def test_a_mistake_is_named_with_line_key_and_what_is_allowed(
    user_folder: Path, old: str, new: str, at: str | None, reason: str
) -> None:
    """The file is not used."""
    assert FILE.count(old) == 1
    (user_folder / "odd.toml").write_text(FILE.replace(old, new), encoding="utf-8")
    (broken,) = Catalog.load(user_folder).broken
    assert reason in broken.reason
    assert broken.line is not None
    assert FILE.replace(old, new).splitlines()[broken.line - 1] == (at or new)
