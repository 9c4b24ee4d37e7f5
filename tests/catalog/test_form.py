"""The form is exactly what docs/reference/widget-protocol.md describes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic.alias_generators import to_camel

from rushes.catalog import form
from rushes.io.kind import NAMES

if TYPE_CHECKING:
    from rushes.catalog import Catalog

COMMON_KEYS = {"name", "label", "kind"}
OPTIONAL_KEYS = {
    *("required", "modes", "default", "usual", "usualModes", "help", "unit", "maxMegabytes"),
}
OWN_KEYS = {
    "choice": {"choices"},
    "integer": {"min", "max", "step"},
    "number": {"min", "max", "step"},
    "boolean": set(),
    "text": {"maxLength"},
    "image": {"formats"},
    "images": {"maxItems", "formats"},
    "videos": {"maxItems", "formats"},
    "audios": {"maxItems", "formats"},
    "shots": {"maxItems"},
}
PROVIDERS = ["seedance-2.0", "seedance-2.0-fast", "kling-3.0-standard"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_form_has_a_field_for_every_parameter(catalog: Catalog, provider: str) -> None:
    """In the file's order, under the names of the contract's JSON."""
    fields = form(catalog[provider], {})["fields"]
    assert [field["name"] for field in fields] == [
        to_camel(name) for name in catalog[provider].parameters
    ]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_fields_have_the_keys_of_their_kind(catalog: Catalog, provider: str) -> None:
    """No key more and none less than the page knows."""
    for field in form(catalog[provider], {})["fields"]:
        assert set(field) - OPTIONAL_KEYS == COMMON_KEYS | OWN_KEYS[field["kind"]], field["name"]


def test_a_form_states_the_limits_of_the_whole_request(catalog: Catalog) -> None:
    """Those that belong to no single field; left out where there is none."""
    forms = [form(catalog[provider], {}) for provider in PROVIDERS]
    assert [(each.get("promptLimit"), each.get("maxReferences")) for each in forms] == [
        (None, 12),
        (None, 12),
        (2500, None),
    ]


def test_a_backend_combines_the_file_with_the_callers_status(catalog: Catalog) -> None:
    """Prices and refusals are the file's; whether there is a key is the caller's."""
    status = {"configured": True, "chosen": True, "reason": None}
    backends = form(catalog["seedance-2.0"], {"fal": status})["backends"]
    assert backends[0] == {
        "name": "fal",
        "configured": True,
        "chosen": True,
        "perSecond": 0.3034,
        "currency": "USD",
        "priceDate": "2026-11-22",
        "refuses": {"cameraFixed": catalog["seedance-2.0"].backends["fal"].refuses["camera_fixed"]},
        "ignores": {"seed": catalog["seedance-2.0"].backends["fal"].ignores["seed"]},
    }


def test_a_backend_that_the_caller_does_not_know_is_not_configured(catalog: Catalog) -> None:
    """Its chip is disabled with a reason."""
    backend = form(catalog["seedance-2.0"], {})["backends"][0]
    assert (backend.get("configured"), backend.get("chosen"), backend["reason"]) == (
        None,
        None,
        "No backend named fal is installed.",
    )


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_default_that_holds_in_some_modes_only_is_not_in_the_form(
    catalog: Catalog, provider: str
) -> None:
    """Else a form would send 16:9 along with an upright start image."""
    fields = form(catalog[provider], {})["fields"]
    assert [field.get("default") for field in fields if field["name"] == "aspectRatio"] == [None]
    usual = [(field["usual"], field["usualModes"]) for field in fields if "usual" in field]
    assert usual == [("16:9", ["text-to-video"])]


def test_the_form_of_a_users_provider_follows_its_file(with_looper: Catalog) -> None:
    """A form with no code: exactly the fields of the file, labels and modes filled in."""
    both = ["text-to-video", "image-to-video"]
    assert form(with_looper["looper-1"], {}) == {
        "id": "looper-1",
        "title": "Looper",
        "modes": both,
        "promptModes": both,
        "fields": [
            {
                "name": "loop",
                "label": "Loop",
                "kind": "boolean",
                "default": True,
            },
            {
                "name": "strength",
                "label": "Strength",
                "kind": "number",
                "modes": ["image-to-video"],
                "help": "How much.",
                "unit": "per cent",
            },
            {
                "name": "startImageUrl",
                "label": "Start image url",
                "kind": "image",
                "required": ["image-to-video"],
                "modes": ["image-to-video"],
                "formats": [
                    {"name": NAMES[ending], "accept": accepted}
                    for ending, accepted in {
                        "jpg": "image/jpeg,.jpg,.jpeg",
                        "png": "image/png,.png",
                        "webp": "image/webp,.webp",
                        "gif": "image/gif,.gif",
                        "bmp": "image/bmp,.bmp",
                        "tiff": "image/tiff,.tif,.tiff",
                        "heic": "image/heic,image/heif,.heic,.heif",
                        "avif": "image/avif,.avif",
                    }.items()
                ],
            },
            {
                "name": "durationSeconds",
                "label": "Duration seconds",
                "kind": "integer",
                "default": 4,
                "min": 2,
                "max": 10,
                "step": 2,
            },
        ],
        "backends": [
            {
                "name": "elsewhere",
                "reason": "No backend named elsewhere is installed.",
                "refuses": {"loop": "Say 'seamless loop' in the prompt."},
            }
        ],
    }
