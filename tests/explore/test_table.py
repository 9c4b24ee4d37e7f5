"""A table of takes: one value a cell, what the journal counts, and no secret."""

from __future__ import annotations

import csv
import datetime as dt
import json
import sys
from typing import Any

import pytest

import rushes
from reliability.asking import at_rest
from rushes import InvalidParams, JobState, MediaError, RushesError
from rushes.explore.table import FIXED, Table
from rushes.journal import JobRecord, Vote
from support.requests import FOX, OWL

MARKER = "MARKERKEY1234567890"

SCALARS = (bool, int, float, str, dt.datetime, type(None))


@pytest.fixture
def jobs(gen, emulator):
    """A finished fox and owl, and a boat that its user cancelled."""
    made = [gen.submit(FOX | {"seed": 2**32 - 1, "duration_seconds": 5}), gen.submit(OWL)]
    for job in made:
        at_rest(gen, job)
    emulator.settings.run_seconds = (3_600.0, 3_600.0)
    made.append(gen.submit(FOX | {"prompt": "A boat"}))
    made[-1].cancel()
    at_rest(gen, made[-1])
    return made


def spoil(gen: rushes.VideoGen, job_id: str, **columns: Any) -> None:
    """Change what the journal has of a job."""
    names = ", ".join(f"{name} = ?" for name in columns)
    values = [json.dumps(value) if isinstance(value, dict) else value for value in columns.values()]
    with gen.engine.journal._db.writing() as db:
        db.execute(f"UPDATE jobs SET {names} WHERE id = ?", (*values, job_id))


def test_every_row_has_the_same_columns_and_plain_values(gen, jobs):
    """Whatever a take is and has."""
    rows = gen.takes().records()

    assert len(rows) == len(jobs)
    assert {tuple(row) for row in rows} == {tuple(rows[0])}
    assert FIXED.keys() <= rows[0].keys()
    assert all(type(value) in SCALARS for row in rows for value in row.values())


def test_a_row_says_what_its_take_is(gen, jobs):
    """In the words of the job and its video."""
    row, result = gen.takes(text="red fox").records()[0], jobs[0].finished

    assert row["id"] == row["job_id"] == jobs[0].id
    assert (row["state"], row["provider"], row["backend"]) == ("completed", FOX["provider"], "fal")
    assert (row["mode"], row["prompt"]) == (FOX["mode"], FOX["prompt"])
    assert (row["width"], row["height"]) == (result.width, result.height)
    assert row["duration_seconds"] == result.duration_seconds
    assert (row["asked_duration_seconds"], row["asked_seed"]) == (5, 2**32 - 1)
    assert row["bytes"] == result.path.stat().st_size
    assert row["path"] == str(result.path)
    assert row["running_seconds"] == result.timings.running
    assert row["created_at"] == jobs[0].created_at
    assert row["created_at"].utcoffset() == row["created_at"].astimezone().utcoffset()
    assert row["ended_at"] > row["created_at"]
    assert row["error"] is None


def test_the_sums_of_a_table_are_those_of_the_journal(gen, jobs):
    """Of what has ended and of what is under way; also of jobs of earlier releases."""
    earlier = JobRecord.new(jobs[0].params, backend="fal", folder=str(gen.library))
    gen.engine.journal.add(earlier)
    spoil(
        gen,
        earlier.id,
        state=JobState.COMPLETED,
        result={"cost": {"amount": 0.07, "currency": "USD", "estimated": False}},
    )
    gen.submit(OWL)

    spend, rows = gen.spend(), gen.takes().records()

    assert round(sum(row["spent"] for row in rows), 2) == round(spend.total.spent, 2) > 0.07
    assert round(sum(row["reserved"] for row in rows), 2) == round(spend.total.reserved, 2) > 0


def test_what_was_billed_and_what_was_estimated_are_told_apart(gen, jobs):
    """In the currency in which it was billed."""
    fox, owl = (gen.job(job.id) for job in jobs[:2])
    cost = {"amount": 9.5, "currency": "CNY", "estimated": False}
    result = json.loads(json.dumps(gen.record(fox.id).result)) | {"cost": cost}
    spoil(gen, fox.id, result=result)

    rows = {row["id"]: row for row in gen.takes().records()}

    assert (rows[fox.id]["cost_billed"], rows[fox.id]["currency"]) == (9.5, "CNY")
    assert rows[owl.id]["cost_billed"] is None
    assert rows[owl.id]["cost_estimated"] == pytest.approx(owl.cost.amount)


