"""Whatever a service answers, its jobs come to an end that says what became of them."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from emulators.fal import FAL_KEY, Fault, FaultKind
from reliability.asking import assert_bought_once
from rushes import DeadlineExceeded, JobState, RushesError, VideoGen
from rushes.backends.fal import FalBackend
from rushes.backends.protocol import Accepted, Done, Failed, Limits, Passing, Refused
from rushes.contract.errors import BackendUnavailable, InvalidParams
from support.requests import FOX
from support.timings import BRIEF, QUICK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rushes import Job
    from rushes.engine import Timing
    from rushes.journal import JobRecord

HASTY = replace(BRIEF, look_up=0.02, retry=0.01, retry_most=0.05, forgotten=0.4)

PATIENT = replace(HASTY, submit_deadline=60.0, forgotten=60.0)
"""For jobs that do not end because of a few odd answers, however far these are apart."""

HALF = "half a fox \ud83d"
"""A text that a service cut in the middle of an emoji; it cannot be written as UTF-8."""

NOWHERE = "http://127.0.0.1:99999/video.mp4"
"""An address that is none."""


@pytest.fixture
def make(tmp_path: Path, emulator) -> Iterator[Callable[..., VideoGen]]:
    """Makes a client of a fal whose code does something else in places."""
    made: list[VideoGen] = []

    def make(*, timing: Timing = HASTY, **instead: Any) -> VideoGen:
        kind = type("OddFal", (FalBackend,), instead)
        backend = kind(
            FAL_KEY,
            queue_url=emulator.queue_url,
            rest_url=emulator.rest_url,
            api_url=emulator.api_url,
            limits=Limits(poll_floor=0.02, first_poll=0.02),
            lag=0.2,
        )
        home, library = tmp_path / "home", tmp_path / "media"
        made.append(VideoGen(backend, home=home, library=library, timing=timing))
        return made[-1]

    yield make
    for gen in made:
        gen.close()


def end_of(job: Job) -> JobRecord:
    """The job's record once nothing more happens to it by itself."""
    try:
        job.result(timeout=60.0)
    except DeadlineExceeded:
        pytest.fail(f"it never ends: {job.progress.text}")
    except RushesError:
        pass
    return job.engine.journal.get(job.id)


def answering(answer: Any) -> Callable[..., Any]:
    """A call of a backend that always ends so: with an answer, or an error."""

    async def call(*_: object) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return call


def message_of(record: JobRecord) -> str:
    return record.error.message


async def _names_no_video(self: Any, remote_id: str, remote: Any) -> Any:  # noqa: ARG001
    return Passing(BackendUnavailable("fal's result names no video."), ended=True)


def test_a_job_that_is_done_without_a_video_fails(make, emulator):
    """It is asked for a while; then its user learns that it is probably billed."""
    record = end_of(make(poll=_names_no_video).submit(FOX))

    assert record.state is JobState.FAILED
    for words in ("names no video", "billed", emulator.jobs[0].request_id):
        assert words in message_of(record)
    assert record.error.advice == "job.look_again() asks once more."


def test_a_video_that_is_named_late_is_fetched(make, emulator):
    """A few answers without one end no job."""
    asked = []

    async def poll(self: Any, remote_id: str, remote: Any) -> Any:
        asked.append(remote_id)
        if len(asked) < 4:
            return await _names_no_video(self, remote_id, remote)
        return await FalBackend.poll(self, remote_id, remote)

    assert_bought_once(emulator, end_of(make(poll=poll, timing=PATIENT).submit(FOX)))


def test_a_service_that_is_down_for_long_fails_no_job(make, emulator):
    """Trouble with asking is not an end, however often it comes."""
    asked = []

    async def poll(self: Any, remote_id: str, remote: Any) -> Any:
        asked.append(remote_id)
        if len(asked) < 50:
            return Passing(BackendUnavailable("fal cannot be reached."))
        return await FalBackend.poll(self, remote_id, remote)

    assert_bought_once(emulator, end_of(make(poll=poll, timing=PATIENT).submit(FOX)))


def test_a_poll_that_breaks_for_long_ends_the_job(make, emulator):
    """A fault of the package is no reason to ask for ever; its user may ask again."""
    gen = make(poll=answering(TypeError("unhashable")), timing=replace(HASTY, forgotten=0.01))

    record = end_of(gen.submit(FOX))

    assert record.state is JobState.FAILED
    for words in ("TypeError", "billed", emulator.jobs[0].request_id):
        assert words in message_of(record)
    assert record.error.advice == "job.look_again() asks once more."


