"""Lists of jobs: filters, costs that add up, ids that are abbreviated, and how they print."""

from __future__ import annotations

import datetime as dt

import pytest

import rushes
from reliability.asking import at_rest
from rushes import Cost, InvalidParams, JobNotFound, NoBackend, VideoGen
from support.requests import FOX

YESTERDAY = dt.timedelta(days=1)


@pytest.fixture
def jobs(gen):
    """Two finished jobs, of which one is about a boat."""
    made = [gen.submit(FOX), gen.submit(FOX | {"prompt": "Ein Boot im STURMÖL"})]
    for job in made:
        at_rest(gen, job)
    return made


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"text": "red"}, [0]),
        ({"text": "sturmöl"}, [1]),
        ({"text": "%"}, []),
        ({"state": "done"}, [1, 0]),
        ({"state": ["failed", "done"], "text": "fox", "limit": 5}, [0]),
        ({"since": YESTERDAY}, [1, 0]),
        ({"since": "2999-01-01"}, []),
        ({"since": dt.date(2026, 1, 1), "provider": "seedance-2.0"}, [1, 0]),
        ({"library": "elsewhere"}, []),
    ],
)
def test_filters_narrow_the_list(gen, jobs, filters, found):
    """By what a person remembers of a take; letters count in either case."""
    assert [job.id for job in gen.jobs(**filters)] == [jobs[place].id for place in found]


@pytest.mark.usefixtures("jobs")
def test_a_library_is_a_filter(gen):
    """As a path or a text."""
    assert len(gen.jobs(library=gen.library)) == len(gen.jobs(library=str(gen.library))) == 2


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({"provider": "seedance"}, "Did you mean seedance-2."),
        ({"state": "doen"}, "Did you mean done?"),
        ({"since": "some day"}, "is not a time"),
        ({"since": float("nan")}, "is not a time"),
        ({"library": 3}, "is not a folder"),
        ({"library": ""}, "is not a folder"),
    ],
)
def test_a_filter_that_cannot_be_is_refused(gen, filters, words):
    """At once, with what is allowed; a list says nothing about what was sent or paid."""
    with pytest.raises(InvalidParams, match=words) as caught:
        gen.jobs(**filters)
    assert "paid" not in str(caught.value)
    assert [problem.parameter for problem in caught.value.problems] == list(filters)


def test_a_backend_that_does_not_exist_is_refused_at_once(tmp_path, monkeypatch):
    """By argument and by the environment, with the one that was probably meant."""
    places = {"home": tmp_path / "home", "library": tmp_path}
    with pytest.raises(NoBackend, match="Did you mean runway"):
        VideoGen(backend="runwai", **places)
    monkeypatch.setenv("RUSHES_BACKEND", "previw")
    with pytest.raises(NoBackend, match="Did you mean preview"):
        VideoGen(**places)


def test_the_end_and_the_beginning_of_an_id_are_enough(gen, jobs):
    """The end is in the name of the file."""
    for job in jobs:
        assert gen.job(job.id[-8:]).id == gen.job(job.id[:-2]).id == job.id


@pytest.mark.parametrize("part", ["", "zzz", "%", "_"])
@pytest.mark.usefixtures("jobs")
def test_a_part_of_no_id_is_not_found(gen, part):
    """Whatever it means in SQL."""
    with pytest.raises(JobNotFound):
        gen.job(part)


def test_a_part_of_several_ids_names_them(gen, jobs):
    """So that one can be chosen."""
    with pytest.raises(JobNotFound) as caught:
        gen.job("2")
    assert all(job.id in str(caught.value) for job in jobs)


@pytest.mark.usefixtures("jobs")
def test_costs_add_up(gen):
    """Those of a list, as `sum` does it, and as the journal counts them."""
    total = sum(job.cost for job in gen.jobs())

    assert total.amount == pytest.approx(gen.spend().total.total)
    assert str(total).startswith("about $")


def test_a_cancelled_job_that_was_not_sent_costs_nothing(gen, emulator):
    """It is no estimate any more."""
    emulator.settings.run_seconds = (3_600.0, 3_600.0)
    job = gen.submit(FOX)
    job.cancel()
    at_rest(gen, job)

    assert sum(job.cost for job in gen.jobs()).amount == pytest.approx(gen.spend().total.total)


def test_what_is_not_known_is_counted_and_not_guessed():
    """None, and the cost of a video without a price."""
    known = Cost(amount=1.5, estimated=False)

    total = sum([known, None, Cost.not_known(), known])

    assert (total.amount, total.unknown) == (3.0, 2)
    assert str(total) == "$3.00, and 2 without a known price"
    assert total.dollars is None
    assert str(Cost.not_known()) == "price not known"


def test_currencies_are_not_mixed():
    """Nobody knows the rate; nothing in either of them is no obstacle."""
    with pytest.raises(InvalidParams, match="CNY and USD"):
        Cost(amount=1.0) + Cost(amount=1.0, currency="CNY")
    assert (Cost(amount=0.0) + Cost(amount=1.0, currency="CNY")).currency == "CNY"


@pytest.mark.usefixtures("jobs")
def test_a_list_prints_as_a_table(gen):
    """With the whole id, the state, the cost and the prompt; a slice of it, too."""
    for part in (gen.jobs(), gen.jobs()[:1]):
        shown, html = repr(part), part._repr_mimebundle_()["text/html"]
        for job in part:
            for word in (job.id, "completed", "~$1.52", job.params.prompt):
                assert word in shown
                assert word in html
        assert "<img" in html
        assert "object at 0x" not in shown
    assert len(html) < 20_000


def test_a_text_between_two_dollar_signs_is_no_formula(gen, jobs):
    """Notebooks typeset such texts, unless an element asks them not to."""
    html = [
        shown._repr_mimebundle_()["text/html"]
        for shown in (gen.jobs(), jobs[0], rushes.providers(), rushes.list_backends(), gen.spend())
    ]
    assert all("tex2jax_ignore" in text and "mathjax_ignore" in text for text in html)


def test_a_hostile_prompt_is_text(gen):
    """In every column; links are those of https alone."""
    prompt = "<img src=x onerror=alert(1)> javascript:alert(1) https://a.example/?x=<b>&y=1"
    gen.submit(FOX | {"prompt": prompt}).result()

    html = gen.jobs()._repr_mimebundle_()["text/html"]

    assert "<img src=x" not in html
    assert 'href="javascript' not in html
    assert 'href="https://a.example/?x="' in html


def test_a_row_has_everything(jobs):
    """For a table of pandas: flat, with cost, path, parameters and times."""
    row = jobs[0].result().to_dict()

    assert row["cost"] == pytest.approx(jobs[0].cost.amount)
    assert row["path"] == str(jobs[0].result().path)
    assert row["running_seconds"] is not None
    assert all(isinstance(value, str | int | float | None) for value in row.values())
