"""Estimates of money and time; the amounts are computed by hand from fal's model pages, 2026."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from rushes.catalog import Catalog

SEEDANCE, FAST, KLING = "seedance-2.0", "seedance-2.0-fast", "kling-3.0-standard"
TEXT = {"mode": "text-to-video", "prompt": "x"}
IMAGE = {"mode": "image-to-video", "prompt": "x", "start_image_url": "a.png"}
PICTURES = {"mode": "reference-to-video", "prompt": "x", "image_references": ["a.png"]}
CLIPS = {"mode": "reference-to-video", "prompt": "x", "video_references": ["a.mp4"]}


@pytest.mark.parametrize(
    ("provider", "request_", "amount"),
    [
        # 5 s x $0.3034
        pytest.param(SEEDANCE, TEXT, 1.517, id="720p-text"),
        # 5 s x $0.3024
        pytest.param(SEEDANCE, IMAGE, 1.512, id="720p-image"),
        pytest.param(SEEDANCE, PICTURES, 1.512, id="720p-pictures"),
        # 10 s x $0.682
        pytest.param(
            SEEDANCE, TEXT | {"resolution": "1080p", "duration_seconds": 10}, 6.82, id="1080p"
        ),
        # 864 x 496 x 5 x 24 / 1024 = 50,220 tokens x $0.014 / 1,000
        pytest.param(SEEDANCE, TEXT | {"resolution": "480p"}, 0.70308, id="480p-text"),
        # 640 x 640 x 4 x 24 / 1024 = 38,400 tokens x $0.014 / 1,000
        pytest.param(
            SEEDANCE,
            TEXT | {"resolution": "480p", "aspect_ratio": "1:1", "duration_seconds": 4},
            0.5376,
            id="480p-square",
        ),
        # The shape follows the image, so the largest of 480p counts: as 16:9.
        pytest.param(SEEDANCE, IMAGE | {"resolution": "480p"}, 0.70308, id="480p-image"),
        # (5 s + 15 s of input) x $0.3024 x 0.6
        pytest.param(SEEDANCE, CLIPS, 3.6288, id="720p-clips"),
        # (5 s + 15 s of input) x $0.682 x 0.6
        pytest.param(SEEDANCE, CLIPS | {"resolution": "1080p"}, 8.184, id="1080p-clips"),
        # 10,044 tokens/s x (5 s + 15 s of input) x $0.014 / 1,000 x 0.6
        pytest.param(SEEDANCE, CLIPS | {"resolution": "480p"}, 1.687392, id="480p-clips"),
        # Audio changes nothing.
        pytest.param(SEEDANCE, TEXT | {"generate_audio": False}, 1.517, id="720p-silent"),
        # 5 s x $0.2419
        pytest.param(FAST, TEXT, 1.2095, id="fast-720p"),
        # 50,220 tokens x $0.0112 / 1,000
        pytest.param(FAST, TEXT | {"resolution": "480p"}, 0.562464, id="fast-480p"),
        # (5 s + 15 s of input) x $0.2419 x 0.6
        pytest.param(FAST, CLIPS, 2.9028, id="fast-720p-clips"),
        # 10,044 tokens/s x 20 s x $0.0112 / 1,000 x 0.6
        pytest.param(FAST, CLIPS | {"resolution": "480p"}, 1.349914, id="fast-480p-clips"),
        # 5 s x $0.126
        pytest.param(KLING, TEXT, 0.63, id="kling-audio"),
        # 10 s x $0.084
        pytest.param(
            KLING, TEXT | {"generate_audio": False, "duration_seconds": 10}, 0.84, id="kling-silent"
        ),
    ],
)
def test_fal_estimate(
    catalog: Catalog, provider: str, request_: dict[str, Any], amount: float
) -> None:
    """The estimate is the price list applied to the request and its defaults."""
    params = catalog.read({"provider": provider, **request_})
    cost = catalog[provider].estimate(params, "fal")
    assert cost is not None
    assert cost.amount == pytest.approx(amount, abs=1e-6)


def test_an_estimate_says_where_and_when_its_price_was_read(catalog: Catalog) -> None:
    """No amount without its date and source, and it is called an estimate."""
    params = catalog.read({"provider": KLING, **TEXT})
    cost = catalog[KLING].estimate(params, "fal")
    assert cost is not None
    assert (cost.currency, cost.estimated, cost.source, cost.date) == (
        "USD",
        True,
        "fal model page",
        "2026-11-22",
    )


def test_an_estimate_says_that_input_seconds_are_assumed(catalog: Catalog) -> None:
    """The length of reference videos is not known beforehand; the estimate admits it."""
    params = catalog.read({"provider": SEEDANCE, **CLIPS})
    cost = catalog[SEEDANCE].estimate(params, "fal")
    assert cost is not None
    assert "15 seconds of reference video assumed" in (cost.source or "")


@pytest.mark.parametrize("provider", [SEEDANCE, FAST, KLING])
def test_preview_is_free(catalog: Catalog, provider: str) -> None:
    """A preview costs nothing."""
    params = catalog.read({"provider": provider, **TEXT})
    cost = catalog[provider].estimate(params, "preview")
    assert cost is not None
    assert cost.amount == 0


def test_a_backend_without_prices_has_no_estimate(with_looper: Catalog) -> None:
    """An unknown price is None, not zero."""
    params = with_looper.read({"provider": "looper-1", **TEXT})
    assert with_looper["looper-1"].estimate(params, "elsewhere") is None


def test_an_unknown_backend_has_no_estimate(catalog: Catalog) -> None:
    """Neither a price nor a time is invented for a service that the file does not name."""
    spec = catalog[KLING]
    params = catalog.read({"provider": KLING, **TEXT})
    assert (spec.estimate(params, "nowhere"), spec.typical_seconds(params, "nowhere")) == (
        None,
        None,
    )


@pytest.mark.parametrize("provider", [SEEDANCE, FAST, KLING])
def test_a_longer_video_takes_longer_to_render(catalog: Catalog, provider: str) -> None:
    """The usual render time grows with the video's length."""
    spec = catalog[provider]
    times = [
        spec.typical_seconds(
            catalog.read({"provider": provider, **TEXT, "duration_seconds": seconds}), "fal"
        )
        for seconds in (4, 15)
    ]
    assert None not in times
    assert times == sorted(times, key=lambda time: time or 0)


@pytest.mark.parametrize("provider", [SEEDANCE, FAST, KLING])
def test_a_preview_takes_about_three_seconds(catalog: Catalog, provider: str) -> None:
    """The preview's time does not depend on the request."""
    params = catalog.read({"provider": provider, **TEXT, "duration_seconds": 15})
    assert catalog[provider].typical_seconds(params, "preview") == 3
