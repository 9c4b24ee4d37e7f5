"""Takes are found by what is remembered of them, whether the journal or a folder knows them."""

from __future__ import annotations

import os
import shutil
import time

import pytest

import rushes
from reliability.asking import at_rest
from rushes import InvalidParams, JobNotFound, JobState, RushesError
from rushes.journal import UNFINISHED
from support.requests import FOX, OWL

BOAT = FOX | {"prompt": "Ein Boot im STURMÖL"}


@pytest.fixture
def jobs(gen):
    """Three finished jobs: of a fox, a boat and an owl."""
    made = [gen.submit(each) for each in (FOX, BOAT, OWL)]
    for job in made:
        at_rest(gen, job)
    return made


@pytest.fixture
def copied(gen, jobs, make_gen, tmp_path):
    """A client of another machine, to which the library was copied."""
    assert jobs
    library = tmp_path / "elsewhere" / "rushes-media"
    shutil.copytree(gen.library, library)
    return make_gen(home=tmp_path / "other home", library=library)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, [2, 1, 0]),
        ({"order": "created"}, [0, 1, 2]),
        ({"limit": 2}, [2, 1]),
        ({"limit": 0}, []),
        ({"order": "created", "limit": 2}, [0, 1]),
        ({"text": "sturmöl"}, [1]),
        ({"text": "%"}, []),
        ({"provider": "kling-3.0-standard"}, [2]),
        ({"state": "done", "since": "last week"}, [2, 1, 0]),
        ({"since": "yesterday", "limit": 1}, [2]),
        ({"since": "2999-01-01"}, []),
        ({"state": ["failed", "running"]}, []),
    ],
)
def test_filters_narrow_the_list(gen, jobs, copied, filters, found):
    """In the same way for jobs and for what a folder holds."""
    prompts = [jobs[place].params.prompt for place in found]

    assert [take.id for take in gen.takes(**filters)] == [jobs[place].id for place in found]
    assert [take.prompt for take in copied.takes(**filters)] == prompts


def test_a_take_of_a_job_is_what_the_job_is(gen, jobs):
    """Its parts are those of its job and its video."""
    take = gen.takes(text="fox")[0]

    assert take.job.id == take.id == jobs[0].id
    assert (take.state, take.provider, take.backend) == ("completed", FOX["provider"], "fal")
    assert take.params == jobs[0].params
    assert take.result == jobs[0].finished
    assert take.path == jobs[0].finished.path
    assert take.cost == jobs[0].cost
    assert take.created_at == jobs[0].created_at
    assert (take.sweep, dict(take.values), take.error) == (None, {}, None)


def test_a_take_of_a_folder_has_all_but_a_job(gen, copied):
    """As its sidecar says."""
    take = copied.takes(text="fox")[0]
    there = gen.takes(text="fox")[0]

    assert take.job is None
    assert take.state is JobState.COMPLETED
    assert take.path.parent == copied.library
    assert take.path.name == there.path.name
    assert (take.params.prompt, take.provider, take.backend) == (
        there.params.prompt,
        there.provider,
        there.backend,
    )
    assert take.cost.amount == there.cost.amount
    assert take.created_at == there.created_at
    assert take.result.params == take.params
    assert take in copied.takes()


def test_a_folder_of_another_client_can_be_named(gen, jobs, make_gen, copied, tmp_path):
    """It holds what its own client finds there."""
    new = make_gen(library=tmp_path / "new")

    assert len(new.takes()) == 0
    assert [take.id for take in new.takes(library=gen.library)] == [job.id for job in jobs[::-1]]
    assert [take.job for take in new.takes(library=copied.library)] == [None] * 3
    assert len(new.takes(everywhere=True)) == 3


def test_a_take_that_was_removed_from_the_list_is_left_out(gen, jobs):
    """Its file, which is still there, does not bring it back."""
    gen.hide(jobs[1].id)

    assert [take.id for take in gen.takes()] == [jobs[2].id, jobs[0].id]
    assert len(gen.takes(with_hidden=True)) == 3


def test_the_takes_of_a_sweep_say_where_they_stand(gen):
    """By its name or itself; also those that it found in the library."""
    gen.generate_sync(prompt="A fox in the snow", provider=OWL["provider"], duration_seconds=3)
    sweep = gen.sweep(
        "A {animal} in the snow",
        animal=["fox", "heron"],
        provider=OWL["provider"],
        duration_seconds=3,
        name="snow",
    )
    sweep.run().wait(60)
    gen.generate_sync(FOX)

    by_name, by_itself = gen.takes(sweep="snow"), gen.takes(sweep=sweep)
    assert {take.values["animal"] for take in by_name} == {"fox", "heron"}
    assert {take.sweep for take in by_name} == {"snow"}
    assert [take.id for take in by_itself] == [take.id for take in by_name]
    assert len(gen.takes()) == 3


