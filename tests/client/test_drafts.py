"""A draft is rendered in full once, at the service that has it, and the journal knows both."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from emulators.fal import Fault, FaultKind
from reliability.asking import at_rest
from rushes import InvalidParams, JobNotFound, VideoGen
from rushes.journal import JobState
from rushes.journal.draft import DAY
from rushes.media.sidecar import read_sidecar
from support.requests import FOX
from support.services import BY_NAME
from support.timings import QUICK
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emulators.fal import FalEmulator
    from rushes import Job

DRAFT = {"provider": "seedance-2.5", "prompt": "A red fox", "duration_seconds": 4, "draft": True}

MAKERS = ["fal", "runway", "ark"]


@contextmanager
def at(name: str, tmp_path: Path) -> Iterator[tuple[VideoGen, Any]]:
    """A client of an emulated service, and that service."""
    service = BY_NAME[name]
    with service.emulator(run_seconds=(0.1, 0.1), tiny_clips=True) as running:
        backend = service.backend(running.urls)
        home, library = tmp_path / "home", tmp_path / "media"
        with VideoGen(backend, library=library, home=home, timing=QUICK, timeout=60.0) as gen:
            yield gen, running


def drafted(gen: VideoGen, **more: Any) -> Job:
    """A finished draft."""
    job = gen.submit(DRAFT, **more)
    at_rest(gen, job)
    assert job.state is JobState.COMPLETED, job.error
    return job


def sent(service: Any) -> list[dict[str, Any]]:
    """The bodies that the service took."""
    return [job.input for job in service.jobs]


BODIES: dict[str, Callable[[dict[str, Any], Job], bool]] = {
    "fal": lambda body, job: body == {"draft_id": f"draft-{job.remote_id}", "resolution": "1080p"},
    "runway": lambda body, job: body == {"model": "seedance2_5", "draftTaskId": job.remote_id},
    "ark": lambda body, job: (
        body["content"] == [{"type": "draft_task", "draft_task": {"id": job.remote_id}}]
        and body["resolution"] == "1080p"
    ),
}
"""By service, whether a body is all that it wants to know of a draft."""


@pytest.mark.parametrize("name", MAKERS)
def test_a_service_gets_its_own_id_of_the_draft(name: str, tmp_path: Path) -> None:
    """And nothing that the draft has already; the draft itself was asked for as one."""
    with at(name, tmp_path) as (gen, service):
        job = drafted(gen)
        final = job.finalize()
        at_rest(gen, final)

        first, second = sent(service)
        assert final.state is JobState.COMPLETED, final.error
        assert first["draft"] is True
        assert BODIES[name](second, job)
        assert final.backend == name


def test_the_draft_is_on_record_everywhere(gen: VideoGen) -> None:
    """On the job and its result, in lists and tables, and in the sidecar."""
    job = drafted(gen)
    final = job.finalize()
    at_rest(gen, final)

    asked = job.params.given()
    assert final.parent == final.finished.parent == job.id
    assert final.params.given() == {
        name: value for name, value in asked.items() if name != "draft"
    } | {"resolution": "1080p", "final_of": job.id}
    assert read_sidecar(final.path.with_suffix(".json"))["parent"] == job.id
    assert [take.id for take in gen.takes(parent=job)] == [final.id]
    rows = {row["id"]: row for row in gen.takes().records()}
    assert rows[final.id]["parent"] == job.id
    assert rows[job.id]["draft"] is True


def test_the_preview_makes_drafts_too(tmp_path: Path) -> None:
    """It renders the same picture again, larger."""
    with VideoGen("preview", library=tmp_path / "m", home=tmp_path / "h") as gen:
        draft = gen.submit(DRAFT).result(300)
        final = draft.finalize()
        result = final.result(300)

    assert (draft.height, result.height) == (480, 1080)
    assert (result.seed, result.parent) == (draft.seed, draft.job_id)


# --- once ---------------------------------------------------------------------------------------


def test_a_draft_is_rendered_in_full_once(gen: VideoGen, emulator: FalEmulator) -> None:
    """By every way to ask for it, whether or not it is done; a note says so."""
    job = drafted(gen)
    final = job.finalize()
    early = job.finalize("1080p")
    at_rest(gen, final)
    again = [
        job.finalize(),
        job.finished.finalize(),
        gen.submit(final_of=job.id),
        gen.submit(final.params),
        gen.submit(final_of=job.id, client_ref="another", once="a name"),
        *gen.submit_many([{"finalOf": job.id}]),
        gen.submit_as("of-my-own", {"finalOf": job.id}),
    ]

    assert {each.id for each in (early, *again)} == {final.id}
    assert all("Nothing was sent" in each.notes[-1] for each in again)
    assert len(emulator.jobs) == 2


def test_a_final_video_is_announced_once_like_every_job(
    make_gen: Callable[..., VideoGen], tmp_path: Path
) -> None:
    """To the callbacks of the client that made the draft, also if its result is what is held."""
    gen, other = make_gen(), make_gen(library=tmp_path / "elsewhere")
    started: list[str] = []
    elsewhere: list[str] = []
    gen.on_job_started(lambda job: started.append(job.id))
    other.on_job_started(lambda job: elsewhere.append(job.id))
    by_job, by_result = drafted(gen), drafted(gen, prompt="A grey owl")

    first = by_job.finalize()
    second = by_result.finished.finalize()
    by_job.finalize()
    gen.submit(final_of=by_result.id)

    assert started == [by_job.id, by_result.id, first.id, second.id]
    assert elsewhere == []
    for final in (first, second):
        at_rest(gen, final)


def test_a_callback_that_fails_stops_no_final_video(gen: VideoGen) -> None:
    """It is logged, and the job is returned."""

    def fail(_: Job) -> None:
        raise ValueError

    job = drafted(gen)
    gen.on_job_started(fail)
    at_rest(gen, final := job.finalize())

    assert final.state is JobState.COMPLETED


def test_two_kernels_render_it_once(
    make_gen: Callable[..., VideoGen], emulator: FalEmulator, tmp_path: Path
) -> None:
    """Also if each has a library of its own, and both ask at the same time."""
    gens = [make_gen(), make_gen(library=tmp_path / "elsewhere"), make_gen()]
    job = drafted(gens[0])

    with ThreadPoolExecutor(len(gens)) as pool:
        finals = list(pool.map(lambda gen: gen.job(job.id).finalize(), gens))
    at_rest(gens[0], finals[0])

    assert len({final.id for final in finals}) == 1
    assert len(emulator.jobs) == 2


@pytest.mark.parametrize("name", MAKERS)
def test_a_lost_reply_is_no_second_purchase(name: str, tmp_path: Path) -> None:
    """The final video is found, or uncertain; asking for it again sends nothing."""
    with at(name, tmp_path) as (gen, service):
        job = drafted(gen)
        service.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
        final = job.finalize()
        at_rest(gen, final)

        again = job.finalize()
        at_rest(gen, again)

        assert final.state in (JobState.COMPLETED, JobState.UNCERTAIN), final.error
        assert again.id == final.id
        assert len(sent(service)) == 2


def test_one_that_failed_can_be_asked_for_again(gen: VideoGen, emulator: FalEmulator) -> None:
    """Nothing was billed for it."""
    job = drafted(gen)
    emulator.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1))
    failed = job.finalize()
    at_rest(gen, failed)
    final = job.finalize()
    at_rest(gen, final)

    assert (failed.state, final.state) == (JobState.FAILED, JobState.COMPLETED)


# --- what is refused ----------------------------------------------------------------------------


def refused(act: Callable[[], object]) -> str:
    """What is said of a final video that cannot be asked for."""
    with pytest.raises(InvalidParams) as found:
        act()
    return found.value.message


def test_what_is_no_finished_draft_is_refused(gen: VideoGen, emulator: FalEmulator) -> None:
    """Each with what it is, and what to do; nothing is sent."""
    emulator.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1))
    failed = gen.submit(DRAFT)
    at_rest(gen, failed)
    full, fox = gen.submit(DRAFT, draft=None), gen.submit(FOX)
    at_rest(gen, full)
    at_rest(gen, fox)
    emulator.settings.run_seconds = (60.0, 60.0)
    early = gen.submit(DRAFT, duration_seconds=5)
    until(lambda: len(emulator.jobs) == 4)
    before = len(emulator.jobs)

    assert "it is failed; there is no draft to render in full" in refused(failed.finalize)
    assert "wait for it first" in refused(early.finalize)
    assert "it is not a draft; submit one with draft=True" in refused(full.finalize)
    assert "seedance-2.0 at fal makes no drafts" in refused(fox.finalize)
    assert "is not a job of this journal" in refused(lambda: gen.submit(final_of="20260101-1"))
    assert len(emulator.jobs) == before
    early.cancel()


def age(gen: VideoGen, job: Job, days: float) -> None:
    """Let a job have been sent some days earlier."""
    with closing(sqlite3.connect(gen.engine.journal.path)) as db, db:
        sql = "UPDATE jobs SET submit_at = submit_at - ? WHERE id = ?"
        db.execute(sql, (days * DAY, job.id))


def test_a_draft_that_is_too_old_is_refused(gen: VideoGen, emulator: FalEmulator) -> None:
    """Unless it was rendered in full before that."""
    old, used = drafted(gen), drafted(gen, prompt="A grey owl")
    final = used.finalize()
    at_rest(gen, final)
    for job in (old, used):
        age(gen, job, 7.1)

    assert "fal keeps drafts for 7 days, and this one was sent on" in refused(old.finalize)
    assert used.finalize().id == final.id
    assert len(emulator.jobs) == 3


def test_a_draft_that_gets_too_old_in_the_queue_is_not_sent(
    gen: VideoGen, emulator: FalEmulator
) -> None:
    """The service is busy for longer than it keeps the draft."""
    job = drafted(gen)
    emulator.add_fault(Fault(FaultKind.TOO_MANY, retry_after=0.2))
    final = gen.submit(final_of=job.id)
    until(lambda: emulator.counts["too_many"] > 0)
    age(gen, job, 7.1)
    at_rest(gen, final)

    assert final.state is JobState.FAILED
    assert "fal keeps drafts for 7 days" in final.error.message
    assert len(emulator.jobs) == 1


def test_a_draft_of_an_earlier_answer_without_an_id_is_refused(
    gen: VideoGen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service made a 480p video, and named no draft."""
    monkeypatch.setattr("emulators.fal_service.is_draft", lambda _: False)
    job = drafted(gen)

    assert "fal named no draft in its answer" in refused(job.finalize)


