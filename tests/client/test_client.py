"""The client's promises, on an emulated service."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from emulators import clips
from emulators.fal import FAL_KEY, Fault, FaultKind
from rushes import (
    DeadlineExceeded,
    InvalidParams,
    JobCancelled,
    JobNotFound,
    JobState,
    NoBackend,
    RushesError,
    SafetyFilter,
    VideoGen,
    VideoGenParams,
)
from rushes.journal import SqliteJournal
from support.requests import FOX
from support.timings import A_WHILE, AN_HOUR
from support.waiting import until

if TYPE_CHECKING:
    from rushes.engine import Progress
    from rushes.journal import JobRecord


def test_generate_returns_the_video(gen, emulator):
    """One call makes one job, and gives a file that was measured."""
    result = asyncio.run(gen.generate(**FOX))

    assert result.path is not None
    assert result.path.exists()
    assert (result.width, result.height, result.fps) == (64, 36, 24.0)
    assert len(emulator.jobs) == 1


@pytest.mark.parametrize(
    "request_",
    [
        FOX,
        {"provider": "seedance-2.0", "mode": "text-to-video", "prompt": "A", "durationSeconds": 7},
        VideoGenParams(**FOX),
    ],
    ids=["snake_case", "camelCase", "object"],
)
def test_a_request_may_be_written_in_three_ways(gen, request_):
    """Keywords, the contract's JSON and a params object mean the same."""
    assert gen.submit(request_).result().provider == "seedance-2.0"


def test_keywords_add_to_a_given_request(gen, emulator):
    """The same request can be sent with one thing changed."""
    gen.submit(FOX, prompt="A blue fox").result()

    assert emulator.jobs[0].input["prompt"] == "A blue fox"


def test_submit_returns_before_the_job_is_sent(gen, emulator):
    """The job is on record at once, while the service has not been asked."""
    emulator.add_fault(Fault(FaultKind.SLOW_REPLY, times=1, seconds=AN_HOUR))

    job = gen.submit(**FOX)

    assert job.state in (JobState.QUEUED, JobState.SUBMITTING)
    assert gen.job(job.id).params == job.params
    until(lambda: emulator.jobs)
    emulator.advance(A_WHILE)
    job.result()


def test_a_wrong_request_sends_nothing(gen, emulator):
    """All problems come in one error before anything is sent or put on record."""
    with pytest.raises(InvalidParams) as caught:
        gen.submit(
            provider="seedance-2.0", mode="text-to-video", prompt="x", resolution="9k", cfg_scale=2
        )

    assert {problem.parameter for problem in caught.value.problems} == {"resolution", "cfg_scale"}
    assert gen.jobs() == []
    assert emulator.counts["submit"] == 0


def test_a_local_file_that_is_missing_is_a_problem_like_any_other(gen):
    """It is named together with everything else that is wrong."""
    with pytest.raises(InvalidParams) as caught:
        gen.submit(
            provider="seedance-2.0",
            mode="image-to-video",
            prompt="x",
            start_image_url="no/such.png",
            resolution="9k",
        )

    found = {problem.parameter for problem in caught.value.problems}
    assert found == {"start_image_url", "resolution"}


def test_a_wait_ends_at_its_deadline_and_the_job_goes_on(make_gen, emulator):
    """The error names the job and says that it may be billed; waiting on finds the video."""
    emulator.settings.run_seconds = AN_HOUR
    gen = make_gen()
    job = gen.submit(**FOX)

    with pytest.raises(DeadlineExceeded, match=job.id) as caught:
        job.result(timeout=0.05)

    assert "billed" in caught.value.message
    until(lambda: emulator.jobs)
    emulator.advance(A_WHILE)
    assert gen.job(job.id).result().path is not None
    assert len(emulator.jobs) == 1


def test_ending_the_wait_does_not_end_the_job(gen, emulator):
    """A cancelled task leaves the job alone."""

    async def scenario() -> str:
        task = asyncio.create_task(gen.generate(**FOX))
        started = asyncio.get_running_loop().create_future()
        loop = asyncio.get_running_loop()
        gen.on_job_started(lambda job: loop.call_soon_threadsafe(started.set_result, job.id))
        job_id = await started
        task.cancel()
        return job_id

    job_id = asyncio.run(scenario())

    assert gen.job(job_id).result().path is not None
    assert len(emulator.jobs) == 1


