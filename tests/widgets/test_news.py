"""What widgets do with rounds of news in which one job cannot be shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import rushes
from rushes import JobState
from support.requests import FOX
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from rushes import Job, VideoGen
    from rushes.journal import JobRecord

MAKERS: dict[str, Callable[[VideoGen, list[Job]], Any]] = {
    "studio": lambda gen, _: rushes.Studio(gen),
    "compare": lambda _, jobs: rushes.Compare(jobs),
    "board": lambda _, jobs: rushes.Board(jobs),
}

COUNT = 4

BAD = 1
"""Place of the job that cannot be shown: others come before and after it."""


@pytest.fixture
def jobs(gen: VideoGen) -> list[Job]:
    """Finished jobs."""
    made = [gen.submit(FOX, seed=seed) for seed in range(COUNT)]
    for job in made:
        job.result(60)
    return made


def announce(gen: VideoGen, jobs: list[Job]) -> None:
    """Announce in one go that all of them failed after all."""
    for job in jobs:
        gen.engine._audience.notify(replace(gen.record(job.id), state=JobState.FAILED))


def shown_as_failed(widget: Any) -> set[str]:
    return {take["job"] for take in widget._takes if take["state"] == "failed"}


@pytest.mark.parametrize("kind", MAKERS)
def test_a_job_that_cannot_be_shown_costs_no_other(gen, jobs, kind, monkeypatch, caplog):
    """The other news of its round arrive."""
    widget, bad = MAKERS[kind](gen, jobs), jobs[BAD].id
    module = f"rushes.widgets.{kind}.state"
    take_of = __import__(module, fromlist=["take_of"]).take_of

    def take_of_most(record: JobRecord, *more: Any, **options: Any) -> dict[str, Any]:
        if record.id == bad:
            raise ValueError(bad)
        return take_of(record, *more, **options)

    monkeypatch.setattr(f"{module}.take_of", take_of_most)
    announce(gen, jobs)

    others = {job.id for job in jobs} - {bad}
    until(lambda: shown_as_failed(widget) == others)
    assert "cannot be shown" in caplog.text
    widget.close()


@pytest.mark.parametrize("kind", MAKERS)
def test_a_take_that_cannot_be_sent_costs_no_other(gen, jobs, kind, monkeypatch):
    """The page gets the other takes of its round."""
    widget, bad = MAKERS[kind](gen, jobs), jobs[BAD].id
    sent: list[str] = []

    def send(content: dict[str, Any], buffers: object = None) -> None:
        del buffers
        if content["kind"] == "take":
            if content["take"]["job"] == bad:
                raise ValueError(bad)
            sent.append(content["take"]["job"])

    monkeypatch.setattr(widget, "send", send)
    announce(gen, jobs)

    until(lambda: len(sent) == COUNT - 1)
    assert set(sent) == {job.id for job in jobs} - {bad}
    widget.close()


def test_an_observer_that_fails_costs_no_news(show):
    """The Studio counts what is spent, and later takes arrive."""
    page = show(budget=100.0)

    def fail(_: object) -> None:
        raise ValueError

    page.studio.observe(fail, "takes")
    page.make_take()

    until(lambda: page.studio._budget["spent"] > 0)
    page.make_take("k2", seed=2)
    assert len(page.studio._takes) == 2


def test_a_take_leaves_though_its_end_comes_with_the_news_that_it_is_hidden(gen, jobs):
    """News of one job are delivered as the latest alone; what happened before is not lost."""
    studio, hidden = rushes.Studio(gen), jobs[BAD].id
    record = replace(gen.record(hidden), state=JobState.FAILED)

    gen.engine.journal.hide(hidden, hidden=True)
    gen.engine._audience.notify(record)

    until(lambda: {take.id for take in studio.takes} == {job.id for job in jobs} - {hidden})
    studio.close()
