"""A notebook's client and a real gateway: uploads, news, and what the gateway refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("fastapi")

from gateway.serving import Served, png
from rushes import JobState, VideoGen
from rushes.backends.gateway import GatewayBackend
from support.timings import QUICK
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rushes.gateway.settings import Settings

TAKE = {"provider": "seedance-2.0", "mode": "image-to-video", "prompt": "A red fox"}


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "fox.png"
    path.write_bytes(png())
    return path


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Callable[[Served], VideoGen]]:
    made: list[VideoGen] = []

    def client(gateway: Served) -> VideoGen:
        backend = GatewayBackend(gateway.token(), url=gateway.url)
        folders: dict[str, Any] = {"home": tmp_path / "notebook", "library": tmp_path / "takes"}
        made.append(VideoGen(backend, **folders, timing=QUICK))
        return made[-1]

    yield client
    for each in made:
        each.close()


@pytest.mark.slow
def test_a_file_is_uploaded_once_and_news_come_by_one_stream(gateway, connect, image):
    """Two takes of one picture, through the gateway's own routes."""
    gen = connect(gateway)

    jobs = [gen.submit(TAKE, prompt=text, start_image_url=image) for text in ("A fox", "A hare")]
    until(lambda: gateway.runtime.news.streams == 1)
    results = [job.result() for job in jobs]

    assert all(result.path.is_file() for result in results)
    uploads = list((gateway.settings.home / "uploads").glob("*/*"))
    assert [path.read_bytes() for path in uploads] == [image.read_bytes()]
    until(lambda: gateway.runtime.news.streams == 0)


def test_a_file_that_is_too_large_for_the_gateway_ends_the_job(settings: Settings, connect, image):
    """With the gateway's words; it was not sent."""
    with Served(replace(settings, largest_upload=100)) as gateway:
        gen = connect(gateway)
        job = gen.submit(TAKE, start_image_url=image)
        record = gen.engine.wait(job.id).result(60.0)
        gen.close()

        assert record.state is JobState.FAILED
        assert "larger than 100 bytes" in record.error.message
        assert gateway.runtime.engine.journal.select() == []
