"""A request that is made once is bought once, whoever runs the cell again, and where."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from emulators.fal import Fault, FaultKind
from reliability.asking import at_rest
from rushes import InvalidParams, JobState, JobUncertain, VideoGen

if TYPE_CHECKING:
    from pathlib import Path

    from emulators.fal import FalEmulator

FOX = {"provider": "seedance-2.0", "mode": "text-to-video", "prompt": "A red fox"}


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "fox.png"
    Image.new("RGB", (400, 300), "red").save(path)
    return path


def test_the_same_request_is_the_take_that_exists(gen, emulator):
    """It says so, and nothing is sent."""
    first = gen.generate_sync(**FOX, once=True)
    again = gen.submit(**FOX, once=True)

    assert again.result().path == first.path
    assert len(emulator.jobs) == 1
    (note,) = again.notes
    assert note.startswith("Nothing was sent: the same request was made on")
    assert again.result().notes == (note,)
    assert first.notes == ()


def test_generate_shows_that_it_bought_nothing(gen):
    """In the output of the cell."""
    gen.generate_sync(**FOX, once=True)

    shown = asyncio.run(gen.generate(FOX, once=True))._repr_mimebundle_()

    assert "Nothing was sent" in shown["text/plain"]
    assert "Nothing was sent" in shown["text/html"]


def test_a_take_that_was_made_without_it_counts(gen, emulator):
    """It is a take of the same request all the same."""
    first = gen.submit(**FOX)
    first.result()

    assert gen.submit(**FOX, once=True).id == first.id
    assert len(emulator.jobs) == 1


def test_without_it_every_call_makes_a_take(gen, emulator):
    """Takes of one prompt are what is compared."""
    gen.generate_sync(**FOX, once=True)
    gen.generate_sync(**FOX)

    assert len(emulator.jobs) == 2


def test_a_take_that_is_being_made_counts(make_gen, emulator):
    """It is not bought twice because it is slow."""
    emulator.settings.run_seconds = (30.0, 30.0)
    gen = make_gen()

    first, again = gen.submit(**FOX, once=True), gen.submit(**FOX, once=True)

    assert first.id == again.id
    assert "still being made" in again.notes[0]


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "A blue fox"},
        {"seed": 7},
        {"duration_seconds": 6},
        {"provider": "seedance-2.0-fast"},
        {"client_ref": "second"},
    ],
    ids=str,
)
def test_another_request_is_another_take(gen, change):
    """Whatever of it is another one."""
    first, other = gen.submit(**FOX, once=True), gen.submit(FOX, **change, once=True)

    assert first.id != other.id


def test_the_same_request_may_be_written_in_another_way(gen):
    """Spelling, order and a mode that is left out make no difference."""
    first = gen.submit(**FOX, duration_seconds=5, request_origin="notebook", once=True)
    again = gen.submit(
        {"durationSeconds": 5.0, "prompt": "A red fox", "provider": "seedance-2.0"}, once=True
    )

    assert first.id == again.id


def test_files_count_by_their_content(gen, picture, tmp_path):
    """A copy under another name is the same picture, another picture under its name is not."""
    first = gen.submit(FOX, mode=None, start_image_url=picture, once=True)
    moved = picture.rename(tmp_path / "moved.png")
    Image.new("RGB", (400, 300), "blue").save(picture)

    assert gen.submit(FOX, mode=None, start_image_url=moved, once=True).id == first.id
    assert gen.submit(FOX, mode=None, start_image_url=picture, once=True).id != first.id


def test_a_take_of_another_library_does_not_count(gen, emulator, tmp_path):
    """Its file is not here."""
    gen.generate_sync(**FOX, once=True)
    with VideoGen("fal", library=tmp_path / "elsewhere", home=tmp_path / "home") as other:
        other.generate_sync(**FOX, once=True)

    assert len(emulator.jobs) == 2


def test_a_placeholder_is_no_take_of_a_model(gen, emulator):
    """Who tried a notebook with the preview wants the real videos afterwards."""
    placeholder = gen.submit(**FOX, once=True, backend="preview")

    assert gen.submit(**FOX, once=True, backend="preview").id == placeholder.id
    assert gen.generate_sync(**FOX, once=True).backend == "fal"
    assert len(emulator.jobs) == 1


def test_a_failed_take_does_not_count(gen, emulator):
    """Running the cell again tries again."""
    emulator.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1))
    failed = gen.submit(**FOX, once=True)
    assert at_rest(gen, failed).state is JobState.FAILED

    assert gen.generate_sync(**FOX, once=True).job_id != failed.id


def test_a_cancelled_take_does_not_count(make_gen, emulator):
    """It has no video, and never will."""
    emulator.settings.run_seconds = (30.0, 30.0)
    gen = make_gen()
    first = gen.submit(**FOX, once=True)
    while first.state is not JobState.CANCELLED:
        first.cancel()
        at_rest(gen, first)

    assert gen.submit(**FOX, once=True).id != first.id


def test_an_uncertain_take_is_never_bought_again(gen, emulator):
    """It may have been bought; the user decides about it."""
    emulator.settings.history_usable = False
    emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    job = gen.submit(**FOX, once=True)
    assert at_rest(gen, job).state is JobState.UNCERTAIN

    again = gen.submit(**FOX, once=True)

    assert again.id == job.id
    assert "It is not known whether fal has it." in again.notes[0]
    with pytest.raises(JobUncertain):
        again.result()


def test_a_name_tells_takes_of_one_request_apart(gen):
    """Each name is one take, in every run of the cell."""
    first = {name: gen.submit(**FOX, once=name).id for name in ("one", "two")}
    again = {name: gen.submit(**FOX, once=name).id for name in ("one", "two")}

    assert first == again
    assert len(set(first.values())) == 2


def test_a_name_cannot_stand_for_another_request(gen):
    """An old video would be taken for what the cell asks for now."""
    job = gen.submit(**FOX, once="hero")

    with pytest.raises(InvalidParams, match=f"'hero' names a take of another request.*{job.id}"):
        gen.submit(FOX, prompt="A blue fox", once="hero")

    assert len(gen.jobs()) == 1


@pytest.mark.parametrize("once", ["", " ", 1, None, "x" * 201, "\ud800"])
def test_what_is_no_name_is_explained(gen, once):
    """Nothing was sent."""
    with pytest.raises(InvalidParams, match="once"):
        gen.submit(**FOX, once=once)


def test_of_many_requests_only_the_new_ones_are_sent(gen, emulator):
    """A sweep that was enlarged buys what is missing; a request given twice is one take."""
    first = gen.submit(FOX, duration_seconds=4)

    jobs = gen.submit_many([FOX | {"duration_seconds": each} for each in (4, 5, 5)], once=True)
    for job in jobs:
        job.result()

    assert jobs[0].id == first.id
    assert jobs[1].id == jobs[2].id
    assert len(emulator.jobs) == 2


def test_only_new_jobs_are_announced(gen):
    """`on_job_started` is about jobs that start."""
    started: list[str] = []
    gen.on_job_started(lambda job: started.append(job.id))

    job = gen.submit(**FOX, once=True)
    gen.submit(**FOX, once=True)

    assert started == [job.id]


def test_a_take_of_an_earlier_release_counts(gen, emulator, tmp_path):
    """Its row has no key of its content yet."""
    first = gen.submit(**FOX)
    first.result()
    with sqlite3.connect(tmp_path / "home" / "journal.sqlite3") as db:
        db.execute("UPDATE jobs SET content_key = NULL")
    db.close()

    assert gen.submit(**FOX, once=True).id == first.id
    assert len(emulator.jobs) == 1


def test_a_take_whose_file_is_gone_says_what_makes_another(gen):
    """Nothing is bought because somebody has moved a file."""
    gen.generate_sync(**FOX, once=True).path.unlink()

    again = gen.submit(**FOX, once=True)

    assert "Its file is not in the library any more" in again.notes[0]


def test_threads_that_ask_at_the_same_time_buy_one(gen, emulator):
    """The journal decides, in one transaction."""
    start, ids = threading.Barrier(8), list[str]()

    def ask() -> None:
        start.wait(60)
        ids.append(gen.submit(**FOX, once=True).id)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(ids) == 8
    gen.job(ids[0]).result()
    assert len(set(ids)) == len(emulator.jobs) == 1


KERNEL = """
import sys
from emulators.fal import FAL_KEY
from rushes import VideoGen
from rushes.backends.fal import FalBackend
from support.timings import QUICK

