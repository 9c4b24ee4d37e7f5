"""A row of the journal that is damaged costs its own job at most, and no other."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from rushes import JobState, VideoGen, VideoGenParams
from rushes.cli import app
from rushes.contract.errors import JournalError, RushesError
from rushes.journal import JobRecord, SqliteJournal, rows
from rushes.journal.rows import COLUMNS
from rushes.journal.sqlite.journal import FILE_NAME
from support.pages import pages
from support.requests import FOX
from support.timings import A_WHILE, AN_HOUR
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAMAGES: dict[str, str] = {
    "a blob": "x'ff00'",
    "no UTF-8": "CAST(x'ff41' AS TEXT)",
    "a text": "'odd'",
    "a number": "-7",
    "infinity": "9e999",
    "half of JSON": """'{"a": '""",
    "JSON of another kind": "'[1, {}]'",
    "JSON of wrong types": """'{"url": [], "prompt": {}, "code": 5, "errorDetail": {"loc": 5}}'""",
    "nothing": "NULL",
}

STATES = (JobState.RUNNING, JobState.COMPLETED, JobState.FAILED)

WHOLE = "whole-1"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal with one row of each damage to each column, in each state, and a whole one."""
    home = tmp_path_factory.mktemp("damaged") / "home"
    params = VideoGenParams(**FOX, client_ref="whole")
    kinds = list(product(STATES, COLUMNS, DAMAGES.values()))
    # As no service of this name is set up, nobody works on the damaged ones.
    records = [
        JobRecord.new(params, backend="nowhere", folder="elsewhere", job_id=f"damaged-{number}")
        for number in range(len(kinds))
    ]
    result = {"generationId": "1", "videoUrl": "https://a/b.mp4", "durationSeconds": 5.0}
    result |= {"width": 640, "height": 360, "provider": params.provider, "mode": params.mode}
    sound = JobRecord.new(params, backend="fal", folder="elsewhere", job_id=WHOLE)
    journal = SqliteJournal(home)
    journal.add_all([*records, replace(sound, state=JobState.COMPLETED, result=result)])
    journal.close()
    with sqlite3.connect(home / FILE_NAME) as db:
        db.execute("UPDATE jobs SET owner = NULL")
        for number, (state, column, value) in enumerate(kinds):
            where = f"WHERE id = 'damaged-{number}'"
            db.execute(f"UPDATE jobs SET state = ? {where}", (state,))
            # Some damage SQLite does not let happen.
            with suppress(sqlite3.IntegrityError):
                db.execute(f"UPDATE jobs SET {column} = {value} {where}")
    db.close()
    return home


@pytest.fixture
def damaged(template: Path, tmp_path: Path) -> Path:
    """A home with a damaged journal."""
    home = shutil.copytree(template, tmp_path / "home")
    with sqlite3.connect(home / FILE_NAME) as db:
        # The newest, because lists show so many; in the client's library.
        db.execute(
            "UPDATE jobs SET created_at = 9e9, folder = ?, content_key = NULL WHERE id = ?",
            (str(tmp_path / "media"), WHOLE),
        )
    db.close()
    return home


def in_python(gen: VideoGen) -> list[Any]:
    """All that a client tells of every job."""
    found = gen.jobs()
    for job in found:
        repr(job), job.state, job.notes, job.error, job.cost, job._repr_mimebundle_()
    return [job.id for job in found]


