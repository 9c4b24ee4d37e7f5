"""Workers: processes that work on a gateway's jobs, and serves that leave the work to them."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Self

import httpx
import pytest
from typer.testing import CliRunner

pytest.importorskip("fastapi")

from gateway.serving import APP, TAKE, Served, ServeProcess, WorkerProcess
from rushes.cli.app import app
from rushes.gateway.core import Core
from rushes.gateway.register import Register
from rushes.gateway.worker import work
from rushes.journal.lanes import Lane
from support.postgres import Server, execute, require
from support.timings import QUICK
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rushes.gateway.settings import Settings


class Client:
    """A caller of a gateway that is a process."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=60.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def submit(self, job_id: str) -> None:
        """Submit a take."""
        body = {"jobId": job_id, "params": TAKE}
        assert self._http.post(f"/v1/videogen/{APP}/jobs", json=body).status_code == 202

    def states(self) -> list[str]:
        """The states of all jobs."""
        return [job["status"] for job in self._http.get(f"/v1/jobs/{APP}").json()["jobs"]]


@pytest.fixture
def shared(settings: Settings, database: str) -> Settings:
    """The settings of a gateway on a database."""
    return replace(settings, journal=database)


@pytest.fixture
def front(shared: Settings) -> Iterator[Served]:
    """A process that answers and works on nothing."""
    with Served(replace(shared, lanes=frozenset())) as served:
        yield served


def test_a_job_is_made_by_whoever_has_its_lane(front: Served, shared: Settings) -> None:
    """The process that accepted it makes nothing; a worker that starts later does."""
    token = front.token()
    front.submit(token)
    assert front.status(token)["status"] == "queued"

    with Core(shared, timing=QUICK) as worker:
        job = front.ended(token)
        assert worker.engine.lanes.held == {Lane("preview")}

    assert job["status"] == "completed"
    assert not front.runtime.engine.lanes.held


def test_parts_of_a_service_are_shared_evenly(front: Served, shared: Settings) -> None:
    """With a second worker each has half of the parts, and together they make all jobs."""
    token = front.token()
    divided = replace(shared, divided=(("preview", 4),))
    with Core(divided, timing=QUICK) as one, Core(shared, timing=QUICK) as two:
        until(lambda: len(one.engine.lanes.held) == len(two.engine.lanes.held) == 2)
        for number in range(8):
            front.submit(token, f"job-number-{number:06}")
        jobs = [front.ended(token, f"job-number-{number:06}") for number in range(8)]

    assert {job["status"] for job in jobs} == {"completed"}


def test_a_worker_takes_only_the_services_that_it_is_told(front: Served, shared: Settings) -> None:
    """`--lanes`; the others stay for workers that may."""
    with Core(replace(shared, lanes=frozenset({"fal"})), timing=QUICK) as worker:
        token = front.token()
        front.submit(token)
        with Core(shared, timing=QUICK):
            assert front.ended(token)["status"] == "completed"
        assert not worker.engine.lanes.held


def test_a_worker_that_ends_leaves_its_lanes_at_once(shared: Settings) -> None:
    """Nobody waits for a lease when it ends as an operator ends it."""
    with Core(shared, timing=QUICK) as staying, ExitStack() as stack:
        leaving = stack.enter_context(
            Core(replace(shared, divided=(("preview", 2),)), timing=QUICK)
        )
        until(lambda: len(staying.engine.lanes.held) == len(leaving.engine.lanes.held) == 1)
        stack.close()
        until(lambda: len(staying.engine.lanes.held) == 2, timeout=30.0)


def test_a_worker_waits_for_a_database_that_is_away(settings: Settings) -> None:
    """It says so once, and begins when the database is there."""
    require()
    pytest.importorskip("psycopg")
    server, ending, said = Server.made(), threading.Event(), list[str]()
    shared = replace(settings, journal=server.url())
    thread = threading.Thread(
        target=work,
        args=(shared, lambda _: said.append("works"), lambda _: None, said.append),
        kwargs={"timing": QUICK, "ending": ending},
    )
    thread.start()
    try:
        until(lambda: said)
        assert "Start PostgreSQL" in said[0]
        server.start()
        until(lambda: len(said) > 1)
        assert said[1:] == ["works"]
    finally:
        ending.set()
        thread.join()
        server.remove()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("worker",), "RUSHES_JOURNAL"),
        (("worker", "--journal", "mysql://db/x"), "postgresql://"),
        (("worker", "--journal", "postgresql://db/x", "--divide", "fal"), "SERVICE=N"),
        (("serve", "--answer-only"), "--journal"),
    ],
)
def test_what_cannot_be_run_is_refused(tmp_path: Path, arguments, words) -> None:
    """With what is needed instead; an address that may hold a password is not repeated."""
    done = CliRunner().invoke(app, [*arguments, "--home", str(tmp_path)])

    assert done.exit_code == 1
    assert words in done.output
    assert "mysql" not in done.output


def test_another_worker_finishes_the_jobs_of_one_that_was_killed(
    tmp_path: Path, database: str
) -> None:
    """`rushes serve` and two `rushes worker`; each job is made once, whoever began it."""
    home = tmp_path / "gateway"
    register = Register(home, database)
    token, _ = register.add_token("ada", app=APP)
    register.close()
    options = ("--backend", "preview")
    with ExitStack() as stack:
        serve = ServeProcess(
            home, *options, "--answer-only", RUSHES_JOURNAL=database, RUSHES_PREVIEW_FPS="2"
        )
        stack.enter_context(serve)
        workers = []
        for _ in range(2):
            worker = WorkerProcess(
                home, database, *options, "--divide", "preview=2", RUSHES_PREVIEW_FPS="2"
            )
            stack.callback(worker.kill)
            workers.append(worker)
        for worker in workers:
            worker.says("Works on preview (")
        client = stack.enter_context(Client(serve.url, token))
        for number in range(6):
            client.submit(f"job-number-{number:06}")
        until(lambda: "running" in client.states())
        workers[0].kill()
        until(lambda: client.states() == ["completed"] * 6)
        assert workers[1].end() == 0

    rows = execute(database, "SELECT count(*) FROM jobs WHERE state = 'completed'")
    assert rows == [(6,)]
