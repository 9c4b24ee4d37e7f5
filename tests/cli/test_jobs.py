"""The command line, as a person types it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from emulators.fal import FAL_KEY, Fault, FaultKind
from reliability.asking import at_rest
from rushes import JobState
from rushes.cli import app
from support.requests import FOX
from support.timings import QUICK

if TYPE_CHECKING:
    from click.testing import Result

    from rushes import Job, VideoGen


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window in which every column has room."""
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def uncertain(make_gen, emulator) -> tuple[VideoGen, Job]:
    """A job that fal took and nobody heard of."""
    emulator.settings.history_usable = False
    emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    gen = make_gen()
    job = gen.submit(FOX)
    at_rest(gen, job)
    return gen, job


def run(*arguments: str, **options: str) -> Result:
    return CliRunner().invoke(app, ["jobs", *arguments], **options)


def test_without_jobs_it_says_so():
    """An empty journal is no error."""
    assert run().stdout.strip() == "No jobs yet."


def test_jobs_are_listed_with_what_they_cost(gen):
    """The id, the state, who runs it, the price and the prompt, in one line."""
    job = gen.submit(FOX)
    at_rest(gen, job)

    line = next(line for line in run().stdout.splitlines() if job.id in line)

    for word in ("completed", "seedance-2.0", "fal", "~$1.52", "A red fox"):
        assert word in line


def test_only_the_states_that_are_asked_for(gen):
    """Filters narrow the list."""
    job = gen.submit(FOX)
    at_rest(gen, job)

    assert job.id not in run("--state", "failed").stdout
    assert job.id in run("--state", "failed", "--state", "completed").stdout


def test_an_uncertain_job_comes_with_its_three_ways_out(uncertain):
    """Ready to be copied."""
    _, job = uncertain

    shown = run().stdout

    for command in ("resolve", "resubmit", "abandon"):
        assert f"rushes jobs {command} {job.id}" in shown


def test_a_failed_job_that_its_service_may_have_comes_with_a_command(make_gen, emulator):
    """In place of the Python call that its error advises."""
    emulator.add_fault(Fault(FaultKind.HTML_BODY))
    gen = make_gen(timing=replace(QUICK, retry_most=0.1))
    job = gen.submit(FOX)
    assert at_rest(gen, job).error.advice == "job.look_again() tries once more."

    shown = run().stdout

    assert f"rushes jobs look-again {job.id}" in shown
    assert "look_again()" not in shown


def test_a_job_that_was_found_goes_on(uncertain, emulator, monkeypatch):
    """The running client takes it over and brings the video."""
    monkeypatch.setenv("FAL_KEY", FAL_KEY)
    monkeypatch.setenv("RUSHES_FAL_QUEUE_URL", emulator.queue_url)
    gen, job = uncertain

    done = run("resolve", job.id, emulator.jobs[0].request_id)

    assert done.exit_code == 0
    assert at_rest(gen, job).state is JobState.COMPLETED
    assert len(emulator.jobs) == 1


def test_sending_again_is_asked_twice(uncertain, emulator):
    """It may pay twice, so nothing happens without a yes."""
    gen, job = uncertain

    refused = run("resubmit", job.id, input="n\n")
    assert refused.exit_code == 1
    assert job.state is JobState.UNCERTAIN

    assert run("resubmit", job.id, input="y\n").exit_code == 0
    assert at_rest(gen, job).state is JobState.COMPLETED
    assert len(emulator.jobs) == 2


def test_the_beginning_of_an_id_is_enough(uncertain):
    """As long as it is unambiguous."""
    _, job = uncertain

    assert run("abandon", job.id[:-3]).exit_code == 0
    assert job.state is JobState.FAILED


def test_an_ambiguous_beginning_names_the_candidates(gen):
    """So that one of them can be copied."""
    jobs = gen.submit_many([FOX, FOX | {"seed": 2}])

    done = run("abandon", "2")

    assert done.exit_code == 1
    assert all(job.id in done.stderr for job in jobs)


def test_programs_get_json(gen):
    """With what a person sees, and the whole request."""
    job = gen.submit(FOX)
    at_rest(gen, job)

    (row,) = json.loads(run("--json", "--text", "red FOX", "--since", "2026-01-01").stdout)

    assert (row["job_id"], row["state"], row["params"]["prompt"]) == (
        job.id,
        "completed",
        "A red fox",
    )
    assert row["cost"] == pytest.approx(job.cost.amount)
    assert row["path"] == str(job.result().path)
    assert json.loads(run("--json", "--text", "boat").stdout) == []


def test_what_is_made_from_a_take_is_listed(gen):
    """By the job of the take, which may be named by the end of its id."""
    first = gen.submit(FOX)
    at_rest(gen, first)
    child = gen.submit(provider="pixverse-v6", mode="extend", prompt="On", video_url=first)
    at_rest(gen, child)

    rows = json.loads(run("--json", "--parent", first.id[-8:]).stdout)

    assert [row["job_id"] for row in rows] == [child.id]
    assert run("--parent", child.id).stdout.strip() == "No jobs yet."
    assert "No job has the id 'nothing'" in run("--parent", "nothing").stderr


@pytest.mark.parametrize("command", ["spend", "backends", "providers"])
def test_every_list_has_json(command):
    """And none of it needs a key."""
    done = CliRunner().invoke(app, [command, "--json"])

    assert done.exit_code == 0
    assert json.loads(done.stdout)


def test_a_filter_that_fits_nothing_is_refused():
    """With what was probably meant, in place of an empty list."""
    assert "Did you mean seedance-2." in run("--provider", "seedance").stderr
    assert "is not a time" in run("--since", "some day").stderr


@pytest.mark.parametrize("columns", [60, 80, 100, 120, 160])
def test_id_state_and_cost_are_whole_in_every_window(gen, columns):
    """They are what one acts on; a prompt may be cut."""
    job = gen.submit(FOX)
    at_rest(gen, job)
    shown = gen.jobs().sheet().text(columns)

    line = next(line for line in shown.splitlines() if job.id in line)
    assert "completed" in line
    assert "~$1.52" in line
    assert max(map(len, shown.splitlines())) <= max(columns, 72)


@pytest.mark.parametrize("command", [["abandon", "nope"], ["resolve", "nope", "x"]])
def test_an_unknown_job_is_one_sentence(command):
    """No traceback, and what to do next."""
    done = run(*command)

    assert done.exit_code == 1
    assert "`rushes jobs` lists the jobs" in done.stderr
    assert "Traceback" not in done.output


def test_a_job_that_is_not_uncertain_cannot_be_settled(gen):
    """The journal says what it is."""
    job = gen.submit(FOX)
    at_rest(gen, job)

    done = run("abandon", job.id)

    assert done.exit_code == 1
    assert "completed, not uncertain" in done.stderr


def test_markup_of_a_prompt_is_shown_as_text(gen):
    """Nothing that a user or a service wrote is taken for a style."""
    at_rest(gen, gen.submit(FOX | {"prompt": "[bold red]A fox[/] [link=x]"}))

    assert "[bold red]A fox[/] [link=x]" in run().stdout


def test_backends_are_listed_with_what_to_set():
    """Whoever has no key learns which variable to set."""
    shown = CliRunner().invoke(app, ["backends"]).stdout

    assert "set FAL_KEY" in shown
    assert "set ARK_API_KEY" in shown
    assert "preview: ready" in shown
