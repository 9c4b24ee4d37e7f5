"""What the packaged files say, against the contract's table and the services' documents."""

from __future__ import annotations

import pytest

from rushes.catalog import Catalog
from rushes.catalog.showing import ProviderList

SEEDANCE_MODES = ("text-to-video", "image-to-video", "reference-to-video")

PIXELS = {
    "480p": {
        "16:9": (864, 496),
        "4:3": (752, 560),
        "1:1": (640, 640),
        "3:4": (560, 752),
        "9:16": (496, 864),
        "21:9": (992, 432),
    },
    "720p": {
        "16:9": (1280, 720),
        "4:3": (1112, 834),
        "1:1": (960, 960),
        "3:4": (834, 1112),
        "9:16": (720, 1280),
        "21:9": (1470, 630),
    },
    "1080p": {
        "16:9": (1920, 1080),
        "4:3": (1664, 1248),
        "1:1": (1440, 1440),
        "3:4": (1248, 1664),
        "9:16": (1080, 1920),
        "21:9": (2206, 946),
    },
}
"""BytePlus ModelArk documentation, 2026."""


def test_providers_stand_in_the_contracts_order(catalog: Catalog) -> None:
    """They come before all others, in the order of the files' `order`."""
    assert (
        list(Catalog.load())[:3]
        == list(catalog)
        == ["seedance-2.0", "seedance-2.0-fast", "kling-3.0-standard"]
    )


@pytest.mark.parametrize(
    ("provider", "modes"),
    [
        ("seedance-2.0", SEEDANCE_MODES),
        ("seedance-2.0-fast", SEEDANCE_MODES),
        ("kling-3.0-standard", SEEDANCE_MODES[:2]),
    ],
)
def test_reference_to_video_is_seedances_alone(
    catalog: Catalog, provider: str, modes: tuple[str, ...]
) -> None:
    """Kling offers two modes, Seedance three."""
    assert catalog[provider].modes == modes


@pytest.mark.parametrize(
    ("provider", "name", "choices"),
    [
        ("seedance-2.0", "aspect_ratio", ("21:9", "16:9", "4:3", "1:1", "3:4", "9:16")),
        ("seedance-2.0-fast", "aspect_ratio", ("21:9", "16:9", "4:3", "1:1", "3:4", "9:16")),
        ("kling-3.0-standard", "aspect_ratio", ("16:9", "9:16", "1:1")),
        ("seedance-2.0", "resolution", ("480p", "720p", "1080p")),
        ("seedance-2.0-fast", "resolution", ("480p", "720p")),
        ("kling-3.0-standard", "shot_type", ("customize", "intelligent")),
    ],
)
def test_choices_are_the_contracts(
    catalog: Catalog, provider: str, name: str, choices: tuple[str, ...]
) -> None:
    """A choice offers exactly what the contract's table lists."""
    assert catalog[provider].parameters[name].choices == choices


@pytest.mark.parametrize(
    ("provider", "name", "low", "high"),
    [
        ("seedance-2.0", "duration_seconds", 4, 15),
        ("seedance-2.0-fast", "duration_seconds", 4, 15),
        ("kling-3.0-standard", "duration_seconds", 3, 15),
        ("kling-3.0-standard", "cfg_scale", 0, 1),
        ("seedance-2.0", "seed", 0, 2**32 - 1),
        ("seedance-2.0-fast", "seed", 0, 2**32 - 1),
        ("kling-3.0-standard", "seed", 0, 2**32 - 1),
    ],
)
def test_ranges_are_the_contracts(
    catalog: Catalog, provider: str, name: str, low: int, high: int
) -> None:
    """A number ranges exactly as the contract's table says."""
    parameter = catalog[provider].parameters[name]
    assert (parameter.min, parameter.max) == (low, high)


@pytest.mark.parametrize(
    ("provider", "absent"),
    [
        ("seedance-2.0", {"negative_prompt", "cfg_scale", "shot_type", "multi_prompt"}),
        ("seedance-2.0-fast", {"negative_prompt", "cfg_scale", "shot_type", "multi_prompt"}),
        (
            "kling-3.0-standard",
            {
                "resolution",
                "camera_fixed",
                "image_references",
                "video_references",
                "audio_references",
            },
        ),
    ],
)
def test_a_provider_does_not_declare_what_the_contract_leaves_blank(
    catalog: Catalog, provider: str, absent: set[str]
) -> None:
    """A dash in the contract's table is a parameter that the file does not have."""
    assert not absent & set(catalog[provider].parameters)


def test_fast_is_standard_without_1080p(catalog: Catalog) -> None:
    """Both Seedance tiers take the same parameters; only the resolutions differ."""
    standard, fast = catalog["seedance-2.0"].parameters, catalog["seedance-2.0-fast"].parameters
    differing = [name for name in standard if standard[name] != fast[name]]
    assert (list(standard), differing) == (list(fast), ["resolution"])


@pytest.mark.parametrize("resolution", PIXELS)
def test_seedance_pixel_sizes_are_exact(catalog: Catalog, resolution: str) -> None:
    """The table is that of the vendor's documentation."""
    assert catalog["seedance-2.0"].pixels[resolution] == PIXELS[resolution]


@pytest.mark.parametrize("resolution", ["480p", "720p"])
def test_fast_has_the_same_pixel_sizes(catalog: Catalog, resolution: str) -> None:
    """The fast tier renders the sizes of the standard one."""
    assert catalog["seedance-2.0-fast"].pixels[resolution] == PIXELS[resolution]


@pytest.mark.parametrize(
    ("provider", "mode", "model"),
    [
        ("seedance-2.0", "text-to-video", "bytedance/seedance-2.0/text-to-video"),
        ("seedance-2.0", "image-to-video", "bytedance/seedance-2.0/image-to-video"),
        ("seedance-2.0", "reference-to-video", "bytedance/seedance-2.0/reference-to-video"),
        ("seedance-2.0-fast", "text-to-video", "bytedance/seedance-2.0/fast/text-to-video"),
        ("seedance-2.0-fast", "image-to-video", "bytedance/seedance-2.0/fast/image-to-video"),
        (
            "seedance-2.0-fast",
            "reference-to-video",
            "bytedance/seedance-2.0/fast/reference-to-video",
        ),
        (
            "kling-3.0-standard",
            "text-to-video",
            "fal-ai/kling-video/v3/standard/text-to-video",
        ),
        (
            "kling-3.0-standard",
            "image-to-video",
            "fal-ai/kling-video/v3/standard/image-to-video",
        ),
    ],
)
def test_fal_has_a_model_for_every_mode(
    catalog: Catalog, provider: str, mode: str, model: str
) -> None:
    """The ids are those of fal's model pages."""
    assert dict(catalog[provider].backends["fal"].models)[mode] == model  # type: ignore[index]


def test_preview_is_the_last_resort() -> None:
    """The order of the backends is the order of preference."""
    for spec in Catalog.load().values():
        first, *_, last = spec.backends
        assert (first, last) == ("runway" if spec.vendor == "Runway" else "fal", "preview")


def test_the_list_of_providers_is_a_table_at_80_columns() -> None:
    """By maker, one provider a line."""
    specs = ProviderList(Catalog.load().values())
    lines = specs.sheet().text(80).splitlines()
    assert max(map(len, lines[: len(specs) + 1])) <= 80
    assert [line.split()[0] for line in lines if not line.startswith(" ")].count("ByteDance") == 1
    assert all(any(spec.id in line.split() for line in lines) for spec in specs)
