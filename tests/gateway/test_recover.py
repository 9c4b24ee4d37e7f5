"""A new laptop: every job that a gateway keeps for a person comes into an empty journal."""

from __future__ import annotations

import base64
import os
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest

pytest.importorskip("fastapi")

from gateway.killed import Killed
from gateway.serving import APP, JOB, TAKE, Served
from rushes import JobState, VideoGen
from rushes.backends.gateway import GatewayBackend
from rushes.journal import SqliteJournal, today
from support.timings import QUICK
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rushes.gateway.settings import Settings

TAKES, KILLS = 7, 4


@pytest.fixture
def laptop(gateway: Served, tmp_path: Path) -> Iterator[Callable[..., VideoGen]]:
    """Makes clients, each with a home of its own."""
    made: list[VideoGen] = []

    def client(name: str, person: str = "ada", app: str = APP) -> VideoGen:
        backend = GatewayBackend(gateway.token(person, app), url=gateway.url, app=app)
        folders: dict[str, Any] = {"home": tmp_path / name, "library": tmp_path / f"{name} takes"}
        made.append(VideoGen(backend, **folders, timing=QUICK))
        return made[-1]

    yield client
    for each in made:
        each.close()


def facts(gen: VideoGen) -> dict[str, tuple[Any, ...]]:
    """What is on record, by job."""
    return {
        job.id: (job.state, job.params.prompt, job.parent, job.engine.record(job.id).content_key)
        for job in gen.jobs()
    }


def finish(gen: VideoGen) -> None:
    """Wait until all jobs have ended."""
    for job in gen.jobs():
        gen.engine.wait(job.id).result(60.0)


def test_every_job_comes_back_with_its_id_its_video_and_what_it_belongs_to(gateway, laptop):
    """Also the parent, the sweep and its cells; then Run All of the same cells buys nothing."""
    old = laptop("old")
    first = old.submit(TAKE, once="the fox")
    first.result()
    old.submit(TAKE, provider="seedance-2.0", mode="image-to-video", start_image_url=first).result()
    sweep = {"provider": TAKE["provider"], "duration_seconds": [3, 4], "name": "salt flat"}
    old.sweep("A heron lands", **sweep).run().wait(progress=False)
    before = facts(old)
    assert len(before) == 4
    old.close()

    new = laptop("new")
    found = new.recover_sync()
    finish(new)

    assert "Recovered 4 jobs from the gateway: 4 are finished" in found.summary
    assert facts(new) == before
    assert len({job.finished.path for job in new.jobs()}) == 4
    assert all(job.finished.path.parent == new.library for job in new.jobs())
    assert new.submit(TAKE, once="the fox").id == first.id
    again = new.sweep("A heron lands", **sweep).run()
    again.wait(progress=False)
    assert {job.id for job in again.jobs} < before.keys()
    assert len(gateway.runtime.engine.journal.select()) == 4


def test_recovering_again_changes_nothing(laptop):
    """Neither in the journal that recovered them, nor in the one that submitted them."""
    old, new = laptop("old"), laptop("new")
    old.submit(TAKE).result()
    new.recover_sync()
    finish(new)

    for gen in (old, new):
        before, files = facts(gen), sorted(gen.library.rglob("*"))
        found = gen.recover_sync()
        finish(gen)
        assert (list(found), found.known) == ([], 1)
        assert found.summary.startswith("Nothing to recover")
        assert (facts(gen), sorted(gen.library.rglob("*"))) == (before, files)


def test_another_persons_jobs_are_never_recovered(laptop):
    """Nor those of the same person in another application."""
    laptop("ada").submit(TAKE).result()

    for gen in (laptop("bob", "bob"), laptop("film", "ada", "film")):
        assert gen.recover_sync().summary == "You have no jobs at the gateway."
        assert gen.jobs() == []


def test_failed_jobs_and_jobs_of_other_clients_come_back_too(gateway, laptop):
    """Of a client that sends no label, the id at the gateway is the job's."""
    gateway.submit(gateway.token(), prompt="A hare")
    cancelled = "job-of-the-test-02"
    gateway.submit(gateway.token(), cancelled, prompt="An owl", durationSeconds=15)
    gateway.call("POST", f"/v1/jobs/{APP}/{cancelled}/cancel", gateway.token())
    # On a busy machine the cancellation may come too late.
    was_late = gateway.ended(gateway.token(), cancelled)["status"] == "completed"
    new = laptop("new")
    new.recover_sync()
    finish(new)

    assert {job.id: job.state for job in new.jobs()} == {
        JOB: JobState.COMPLETED,
        cancelled: JobState.COMPLETED if was_late else JobState.CANCELLED,
    }


