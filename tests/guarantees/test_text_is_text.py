"""A text is a text: whatever it says, no file of this machine is sent in its place."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from comm.base_comm import BaseComm
from PIL import Image
from pydantic.alias_generators import to_camel

from emulators.faults import Fault, FaultKind
from rushes import JobState, VideoGen
from rushes.catalog.catalog import packaged
from support.services import BY_NAME, NOWHERE, SERVICES
from support.timings import QUICK
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emulators.emulator import Emulator
    from rushes import Job
    from rushes.journal import JobRecord

SECRET = "TOP SECRET CONTENT 42"

TEXT, IMAGE = "text-to-video", "image-to-video"
SEEDANCE, KLING = "seedance-2.0", "kling-3.0-standard"

EMBEDDING = ["ark", "kling", "kling-legacy", "gateway"]
"""Services that get images inside the request."""


def shots(text: str) -> list[dict[str, Any]]:
    return [{"prompt": text, "durationSeconds": 3}, {"prompt": f"{text}?", "durationSeconds": 3}]


TEXTS: dict[str, dict[str, Callable[[str], dict[str, Any]]]] = {
    "prompt": {
        name: lambda text, provider=provider: {"provider": provider, "prompt": text}
        for name, provider in [
            ("fal", SEEDANCE),
            ("ark", SEEDANCE),
            ("runway", SEEDANCE),
            ("gateway", SEEDANCE),
            ("kling", KLING),
            ("kling-legacy", KLING),
        ]
    },
    "negative prompt": {
        name: lambda text: {"provider": KLING, "prompt": "A fox", "negative_prompt": text}
        for name in ("fal", "kling-legacy", "gateway")
    },
    "shots": {
        name: lambda text: {
            "provider": KLING,
            "duration_seconds": 6,
            "multi_prompt": shots(text),
        }
        for name in ("fal", "kling", "kling-legacy", "runway", "gateway")
    },
    "caller's reference": {
        "gateway": lambda text: {"provider": SEEDANCE, "prompt": "A fox", "client_ref": text}
    },
    "origin": {
        "gateway": lambda text: {"provider": SEEDANCE, "prompt": "A fox", "request_origin": text}
    },
}
"""By kind of text and service, a request with it."""


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text(SECRET)
    return path


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "start.png"
    Image.new("RGB", (640, 640), "teal").save(path)
    return path


@contextmanager
def emulated(name: str) -> Iterator[Emulator[Any]]:
    settings = {"run_seconds": (0.0, 0.0), "tiny_clips": True}
    with BY_NAME[name].emulator(**settings) as running:
        yield running


def ended(gen: VideoGen, job: Job) -> JobRecord:
    """The job's record once nothing more happens to it."""
    record: JobRecord = gen.engine.wait(job.id).result(60.0)
    return record


def strings(value: Any) -> Iterator[str]:
    """Every text in a request that arrived."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def assert_kept_here(sent: Any) -> None:
    """The secret file's content did not arrive, as text or as base64."""
    text = json.dumps(sent)
    assert SECRET not in text
    assert base64.b64encode(SECRET.encode()).decode() not in text


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_a_text_that_names_a_file_arrives_as_that_text(make, secret, picture, service):
    """Every text parameter of every service, beside an image and without one."""
    texts = {kind: f"{secret.as_uri()}?{kind}" for kind in TEXTS if service.name in TEXTS[kind]}
    requests = [TEXTS[kind][service.name](text) for kind, text in texts.items()]
    with emulated(service.name) as emulator:
        gen = make(service.backend(emulator.urls))
        jobs = [gen.submit(request, mode=TEXT) for request in requests]
        jobs += [gen.submit(each, mode=IMAGE, start_image_url=picture) for each in requests]
        records = [ended(gen, job) for job in jobs]
        sent = [job.input for job in emulator.jobs]

    assert {record.state for record in records} == {JobState.COMPLETED}, records
    for text in texts.values():
        assert sum(any(text in said for said in strings(each)) for each in sent) == 2, text
    assert_kept_here(sent)


@pytest.mark.parametrize("text", ["file:///no/such/file.json", "file://"])
def test_a_text_is_not_looked_up(make, text):
    """A file that does not exist, or a folder, is no trouble: it is only named."""
    with emulated("gateway") as gateway:
        gen = make(BY_NAME["gateway"].backend(gateway.urls))

        record = ended(gen, gen.submit(BY_NAME["gateway"].request, client_ref=text, prompt=text))

        assert record.state is JobState.COMPLETED, record.error
        assert (gateway.jobs[0].input["prompt"], gateway.jobs[0].input["clientRef"]) == (text, text)


