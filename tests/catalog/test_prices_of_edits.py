"""What is made of a given video: amounts computed by hand from the services' price sentences.

Some bill the seconds that are given as well, some the result, which is as long as they are.
"""

from __future__ import annotations

from typing import Any

import pytest

from rushes.catalog import Catalog

CATALOG = Catalog.load()

VIDEO = "https://media.example/take.mp4"

EDIT = {"mode": "edit", "prompt": "x", "video_url": VIDEO}
EXTEND = {"mode": "extend", "prompt": "x", "video_url": VIDEO}
LIPS = {"mode": "lip-sync", "video_url": VIDEO, "audio_url": "https://media.example/voice.mp3"}
UPSCALE = {"mode": "upscale", "video_url": VIDEO}

MINUTE = 60.0


@pytest.mark.parametrize(
    ("provider", "request_", "given", "amount"),
    [
        # The result is as long as the video, of which at most 15 s are taken.
        pytest.param("kling-o3-pro", EDIT, 5.0, 5 * 0.168, id="o3-pro"),
        pytest.param("kling-o3-pro", EDIT, None, 15 * 0.168, id="o3-pro-unknown"),
        pytest.param("kling-o3-standard", EDIT, 10.0, 10 * 0.126, id="o3-standard"),
        # 7 s are added, and only they are billed.
        pytest.param("veo-3.1", EXTEND, 8.0, 7 * 0.4, id="veo"),
        pytest.param("veo-3.1", EXTEND | {"generate_audio": False}, 8.0, 7 * 0.2, id="veo-silent"),
        pytest.param("veo-3.1-fast", EXTEND, None, 7 * 0.15, id="veo-fast"),
        pytest.param("ltx-2.3", EXTEND, 10.0, 5 * 0.1, id="ltx"),
        pytest.param("ltx-2.3", EXTEND | {"duration_seconds": 20}, 10.0, 20 * 0.1, id="ltx-long"),
        pytest.param("pixverse-v6", EXTEND, 10.0, 5 * 0.045, id="pixverse"),
        pytest.param(
            "pixverse-v6",
            EXTEND | {"resolution": "1080p", "generate_audio": True, "duration_seconds": 8},
            None,
            8 * 0.115,
            id="pixverse-1080p-sound",
        ),
        # $0.01 for each second that is given, besides the result.
        pytest.param("grok-imagine", EDIT, 6.0, 6 * (0.07 + 0.01), id="grok"),
        pytest.param(
            "grok-imagine", EDIT | {"resolution": "480p"}, 6.0, 6 * (0.05 + 0.01), id="grok-480p"
        ),
        pytest.param("grok-imagine", EDIT, None, 15 * (0.07 + 0.01), id="grok-unknown"),
        pytest.param("grok-imagine", EXTEND, 10.0, 6 * 0.07 + 10 * 0.01, id="grok-extend"),
        pytest.param("grok-imagine", EXTEND, None, 6 * 0.07 + 15 * 0.01, id="grok-extend-unknown"),
        # In 1080p, which is the usual size, $0.56 for both together.
        pytest.param("happyhorse-1.0", EDIT, 5.0, 5 * 0.56, id="happyhorse"),
        pytest.param(
            "happyhorse-1.0", EDIT | {"resolution": "720p"}, 5.0, 5 * 0.28, id="happyhorse-720p"
        ),
        pytest.param("happyhorse-1.0", EDIT, None, 15 * 0.56, id="happyhorse-unknown"),
        # $8 a minute, to the cent.
        pytest.param("sync-3", LIPS, MINUTE, 8.0, id="sync"),
        # The most that fal bills: more than 1080p, at 60 frames a second.
        pytest.param("topaz-upscale", UPSCALE, 10.0, 10 * 0.08 * 2, id="topaz"),
    ],
)
def test_an_edit_costs_what_the_price_sentence_says(
    provider: str, request_: dict[str, Any], given: float | None, amount: float
) -> None:
    """By the seconds that are made and given; the most that is taken counts if not known."""
    assert cost(provider, request_, "fal", given) == pytest.approx(amount, abs=0.005)


@pytest.mark.parametrize(
    ("given", "amount"), [(1.0, 0.56), (2.0, 0.56), (2.5, 0.7), (10.0, 2.8), (None, 8.4)]
)
def test_aleph_2_bills_two_seconds_at_least(given: float | None, amount: float) -> None:
    """28 credits a second and 56 a task, of one cent each."""
    request = {"mode": "edit", "video_url": VIDEO}

    assert cost("aleph-2", request, "runway", given) == pytest.approx(amount)


@pytest.mark.parametrize(
    ("request_", "given", "seconds"),
    [
        pytest.param(EDIT, 5.0, 5 + 5, id="edit"),
        pytest.param(EDIT, None, 30.2 + 30.2, id="edit-unknown"),
        pytest.param(EXTEND, 10.0, 10 + 5, id="extend"),
        pytest.param(EXTEND | {"duration_seconds": 20}, None, 30.2 + 20, id="extend-unknown"),
    ],
)
def test_ark_bills_the_seconds_given_and_made(
    request_: dict[str, Any], given: float | None, seconds: float
) -> None:
    """$6.40 for a million tokens, of the shape of 720p that has most pixels."""
    tokens = 1112 * 834 * (24 * seconds + 1) / 1024

    assert cost("seedance-2.5", request_, "ark", given) == pytest.approx(tokens * 6.4e-6)


@pytest.mark.parametrize("request_", [EDIT, EXTEND], ids=["edit", "extend"])
def test_a_price_by_a_size_that_nobody_says_is_no_estimate(request_: dict[str, Any]) -> None:
    """Runway bills Seedance 2.5 by the size, and takes none for what is made of a video."""
    request = request_ | {"resolution": "1080p"}

    assert cost("seedance-2.5", request, "runway", 5.0) is None
    assert cost("seedance-2.5", request, "fal", 5.0) is not None


REQUESTS = {"edit": EDIT, "extend": EXTEND, "lip-sync": LIPS, "upscale": UPSCALE}

OFFERS = [
    pytest.param(spec.id, mode, name, id=f"{spec.id}-{mode}-{name}")
    for spec in CATALOG.values()
    for name, offer in spec.backends.items()
    for mode in REQUESTS
    if offer.prices and (mode in offer.models or (not offer.models and mode in spec.modes))
]


@pytest.mark.parametrize(("provider", "mode", "backend"), OFFERS)
def test_a_longer_video_never_costs_less(provider: str, mode: str, backend: str) -> None:
    """And one whose length is not known not less than any that is taken, if there is a price."""
    amounts = [cost(provider, REQUESTS[mode], backend, given) for given in (1.0, 3.0, 8.0, None)]

    known = [amount for amount in amounts if amount is not None]
    assert len(known) in {0, len(amounts)}
    assert known == sorted(known)


def cost(provider: str, request: dict[str, Any], backend: str, given: float | None) -> float | None:
    """The estimate of a request with so many seconds of given video."""
    params = CATALOG.read({"provider": provider, **request}, backend=backend)
    found = CATALOG[provider].estimate(params, backend, input_seconds=given)
    return None if found is None else found.amount