@pytest.mark.parametrize("label", [b"\xff", b"[1]", b'{"a": 1e999}', b'{"a": ' + b"[" * 40])
def test_a_label_that_is_no_object_is_refused(gateway: Served, label: bytes) -> None:
    """Nothing was recorded."""
    token = gateway.token()
    header = base64.urlsafe_b64encode(label).decode().rstrip("=")
    said = gateway.call(
        "POST",
        f"/v1/videogen/{APP}/jobs",
        token,
        json={"jobId": JOB, "params": TAKE},
        headers={"Rushes-Label": header},
    )

    assert said.status_code == httpx.codes.BAD_REQUEST
    assert gateway.status(token) is None


def test_what_was_ordered_elsewhere_counts_on_the_day_of_that(gateway, laptop):
    """Not against today's cap."""
    laptop("old").submit(TAKE).result()
    with closing(sqlite3.connect(gateway.runtime.engine.journal.path)) as db, db:
        db.execute("UPDATE jobs SET created_at = created_at - 864000")
    new = laptop("new")
    new.recover_sync()
    finish(new)

    day = f"{new.jobs()[0].created_at:%Y-%m-%d}"
    assert [row.day for row in new.engine.journal.spending()] == [day]
    assert day < today()


@pytest.mark.slow
def test_the_command_says_what_it_found(gateway, tmp_path):
    """And waits until the videos are there."""
    gateway.submit(gateway.token(), prompt="A hare")
    code, library = "from rushes.cli import main; main()", tmp_path / "takes"
    variables = {
        "RUSHES_GATEWAY_URL": gateway.url,
        "RUSHES_GATEWAY_TOKEN": gateway.token(),
        "RUSHES_HOME": str(tmp_path / "home"),
    }
    done = subprocess.run(
        [sys.executable, "-c", code, "recover", "--library", str(library)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | variables,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "Recovered 1 job from the gateway" in done.stdout
    assert f"1 of them has a video in {library}" in " ".join(done.stdout.split())
    assert len(list(library.glob("*.mp4"))) == 1


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_nothing_is_lost_or_fetched_twice_when_it_is_killed(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At any time: between two pages, while jobs are recorded, while videos arrive."""
    monkeypatch.setenv("RUSHES_PREVIEW_FPS", "2")
    die = random.Random(3)
    with Served(settings) as gateway:
        token = gateway.token()
        ids = [f"job-of-the-test-{number:02}" for number in range(TAKES)]
        for job_id in ids:
            gateway.submit(token, job_id, prompt=f"Fox {job_id}", durationSeconds=3)
        variables = {"RUSHES_GATEWAY_URL": gateway.url, "RUSHES_GATEWAY_TOKEN": token}
        laptop = Killed("laptop", str(tmp_path), environment=variables)
        try:
            for _ in range(KILLS):
                time.sleep(die.uniform(0.0, 0.6))
                laptop.kill()
                laptop.start()
            assert laptop.process.wait(200.0) == 0
        finally:
            laptop.kill()

    journal = SqliteJournal(tmp_path / "home")
    try:
        jobs = journal.select()
    finally:
        journal.close()
    assert sorted(job.id for job in jobs) == ids
    assert {job.state for job in jobs} == {JobState.COMPLETED}
    videos = {(job.result or {})["path"] for job in jobs}
    assert videos == {str(path) for path in (tmp_path / "takes").glob("*.mp4")}
    assert len(videos) == TAKES


def test_a_job_that_is_being_made_is_followed_to_its_end(gateway, laptop):
    """By the new laptop as well as by the old one."""
    old, new = laptop("old"), laptop("new")
    job = old.submit(TAKE)
    until(gateway.runtime.engine.journal.select)
    new.recover_sync()

    assert new.job(job.id).result().path.is_file()
    assert job.result().path.is_file()
    assert len(gateway.runtime.engine.journal.select()) == 1