fal = FalBackend(FAL_KEY, queue_url={queue!r}, rest_url={rest!r}, api_url={api!r})
gen = VideoGen(fal, library={library!r}, home={home!r}, timing=QUICK)
print("ready", flush=True)
sys.stdin.readline()
jobs = [gen.submit({fox!r}, seed=seed, once=True) for seed in range(5)]
print(*[job.result().job_id for job in jobs], flush=True)
gen.close()
"""


def start_kernel(emulator: FalEmulator, folder: Path) -> subprocess.Popen[str]:
    """A process that runs all of a notebook when it is sent a line."""
    places: dict[str, Any] = {
        "queue": emulator.queue_url,
        "rest": emulator.rest_url,
        "api": emulator.api_url,
        "library": str(folder / "media"),
        "home": str(folder / "home"),
        "fox": FOX,
    }
    return subprocess.Popen(
        [sys.executable, "-c", KERNEL.format(**places)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": ":".join(sys.path)},
    )


def test_two_kernels_that_both_run_all_buy_one_of_each(emulator, tmp_path):
    """Both get the same takes, whichever process is first for which."""
    kernels = [start_kernel(emulator, tmp_path) for _ in range(2)]
    try:
        assert [kernel.stdout.readline() for kernel in kernels] == ["ready\n"] * 2
        for kernel in kernels:
            kernel.stdin.write("\n")
            kernel.stdin.flush()
        takes = [kernel.stdout.readline().split() for kernel in kernels]
    finally:
        for kernel in kernels:
            kernel.communicate(timeout=60)

    assert takes[0] == takes[1]
    assert len(set(takes[0])) == len(emulator.jobs) == 5
