"""Expected size and length of a video."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from rushes.catalog import Catalog

TEXT, IMAGE, REFERENCE = "text-to-video", "image-to-video", "reference-to-video"
SHOTS = [{"prompt": "a", "duration_seconds": 4}, {"prompt": "b", "duration_seconds": 5}]


@pytest.mark.parametrize(
    ("request_", "size"),
    [
        pytest.param(
            {"provider": "seedance-2.0", "mode": TEXT, "prompt": "x"}, (1280, 720), id="defaults"
        ),
        pytest.param(
            {
                "provider": "seedance-2.0",
                "mode": TEXT,
                "prompt": "x",
                "resolution": "1080p",
                "aspect_ratio": "9:16",
            },
            (1080, 1920),
            id="both-given",
        ),
        pytest.param(
            {"provider": "seedance-2.0", "mode": IMAGE, "prompt": "x", "start_image_url": "a.png"},
            None,
            id="follows-the-image",
        ),
        pytest.param(
            {
                "provider": "seedance-2.0",
                "mode": IMAGE,
                "prompt": "x",
                "start_image_url": "a.png",
                "aspect_ratio": "1:1",
            },
            (960, 960),
            id="ratio-beats-the-image",
        ),
        pytest.param(
            {
                "provider": "seedance-2.0",
                "mode": REFERENCE,
                "prompt": "x",
                "image_references": ["a.png"],
            },
            None,
            id="follows-the-references",
        ),
        pytest.param(
            {"provider": "kling-3.0-standard", "mode": TEXT, "prompt": "x", "aspect_ratio": "9:16"},
            (720, 1280),
            id="kling",
        ),
        pytest.param(
            {
                "provider": "kling-3.0-standard",
                "mode": IMAGE,
                "prompt": "x",
                "start_image_url": "a.png",
                "aspect_ratio": "9:16",
            },
            None,
            id="kling-always-follows-the-image",
        ),
    ],
)
def test_pixels_follow_ratio_and_resolution(
    catalog: Catalog, request_: dict[str, Any], size: tuple[int, int] | None
) -> None:
    """The size is known beforehand unless it follows the media that are given."""
    params = catalog.read(request_)
    assert catalog[params.provider].pixels_of(params) == size


@pytest.mark.parametrize(
    ("more", "seconds"),
    [
        pytest.param({"prompt": "x"}, 5, id="default"),
        pytest.param({"prompt": "x", "duration_seconds": 12}, 12, id="given"),
        pytest.param({"multi_prompt": SHOTS}, 9, id="sum-of-shots"),
    ],
)
def test_duration_is_given_or_the_sum_of_shots_or_the_default(
    catalog: Catalog, more: dict[str, Any], seconds: int
) -> None:
    """A request always has a length in whole seconds."""
    params = catalog.read({"provider": "kling-3.0-standard", "mode": TEXT, **more})
    assert catalog[params.provider].duration_of(params) == seconds
