"""What is estimated before the click is what the services bill."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from rushes.backends.protocol import Accepted, Attempt, Done
from rushes.catalog import Catalog
from support.services import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes.contract.params import VideoGenParams
    from rushes.contract.results import Cost

CATALOG = Catalog.load()

COUNTED = ("aspect_ratio", "resolution", "generate_audio")
"""Parameters that may change the price, with the duration."""


def grid(provider: str, backend: str) -> Iterator[VideoGenParams]:
    """Every price of a provider: each shape, resolution and sound, short and long."""
    spec = CATALOG[provider]
    axes: dict[str, list[Any]] = {
        name: [True, False]
        if spec.parameters[name].kind == "boolean"
        else list(spec.parameters[name].choices)
        for name in COUNTED
        if name in spec.parameters
    }
    seconds = spec.parameters["duration_seconds"]
    axes["duration_seconds"] = [seconds.min, 7, seconds.max]
    for values in itertools.product(*axes.values()):
        request = {"provider": provider, "mode": "text-to-video", "prompt": "A fox"}
        yield CATALOG.read(request | dict(zip(axes, values, strict=True)), backend=backend)


def billed(service: str, requests: list[VideoGenParams]) -> list[Cost | None]:
    """What the service bills for each request, made one after the other."""
    emulated = BY_NAME[service]

    async def scenario(urls: dict[str, str]) -> list[Cost | None]:
        backend, costs = emulated.backend(urls), []
        async with httpx.AsyncClient() as client:
            backend.connect(client)
            for number, params in enumerate(requests):
                body = backend.translate(params, CATALOG[params.provider], {})
                accepted = await backend.submit(Attempt(f"j{number}", f"t{number}", body, 0.0))
                assert isinstance(accepted, Accepted)
                done = await backend.poll(accepted.remote_id, accepted.remote)
                assert isinstance(done, Done)
                costs.append(done.cost)
        return costs

    with emulated.emulator(run_seconds=(0.0, 0.0), tiny_clips=True) as emulator:
        return asyncio.run(scenario(emulator.urls))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("service", "provider"),
    [
        ("ark", "seedance-2.0"),
        ("ark", "seedance-2.0-fast"),
        ("kling", "kling-3.0-standard"),
        ("runway", "seedance-2.0"),
        ("runway", "seedance-2.0-fast"),
    ],
)
def test_the_estimate_is_the_bill(service, provider):
    """To the last digit of a token, for every shape, resolution, sound and length."""
    requests = list(grid(provider, service))
    estimates = [CATALOG[provider].estimate(params, service) for params in requests]

    costs = billed(service, requests)

    assert len(requests) >= 12
    for params, estimate, cost in zip(requests, estimates, costs, strict=True):
        assert estimate is not None
        assert cost is not None
        assert (estimate.estimated, cost.estimated) == (True, False)
        assert (cost.amount, cost.currency) == (
            pytest.approx(estimate.amount, abs=1e-4),
            estimate.currency,
        ), params
