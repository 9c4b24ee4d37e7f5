"""Jobs on a ComfyUI server: none is lost, and none runs twice that is not proven absent."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import rushes
from emulators.comfyui_nodes import CLASSES
from emulators.faults import Fault, FaultKind, Operation
from emulators.jobs import Failure
from reliability.asking import assert_bought_once, assert_kept, at_rest, in_state
from rushes import JobState, VideoGen
from support.comfy import COMFY_TOKEN, FREE, NOWHERE, WORKFLOWS, backend_of, emulated
from support.timings import A_WHILE, AN_HOUR, BRIEF, QUICK
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emulators.comfyui import ComfyEmulator

HASTY = replace(QUICK, submit_deadline=0.5)


@pytest.fixture
def comfy() -> Iterator[ComfyEmulator]:
    with emulated() as running:
        yield running


@pytest.fixture
def make_gen(comfy: ComfyEmulator, tmp_path: Path) -> Iterator[Callable[..., VideoGen]]:
    made: list[VideoGen] = []
    shutil.copytree(WORKFLOWS, tmp_path / "home" / "providers")

    def make(timing: Any = QUICK, urls: Any = None, token: str = "", **options: Any) -> VideoGen:
        gen = VideoGen(
            backend_of(urls or comfy.urls, token, **options),
            library=tmp_path / "media",
            home=tmp_path / "home",
            timing=timing,
            timeout=60.0,
        )
        made.append(gen)
        return gen

    yield make
    for gen in made:
        gen.close()


@pytest.fixture
def gen(make_gen: Callable[..., VideoGen]) -> VideoGen:
    return make_gen()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    from PIL import Image  # noqa: PLC0415 - few tests need it

    path = tmp_path / "start.png"
    Image.new("RGB", (320, 192), "teal").save(path)
    return path


def uncut(job: Any) -> dict[str, Any]:
    """The graph that the server got."""
    return {title["_meta"]["title"]: title["inputs"] for title in job.input.values()}


# --- one after the other --------------------------------------------------------------------------


def test_a_request_becomes_a_take(gen, comfy):
    """The graph is filled at its addresses, sent once, and its video is here, for free."""
    job = gen.submit(**FREE, aspect_ratio="1:1", duration_seconds=2, seed=11)
    record = at_rest(gen, job)

    assert_bought_once(comfy, record)
    sent = uncut(comfy.jobs[0])
    assert sent["prompt"]["value"] == "A red fox"
    assert sent["size and frames"] | {"color": 0} == {
        "width": 256,
        "height": 256,
        "batch_size": 50,
        "color": 0,
    }
    assert sent["seed"]["seed"] == job.result().seed == 11
    assert (job.cost.amount, job.cost.source) == (0, "your card")


def test_the_seed_that_nobody_chose_is_on_the_take(gen, comfy):
    """ComfyUI leaves the choice to its page, so it is made here, and said."""
    job = gen.submit(**FREE)

    assert job.result().seed == uncut(comfy.jobs[0])["seed"]["seed"]


def test_the_same_request_twice_is_two_files(gen, comfy):
    """The server's cache would answer the second with the file of the first."""
    first, second = gen.submit(**FREE, seed=1).result(), gen.submit(**FREE, seed=1).result()

    assert first.path.read_bytes() != second.path.read_bytes()
    assert not any(job.cached for job in comfy.jobs)


def test_a_file_is_uploaded_once_and_named_by_its_content(gen, comfy, image):
    """The next request finds it there; after the user tidied up it is uploaded again."""
    request = {"provider": "local-free", "prompt": "x", "start_image_url": str(image)}

    gen.submit(**request).result()
    gen.submit(**request).result()
    (address,) = comfy.uploads
    comfy.lose(address)
    gen.submit(**request).result()

    assert comfy.counts["upload"] == 2
    assert uncut(comfy.jobs[0])["start image"]["image"] == address


