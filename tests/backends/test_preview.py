"""The preview is a service like any other, only that it runs here."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from pathlib import Path

import av
import pytest
from PIL import Image

from rushes import InvalidParams, JobCancelled, NoBackend, VideoGen
from rushes.backends.preview.backend import PreviewBackend
from rushes.backends.protocol import Absent, Accepted, Attempt, Failed
from rushes.catalog import Catalog
from rushes.engine import Timing
from rushes.io.lock import FileLock
from rushes.media.probe import probe
from support.previews import busy_preview
from support.waiting import until

pytestmark = pytest.mark.slow

SMALL = {
    "provider": "seedance-2.0",
    "mode": "text-to-video",
    "prompt": "A fox in the snow",
    "resolution": "480p",
    "duration_seconds": 4,
}


@pytest.fixture
def gen(tmp_path):
    with VideoGen("preview", home=tmp_path / "home", library=tmp_path / "media") as gen:
        yield gen


def attempt(**changes: object) -> Attempt:
    catalog = Catalog.load()
    params = catalog.read(SMALL | changes, backend="preview")
    backend = PreviewBackend(Path("unused"))
    request = backend.translate(params, catalog.providers[params.provider], {})
    return Attempt("job", "a1b2c3", request, time.time())


def test_it_renders_what_was_asked_for(gen):
    """Size, length and sound are those of the request, and it costs nothing."""
    result = gen.generate_sync(SMALL | {"aspect_ratio": "1:1", "generate_audio": False, "seed": 5})

    assert (result.width, result.height, result.duration_seconds) == (640, 640, 4.0)
    assert (result.has_audio, result.seed) == (False, 5)
    assert result.cost is not None
    assert result.cost.amount == 0
    assert "?" not in result.video_url


def test_a_user_chooses_how_many_frames_are_rendered(tmp_path, monkeypatch):
    """Few of them make a file of the same size and length."""
    monkeypatch.setenv("RUSHES_PREVIEW_FPS", "2")
    with VideoGen("preview", home=tmp_path / "home", library=tmp_path / "media") as gen:
        result = gen.generate_sync(SMALL)

    assert (result.width, result.height, result.duration_seconds) == (864, 496, 4.0)
    with av.open(str(result.path)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 8


@pytest.mark.parametrize("said", ["0", "1", "61", "-24", "23.976", "many", "\N{SUPERSCRIPT TWO}"])
def test_a_frame_rate_that_cannot_be_is_refused(tmp_path, said):
    """With what can be, and the variable that says otherwise."""
    with pytest.raises(NoBackend, match=r"RUSHES_PREVIEW_FPS is .* whole number from 2 to 60"):
        PreviewBackend.from_environment({"RUSHES_PREVIEW_FPS": said}, tmp_path)


def test_a_chosen_seed_is_reported(gen):
    """Without a seed one is chosen, and giving it again makes the same video."""
    first = gen.generate_sync(SMALL)
    again = gen.generate_sync(SMALL | {"seed": first.seed})

    assert first.path.read_bytes() == again.path.read_bytes()


def test_inputs_may_lie_anywhere(gen):
    """A PIL picture becomes the first frame."""
    result = gen.generate_sync(
        SMALL
        | {
            "mode": "image-to-video",
            "start_image_url": Image.new("RGB", (864, 496), "red"),
            "aspect_ratio": "16:9",
        }
    )

    assert probe(result.path).width == 864
    with av.open(str(result.path)) as container:
        first = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert first.mean(axis=(0, 1)) == pytest.approx((255, 0, 0), abs=12)


def test_sending_twice_makes_one_job(tmp_path):
    """A lost reply costs nothing: the token finds the job that is there."""

    async def scenario() -> tuple[object, object]:
        backend = PreviewBackend(tmp_path)
        backend.connect(None)
        first = await backend.submit(attempt())
        return first, await backend.submit(attempt())

    first, second = asyncio.run(scenario())

    assert first == second == Accepted("a1b2c3")
    assert [path.name for path in tmp_path.iterdir() if path.name.isalnum()] == ["a1b2c3"]


def test_an_unknown_job_is_absent(tmp_path):
    """Looking for what was never sent finds nothing."""

    async def scenario() -> object:
        backend = PreviewBackend(tmp_path)
        backend.connect(None)
        return await backend.find(attempt()), await backend.poll("a1b2c3", {})

    assert asyncio.run(scenario()) == (Absent(), Absent())


def test_an_unreadable_input_is_named(gen, tmp_path):
    """A picture of a format that the provider does not accept is refused by its name."""
    broken = tmp_path / "broken.heic"
    boxes = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", b"\0\0\0\x94mdat" + b"rubbish" * 20
    broken.write_bytes(b"".join(boxes))
    request = SMALL | {"mode": "image-to-video", "start_image_url": str(broken)}

    with pytest.raises(InvalidParams, match=r"broken\.heic is HEIC by its content"):
        gen.submit(request)


def test_cancelling_stops_the_process(gen):
    """A preview that is being drawn ends at once, as cancelled."""
    job = gen.submit(SMALL | {"duration_seconds": 15, "resolution": "1080p"})
    until(lambda: job.remote_id is not None)

    cancellation = job.cancel()

    assert (cancellation.reached, cancellation.may_bill) == (True, False)
    with pytest.raises(JobCancelled):
        job.result()


def test_a_process_that_dies_is_started_again(gen):
    """A renderer that was killed does not lose the job."""
    home = gen.engine.folders.home
    with busy_preview(home):
        job = gen.submit(SMALL | {"duration_seconds": 15})
        until(lambda: job.remote_id is not None)
        folder = home / "preview" / job.remote_id
        pid = _pid_of_lock(folder / "lock")
    until((folder / "progress.json").exists)
    with suppress(ProcessLookupError):  # A machine that stood still finds it done.
        os.kill(pid, signal.SIGKILL)

    assert job.result().path is not None


def test_a_process_that_is_slow_to_begin_is_not_started_again(tmp_path, monkeypatch):
    """Looking often on a busy machine does not make it busier."""
    backend = PreviewBackend(tmp_path)
    popen, processes = subprocess.Popen, []

    def begin_never(_: list[str], **options: object) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", "input()"]
        processes.append(popen(command, **options | {"stdin": subprocess.PIPE}))
        return processes[-1]

    async def look() -> None:
        accepted = await backend.submit(attempt())
        for _ in range(3):
            await backend.poll(accepted.remote_id, {})

    monkeypatch.setattr(subprocess, "Popen", begin_never)
    asyncio.run(look())
    for process in processes:
        process.communicate()

    assert len(processes) == 1


def test_rendering_goes_on_when_the_client_is_killed(tmp_path):
    """A kernel that dies leaves the renderer alone; the next client gets the same video."""
    script = f"""
    import os, signal, time
    from rushes import VideoGen
    from rushes.engine import Timing
    gen = VideoGen(
        "preview",
        home={str(tmp_path / "home")!r},
        library={str(tmp_path / "m")!r},
        timing=Timing(lease=1.0, heartbeat=0.2),
    )
    job = gen.submit({json.dumps(SMALL)})
    while job.remote_id is None:
        time.sleep(0.01)
    print(job.id, job.remote_id, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    job_id, token = killed.stdout.split()
    video = tmp_path / "home" / "preview" / token / "video.mp4"
    until(video.exists)

    quick = Timing(lease=1.0, heartbeat=0.2)
    with VideoGen("preview", home=tmp_path / "home", library=tmp_path / "m", timing=quick) as gen:
        result = gen.job(job_id).result(timeout=90)

    assert result.generation_id == token
    assert result.path.read_bytes() == video.read_bytes()


def test_a_failed_render_is_told(tmp_path):
    """What went wrong in the process reaches the poll."""

    async def scenario() -> object:
        backend = PreviewBackend(tmp_path)
        backend.connect(None)
        bad = attempt()
        bad.request["scene"]["seconds"] = "many"
        await backend.submit(bad)
        await asyncio.to_thread(until, (tmp_path / "a1b2c3" / "error.json").exists)
        return await backend.poll("a1b2c3", {})

    status = asyncio.run(scenario())

    assert isinstance(status, Failed)
    assert "could not be rendered" in status.error.message


def _pid_of_lock(path: Path) -> int:
    """The process that holds a lock, from the system's own table."""
    until(lambda: path.exists() and not FileLock(path).is_free())
    inode = path.stat().st_ino
    for line in Path("/proc/locks").read_text().splitlines():
        fields = line.split()
        if fields[5].endswith(f":{inode}"):
            return int(fields[4])
    raise AssertionError(path)
