"""A take goes into another job, which has the first one on record as its parent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reliability.asking import at_rest
from rushes import InvalidParams
from rushes.media.sidecar import read_sidecar
from support.requests import FOX

if TYPE_CHECKING:
    from collections.abc import Callable

    from rushes import Job, VideoGen

EXTEND = {"provider": "pixverse-v6", "mode": "extend", "prompt": "It runs on"}
FRAME = {"provider": "pixverse-v6", "mode": "image-to-video", "prompt": "It runs"}


@pytest.fixture
def first(gen: VideoGen) -> Job:
    """A finished take."""
    job = gen.submit(FOX)
    at_rest(gen, job)
    return job


WAYS: dict[str, Callable[[VideoGen, Job], Any]] = {
    "job": lambda _, job: job,
    "result": lambda _, job: job.finished,
    "take": lambda gen, _: gen.takes()[0],
    "path": lambda _, job: job.path,
    "text": lambda _, job: str(job.path),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_give_a_take_names_its_job(gen: VideoGen, first: Job, way: str) -> None:
    """Nothing is sent for that."""
    given = WAYS[way](gen, first)

    assert gen.plan(EXTEND, video_url=given).parent == first.id


def test_the_parent_is_on_record_everywhere(gen: VideoGen, first: Job) -> None:
    """On the job and its result, in lists and tables, in the sidecar and what it is found by."""
    child = gen.submit(EXTEND, video_url=first)
    at_rest(gen, child)

    assert child.error is None
    assert child.parent == child.finished.parent == first.id
    assert read_sidecar(child.path.with_suffix(".json"))["parent"] == first.id
    assert [job.id for job in gen.jobs(parent=first)] == [child.id]
    assert [take.parent for take in gen.takes(parent=first.id)] == [first.id]
    assert len(gen.takes(parent=child.finished)) == 0
    rows = {row["id"]: row["parent"] for row in gen.takes().records()}
    assert rows == {first.id: None, child.id: first.id}
    assert child.finished.to_dict()["parent"] == first.id
    assert first.parent is None


def test_a_folder_that_was_copied_tells_it_too(
    gen: VideoGen, first: Job, make_gen: Callable[..., VideoGen], tmp_path: Any
) -> None:
    """By its sidecars, where the journal is another one."""
    at_rest(gen, gen.submit(EXTEND, video_url=first))
    other = make_gen(home=tmp_path / "other home", library=gen.library)

    (take,) = other.takes(parent=first.id)
    assert (take.job, take.parent) == (None, first.id)


def test_a_last_frame_is_of_its_take(gen: VideoGen, first: Job) -> None:
    """A start image that was cut from a take makes it the parent."""
    assert gen.plan(FRAME, start_image_url=first).parent == first.id


def test_the_same_request_has_the_same_parent(gen: VideoGen, first: Job) -> None:
    """Also when it is made of the copy in an earlier request, and by a sweep."""
    plan = gen.plan(EXTEND, video_url=first)
    again = gen.plan(plan.params)
    swept = gen.sweep([str(EXTEND["prompt"])], provider=EXTEND["provider"], video_url=first)
    swept.run()
    swept.wait()

    assert again.parent == first.id
    assert [job.parent for job in gen.jobs(parent=first)] == [first.id]


def test_a_take_that_is_not_done_is_no_input(gen: VideoGen, first: Job) -> None:
    """The error says what to do."""
    unfinished = gen.submit(FOX | {"prompt": "later"})

    with pytest.raises(InvalidParams, match="has no file yet; wait for it"):
        gen.plan(EXTEND, video_url=unfinished)
    with pytest.raises(InvalidParams, match="parent: 3 is not a job"):
        gen.jobs(parent=3)  # type: ignore[arg-type]
    assert first.path is not None
    at_rest(gen, unfinished)