def test_a_link_is_no_input(gen, comfy):
    """The server fetches nothing; that is said before anything is sent."""
    with pytest.raises(rushes.InvalidParams, match="reads files only"):
        gen.submit(
            provider="local-free", prompt="x", start_image_url="https://example.com/start.png"
        )
    assert comfy.counts["submit"] == 0


def test_jobs_stand_in_line_and_say_how_far_they_are(make_gen, comfy):
    """The place comes from the server's list, the step from its socket."""
    comfy.settings.run_seconds = AN_HOUR
    gen = make_gen()
    first = gen.submit(**FREE)
    until(lambda: first.progress.state is JobState.RUNNING and comfy.counts["stream"])
    second = gen.submit(**FREE)

    until(lambda: second.progress.position == 1)
    assert "in line, 2nd: at 127.0.0.1, NVIDIA GeForce RTX 4090" in second.progress.text
    comfy.advance(A_WHILE)
    until(lambda: second.progress.position is None)
    until(lambda: "prompt" in second.progress.text)
    comfy.advance(A_WHILE)

    for record in [at_rest(gen, job) for job in (first, second)]:
        assert_kept(record)


@pytest.mark.parametrize("kind", [FaultKind.BROKEN_STREAM, FaultKind.SILENT_STREAM])
def test_a_socket_that_fails_costs_nothing(make_gen, comfy, kind):
    """It only decides when a job is polled."""
    comfy.add_fault(Fault(kind))
    gen = make_gen()

    assert_bought_once(comfy, at_rest(gen, gen.submit(**FREE)))


def test_a_token_goes_with_every_request(make_gen, comfy):
    """A proxy asks for it before a download and a socket, too."""
    comfy.settings.keys = frozenset({COMFY_TOKEN})
    gen = make_gen(token=COMFY_TOKEN)

    assert_bought_once(comfy, at_rest(gen, gen.submit(**FREE)))
    assert comfy.counts["stream"] == 1


# --- cancelling -----------------------------------------------------------------------------------


@pytest.mark.parametrize("has_cancel", [True, False], ids=["now", "before 0.26"])
def test_cancelling_reaches_a_job_in_any_state(make_gen, comfy, has_cancel):
    """One that waits leaves no trace at the server, and is cancelled all the same."""
    comfy.settings.run_seconds = AN_HOUR
    comfy.settings.has_cancel = has_cancel
    gen = make_gen()
    running = gen.submit(**FREE)
    until(lambda: [job.word(comfy._service.clock.now()) for job in comfy.jobs] == ["in_progress"])
    waiting = gen.submit(**FREE)
    until(lambda: waiting.progress.position == 1)

    for job in (waiting, running):
        assert not gen.cancel_sync(job.id).may_bill

    assert at_rest(gen, waiting).state is JobState.CANCELLED
    assert at_rest(gen, running).state is JobState.CANCELLED
    assert comfy.counts["submit"] == 2


def test_a_cancel_that_comes_too_late_keeps_the_video(make_gen, comfy):
    """While the file is written an interrupt has no effect."""
    comfy.settings.run_seconds = AN_HOUR
    comfy.settings.save_seconds = 3_600.0
    gen = make_gen()
    job = gen.submit(**FREE)
    in_state(job, JobState.RUNNING)

    gen.cancel_sync(job.id)
    comfy.advance(A_WHILE)

    assert_kept(at_rest(gen, job))


# --- lost replies, restarts -----------------------------------------------------------------------

REPLY_LOST = {
    "no reply": {"kind": FaultKind.LOSE_REPLY},
    "500": {"kind": FaultKind.ERROR_AFTER},
    "half a reply": {"kind": FaultKind.MALFORMED_JSON},
    "late reply": {"kind": FaultKind.SLOW_REPLY, "seconds": (2.0, 2.0)},
}
NOT_TAKEN = {
    "no reply": {"kind": FaultKind.DROP_BEFORE},
    "500": {"kind": FaultKind.ERROR_BEFORE},
    "web page": {"kind": FaultKind.HTML_PAGE},
}