def test_no_secret_is_in_any_cell(gen, jobs, tmp_path):
    """Of links, of entries that are secret by their name, and of what a service said."""
    link = f"https://user:{MARKER}@example.org/a.png?signature={MARKER}#{MARKER}"
    params = gen.record(jobs[0].id).params | {
        "prompt": f"like {link} but at night",
        "startImageUrl": link,
        "imageReferences": [link, {"url": link, "api_key": MARKER}],
        "apiKey": MARKER,
        "accessToken": MARKER,
    }
    error = {"code": "VIDEO_GEN_FAILED", "message": f"no {link}"}
    spoil(gen, jobs[0].id, params=params, error=error, notes=json.dumps([link]))
    spoil(gen, jobs[2].id, params=params, error=error)

    text = gen.takes().to_csv(tmp_path / "takes.csv").read_text("utf-8")

    assert "https://example.org/a.png" in text
    assert MARKER not in text
    assert "fal-key" not in text


def test_variables_of_a_sweep_are_columns(gen):
    """A parameter that it varies is in its own column only; a name that is taken is told apart."""
    sweep = gen.sweep(
        {"near": "A {animal}, {state}", "far": "A {animal} far away, {state}"},
        animal=["fox", "heron"],
        state=["asleep"],
        duration_seconds=[3, 5],
        provider=OWL["provider"],
        name="=snow",
    )
    sweep.run().wait(60)

    rows = gen.takes(sweep=sweep).records()

    assert {(row["sweep_prompt"], row["animal"], row["sweep_state"]) for row in rows} == {
        (prompt, animal, "asleep") for prompt in ("near", "far") for animal in ("fox", "heron")
    }
    assert {row["state"] for row in rows} == {"completed"}
    assert {row["asked_duration_seconds"] for row in rows} == {3, 5}
    assert not {"sweep_provider", "sweep_duration_seconds"} & rows[0].keys()
    assert {row["sweep"] for row in rows} == {"=snow"}


@pytest.mark.usefixtures("jobs")
def test_a_table_of_files_has_the_same_columns(gen, make_gen, tmp_path):
    """As far as sidecars go."""
    there = make_gen(home=tmp_path / "other home").takes().records()
    here = {row["prompt"]: row for row in gen.takes(state="done").records()}

    assert len(there) == 2
    for row in there:
        known = here[row["prompt"]]
        same = ("job_id", "created_at", "state", "provider", "backend", "duration_seconds", "path")
        assert [row[name] for name in same] == [known[name] for name in same]
        assert row["cost_estimated"] == pytest.approx(known["cost_estimated"])
        assert row["spent"] is None


def test_votes_are_counted(gen, jobs):
    """For each of the two."""
    one, other = jobs[0].id, jobs[1].id
    vote = Vote("looks", FOX["provider"], OWL["provider"], "left", left_job=one, right_job=other)
    gen.ledger.add_vote(vote)

    rows = {row["id"]: row for row in gen.takes().records()}

    assert (rows[one]["votes_won"], rows[one]["votes_lost"]) == (1, 0)
    assert (rows[other]["votes_won"], rows[other]["votes_lost"]) == (0, 1)


def test_what_was_measured_is_in_the_table(gen, jobs):
    """From what is kept; measuring takes is asked for by itself."""
    takes = gen.takes()
    assert "motion" not in takes.records()[0]

    found = rushes.measure(gen.takes(text="owl")[0])

    rows = {row["id"]: row for row in takes.records()}
    assert rows[jobs[1].id]["motion"] == found.values["motion"]
    assert rows[jobs[0].id]["motion"] is None


def test_a_file_that_was_moved_is_found(gen, jobs):
    """By its name; one that is nowhere stays where it was put."""
    first, second = jobs[0].finished.path, jobs[1].finished.path
    inside = gen.library / "keepers"
    inside.mkdir()
    first.rename(inside / first.name)
    second.unlink()

    rows = {row["id"]: row for row in gen.takes().records()}

    assert rows[jobs[0].id]["path"] == str(inside / first.name)
    assert (rows[jobs[1].id]["path"], rows[jobs[1].id]["bytes"]) == (str(second), None)


def test_a_column_has_one_type():
    """What has several is text; whole numbers and others are numbers."""
    rows = [
        {"id": "a", "mixed": 1, "number": 1, "whole": 1, "truth": True},
        {"id": "b", "mixed": "auto", "number": 0.5},
    ]
    table = Table(rows)

    assert table.columns["mixed"] == ["1", "auto"]
    assert table.columns["number"] == [1.0, 0.5]
    assert table.columns["whole"] == [1, None]
    assert table.columns["truth"] == [True, None]
    assert Table([]).records() == []