@pytest.mark.parametrize("is_copied", [False, True])
def test_takes_of_a_sweep_that_others_made_are_its_takes(gen, make_gen, tmp_path, is_copied):
    """In a colleague's journal, or in a copy of the library in this one."""
    request = {"animal": ["fox", "heron"], "provider": OWL["provider"], "name": "snow"}
    gen.sweep("A {animal}", **request).run().wait(60)
    library = tmp_path / "copy"
    shutil.copytree(gen.library, library)
    there = make_gen(home=tmp_path / ("home" if is_copied else "other home"), library=library)
    there.sweep("A {animal}", **request).run().wait(60)

    takes = there.takes(sweep="snow")

    assert {take.values["animal"] for take in takes} == {"fox", "heron"}
    assert {take.sweep for take in takes} == {"snow"}
    assert {row["animal"] for row in takes.records()} == {"fox", "heron"}
    assert all(take.path.exists() for take in takes)
    assert len(there.jobs(library=library)) == 0


def test_of_several_sweeps_the_one_that_is_asked_for_counts(gen):
    """Otherwise the newest."""
    for name, axis in (("first", "animal"), ("second", "beast")):
        sweep = gen.sweep(f"A {{{axis}}}", **{axis: ["fox"]}, provider=OWL["provider"], name=name)
        sweep.run().wait(60)

    assert dict(gen.takes(sweep="first")[0].values) == {"animal": "fox"}
    assert dict(gen.takes(sweep="second")[0].values) == {"beast": "fox"}
    assert gen.takes()[0].sweep == "second"


def test_a_sweep_that_was_not_run_is_not_found(gen):
    """It names the folder."""
    with pytest.raises(JobNotFound, match=r"No sweep 'rain' was run in .*gen.sweeps"):
        gen.takes(sweep="rain")


@pytest.fixture
def judged(gen, jobs, copied):
    """The three takes, judged here and in the copy of their library alike."""
    for client in (gen, copied):
        fox, boat, owl = client.takes(order="created")
        fox.mark(stars=5, tags={"hero", "night"})
        boat.mark(stars=3, pick=False)
        owl.mark(pick=True, tags={"night"}, note="hands")
    return jobs


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"tag": "night"}, [2, 0]),
        ({"tag": "night", "limit": 1}, [2]),
        ({"tag": "nigh"}, []),
        ({"picked": True}, [2]),
        ({"picked": False}, [1]),
        ({"min_stars": 4}, [0]),
        ({"min_stars": 1, "order": "created"}, [0, 1]),
        ({"tag": "hero", "picked": True}, []),
        ({"order": "-stars"}, [0, 1, 2]),
        ({"order": "stars"}, [1, 0, 2]),
        ({"order": "-stars", "limit": 1}, [0]),
        ({"order": "stars", "limit": 1}, [1]),
        ({"order": "-stars", "limit": 1, "tag": "night"}, [0]),
    ],
)
def test_takes_are_found_by_their_marks(gen, copied, judged, filters, found):
    """In the same way for jobs and for what a folder holds."""
    prompts = [judged[place].params.prompt for place in found]

    assert [take.id for take in gen.takes(**filters)] == [judged[place].id for place in found]
    assert [take.prompt for take in copied.takes(**filters)] == prompts


@pytest.mark.usefixtures("judged")
def test_marks_of_a_list_are_those_of_now(gen, copied):
    """Also when they were changed by other means since."""
    for client in (gen, copied):
        takes = client.takes(order="created")
        client.mark(takes[0].path, stars=1)
        assert takes[0].marks.stars == takes.records()[0]["stars"] == 1
        client.mark(takes[0], pick=True)
        assert takes[0].marks.pick is takes.records()[0]["pick"] is True
        assert takes[0].marks.tags == ("hero", "night")


@pytest.mark.usefixtures("judged")
def test_a_table_has_the_marks(gen, copied):
    """One value a cell, and a column in what is shown if any take is judged."""
    for client in (gen, copied):
        rows = client.takes(order="created").records()
        assert [row["stars"] for row in rows] == [5, 3, None]
        assert [row["pick"] for row in rows] == [None, False, True]
        assert [row["tags"] for row in rows] == ["hero, night", None, "night"]
        assert [row["note"] for row in rows] == [None, None, "hands"]
        assert "rejected, 3 stars" in repr(client.takes())
        assert ">marks</th>" in client.takes()._repr_mimebundle_()["text/html"]


