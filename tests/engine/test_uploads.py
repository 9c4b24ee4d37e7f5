"""A local file is uploaded once to a service, while what it gave for it can be used."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from emulators.fal import Fault, FaultKind
from reliability.asking import assert_kept, at_rest
from rushes import RushesError


@pytest.fixture
def asked() -> dict[str, object]:
    """A request with an image of one's own."""
    buffer = io.BytesIO()
    Image.new("RGB", (640, 360), (200, 40, 40)).save(buffer, "PNG")
    return {
        "provider": "seedance-2.0",
        "mode": "image-to-video",
        "prompt": "A red fox",
        "start_image_url": buffer.getvalue(),
    }


def test_another_process_uses_the_upload(make_gen, emulator, asked):
    """The journal remembers it."""
    for _ in range(2):
        gen = make_gen()
        assert_kept(at_rest(gen, gen.submit(asked)))
        gen.close()

    assert len(emulator.uploads) == 1
    assert len({job.input["image_url"] for job in emulator.jobs}) == 1


def test_jobs_at_once_wait_for_one_upload(gen, emulator, asked):
    """None makes its own beside it."""
    jobs = [gen.submit(asked | {"prompt": f"Fox {number}"}) for number in range(6)]

    records = [at_rest(gen, job) for job in jobs]

    for record in records:
        assert_kept(record)
    assert len(emulator.uploads) == 1


def test_an_upload_that_has_had_its_time_is_made_again(gen, emulator, asked):
    """A service would not find it any more."""
    gen.engine.backends.get("fal").upload_lifetime = 0.0
    for _ in range(2):
        assert_kept(at_rest(gen, gen.submit(asked)))

    assert len(emulator.uploads) == 2


def test_after_a_refusal_the_file_is_uploaded_again(gen, emulator, asked):
    """Perhaps the service had lost it."""
    assert_kept(at_rest(gen, gen.submit(asked)))
    emulator.add_fault(Fault(FaultKind.ERROR_BEFORE, times=1, status=422))
    with pytest.raises(RushesError):
        gen.submit(asked).result()
    assert len(emulator.uploads) == 1

    assert_kept(at_rest(gen, gen.submit(asked)))

    assert len(emulator.uploads) == 2
