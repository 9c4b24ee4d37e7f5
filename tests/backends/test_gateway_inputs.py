"""Local files of jobs that run through a gateway: uploaded once, by the digest of their content."""

from __future__ import annotations

import asyncio
import hashlib
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from emulators.faults import Call, Fault, FaultKind, Operation
from emulators.gateway import GatewayEmulator, GatewaySettings
from reliability.asking import assert_bought_once, assert_kept, at_rest
from rushes import JobState, VideoGen
from rushes.backends.protocol import Accepted, Attempt
from rushes.catalog import Catalog
from support.requests import FOX
from support.services import BY_NAME
from support.timings import QUICK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TROUBLES = {
    "500": {"kind": FaultKind.ERROR_BEFORE},
    "503 page": {"kind": FaultKind.HTML_PAGE, "status": 503},
    "no reply": {"kind": FaultKind.DROP_BEFORE},
    "lost reply": {"kind": FaultKind.LOSE_REPLY},
    "half a reply": {"kind": FaultKind.MALFORMED_JSON},
    "429": {"kind": FaultKind.TOO_MANY, "retry_after": 0.1},
}


@pytest.fixture
def gateway() -> Iterator[GatewayEmulator]:
    with GatewayEmulator(GatewaySettings(run_seconds=(0.1, 0.3), tiny_clips=True)) as running:
        yield running


@pytest.fixture
def gen(gateway: GatewayEmulator, tmp_path: Path) -> Iterator[VideoGen]:
    folders: dict[str, Any] = {"home": tmp_path / "home", "library": tmp_path / "media"}
    with VideoGen(BY_NAME["gateway"].backend(gateway.urls), **folders, timing=QUICK) as client:
        yield client


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "fox.png"
    Image.new("RGB", (320, 320)).save(path)
    return path


def animated(image: Path) -> dict[str, Any]:
    return FOX | {"mode": "image-to-video", "start_image_url": image}


def named(image: Path) -> str:
    return f"rushes-input:{hashlib.sha256(image.read_bytes()).hexdigest()}"


def test_a_file_is_uploaded_once(gen, gateway, image):
    """However many jobs have it, at the same time or later; requests have its name."""
    jobs = [gen.submit(animated(image), prompt=f"Fox {number}") for number in range(4)]
    for job in jobs:
        at_rest(gen, job)
    at_rest(gen, gen.submit(animated(image)))

    assert gateway.counts["kept"] == 1
    assert [job.input["startImageUrl"] for job in gateway.jobs] == [named(image)] * 5
    assert gateway.uploads[named(image)].data == image.read_bytes()


def test_an_earlier_gateway_gets_files_inside_requests(gen, gateway, image):
    """It has no uploads, and nothing is sent in vain to find out."""
    gateway.settings.uploads = False

    assert_bought_once(gateway, at_rest(gen, gen.submit(animated(image))))

    assert gateway.jobs[0].input["startImageUrl"].startswith("data:image/png;base64,")
    assert not any(request.method == "PUT" for request in gateway.requests)


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_an_upload_that_fails_is_tried_again(gen, gateway, image, trouble, method):
    """Nothing was submitted yet, so nothing can be bought twice.

    A reply that cannot be read may be that of an earlier gateway, which gets the file inside.
    """

    def is_it(call: Call) -> bool:
        return bool(call.input == method)

    fault: dict[str, Any] = {**trouble, "on": Operation.UPLOAD, "when": is_it, "times": 2}
    gateway.add_fault(Fault(**fault))

    record = at_rest(gen, gen.submit(animated(image)))

    assert_bought_once(gateway, record)
    if (trouble["kind"], method) != (FaultKind.MALFORMED_JSON, "GET"):
        assert gateway.jobs[0].input["startImageUrl"] == named(image)


def test_an_upload_that_fails_right_before_the_submission_is_tried_again(gen, gateway, image):
    """The gateway is asked for the file a second time then; the job waits and is bought once."""
    gateway.add_fault(Fault(FaultKind.ERROR_BEFORE, on=Operation.UPLOAD, skip=2, times=2))

    assert_bought_once(gateway, at_rest(gen, gen.submit(animated(image))))


def test_a_lost_reply_with_an_upload_buys_once(gen, gateway, image):
    """The same attempt is sent again, with the same file."""
    gateway.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))

    record = at_rest(gen, gen.submit(animated(image)))

    assert_kept(record)
    assert (len(gateway.jobs), gateway.counts["kept"]) == (1, 1)


def test_a_gateway_that_forgot_a_file_gets_it_again(gateway, image):
    """Between the upload and the submission, as where another one answers under its address."""
    catalog = Catalog.load()
    spec = catalog.providers["seedance-2.0"]
    params = catalog.read(animated(image) | {"start_image_url": str(image)}, backend="gateway")

    async def scenario() -> object:
        backend = BY_NAME["gateway"].backend(gateway.urls)
        async with httpx.AsyncClient() as client:
            backend.connect(client)
            media = {str(params.start_image_url): await backend.upload(image)}
            request = backend.translate(params, spec, media)
            gateway._service.ledger.uploads.clear()
            inputs = {image.name: image}
            attempt = Attempt("job", "token-of-the-job", request, time.time(), inputs=inputs)
            return await backend.submit(attempt)

    assert asyncio.run(scenario()) == Accepted("token-of-the-job")
    assert gateway.uploads[named(image)].data == image.read_bytes()


def test_a_file_that_cannot_be_read_ends_the_job(gen, gateway, image, tmp_path):
    """In words, before anything is sent."""
    gateway.add_fault(
        Fault(FaultKind.HTML_PAGE, on=Operation.UPLOAD, times=1, when=_lose(tmp_path))
    )

    record = at_rest(gen, gen.submit(animated(image)))

    assert record.state is JobState.FAILED
    assert record.error.code == "MEDIA_ERROR"
    assert gateway.counts["submit"] == 0


def _lose(tmp_path: Path) -> Any:
    """Remove the copies of inputs at the first call."""

    def lose(_: Call) -> bool:
        for copy in (tmp_path / "home" / "inputs").iterdir():
            copy.unlink()
        return True

    return lose