@pytest.mark.parametrize("name", ["fal", "gateway"])
def test_a_text_that_is_the_path_of_an_input_stays(make, tmp_path, picture, name):
    """Only images, videos and sounds are replaced by what the service gets for them."""
    with emulated(name) as emulator:
        gen = make(BY_NAME[name].backend(emulator.urls))
        image = BY_NAME[name].request | {"mode": IMAGE, "start_image_url": picture}
        ended(gen, gen.submit(image))
        (copy,) = (tmp_path / "home" / "inputs").iterdir()

        ended(gen, gen.submit(image | {"prompt": str(copy)}))

        assert emulator.jobs[1].input["prompt"] == str(copy)


class Line(BaseComm):
    """A page's connection, on which nobody listens."""

    def publish_msg(self, *_: Any, **__: Any) -> None:
        """Take a message of the kernel."""


@pytest.mark.parametrize("name", [service.name for service in SERVICES])
def test_a_page_cannot_have_a_file_sent(make, secret, monkeypatch, name):
    """What a page submits in any text parameter is text, too."""
    lines: list[Line] = []

    def connect(*arguments: Any, **keywords: Any) -> Line:
        lines.append(Line(*arguments, **keywords))
        return lines[-1]

    monkeypatch.setattr("comm.create_comm", connect)
    from rushes import Studio  # noqa: PLC0415 - after the seam is in place

    requests = [
        TEXTS[kind][name](secret.as_uri()) | {"mode": TEXT} for kind in TEXTS if name in TEXTS[kind]
    ]
    with emulated(name) as emulator:
        studio = Studio(make(BY_NAME[name].backend(emulator.urls)))
        line = next(line for line in lines if line.comm_id == studio.comm.comm_id)

        for number, params in enumerate(requests):
            plain = {to_camel(key): value for key, value in params.items()}
            content = {"kind": "submit", "id": str(number), "key": f"k{number}", "params": plain}
            data = {"method": "custom", "content": content}
            line.handle_msg({"content": {"data": data}, "buffers": []})

        until(lambda: len(emulator.jobs) == len(requests))
        sent = [job.input for job in emulator.jobs]
        studio.close()
    assert all(any(secret.as_uri() in said for said in strings(each)) for each in sent)
    assert_kept_here(sent)


def test_the_preview_draws_the_text(make, secret, tmp_path):
    """The renderer is told the text and nothing of the file."""
    gen = make("preview")
    job = gen.submit(provider=SEEDANCE, mode=TEXT, prompt=secret.as_uri())

    until(lambda: list(tmp_path.glob("home/preview/*/request.json")))
    job.cancel()

    (request,) = tmp_path.glob("home/preview/*/request.json")
    assert json.loads(request.read_text())["scene"]["prompt"] == secret.as_uri()
    assert_kept_here(request.read_text())


@pytest.mark.parametrize("name", EMBEDDING)
def test_an_image_is_sent_inside_the_request(make, picture, name):
    """And the journal holds its name only, so that a home can be moved."""
    with emulated(name) as emulator:
        if name == "gateway":
            emulator.settings.uploads = False  # As at earlier ones.
        gen = make(BY_NAME[name].backend(emulator.urls))
        request = BY_NAME[name].request | {"mode": IMAGE, "start_image_url": picture}

        record = ended(gen, gen.submit(request))

        sent, content = emulator.jobs[0].input, base64.b64encode(picture.read_bytes()).decode()
        assert any(said.endswith(content) for said in strings(sent))
        journaled = json.dumps(record.request)
        assert picture.stem in journaled
        assert str(picture.parent) not in journaled


def test_a_queued_job_goes_along_with_a_home_that_is_moved(make, picture, tmp_path):
    """Its files are those in the home's folder, wherever that is now."""
    nowhere = make(BY_NAME["ark"].backend({"url": NOWHERE}))
    request = {"provider": SEEDANCE, "mode": IMAGE, "prompt": "A fox"}
    job = nowhere.submit(request, start_image_url=picture)
    nowhere.close()
    (tmp_path / "home").rename(tmp_path / "moved")

    with emulated("ark") as ark:
        gen = VideoGen(BY_NAME["ark"].backend(ark.urls), home=tmp_path / "moved", timing=QUICK)
        try:
            assert ended(gen, gen.job(job.id)).state is JobState.COMPLETED
        finally:
            gen.close()