def test_one_client_serves_two_event_loops_at_once(gen):
    """Nothing of the engine is bound to the loop that awaits."""
    results = []

    def in_a_loop_of_its_own() -> None:
        results.append(asyncio.run(gen.generate(**FOX)))

    threads = [threading.Thread(target=in_a_loop_of_its_own) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({result.job_id for result in results}) == 2


def test_a_finished_job_is_drained_once(gen):
    """Its news comes with the request and the caller's own reference."""
    job = gen.submit(**FOX, client_ref="mine")
    gen.engine.wait(job.id).result()

    (event,) = gen.get_completed_jobs_sync()

    assert (event.job_id, event.status, event.params.client_ref) == (job.id, "completed", "mine")
    assert event.result is not None
    assert asyncio.run(gen.get_completed_jobs()) == []


def test_what_was_awaited_is_not_drained(gen):
    """What `generate` returned counts as handed out."""
    asyncio.run(gen.generate(**FOX))

    assert gen.get_completed_jobs_sync() == []


def test_a_refused_video_is_a_failed_event(gen, emulator):
    """The reason of the service stands in the error and in the event."""
    emulator.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1))
    job = gen.submit(**FOX)
    gen.engine.wait(job.id).result()

    (event,) = gen.get_completed_jobs_sync()

    assert event.status == "failed"
    assert event.error_detail is not None
    assert event.error_detail.type == "content_policy_violation"
    with pytest.raises(SafetyFilter):
        job.result()


def test_cancelling_reaches_the_service(make_gen, emulator):
    """A running job is stopped there, and its event says that it was cancelled."""
    emulator.settings.run_seconds = (30.0, 30.0)
    gen = make_gen()
    job = gen.submit(**FOX)
    _until_running(gen, job)

    cancellation = job.cancel()

    assert cancellation.reached
    with pytest.raises(JobCancelled):
        job.result()
    assert emulator.jobs[0].cancelled
    assert gen.get_completed_jobs_sync() == []


def test_a_started_job_is_told_until_unsubscribed(gen):
    """The callback gets the job; after unsubscribing it gets none."""
    seen = []
    subscription = gen.on_job_started(seen.append)
    first = gen.submit(**FOX)
    subscription.unsubscribe()
    second = gen.submit(**FOX)

    assert [job.id for job in seen] == [first.id]
    first.result()
    second.result()


def test_a_callback_that_fails_stops_nothing(gen, caplog):
    """The job is on record already; a fault of the caller's code is logged."""
    gen.on_job_started(lambda _: 1 / 0)

    assert gen.submit(**FOX).result().path is not None
    assert "on_job_started" in caplog.text


def test_jobs_are_listed_newest_first(gen):
    """And by state, provider or the caller's reference."""
    first = gen.submit(**FOX, client_ref="a")
    first.result()
    second = gen.submit(**FOX, client_ref="b")
    second.result()

    assert [job.id for job in gen.jobs()] == [second.id, first.id]
    assert [job.id for job in gen.jobs(client_ref="a")] == [first.id]
    assert gen.jobs(state="failed") == []


def test_an_unknown_job_is_named(gen):
    """A wrong id gets a clear answer."""
    with pytest.raises(JobNotFound, match="nope"):
        gen.job("nope")


def test_without_a_service_the_way_out_is_named(tmp_path):
    """The variables to set and the preview are named; nothing is chosen silently."""
    with VideoGen(home=tmp_path, library=tmp_path) as gen, pytest.raises(NoBackend) as caught:
        gen.submit(**FOX)

    assert "FAL_KEY" in caught.value.message
    assert 'VideoGen(backend="preview")' in caught.value.message


def test_a_closed_client_says_so(make_gen):
    """Waiting on a closed client is an error, not a hang."""
    gen, other = make_gen(), make_gen()
    job = gen.submit(**FOX)
    gen.close()

    for call in (
        lambda: gen.submit(**FOX),
        gen.jobs,
        lambda: gen.job(job.id),
        gen.get_completed_jobs_sync,
    ):
        with pytest.raises(RushesError, match="This client is closed"):
            call()
    assert len(other.jobs()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("_run", range(4))
def test_a_script_ends_by_itself(tmp_path, emulator, _run):
    """An engine at work does not keep the interpreter from ending, and nothing becomes doubtful.

    A host's name is looked up in a thread, and Python starts none while it ends.
    """
    queue_url = emulator.queue_url.replace("127.0.0.1", "localhost")
    script = f"""
    from rushes import VideoGen
    from rushes.backends.fal import FalBackend
    fal = FalBackend({FAL_KEY!r}, queue_url={queue_url!r})
    gen = VideoGen(fal, home={str(tmp_path)!r}, library={str(tmp_path)!r})
    gen.submit(provider="seedance-2.0", mode="text-to-video", prompt="x")
    """

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, "")
    journal = SqliteJournal(tmp_path)
    (record,) = journal.select()
    journal.close()
    assert record.state == ("running" if emulator.jobs else "queued")


