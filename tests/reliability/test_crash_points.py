"""A process may die between any two steps of a job; the next one goes on from there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from reliability.crash import POINTS, drain_and_die, work_until
from reliability.deaths import BRISK, NOT_SENT, PROMPT, SENT, die, die_at, hand_in, let_end
from reliability.verdict import judge
from reliability.worker import Workplace
from rushes.catalog import Catalog
from rushes.journal import JobState, SqliteJournal
from rushes.journal.draft import Draft
from support.requests import FOX
from support.timings import AN_HOUR
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emulators.fal import FalEmulator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL"),
]


@pytest.fixture
def place(tmp_path: Path, emulator: FalEmulator) -> Workplace:
    return Workplace.at(
        emulator.urls,
        tmp_path,
        timing=BRISK,
        limits=PROMPT,
        lag=0.0,
    )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SqliteJournal]:
    """The journal, for a process that does no work."""
    journal = SqliteJournal(tmp_path / "home")
    yield journal
    journal.close()


@pytest.mark.parametrize("point", POINTS)
def test_a_process_that_dies_loses_nothing(emulator, place, desk, point):
    """The next one has the video that was bought, once; or nobody can know and the user decides."""
    job = hand_in(desk, place, FOX)
    die_at(point, place, emulator)

    record = let_end(desk, place, job)

    accepted = emulator._service.dump(with_requests=False)["jobs"]
    verdict = judge(desk.select(), accepted, wanted=[job.id], handed_out=desk.drain())
    assert (verdict.lost, verdict.twice) == ([], [])
    assert record.state == (JobState.UNCERTAIN if point in NOT_SENT else JobState.COMPLETED)
    assert len(accepted) == (0 if point in NOT_SENT else 1)
    assert list(place.library.glob("*.part*")) == []


VIDEO = {"prompt": "It runs", "video_url": "https://media.example/take.mp4"}
EDIT = VIDEO | {"provider": "kling-o3-pro", "mode": "edit"}
EXTEND = VIDEO | {"provider": "pixverse-v6", "mode": "extend"}


@pytest.mark.parametrize("request_", [FOX, EDIT, EXTEND], ids=["marked", "edit", "extend"])
@pytest.mark.parametrize("point", sorted(SENT))
def test_without_a_history_a_lost_reply_is_never_sent_again(emulator, place, desk, point, request_):
    """The service has the job and nobody here can know: the user decides."""
    emulator.settings.history_usable = False
    job = hand_in(desk, place, request_)
    die_at(point, place, emulator)

    record = let_end(desk, place, job)

    assert record.state is JobState.UNCERTAIN
    assert emulator.counts["submit"] == len(emulator.jobs) == 1


DRAFT = FOX | {"provider": "seedance-2.5", "draft": True}


@pytest.mark.parametrize("history", [True, False], ids=["listed", "blind"])
@pytest.mark.parametrize("point", POINTS)
def test_a_draft_is_never_rendered_in_full_twice(emulator, place, desk, point, history):
    """Whoever asks for it after the death gets the same job."""
    emulator.settings.history_usable = history
    draft = let_end(desk, place, hand_in(desk, place, DRAFT))
    request = Draft.of(draft, Catalog.load()).request({})
    job = hand_in(desk, place, request)
    die_at(point, place, emulator)
    again = hand_in(desk, place, request)

    record = let_end(desk, place, job)

    accepted = emulator._service.dump(with_requests=False)["jobs"]
    wanted = [draft.id, job.id]
    verdict = judge(desk.select(), accepted, wanted=wanted, handed_out=desk.drain())
    assert again.id == job.id
    assert (verdict.lost, verdict.twice) == ([], [])
    assert record.parent == draft.id
    doubtful = NOT_SENT if history else NOT_SENT | SENT
    assert record.state == (JobState.UNCERTAIN if point in doubtful else JobState.COMPLETED)


def test_a_wish_to_cancel_outlives_who_had_it(emulator, place, desk):
    """It was noted and not passed on; the next process passes it on."""
    emulator.settings.run_seconds = AN_HOUR
    job = hand_in(desk, place, FOX)
    die(work_until, place, "after the reply is written down")
    desk.request_cancel(job.id)

    record = let_end(desk, place, job)

    assert record.state is JobState.CANCELLED
    assert emulator.jobs[0].cancelled


def test_half_a_video_is_gone_on_with(place, desk):
    """The bytes that are here are not fetched again."""
    job = hand_in(desk, place, FOX)
    die(work_until, place, "with half a video")
    (part,) = place.library.glob("*.part")
    begun = part.stat().st_ino

    record = let_end(desk, place, job)

    assert record.result is not None
    assert desk.select()[0].state is JobState.COMPLETED
    (video,) = place.library.glob("*.mp4")
    assert video.stat().st_ino == begun


def test_news_that_were_handed_to_a_dead_process_are_handed_out_again(place, desk):
    """At least once: what a process did with them before it died, nobody knows."""
    job = hand_in(desk, place, FOX)
    let_end(desk, place, job)
    die(drain_and_die, place)

    with place.open() as gen:
        (event,) = until(gen.get_completed_jobs_sync)
    with place.open() as gen:
        assert gen.get_completed_jobs_sync() == []

    assert (event.job_id, event.status) == (job.id, "completed")