def test_nothing_but_the_jobs_own_frozen_file_is_sent(make, picture, secret, tmp_path):
    """A link, a pipe, a folder or a huge file in the place of the copy ends the job in words."""
    nowhere = make(BY_NAME["ark"].backend({"url": NOWHERE}))
    request = {"provider": SEEDANCE, "mode": IMAGE, "prompt": "A fox"}
    jobs: dict[str, str] = {}
    for number, kind in enumerate(("link", "pipe", "folder", "huge")):
        Image.new("RGB", (640, 640), (number, 0, 0)).save(picture)
        jobs[kind] = nowhere.submit(request, start_image_url=picture).id
    records = {kind: nowhere.job(job) for kind, job in jobs.items()}
    copies = {kind: _copy(tmp_path, job) for kind, job in records.items()}
    nowhere.close()
    for copy in copies.values():
        copy.unlink()
    copies["link"].symlink_to(secret)
    os.mkfifo(copies["pipe"])
    copies["folder"].mkdir()
    with copies["huge"].open("wb") as file:
        file.truncate(201 * 2**20)

    with emulated("ark") as ark:
        gen = make(BY_NAME["ark"].backend(ark.urls))
        try:
            for job in jobs.values():
                gen.engine.wait(job).result(60.0)
            errors = {kind: gen.engine.journal.get(job).error for kind, job in jobs.items()}
        finally:
            # Whoever waits for the pipe's other end has it now.
            os.close(os.open(copies["pipe"], os.O_RDWR | os.O_NONBLOCK))

        assert {error and error.code for error in errors.values()} == {"MEDIA_ERROR"}
        assert all("nothing was sent" in error.message.lower() for error in errors.values())
        assert ark.jobs == []


def _copy(tmp_path: Path, job: Job) -> Path:
    return tmp_path / "home" / "inputs" / os.path.basename(job.params.start_image_url)  # noqa: PTH119


# --- journals of earlier releases --------------------------------------------------------------


def journaled_with_addresses(
    make: Callable[..., VideoGen], tmp_path: Path, gateway: Emulator[Any], image: str, prompt: str
) -> str:
    """A job of the gateway that is being sent, with files as ``file:`` addresses in its request."""
    lost = gateway.add_fault(Fault(FaultKind.DROP_BEFORE))
    gen = make(BY_NAME["gateway"].backend(gateway.urls))
    request = {"provider": SEEDANCE, "mode": IMAGE, "prompt": prompt}
    job = gen.submit(request, start_image_url=tmp_path / "start.png")
    until(lambda: lost.struck)
    params = {
        "provider": SEEDANCE,
        "mode": IMAGE,
        "prompt": prompt,
        "startImageUrl": image or _copy(tmp_path, job).as_uri(),
    }
    gen.close()
    with sqlite3.connect(tmp_path / "home" / "journal.sqlite3") as db:
        changed = db.execute(
            "UPDATE jobs SET request = ?, submit_at = submit_at - 60 "
            "WHERE id = ? AND state = 'submitting'",
            (json.dumps({"params": params}), job.id),
        )
        assert changed.rowcount == 1
    db.close()
    gateway.clear_faults()
    return job.id


def test_a_job_that_an_earlier_release_was_sending_is_sent_with_its_image(
    make, picture, secret, tmp_path
):
    """The image of its own goes along, and its text is a text."""
    with emulated("gateway") as gateway:
        job = journaled_with_addresses(make, tmp_path, gateway, "", secret.as_uri())
        gen = make(BY_NAME["gateway"].backend(gateway.urls))

        record = ended(gen, gen.job(job))

        assert record.state is JobState.COMPLETED, record.error
        sent = gateway.jobs[0].input
        assert sent["prompt"] == secret.as_uri()
        assert gateway.uploads[sent["startImageUrl"]].data == picture.read_bytes()


def test_a_job_that_an_earlier_release_was_sending_takes_no_other_file(
    make, picture, secret, tmp_path
):
    """Its request is not believed: a file that is none of its own ends it in words."""
    assert picture.exists()
    with emulated("gateway") as gateway:
        job = journaled_with_addresses(make, tmp_path, gateway, secret.as_uri(), "A fox")
        gen = make(BY_NAME["gateway"].backend(gateway.urls))

        record = ended(gen, gen.job(job))

        assert record.state is JobState.FAILED
        assert record.error.code == "MEDIA_ERROR"
        assert gateway.jobs == []


def test_every_service_is_tried() -> None:
    """A service that is added has its texts tried, too."""
    assert set(TEXTS["prompt"]) == {service.name for service in SERVICES}


def test_every_text_is_tried() -> None:
    """So has a text parameter of a provider, wherever a service takes it."""
    kinds = {"prompt": "prompt", "negative_prompt": "negative prompt", "multi_prompt": "shots"}
    for spec in packaged():
        names = {
            name for name, each in spec.parameters.items() if each.kind in ("text", "shots")
        } | {"prompt"}
        assert names <= kinds.keys(), spec.id
        for service, offer in spec.backends.items():
            taken = names - offer.refuses.keys()
            tried = {name for name in taken if service in TEXTS[kinds[name]]}
            assert service == "preview" or tried == taken, (spec.id, service)