@pytest.mark.parametrize("fault", REPLY_LOST.values(), ids=REPLY_LOST)
def test_a_lost_reply_runs_no_second_job(make_gen, comfy, fault):
    """The job is found by the id that was chosen for it."""
    comfy.add_fault(Fault(**fault, times=1))
    gen = make_gen(HASTY)

    record = at_rest(gen, gen.submit(**FREE))

    assert comfy.counts["submit"] == 1
    assert_kept(record)


@pytest.mark.parametrize("fault", NOT_TAKEN.values(), ids=NOT_TAKEN)
def test_a_request_that_did_not_arrive_is_sent_again_on_proof(make_gen, comfy, fault):
    """The server says that it has no such job."""
    comfy.add_fault(Fault(**fault, times=1))
    gen = make_gen(BRIEF)

    record = at_rest(gen, gen.submit(**FREE))

    assert len(comfy.jobs) == 1
    assert_kept(record)


def test_a_job_that_ended_before_a_restart_is_found_by_its_file(make_gen, comfy):
    """Its reply was lost, and the server forgot it; its file has its name."""
    comfy.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    comfy.add_fault(Fault(FaultKind.ERROR_BEFORE, on=Operation.STATUS))
    gen = make_gen(HASTY)
    job = gen.submit(**FREE)
    until(lambda: comfy.jobs and comfy.counts["status"] > 1)
    comfy.advance(A_WHILE)
    comfy.restart()
    comfy.clear_faults()

    record = at_rest(gen, job)

    assert comfy.counts["submit"] == 1
    assert_kept(record)


@pytest.mark.parametrize("saving", [0.0, 3_600.0], ids=["while it runs", "while it saves"])
def test_a_job_that_a_restart_ended_is_sent_again(make_gen, comfy, saving):
    """It is proven absent, costs nothing, and a part of a file is not taken for a video."""
    comfy.settings.run_seconds = AN_HOUR
    comfy.settings.save_seconds = saving
    gen = make_gen()
    job = gen.submit(**FREE)
    until(lambda: job.progress.state is JobState.RUNNING and comfy.counts["status"])
    comfy.restart()
    comfy.settings.run_seconds, comfy.settings.save_seconds = (0.1, 0.1), 0.0

    record = at_rest(gen, job)

    assert len(comfy.jobs) == 2
    assert comfy.jobs[0].request_id != record.remote_id
    assert_kept(record)
    assert "sent again" in " ".join(job.notes)


def test_until_it_is_sure_a_lost_job_says_what_comes(make_gen, comfy):
    """And nothing of money, which a paid service may have taken."""
    comfy.settings.run_seconds = AN_HOUR
    gen = make_gen(replace(QUICK, forgotten=3_600.0))
    job = gen.submit(**FREE)
    in_state(job, JobState.RUNNING)

    comfy.restart()

    until(lambda: "it is sent again, which costs nothing" in job.progress.text)
    assert "billed" not in job.progress.text


def test_a_job_that_ends_the_server_each_time_fails(make_gen, comfy):
    """It is not sent forever."""
    comfy.settings.run_seconds = AN_HOUR
    gen = make_gen()
    job = gen.submit(**FREE)
    for count in range(1, 4):
        until(lambda: len(comfy.jobs) == count)  # noqa: B023 - it is called here
        comfy.restart()

    record = at_rest(gen, job)

    assert (record.state, len(comfy.jobs)) == (JobState.FAILED, 3)
    assert "lost this job 3 times" in str(job.error)


def test_another_server_at_the_address_proves_nothing(make_gen, comfy):
    """The one that the request was sent to may have it."""
    comfy.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    gen = make_gen()
    with emulated() as other:
        backend = gen.engine.backends.get("comfyui")
        comfy.add_fault(Fault(FaultKind.ERROR_BEFORE, on=Operation.STATUS))
        job = gen.submit(**FREE)
        until(lambda: comfy.jobs)
        moved = backend_of(other.urls)
        gen.engine.backends.add(moved)

        record = at_rest(gen, job)

    assert backend is not moved
    assert record.state is JobState.UNCERTAIN
    assert other.counts["submit"] == 0