def test_only_the_size_of_a_draft_can_be_chosen(gen: VideoGen) -> None:
    """Whatever else is given has to be what it is; so does the service."""
    job = drafted(gen)

    words = refused(lambda: gen.plan(final_of=job.id, prompt="A grey owl", duration_seconds=9))
    assert "prompt: 'A grey owl' is not what the draft has" in words
    assert "duration_seconds: 9 is not" in words
    assert "allowed are 1080p" in refused(lambda: job.finalize("720p"))
    assert "only fal has the draft" in refused(lambda: gen.plan(final_of=job.id, backend="ark"))
    assert gen.plan(final_of=job.id, prompt=DRAFT["prompt"]).parent == job.id


def test_a_result_without_a_job_is_refused(gen: VideoGen) -> None:
    """It may be a video of a folder that was copied."""
    result = drafted(gen).finished.model_copy(update={"job_id": "20260101-000000-00000000"})

    with pytest.raises(JobNotFound, match="No journal of this process"):
        result.finalize()


def test_a_draft_says_what_it_is_and_what_is_not_known(gen: VideoGen) -> None:
    """Its resolution is its own, and its price that of it."""
    plan = gen.plan(DRAFT, resolution="1080p")
    final = gen.plan(final_of=drafted(gen).id)

    assert plan.cost.high == gen.estimate(DRAFT, draft=None, resolution="480p").high
    assert "A draft is made in 480p, not in 1080p" in plan.notes[0]
    assert final.cost.high == gen.estimate(DRAFT, draft=None, resolution="1080p").high
    assert "made from" in str(final)


def test_a_backend_that_makes_no_drafts_says_who_does(gen: VideoGen) -> None:
    """Before anything is sent."""
    words = refused(lambda: gen.catalog.read(DRAFT, backend="gateway"))

    assert "gateway makes no drafts of seedance-2.5. fal, runway" in words
