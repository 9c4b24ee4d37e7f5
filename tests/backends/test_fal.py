"""Jobs through fal: its key, its line, its log and its uploads."""

from __future__ import annotations

import asyncio
import base64
import io
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from PIL import Image

from emulators import clips
from emulators.fal import FAL_KEY
from reliability.asking import at_rest
from rushes import JobState
from rushes.backends.fal import FalBackend
from rushes.backends.protocol import Accepted, Attempt, Working
from rushes.catalog import Catalog
from support.requests import FOX
from support.timings import AN_HOUR
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from emulators.fal import FalEmulator
    from rushes.backends.protocol import Status

CATALOG = Catalog.load()


def attempt(backend: FalBackend, prompt: str = "A red fox") -> Attempt:
    params = CATALOG.read(FOX | {"prompt": prompt}, backend="fal")
    request = backend.translate(params, CATALOG.providers[params.provider], {})
    return Attempt("job", f"token of {prompt}", request, time.time())


def talk(
    emulator: FalEmulator, scenario: Callable[[FalBackend], Awaitable[object]], **keys: str
) -> object:
    """Run a scenario with a backend that is set up from environment variables."""

    async def run() -> object:
        variables = {
            **(keys or {"FAL_KEY": FAL_KEY}),
            "RUSHES_FAL_QUEUE_URL": emulator.queue_url,
            "RUSHES_FAL_REST_URL": emulator.rest_url,
            "RUSHES_FAL_API_URL": emulator.api_url,
        }
        backend = FalBackend.from_environment(variables, None)
        async with httpx.AsyncClient() as client:
            backend.connect(client)
            return await scenario(backend)

    return asyncio.run(run())


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (640, 640), "navy").save(file, "PNG")
    return file.getvalue()


def test_a_key_may_be_given_in_two_parts(emulator):
    """FAL_KEY_ID and FAL_KEY_SECRET together are the key that fal lets in."""
    key_id, _, secret = FAL_KEY.partition(":")

    answer = talk(
        emulator,
        lambda backend: backend.submit(attempt(backend)),
        FAL_KEY_ID=key_id,
        FAL_KEY_SECRET=secret,
    )

    assert isinstance(answer, Accepted)


def test_a_result_that_is_not_there_yet_is_waited_for(emulator):
    """Status and result are told by two machines; one may be ahead of the other."""
    emulator.settings.run_seconds = lambda _, sent: 3600.0 if sent["prompt"] == "slow" else 0.0

    async def scenario(backend: FalBackend) -> Status:
        done = await backend.submit(attempt(backend, "quick"))
        running = await backend.submit(attempt(backend, "slow"))

        async def ask_for_the_other(request: httpx.Request) -> None:
            """Of the finished job only the status is there yet."""
            if not request.url.path.endswith("/status"):
                request.url = httpx.URL(str(request.url).replace(done.remote_id, running.remote_id))

        async with httpx.AsyncClient(event_hooks={"request": [ask_for_the_other]}) as client:
            backend.connect(client)
            return await backend.poll(done.remote_id, done.remote)

    assert talk(emulator, scenario) == Working()
    assert emulator.counts["result"] == 1


def test_the_place_in_line_is_told(gen, emulator):
    """In words, and as the number of jobs ahead."""
    emulator.settings.queue_seconds = AN_HOUR
    for number in range(2):
        gen.submit(FOX)
        until(lambda count=number + 1: len(emulator.jobs) == count)
    job = gen.submit(FOX)

    until(lambda: job.progress.position is not None)

    assert (job.progress.position, job.progress.text) == (2, "in line, 3rd")


def test_the_last_line_of_the_log_is_read(emulator):
    """The reply has all of them each time."""
    emulator.settings.run_seconds = (60.0, 60.0)

    async def scenario(backend: FalBackend) -> list[Status]:
        accepted = await backend.submit(attempt(backend))
        early = await backend.poll(accepted.remote_id, accepted.remote)
        emulator.advance(30.0)
        return [early, await backend.poll(accepted.remote_id, accepted.remote)]

    assert talk(emulator, scenario) == [
        Working(message="Loading the model"),
        Working(message="Denoising"),
    ]


def test_the_last_line_of_the_log_is_told(gen, emulator):
    """With the progress, until there is another one."""
    emulator.settings.run_seconds = (60.0, 60.0)
    job = gen.submit(**FOX)
    until(lambda: job.progress.text.endswith(": Loading the model"))
    emulator.advance(30.0)
    until(lambda: job.progress.text.endswith(": Denoising"))


@pytest.mark.parametrize(
    "given",
    [
        picture(),
        f"data:image/png;base64,{base64.b64encode(picture()).decode()}",
    ],
    ids=["bytes", "data URI"],
)
def test_an_image_without_a_file_is_uploaded(gen, emulator, given):
    """Its bytes arrive at fal, and the job uses the address that they have there."""
    job = gen.submit(FOX | {"mode": "image-to-video", "start_image_url": given})

    assert at_rest(gen, job).state is JobState.COMPLETED
    ((address, upload),) = emulator.uploads.items()
    assert (upload.data, upload.content_type) == (picture(), "image/png")
    assert emulator.jobs[0].input["image_url"] == address


def test_a_local_video_is_uploaded(gen, emulator, tmp_path: Path):
    """As a reference, by its bytes, under the address that the job uses."""
    content = clips.clip(clips.ClipSpec(640, 640, 3))
    path = tmp_path / "fox.mp4"
    path.write_bytes(content)

    job = gen.submit(FOX | {"mode": "reference-to-video", "video_references": [path]})

    assert at_rest(gen, job).state is JobState.COMPLETED
    ((address, upload),) = emulator.uploads.items()
    assert (upload.data, upload.content_type) == (content, "video/mp4")
    assert emulator.jobs[0].input["video_urls"] == [address]


def test_the_key_does_not_go_along_with_an_upload(gen, emulator):
    """The bytes go to another host by a signed address, which needs none."""
    job = gen.submit(FOX | {"mode": "image-to-video", "start_image_url": picture()})
    at_rest(gen, job)

    (put,) = [request for request in emulator.requests if request.path.startswith("/put/")]
    assert not put.authorization