# --- nodes that cost money ------------------------------------------------------------------------


def paid(comfy: ComfyEmulator, folder: Path, *, says_so: bool) -> None:
    """Make the workflow's first node one of a paid service."""
    comfy.settings.classes["PrimitiveStringMultiline"] = {
        **CLASSES["PrimitiveStringMultiline"],
        "api_node": True,
    }
    if says_so:
        file = folder / "local-free.toml"
        text = file.read_text().replace("grid = 16", "grid = 16\npartner = true")
        file.write_text(text)


def test_a_workflow_that_costs_credits_has_to_say_so(gen, comfy, tmp_path):
    """Otherwise it would be sent again as if it were free."""
    paid(comfy, tmp_path / "home" / "providers", says_so=False)

    job = gen.submit(**FREE)

    with pytest.raises(rushes.InvalidParams, match="partner = true"):
        job.result()
    assert comfy.counts["submit"] == 0


@pytest.mark.parametrize("is_accepted", [True, False])
def test_a_workflow_that_costs_credits_is_never_sent_again(make_gen, comfy, tmp_path, is_accepted):
    """A server that has forgotten it proves nothing: the partner may have been paid."""
    paid(comfy, tmp_path / "home" / "providers", says_so=True)
    comfy.settings.run_seconds = AN_HOUR
    if not is_accepted:
        comfy.add_fault(Fault(FaultKind.DROP_BEFORE, times=1))
    gen = make_gen(BRIEF)
    job = gen.submit(**FREE)
    if is_accepted:
        until(lambda: comfy.jobs)
        in_state(job, JobState.RUNNING)
        comfy.restart()

    record = at_rest(gen, job)

    assert record.state is (JobState.FAILED if is_accepted else JobState.UNCERTAIN)
    assert comfy.counts["submit"] == 1


# --- what can be wrong ----------------------------------------------------------------------------


def test_a_missing_node_and_a_missing_model_are_named_before_anything_is_sent(gen, comfy):
    """All of them in one sentence; what was installed meanwhile is seen."""
    del comfy.settings.classes["ImageAddNoise"]
    save = CLASSES["SaveVideo"]["input"]["required"]
    comfy.settings.classes["SaveVideo"] = {
        **CLASSES["SaveVideo"],
        "input": {"required": save | {"codec": [["h265"]]}},
    }

    with pytest.raises(rushes.InvalidParams) as caught:
        gen.submit(**FREE).result()

    assert "no node ImageAddNoise ('seed')" in str(caught.value)
    assert "no auto (for 'save')" in str(caught.value)
    assert comfy.counts["submit"] == 0
    comfy.settings.classes.update(CLASSES)
    assert gen.submit(**FREE).result().width == 64


def test_a_number_that_the_server_would_round_is_named(gen, comfy):
    """ComfyUI does not check steps; the video would be shorter than was asked for."""
    kind = CLASSES["EmptyImage"]
    coarse = ["INT", {"min": 1, "max": 4096, "step": 4}]
    comfy.settings.classes["EmptyImage"] = {
        **kind,
        "input": {"required": kind["input"]["required"] | {"batch_size": coarse}},
    }

    gen.submit(**FREE).result()  # 25 = 1 + 6 * 4
    with pytest.raises(rushes.InvalidParams, match="batch_size of 'size and frames' is 50"):
        gen.submit(**FREE, duration_seconds=2).result()


FAILURES = {
    "torch.OutOfMemoryError": "ran out of memory in 'size and frames'. Choose a smaller size",
    "RuntimeError": "The workflow failed in 'size and frames': It went wrong.",
}


@pytest.mark.parametrize(("kind", "words"), FAILURES.items(), ids=FAILURES)
def test_a_node_that_fails_is_named_by_its_title(gen, comfy, kind, words):
    """With its own words, and without folders of the server."""
    comfy.add_fault(Fault(FaultKind.MODEL_FAILURE, error_type=kind))

    with pytest.raises(rushes.BackendUnavailable) as caught:
        gen.submit(**FREE).result()

    assert words in str(caught.value)
    assert "/opt/" not in str(caught.value.to_json())


