"""A bake-off of a paid and a local model, end to end."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from rushes import VideoGen
from support.comfy import WORKFLOWS, backend_of, emulated
from support.services import BY_NAME
from support.timings import QUICK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emulators.comfyui import ComfyEmulator
    from emulators.fal import FalEmulator

PROMPTS = ["A paper boat at dawn", "A street in the rain", "A cat on a piano", "Fire"]
PAID, LOCAL = "kling-3.0-standard", "local-free"


@pytest.fixture
def comfy() -> Iterator[ComfyEmulator]:
    with emulated() as running:
        yield running


@pytest.fixture
def gen(emulator: FalEmulator, comfy: ComfyEmulator, tmp_path: Path) -> Iterator[VideoGen]:
    shutil.copytree(WORKFLOWS, tmp_path / "home" / "providers")
    folders = {"home": tmp_path / "home", "library": tmp_path / "media"}
    # Each provider goes to the first service in its file that is there.
    with VideoGen(timing=QUICK, **folders) as client:
        client.engine.use(BY_NAME["fal"].backend(emulator.urls))
        client.engine.use(backend_of(comfy.urls))
        yield client


def test_the_open_model_is_judged_beside_the_paid_one(gen, emulator, comfy):
    """Each prompt is made by both, the takes are compared in pairs, and only one side costs."""
    bake = gen.bakeoff(PROMPTS, providers=[PAID, LOCAL], name="open", duration_seconds=4)
    cost = bake.cost.high
    bake.run().wait(120)

    for _ in PROMPTS:
        pair = bake.next_pair()
        choice = "left" if pair.left.provider == LOCAL else "right"
        bake.add_vote(pair, prompt=choice, looks=choice)

    assert (len(emulator.jobs), len(comfy.jobs)) == (4, 4)
    jobs = [job for job in gen.jobs() if job.provider == LOCAL]
    assert [job.cost.amount for job in jobs] == [0.0] * 4
    assert cost == sum(
        gen.plan(provider=PAID, prompt=prompt, duration_seconds=4).cost.high for prompt in PROMPTS
    )
    assert "Free nodes" in str(bake.results())