@pytest.mark.parametrize("number", [-(2**63), 2**63, 2**64 - 1, 2**64, -(2**63) - 1])
@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_a_whole_number_is_never_rounded(number, name):
    """Seeds have up to 64 bits; what has more is text."""
    pytest.importorskip(name)
    frame = getattr(Table([{"asked_seed": number}, {}]), f"to_{name}")()

    assert int(frame["asked_seed"][0]) == number


# --- CSV ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prompt", ['=HYPERLINK("x")', "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_spreadsheet_runs_nothing(gen, jobs, tmp_path, prompt):
    """A text that begins like a formula is a text; numbers stay numbers."""
    spoil(gen, jobs[0].id, params=gen.record(jobs[0].id).params | {"prompt": prompt, "shift": -2})
    path = gen.takes(everywhere=True).to_csv(tmp_path / "takes.csv")

    with path.open(encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["id"] == jobs[0].id)

    assert row["prompt"] == f"'{prompt}"
    assert row["shift"] == "-2"


def test_a_csv_reads_back_as_it_was(gen, jobs, tmp_path):
    """Lines, commas, quotes and every script."""
    prompt = 'Fuchs, "rot"\nund 狐 🦊'
    spoil(gen, jobs[0].id, params=gen.record(jobs[0].id).params | {"prompt": prompt})
    takes = gen.takes()

    with takes.to_csv(tmp_path / "new" / "takes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    records = takes.records()
    assert [row["prompt"] for row in rows] == [row["prompt"] for row in records]
    assert [row["id"] for row in rows] == [take.id for take in takes]
    times = [dt.datetime.fromisoformat(row["created_at"]) for row in rows]
    assert times == [row["created_at"] for row in records]
    assert [float(row["spent"]) for row in rows] == [row["spent"] for row in records]


@pytest.mark.usefixtures("jobs")
def test_a_csv_that_cannot_be_written_leaves_the_file_as_it_was(gen, tmp_path):
    """A folder is not a file, and neither is nothing."""
    (tmp_path / "plain").touch()
    for path, error in ((tmp_path, InvalidParams), (3, InvalidParams), ("plain/x", MediaError)):
        with pytest.raises(error):
            gen.takes().to_csv(tmp_path / path if isinstance(path, str) else path)


# --- data frames ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("jobs")
def test_a_data_frame_of_pandas_has_the_records(gen):
    """With types that know what is missing, and times in the local zone."""
    pandas = pytest.importorskip("pandas")
    takes = gen.takes()

    frame, records = takes.to_pandas(), takes.records()

    assert list(frame.columns) == list(records[0])
    for name in frame.columns:
        found = [None if pandas.isna(value) else value for value in frame[name]]
        assert found == [row[name] for row in records], name
    assert str(frame["asked_seed"].dtype) == str(frame["width"].dtype) == "Int64"
    assert frame["created_at"].dt.tz is not None
    assert frame["spent"].sum() == pytest.approx(gen.spend().total.spent)


@pytest.mark.usefixtures("jobs")
def test_a_data_frame_of_polars_has_the_records(gen):
    """With times in the local zone."""
    pytest.importorskip("polars")
    takes = gen.takes()

    frame, records = takes.to_polars(), takes.records()

    assert frame.columns == list(records[0])
    assert frame.rows(named=True) == [
        {
            name: value.astimezone(frame.schema["created_at"].time_zone and value.tzinfo)
            if isinstance(value, dt.datetime)
            else value
            for name, value in row.items()
        }
        for row in records
    ]


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_an_empty_table_has_the_columns(gen, name):
    """So that what is done with it need not ask whether there are takes."""
    pytest.importorskip(name)
    frame = getattr(gen.takes(), f"to_{name}")()

    assert list(frame.columns) == list(FIXED)
    assert len(frame) == 0


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "nowhere", "<+03>-3"])
def test_times_are_in_the_zone_of_the_machine(zone, monkeypatch):
    """On both sides of a change of the clocks; in UTC where the zone has no name."""
    pandas = pytest.importorskip("pandas")
    monkeypatch.setenv("TZ", zone)
    seconds = [dt.datetime(2026, month, 1, tzinfo=dt.UTC).timestamp() for month in (1, 7)]

    times = Table([{"created_at": each} for each in seconds]).to_pandas()["created_at"]

    assert [time.timestamp() for time in times] == seconds
    known = "/" in zone
    assert str(times.dt.tz) == zone if known else times.dt.tz is not None
    assert pandas.api.types.is_datetime64_any_dtype(times)


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_what_is_not_installed_is_named(gen, monkeypatch, name):
    """With how to install it, and with what works without."""
    monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(RushesError, match=rf"pip install {name}\).*takes.records\(\)"):
        getattr(gen.takes(), f"to_{name}")()
