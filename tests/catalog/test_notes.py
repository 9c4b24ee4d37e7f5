"""What a service accepts but does not follow is told, never silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from rushes.catalog import Catalog

SEEDANCE = {"provider": "seedance-2.0", "mode": "text-to-video", "prompt": "x"}
KLING = {"provider": "kling-3.0-standard", "mode": "text-to-video", "prompt": "x"}
KLING_IMAGE = KLING | {"mode": "image-to-video", "start_image_url": "a.png"}


@pytest.mark.parametrize(
    ("request_", "backend", "notes"),
    [
        pytest.param(SEEDANCE, "fal", (), id="nothing-to-tell"),
        pytest.param(
            SEEDANCE | {"seed": 0},
            "fal",
            ("fal derives the seed itself; the one given was not sent.",),
            id="seed-of-seedance-on-fal",
        ),
        pytest.param(
            KLING | {"seed": 7},
            "fal",
            ("fal takes no seed for Kling; the one given was not sent.",),
            id="seed-of-kling-on-fal",
        ),
        pytest.param(SEEDANCE | {"seed": 7}, "preview", (), id="seed-on-preview"),
        pytest.param(KLING | {"aspect_ratio": "1:1"}, "fal", (), id="ratio-from-a-text"),
        pytest.param(
            KLING_IMAGE | {"aspect_ratio": "1:1"},
            "fal",
            ("Kling takes the aspect ratio from the start image; the one given was not sent.",),
            id="ratio-from-an-image",
        ),
        pytest.param(
            SEEDANCE | {"camera_fixed": False},
            "fal",
            ("fal does not support camera_fixed; False is its default and was not sent.",),
            id="a-refused-switch-that-is-off",
        ),
    ],
)
def test_notes_tell_what_was_given_in_vain(
    catalog: Catalog, request_: dict[str, Any], backend: str, notes: tuple[str, ...]
) -> None:
    """One sentence for each parameter that has no effect."""
    params = catalog.read(request_, backend=backend)
    assert catalog.notes(params, backend) == notes