def test_a_poll_that_breaks_now_and_then_ends_no_job(make, emulator):
    """What it says in between counts."""
    asked = []

    async def poll(self: Any, remote_id: str, remote: Any) -> Any:
        asked.append(remote_id)
        if len(asked) < 15:
            raise TypeError
        return await FalBackend.poll(self, remote_id, remote)

    assert_bought_once(emulator, end_of(make(poll=poll, timing=PATIENT).submit(FOX)))


def test_a_search_that_breaks_leaves_the_job_to_its_user(make, emulator):
    """An answer that nobody foresaw is no reason to look for ever."""
    emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))

    record = end_of(make(find=answering(TypeError("unhashable"))).submit(FOX))

    assert record.state is JobState.UNCERTAIN
    assert emulator.counts["submit"] == 1


@pytest.mark.parametrize("reconciliation", ["none", "lookup", "key"])
def test_a_refusal_ends_a_job_in_whatever_words(make, reconciliation):
    """What cannot be written down is not asked for again."""
    sent = []

    async def submit(_self: Any, attempt: Any) -> Any:
        sent.append(attempt.token)
        return Refused(InvalidParams(HALF, status=400))

    record = end_of(make(submit=submit, reconciliation=reconciliation).submit(FOX))

    assert record.state is JobState.FAILED
    assert record.error.status == 400
    assert len(sent) == 1


def test_a_failure_ends_a_job_in_whatever_words(make):
    """The end is written in plain words then."""
    failed = Failed(BackendUnavailable(HALF))

    record = end_of(make(poll=answering(failed)).submit(FOX))

    assert record.state is JobState.FAILED
    assert "fal" in message_of(record) or "half a fox" in message_of(record)


def test_an_id_that_cannot_be_written_down_leaves_the_job_to_its_user(make):
    """It was taken, and is not sent again."""
    sent = []

    async def submit(_self: Any, attempt: Any) -> Any:
        sent.append(attempt.token)
        return Accepted(HALF)

    record = end_of(make(submit=submit).submit(FOX))

    assert record.state in {JobState.UNCERTAIN, JobState.FAILED}
    assert len(sent) == 1


@pytest.mark.parametrize("url", [NOWHERE, "https://\0/video.mp4", "", "x" * 100_000])
def test_a_link_that_is_none_ends_a_job(make, url):
    """It counts as a bad download; its user is told that the video was made."""
    record = end_of(make(poll=answering(Done(url))).submit(FOX))

    assert record.state is JobState.FAILED
    assert "billed" in message_of(record)


@pytest.mark.parametrize("request_", [{"odd": object()}, {"odd": HALF}], ids=["object", "text"])
def test_a_request_that_cannot_be_written_down_is_not_sent(make, emulator, request_):
    """First the record, then the request; without one the job fails."""

    def translate(*_: object) -> dict[str, Any]:
        return {"endpoint": "fal-ai/none", "input": request_, "marker": None}

    record = end_of(make(translate=translate).submit(FOX))

    assert record.state is JobState.FAILED
    assert emulator.jobs == []


def test_a_request_that_cannot_be_made_is_not_tried_for_ever(make, emulator):
    """A fault of the package fails the job, and nothing was sent."""

    def translate(*_: object) -> dict[str, Any]:
        raise IndexError

    record = end_of(make(translate=translate).submit(FOX))

    assert record.state is JobState.FAILED
    assert "nothing was sent" in message_of(record)
    assert emulator.counts["submit"] == 0


@pytest.mark.parametrize("url", [NOWHERE, "http://[::1", "https://\x7f/fox.png"])
def test_a_preview_of_an_address_that_is_none_fails(tmp_path, url):
    """It is refused once, and leaves nothing behind."""
    with VideoGen("preview", home=tmp_path / "home", library=tmp_path / "m", timing=QUICK) as gen:
        request = FOX | {"mode": "image-to-video", "start_image_url": url}
        try:
            job = gen.submit(request)
        except RushesError:
            return  # The request was refused before it became a job.
        record = end_of(job)

    assert record.state is JobState.FAILED
    inputs = tmp_path / "home" / "preview" / ".inputs"
    assert not inputs.exists() or list(inputs.iterdir()) == []


def test_a_preview_of_an_address_that_never_answers_fails(tmp_path):
    """It is not waited for again and again."""
    timing = replace(HASTY, submit_deadline=0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/fox.png"
        home, library = tmp_path / "home", tmp_path / "media"
        with VideoGen("preview", home=home, library=library, timing=timing) as gen:
            request = FOX | {"mode": "image-to-video", "start_image_url": url}
            record = end_of(gen.submit(request))

    assert record.state is JobState.FAILED
    assert list((home / "preview" / ".inputs").iterdir()) == []
