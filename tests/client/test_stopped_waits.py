"""A wait that is stopped says what becomes of its job, and stops nothing else."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from rushes import DeadlineExceeded
from support.previews import busy_preview
from support.requests import FOX
from support.timings import AN_HOUR
from support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import signal, sys, threading, time
from rushes import VideoGen

# What a shell starts in the background ignores this signal.
signal.signal(signal.SIGINT, signal.default_int_handler)

gen = VideoGen("preview", timeout=600)
wait = gen.engine.wait

def say():
    main = threading.main_thread().ident
    while sys._current_frames()[main].f_code.co_name != "wait":
        time.sleep(0.01)
    print("waiting", flush=True)

def begun(job_id):
    future = wait(job_id)
    threading.Thread(target=say, daemon=True).start()
    return future

gen.engine.wait = begun
gen.generate_sync(provider="seedance-2.0", mode="text-to-video", prompt="A fox")
"""


@pytest.fixture
def job(make_gen, emulator):
    """A job that its service works on for an hour."""
    emulator.settings.run_seconds = AN_HOUR
    job = make_gen().submit(**FOX)
    until(lambda: job.state == "running")
    return job


def test_a_cancelled_wait_names_the_job(job):
    """The error is asyncio's own, with words."""

    async def scenario() -> None:
        waiting = asyncio.create_task(job.wait())
        await asyncio.sleep(0)
        waiting.cancel()
        await waiting

    with pytest.raises(asyncio.CancelledError) as caught:
        asyncio.run(scenario())

    assert type(caught.value) is asyncio.CancelledError
    assert f"Job {job.id} continues at fal ({job.remote_id}), and may be billed" in str(
        caught.value
    )
    assert job.state == "running"


def test_other_limits_of_asyncio_work_around_a_wait(job):
    """`asyncio.timeout` and a task group tell their own cancellations from others."""

    async def limited() -> None:
        async with asyncio.timeout(0.01):
            await job

    async def grouped() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(job.wait())
            await asyncio.sleep(0)
            raise ZeroDivisionError

    with pytest.raises(TimeoutError) as caught:
        asyncio.run(limited())
    assert not isinstance(caught.value, DeadlineExceeded)
    with pytest.raises(ExceptionGroup) as group:
        asyncio.run(grouped())
    assert [type(error) for error in group.value.exceptions] == [ZeroDivisionError]


def test_a_request_that_is_being_submitted_is_named_when_its_wait_is_stopped(make_gen, emulator):
    """`generate` is stopped before it has got its job; the job is recorded, and is named."""
    emulator.settings.run_seconds = AN_HOUR
    gen = make_gen()

    async def scenario() -> None:
        waiting = asyncio.create_task(gen.generate(**FOX))
        loop = asyncio.get_running_loop()
        gen.on_job_started(lambda _: loop.call_soon_threadsafe(waiting.cancel))
        await waiting

    with pytest.raises(asyncio.CancelledError, match="continues") as caught:
        asyncio.run(scenario())

    (job,) = gen.jobs()
    assert job.id in str(caught.value)


def test_a_request_that_is_wrong_is_not_hidden_by_stopping_its_wait(make_gen, monkeypatch):
    """Nothing was sent then, and the words say so."""
    gen = make_gen()
    submit = gen._submit

    async def scenario() -> None:
        waiting = asyncio.create_task(gen.generate(**FOX | {"duration_seconds": 99}))
        loop = asyncio.get_running_loop()

        def stopped(*arguments: object) -> object:
            loop.call_soon_threadsafe(waiting.cancel)
            return submit(*arguments)

        monkeypatch.setattr(gen, "_submit", stopped)
        await waiting

    with pytest.raises(asyncio.CancelledError, match="99"):
        asyncio.run(scenario())

    assert gen.jobs() == []


def test_what_is_free_is_not_said_to_be_billed(tmp_path):
    """The preview costs nothing, and a wait for it says nothing of bills."""
    from rushes import VideoGen  # noqa: PLC0415 - only this test makes its own

    with VideoGen("preview", home=tmp_path / "home", library=tmp_path) as gen:
        job = gen.submit(**FOX)
        with pytest.raises(DeadlineExceeded) as caught:
            job.result(timeout=0)
        job.cancel()

    assert job.id in caught.value.message
    assert "billed" not in caught.value.message


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs a signal to another process")
def test_ctrl_c_ends_a_script_with_the_jobs_id(tmp_path: Path):
    """The traceback's last line says that the job continues, and how to cancel it."""
    with busy_preview(tmp_path / "home"):
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"waiting\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)

    last = errors.decode().strip().splitlines()[-1]
    assert last.startswith("KeyboardInterrupt: Job ")
    assert ".cancel() cancels it." in last
