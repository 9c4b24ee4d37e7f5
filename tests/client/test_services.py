"""One request at several services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reliability.asking import assert_kept, at_rest
from rushes import InvalidParams, NoBackend, VideoGen
from support.requests import FOX
from support.services import BY_NAME
from support.timings import QUICK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emulators.emulator import Emulator

BOTH = ("fal", "ark")


@pytest.fixture
def services() -> Iterator[dict[str, Emulator]]:
    fal, ark = (BY_NAME[name].emulator(run_seconds=(0.1, 0.3), tiny_clips=True) for name in BOTH)
    with fal, ark:
        yield {"fal": fal, "ark": ark}


@pytest.fixture
def gen(services: dict[str, Emulator], tmp_path: Path) -> Iterator[VideoGen]:
    """A client that knows both; none of them is its usual one."""
    folders = {"home": tmp_path / "home", "library": tmp_path / "media"}
    with VideoGen(**folders, timing=QUICK, timeout=60.0) as client:
        for name, emulator in services.items():
            client.engine.use(BY_NAME[name].backend(emulator.urls))
        yield client


def test_comparing_two_services_is_one_call_each(gen, services):
    """The same request, another word for `backend`; each has its own price."""
    jobs = {name: gen.submit(FOX, backend=name) for name in BOTH}

    # All of them first: a file that is still arriving stands in the same folder.
    for record in [at_rest(gen, job) for job in jobs.values()]:
        assert_kept(record)
    for name, job in jobs.items():
        assert job.backend == name
        assert [each.request_id for each in services[name].jobs] == [job.remote_id]
    assert jobs["fal"].cost != jobs["ark"].cost


def test_the_first_service_of_the_catalog_is_taken(gen):
    """When nobody chose another."""
    assert gen.submit(FOX).backend == "fal"


def test_a_service_that_does_not_run_the_model_is_refused(gen, services):
    """With those that do; nothing is sent."""
    kling = FOX | {"provider": "kling-3.0-standard"}

    with pytest.raises((NoBackend, InvalidParams), match="fal"):
        gen.submit(kling, backend="ark")

    assert services["ark"].jobs == []


def test_the_environment_chooses_for_a_client(gen, monkeypatch):
    """`RUSHES_BACKEND` holds where the code names none."""
    monkeypatch.setenv("RUSHES_BACKEND", "ark")

    assert gen.submit(FOX).backend == "ark"