@pytest.mark.parametrize(
    "call",
    [
        lambda gen: gen.submit("a fox"),
        lambda gen: gen.submit([1]),
        lambda gen: gen.submit(5),
        lambda gen: gen.jobs(state="bogus"),
        lambda gen: gen.jobs(state=5),
        lambda gen: gen.jobs(limit="x"),
        lambda gen: gen.jobs(provider=[1]),
        lambda gen: gen.jobs(client_ref=1),
        lambda gen: gen.job(object()),
        lambda gen: gen.job([1]),
        lambda _: VideoGen(5),
        lambda _: VideoGen(home=5),
        lambda _: VideoGen(library=[]),
    ],
)
def test_wrong_arguments_are_explained(gen, call):
    """Never a traceback from inside: an error of the tree that says what is allowed."""
    with pytest.raises((InvalidParams, JobNotFound)) as caught:
        call(gen)

    assert caught.value.message.endswith(".")


def test_a_clip_that_is_too_long_is_refused_before_anything_is_sent(gen, emulator, tmp_path):
    """The lengths of local files are measured, all of them together, too."""
    for seconds in (9, 10):
        (tmp_path / f"{seconds}.mp4").write_bytes(clips.clip(clips.ClipSpec(64, 36, seconds)))
    request = FOX | {
        "mode": "reference-to-video",
        "video_references": [tmp_path / "9.mp4", tmp_path / "10.mp4"],
    }

    with pytest.raises(InvalidParams, match=r"they are 19\.0 s long in total; the maximum is 15 s"):
        gen.submit(**request)

    assert emulator.counts["submit"] == 0


def test_a_missing_file_is_a_problem_of_its_parameter(gen, tmp_path):
    """Like everything else that is wrong with a request."""
    request = FOX | {"mode": "image-to-video", "start_image_url": tmp_path / "gone.png"}

    with pytest.raises(InvalidParams) as caught:
        gen.submit(**request)

    assert [problem.parameter for problem in caught.value.problems] == ["start_image_url"]


def test_a_broken_provider_file_is_told(make_gen, tmp_path):
    """Its provider is missing, and the user learns why."""
    folder = tmp_path / "home" / "providers"
    folder.mkdir(parents=True)
    (folder / "acme.toml").write_text("id = 5")

    with pytest.warns(UserWarning, match=r"acme\.toml"):
        make_gen()


def _until_running(gen: VideoGen, job) -> None:
    running = threading.Event()

    def hear(news: list[tuple[JobRecord, Progress]]) -> None:
        if any(record.state is JobState.RUNNING for record, _ in news):
            running.set()

    stop = gen.engine.listen(hear)
    if job.state is not JobState.RUNNING:
        assert running.wait(60)
    stop()


def test_a_job_whose_service_is_not_set_up_says_what_is_missing(gen, emulator, tmp_path):
    """A process without the key shows the job, and which variable lets it go on."""
    emulator.settings.run_seconds = (30.0, 30.0)
    job = gen.submit(**FOX)
    _until_running(gen, job)
    script = f"""
    from rushes import VideoGen
    gen = VideoGen(home={str(tmp_path / "home")!r}, library={str(tmp_path)!r})
    print(gen.jobs()[0].progress.text)
    """

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True
    )

    assert "FAL_KEY" in done.stdout
    job.cancel()


def test_a_wait_in_a_running_loop_leaves_asyncio_run_as_it_was(gen):
    """Where no loop is running it still closes its own, in any thread."""

    async def cell() -> None:
        gen.generate_sync(FOX)

    async def own_loop() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    asyncio.run(cell())
    with ThreadPoolExecutor(1) as pool:
        loops = [asyncio.run(own_loop()), pool.submit(asyncio.run, own_loop()).result()]

    assert all(loop.is_closed() for loop in loops)


def test_a_wait_lasts_45_minutes_by_default(tmp_path):
    """A service may say that a job takes 35."""
    with VideoGen("preview", home=tmp_path / "home", library=tmp_path / "media") as gen:
        assert gen.timeout == 45 * 60