def test_a_graph_that_the_server_refuses_is_quoted_with_its_titles(gen, comfy):
    """A value that only the server knows to be wrong."""
    comfy.settings.classes["CreateVideo"] = {
        **CLASSES["CreateVideo"],
        "input": {"required": {"images": ["IMAGE"], "fps": ["FLOAT", {"min": 1, "max": 8}]}},
    }

    with pytest.raises(rushes.InvalidParams, match=r"fps: Value 25\.0 bigger than max of 8"):
        gen.submit(**FREE).result()


def test_a_server_that_is_not_there_is_waited_for(make_gen):
    """The job stays queued and says why."""
    gen = make_gen(urls={"base_url": NOWHERE})
    job = gen.submit(**FREE)

    until(lambda: "refused the connection" in job.progress.text)
    assert job.state is JobState.QUEUED


def test_something_else_at_the_address_is_told_from_a_server_without_nodes(make_gen, emulator):
    """E.g. another service of the same machine."""
    gen = make_gen(urls={"base_url": emulator.base_url})
    job = gen.submit(**FREE)

    until(lambda: "is not a ComfyUI server" in job.progress.text)
    assert job.state is JobState.QUEUED


@pytest.fixture
def old() -> Iterator[ComfyEmulator]:
    """A server before 0.6: it has no routes for jobs, but a queue and a history."""
    with emulated(has_jobs=False, has_cancel=False, version="0.3.64") as running:
        yield running


def test_an_older_server_is_asked_by_queue_and_history(make_gen, old):
    """What it makes, what fails there, and what is cancelled."""
    old.settings.run_seconds = AN_HOUR
    gen = make_gen(urls=old.urls)
    made, failing, waiting = [gen.submit(**FREE, seed=seed) for seed in range(3)]
    until(lambda: waiting.progress.position == 2)

    gen.cancel_sync(waiting.id)
    old.jobs[1].failure = Failure(200, {"message": "It went wrong."}, "RuntimeError")
    old.advance(2 * A_WHILE)

    assert_kept(at_rest(gen, made))
    assert "It went wrong." in str(at_rest(gen, failing).error)
    assert at_rest(gen, waiting).state is JobState.CANCELLED


@pytest.mark.parametrize("fault", [REPLY_LOST["500"], NOT_TAKEN["500"]], ids=["taken", "not taken"])
def test_a_lost_reply_of_an_older_server_is_settled(make_gen, old, fault):
    """By what is in neither its queue nor its history."""
    old.add_fault(Fault(**fault, times=1))
    gen = make_gen(BRIEF, urls=old.urls)

    assert_kept(at_rest(gen, gen.submit(**FREE)))
    assert len(old.jobs) == 1


def test_a_server_that_chooses_the_ids_itself_is_refused(make_gen):
    """A job of it could not be found after a lost reply."""
    with emulated(version="0.3.40") as ancient:
        gen = make_gen(urls=ancient.urls)
        with pytest.raises(rushes.InvalidParams, match=r"is 0\.3\.40.* Update it to 0\.3\.57"):
            gen.submit(**FREE).result()
        assert ancient.counts["submit"] == 0


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("gpu-box:8188", "is not a URL"),
        ("http://comfy.example.com", "has to start with https://"),
        ("http://me:secret@192.168.1.20:8188", "has a user"),
    ],
)
def test_an_address_that_cannot_be_one_says_so(address, words):
    """In clear text only to this machine and a private network."""
    with pytest.raises(rushes.NoBackend, match=words):
        backend_of({"base_url": address})


def test_a_token_is_not_sent_in_clear_text():
    """Without one, http is what ComfyUI itself speaks in a network."""
    url = {"base_url": "http://192.168.1.20:8188"}
    assert backend_of(url).site.host == "192.168.1.20"
    with pytest.raises(rushes.NoBackend, match="clear text"):
        backend_of(url, COMFY_TOKEN)
