"""Whatever a service answers, jobs go on or end: no field of any reply, of any type, raises.

`make soak` tries all of this; here a part of it is drawn by lot.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from emulators.jobs import Failure
from reliability.asking import in_state
from reliability.questions import UNSHOWN, drawn_cases, every_case, faults_in, of_service
from reliability.storm import storm
from rushes import JobState, SafetyFilter, VideoGen
from support.services import BY_NAME, SERVICES
from support.timings import QUICK

if TYPE_CHECKING:
    from pathlib import Path

    from rushes import Job
    from support.services import Service

SEED = 11

CASES = 400
"""Replies of each service with one thing wrong."""

DRAWN = 8
"""Replies with several things wrong, for each that a job gets in its life."""

JOBS = 12


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_no_reply_of_a_service_raises(service: Service, tmp_path: Path) -> None:
    """Each field of each reply, replaced by anything, gives one of the outcomes of the protocol."""
    die, options = Random(SEED), {"lag": 0.0} if service.lag else {}
    questions = of_service(service, options, tmp_path)
    every = list(every_case(questions))
    assert len(every) > 1_000

    found = faults_in(
        service, [*die.sample(every, CASES), *drawn_cases(questions, DRAWN, die)], options
    )

    assert found == [], f"{len(found)} faults, e.g. {found[:5]}"


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_jobs_of_a_service_that_talks_nonsense_end(service: Service, tmp_path: Path) -> None:
    """Once it talks sense again: with the video, or a reason, and with nothing bought twice."""
    outcome = storm(service, tmp_path, jobs=JOBS, seed=SEED)

    assert outcome.spoilt
    assert outcome.faults == []


HALF = "No \ud83d foxes"
"""A text of a service that cut an emoji in two."""


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        (
            "fal",
            Failure(422, {"detail": [{"msg": HALF, "type": "content_policy_violation"}]}),
        ),
        ("gateway", Failure(200, {"error": HALF, "code": "VIDEO_GEN_SAFETY_FILTER"})),
    ],
)
def test_a_refusal_with_half_an_emoji_ends_the_job(name, failure, tmp_path):
    """A service that cuts its texts may cut an emoji in two; the rest is shown."""
    service = BY_NAME[name]
    with (
        service.emulator(run_seconds=(3_600.0, 3_600.0), tiny_clips=True) as emulator,
        VideoGen(
            service.backend(emulator.urls),
            library=tmp_path / "media",
            home=tmp_path / "home",
            timing=QUICK,
        ) as gen,
    ):
        job = gen.submit(service.request)
        in_state(job, JobState.RUNNING)
        emulator.jobs[0].failure = failure
        emulator.advance(4_000.0)

        assert ended(gen, job) is JobState.FAILED
        with pytest.raises(SafetyFilter, match=r"No . foxes") as caught:
            job.result()
        str(caught.value).encode()


def ended(gen: VideoGen, job: Job) -> JobState:
    """The state in which a job ends; the one in which it is when it does not end in time."""
    try:
        return gen.engine.wait(job.id).result(60.0).state
    except TimeoutError:
        return job.state


@pytest.mark.parametrize("column", ["error", "remote_id"])
def test_any_text_can_be_written_down(column):
    """Backends of other packages may hand on what no database takes; a job ends all the same."""
    from rushes.journal.rows import to_column  # noqa: PLC0415 - private

    value = {"message": HALF} if column == "error" else HALF
    written = to_column(column, value)

    assert "foxes" in written
    assert UNSHOWN.search(written) is None
