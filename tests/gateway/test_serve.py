"""`rushes serve` as a process, and a notebook that has nothing but its address and a token."""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("fastapi")

from gateway.serving import TAKE, ServeProcess
from rushes import JobState, VideoGen
from rushes.gateway.tables import FILE
from rushes.journal import SqliteJournal
from support.pages import pages
from support.timings import QUICK
from support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def notebook(tmp_path: Path, url: str, token: str, monkeypatch: pytest.MonkeyPatch) -> VideoGen:
    """A client that was told these two things."""
    monkeypatch.setenv("RUSHES_GATEWAY_URL", url)
    monkeypatch.setenv("RUSHES_GATEWAY_TOKEN", token)
    return VideoGen(
        home=tmp_path / "notebook", library=tmp_path / "takes", timing=QUICK, timeout=120.0
    )


def test_two_variables_are_all_that_a_notebook_needs(tmp_path, monkeypatch):
    """The address and the first token, as the gateway prints them once; then a take is made."""
    with ServeProcess(tmp_path / "gateway") as serve:
        assert serve.process.stdout is not None
        while "TOKEN=" not in serve.said:
            serve.said += serve.process.stdout.readline()
        token = re.search(r"RUSHES_GATEWAY_TOKEN=(\S+)", serve.said)[1]
        with notebook(tmp_path, serve.url, token, monkeypatch) as gen:
            result = gen.submit(TAKE).result()

        assert result.path is not None
        assert result.path.parent == tmp_path / "takes"
        assert result.path.stat().st_size > 0
        assert result.backend == "gateway"
        assert serve.end() == 0
    register = tmp_path / "gateway" / FILE
    assert stat.S_IMODE(register.stat().st_mode) == 0o600
    assert token.encode() not in register.read_bytes()
    with ServeProcess(tmp_path / "gateway") as again:
        assert "TOKEN=" not in again.said


def test_the_studio_works_through_a_gateway(tmp_path, monkeypatch):
    """A take that is made with its button arrives in the notebook's library."""
    with ServeProcess(tmp_path / "gateway") as serve:
        with (
            notebook(tmp_path, serve.url, serve.token(), monkeypatch) as gen,
            pages(gen, monkeypatch) as show,
        ):
            job = gen.job(show().make_take())
            result = job.result()

        assert job.backend == "gateway"
        assert result.path.parent == tmp_path / "takes"


def test_a_gateway_that_is_killed_loses_nothing(tmp_path, monkeypatch):
    """Jobs on record continue when it is started again, and none is made twice."""
    with ServeProcess(tmp_path / "gateway") as serve:
        with notebook(tmp_path, serve.url, serve.token(), monkeypatch) as gen:
            jobs = [gen.submit(TAKE | {"prompt": f"Fox {number}"}) for number in range(3)]
            until(lambda: all(job.remote_id for job in jobs))
            serve.kill()
            more = gen.submit(TAKE | {"prompt": "A late fox"})
            serve.start()
            results = [job.result() for job in (*jobs, more)]

        assert [result.prompt for result in results] == ["Fox 0", "Fox 1", "Fox 2", "A late fox"]
        assert len({result.path for result in results}) == 4
        serve.kill()
    journal = SqliteJournal(tmp_path / "gateway")
    try:
        kept = journal.select()
    finally:
        journal.close()
    assert sorted(job.params["prompt"] for job in kept) == sorted(
        result.prompt for result in results
    )
    assert {job.state for job in kept} == {JobState.COMPLETED}