@pytest.mark.usefixtures("jobs")
def test_nothing_is_said_of_marks_where_there_are_none(gen):
    """A column of nothing takes room from the prompt."""
    assert ">marks</th>" not in gen.takes()._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize("filters", [{"min_stars": 5}, {"order": "-stars", "limit": 1}])
def test_what_was_judged_elsewhere_is_found(gen, copied, jobs, filters):
    """The library was judged on another machine and copied back."""
    copied.takes(text="fox")[0].mark(stars=5)
    there = copied.takes(text="fox")[0].path
    later = time.time() + 60
    here = jobs[0].finished.path.with_suffix(".json")
    here.write_bytes(there.with_suffix(".json").read_bytes())
    os.utime(here, (later, later))

    assert [take.id for take in gen.takes(**filters)] == [jobs[0].id]
    assert gen.takes(text="fox")[0].marks.stars == 5


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({"order": "stars first"}, "is not an order; there are -created"),
        ({"order": None}, "is not an order"),
        ({"provider": "seedance"}, "Did you mean seedance-2."),
        ({"state": "doen"}, "Did you mean done?"),
        ({"since": "some day"}, "'last week'"),
        ({"limit": -1}, "is not a whole number"),
        ({"limit": True}, "is not a whole number"),
        ({"min_stars": "4"}, "is not a whole number"),
        ({"picked": 1}, "is not True, False or None"),
        ({"tag": {"night"}}, "is not a string"),
        ({"text": b"fox"}, "is not a string"),
        ({"sweep": 3}, "is not a string"),
        ({"library": 3}, "is not a folder"),
    ],
)
def test_a_filter_that_cannot_be_is_refused(gen, filters, words):
    """At once, with what is allowed."""
    with pytest.raises(InvalidParams, match=words):
        gen.takes(**filters)


def test_slices_and_sums_are_takes(gen, jobs):
    """Each take is in a sum once."""
    takes = gen.takes()

    assert isinstance(takes[:2], rushes.Takes)
    assert list(takes[1:] + takes[:2]) == [takes[1], takes[2], takes[0]]
    assert list(rushes.Takes(take for take in takes if "fox" in take.prompt)) == [takes[2]]
    assert takes[-1].id == jobs[0].id


def test_a_list_prints_as_a_table(gen, copied):
    """With what all of them cost; and a table says so when it is empty."""
    for takes in (gen.takes(), copied.takes()):
        text = repr(takes)
        assert text.startswith("3 takes, about $")
        assert all(words in text for words in ("A red fox", "STURMÖL", "kling-3.0-standard at fal"))
    assert repr(gen.takes(text="nothing")) == "No takes."


def test_a_list_shows_stills_in_a_cell(gen, copied):
    """Of jobs and of files alike, with the prompt as text."""
    for takes in (gen.takes(), copied.takes()):
        html = takes._repr_mimebundle_()["text/html"]
        assert html.count("data:image/jpeg;base64,") == 3
        assert "A red fox" in html


def test_a_job_that_proceeds_is_shown_as_it_is_now(gen, emulator):
    """A list that was made before knows the end."""
    emulator.settings.run_seconds = (3_600.0, 3_600.0)
    job = gen.submit(FOX)
    takes = gen.takes()
    assert takes[0].state in UNFINISHED
    assert takes[0].result is takes[0].path is None

    job.cancel()
    at_rest(gen, job)

    assert takes[0].state in {"cancelled", "failed"}
    assert takes.records()[0]["state"] == takes[0].state


def test_takes_are_compared(gen, jobs, copied):
    """As jobs and videos are, alone or as a list."""
    assert len(gen.takes(limit=2).compare()._takes) == 2
    assert len(copied.takes(limit=2).compare(view="wipe")._takes) == 2
    takes = copied.takes()
    assert len(rushes.compare(takes[0], takes[1], jobs[0])._takes) == 3


def test_a_take_that_is_damaged_says_so(gen, jobs):
    """The others are listed, and nothing is raised where a list is read."""
    with gen.engine.journal._db.writing() as db:
        db.execute("UPDATE jobs SET result = '{}' WHERE id = ?", (jobs[0].id,))
    jobs[0].finished.path.unlink()

    takes = gen.takes()

    assert takes[2].result is None
    assert isinstance(takes[2].error, RushesError)
    assert "A red fox" in repr(takes)
    assert takes.records()[2]["path"] is None


def test_a_list_of_the_latest_costs_what_it_shows(gen, monkeypatch):
    """However many files a library holds, no sidecar of a known job is read."""
    for number in range(3):
        at_rest(gen, gen.submit(FOX | {"seed": number}))
    read = []
    monkeypatch.setattr("rushes.media.found.facts_beside", read.append)

    assert len(gen.takes()) == 3
    assert len(gen.takes(limit=1)) == 1
    assert read == []