USES: dict[str, Callable[[VideoGen], list[Any]]] = {
    "jobs": in_python,
    "some jobs": lambda gen: [job.id for job in gen.jobs(limit=10_000, provider="seedance-2.0")],
    "by client_ref": lambda gen: [job.id for job in gen.jobs(client_ref="whole")],
    "events": lambda gen: [event.job_id for event in gen.get_completed_jobs_sync()],
    "once": lambda gen: [gen.submit(**FOX, client_ref="whole", once=True).id],
    "one job": lambda gen: [gen.job(job.id).id for job in gen.jobs()],
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.usefixtures("damaged")
def test_damaged_rows_keep_no_job_from_its_user(make_gen, use):
    """Whatever is damaged, everything else can be listed, handed out and found."""
    assert WHOLE in USES[use](make_gen())


@pytest.mark.usefixtures("damaged")
def test_a_studio_shows_the_other_takes(make_gen, monkeypatch):
    """Both in its traits and in the page without a kernel."""
    with pages(make_gen(), monkeypatch) as open_page:
        page = open_page(budget=5)
        shown = {take["job"] for take in page.studio._takes}
        html = page.studio._repr_mimebundle_()

    assert WHOLE in shown
    assert html


@pytest.mark.usefixtures("damaged")
def test_a_terminal_lists_the_other_jobs():
    """`rushes jobs` leaves out what it cannot read."""
    done = CliRunner().invoke(app, ["jobs", "--limit", "10000"])

    assert done.exit_code == 0
    assert WHOLE in done.stdout


@pytest.mark.usefixtures("damaged")
def test_what_is_left_out_is_named_once(make_gen, caplog, monkeypatch):
    """A warning says which job it is, what is wrong with it, and that the others are fine."""
    monkeypatch.setattr(rows, "_left_out", set())
    caplog.set_level(logging.WARNING, "rushes")
    gen = make_gen()
    gen.jobs()
    gen.jobs()

    said = [record.getMessage() for record in caplog.records]
    assert len(said) == len(set(said))
    assert any("damaged-" in text and "others are not affected" in text for text in said)


def test_a_job_that_cannot_be_read_says_why(gen):
    """Asked for by its id it is not "not found", and the id at its service is told."""
    job = gen.submit(**FOX)
    job.result()
    with sqlite3.connect(gen.engine.journal.path) as db:
        db.execute("UPDATE jobs SET attempts = 'many' WHERE id = ?", (job.id,))
    db.close()

    with pytest.raises(JournalError, match=rf"attempts.*fal knows it as {job.remote_id}"):
        gen.job(job.id)


def test_a_damaged_request_is_not_sent(gen, make_gen, emulator, tmp_path):
    """What is left of it would be another video, which is paid all the same."""
    gen.close()
    journal = SqliteJournal(tmp_path / "home")
    record = JobRecord.new(VideoGenParams(**FOX), backend="fal", folder=str(tmp_path / "media"))
    journal.add(record)
    journal._db.connection.execute("UPDATE jobs SET params = '{\"prompt\": 7}'")
    journal.close()

    job = make_gen().job(record.id)
    with pytest.raises(RushesError, match="damaged in the journal"):
        job.result()

    assert emulator.jobs == []


def test_a_damaged_result_is_read_from_the_sidecar(gen):
    """The video was paid, and its file and its sidecar are enough."""
    job = gen.submit(**FOX)
    result = job.result()
    with sqlite3.connect(gen.engine.journal.path) as db:
        db.execute("UPDATE jobs SET result = '{}' WHERE id = ?", (job.id,))
    db.close()

    found = gen.job(job.id).result()
    assert (found.path, found.width, found.prompt) == (result.path, result.width, result.prompt)

    result.path.with_suffix(".json").unlink()
    with pytest.raises(JournalError, match=r"paid.*\.mp4"):
        gen.job(job.id).result()


def test_a_damaged_request_of_a_paid_job_is_fetched(gen, emulator, make_gen, tmp_path):
    """Its video needs no request."""
    emulator.settings.run_seconds = AN_HOUR
    job = gen.submit(**FOX)
    until(lambda: job.state is JobState.RUNNING)
    gen.close()
    with sqlite3.connect(tmp_path / "home" / FILE_NAME) as db:
        db.execute("UPDATE jobs SET params = '{' WHERE id = ?", (job.id,))
    db.close()
    emulator.advance(A_WHILE)

    result = make_gen().job(job.id).result()

    assert result.path.exists()
    assert len(emulator.jobs) == 1
