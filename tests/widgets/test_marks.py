"""Judgements of a page: durable when they are answered, and shown by every page of the take."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

import rushes
from rushes import Marks
from rushes.journal import SqliteJournal
from rushes.media.sidecar import facts_beside, judged_beside
from support.requests import FOX
from support.timings import A_WHILE, AN_HOUR
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rushes import VideoGen
    from support.pages import Page

NOT_JUDGED = {"pick": None, "stars": None, "tags": [], "note": None}


@pytest.fixture
def other(page: Page) -> Iterator[SqliteJournal]:
    """The journal as another kernel has it."""
    journal = SqliteJournal(page.studio.gen.folders.home)
    yield journal
    journal.close()


def marks_of(widget: Any, job: str) -> dict[str, Any] | None:
    """The marks of a take as the page has them."""
    return next(take for take in widget._takes if take["job"] == job).get("marks")


def test_a_judgement_is_durable_when_it_is_answered(page, other):
    """In the journal and beside the video; the reply has all marks."""
    job = page.make_take()
    first = page.ask("mark", job=job, changes={"pick": True, "tags": ["b", "a"]})
    second = page.ask("mark", job=job, changes={"stars": 4, "note": "hands"})

    assert first["value"] == NOT_JUDGED | {"pick": True, "tags": ["a", "b"]}
    assert second["value"] == {"pick": True, "stars": 4, "tags": ["a", "b"], "note": "hands"}
    assert other.get(job).marks == Marks(**second["value"])
    assert judged_beside(page.studio.gen.job(job).finished.path).marks == Marks(**second["value"])


def test_a_judgement_can_be_taken_back(page, other):
    """With null; the take is as if nobody had judged it."""
    job = page.make_take()
    page.ask("mark", job=job, changes={"pick": False, "stars": 1, "tags": ["x"], "note": "y"})
    nothing = {"pick": None, "stars": None, "tags": None, "note": None}
    reply = page.ask("mark", job=job, changes=nothing)

    assert reply["value"] == NOT_JUDGED
    assert not other.get(job).marks
    until(lambda: marks_of(page.studio, job) is None)


def test_judgements_count_in_the_order_in_which_they_came(page, other):
    """However fast the keys are pressed: the last one stays."""
    job = page.make_take()
    before = len(page.messages)
    for number in range(30):
        content = {"kind": "mark", "id": f"n{number}", "job": job}
        content["changes"] = {"stars": 1 + number % 5}
        data = {"method": "custom", "content": content}
        page._comm.handle_msg({"content": {"data": data}, "buffers": []})
    until(lambda: page._replies_to("n29"))

    replies = [each for each in page.messages[before:] if each["kind"] == "reply"]
    assert [reply["id"] for reply in replies] == [f"n{number}" for number in range(30)]
    assert [reply["value"]["stars"] for reply in replies] == [1 + n % 5 for n in range(30)]
    assert other.get(job).marks.stars == 5


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"stars": 6}, "less than or equal to 5"),
        ({"stars": True}, "stars"),
        ({"star": 1}, "star"),
        ({"pick": "yes"}, "pick"),
        ({"tags": "hero"}, "tags"),
        ({"tags": ["a,b"]}, "'a,b' is not a tag"),
        ({"tags": ["x" * 61]}, "has 61 characters"),
        ({"note": "\x00"}, "control characters"),
        ({"note": "x" * 4_001}, "4,001 characters"),
    ],
)
def test_a_wrong_judgement_is_refused_in_words(page, other, changes, words, caplog):
    """Nothing of it is kept."""
    job = page.make_take()
    reply = page.ask("mark", job=job, changes=changes)

    assert not reply["ok"]
    assert words in reply["error"]["message"]
    assert not other.get(job).marks
    assert caplog.records == []


def test_an_unknown_take_is_refused(page):
    """In words."""
    assert "nope" in page.ask("mark", job="nope", changes={"pick": True})["error"]["message"]


@pytest.mark.parametrize("kind", ["studio", "compare"])
def test_a_mark_made_elsewhere_is_shown(page, show, other, kind):
    """In Python, another Studio or another kernel; it is no turn of the takes for observers."""
    jobs = [page.make_take(f"k{number}", seed=number) for number in range(2)]
    widget = (
        show(page.studio.gen).studio
        if kind == "studio"
        else rushes.Compare(*[page.studio.gen.job(job) for job in jobs])
    )
    turns: list[object] = []
    if kind == "studio":
        widget.observe(turns.append, "takes")

    page.studio.gen.mark(jobs[0], stars=2)
    until(lambda: (marks_of(widget, jobs[0]) or {}).get("stars") == 2)
    page.ask("mark", job=jobs[0], changes={"pick": True})
    until(lambda: (marks_of(widget, jobs[0]) or {}).get("pick") is True)
    other.mark(jobs[1], {"tags": ["there"]})
    until(lambda: (marks_of(widget, jobs[1]) or {}).get("tags") == ["there"])
    assert turns == []


def test_a_take_that_is_being_made_is_judged(page, emulator, other):
    """What is announced of it later has the mark."""
    emulator.settings.run_seconds = AN_HOUR
    job = page.ask("submit", key="k1", params=FOX)["value"]["job"]
    assert page.ask("mark", job=job, changes={"pick": True})["ok"]
    other.mark(job, {"stars": 3})
    until(lambda: emulator.jobs)
    emulator.advance(A_WHILE)
    page.studio.gen.engine.wait(job).result(60.0)

    until(lambda: any("took" in take for take in page.studio._takes))
    assert marks_of(page.studio, job) == NOT_JUDGED | {"pick": True, "stars": 3}


@pytest.fixture
def moved(page: Page, make_gen: Callable[..., VideoGen], tmp_path: Any) -> VideoGen:
    """A client of another machine, in whose library two takes of this one were copied."""
    for number in (1, 2):
        job = page.make_take(f"k{number}", prompt=f"Fox {number}", seed=number)
        page.ask("mark", job=job, changes={"stars": number})
    library = tmp_path / "elsewhere" / "rushes-media"
    shutil.copytree(page.studio.gen.library, library)
    return make_gen(home=tmp_path / "other home", library=library)


def test_a_copied_library_shows_its_marks_and_takes_others(moved, show):
    """Beside the video, as there is no journal; the page gets the take as it is now."""
    page = show(moved)
    newest, older = (take["job"] for take in page.studio._takes)
    assert marks_of(page.studio, newest) == NOT_JUDGED | {"stars": 2}
    reply = page.ask("mark", job=older, changes={"note": "here"})

    assert reply["value"] == NOT_JUDGED | {"stars": 1, "note": "here"}
    assert marks_of(page.studio, older) == reply["value"]
    assert [take["job"] for take in page.studio._takes] == [newest, older]
    found = page.studio._snapshot.found(older).result
    assert facts_beside(found.path)[0].marks == found.marks == Marks(stars=1, note="here")


def test_takes_without_jobs_are_judged_where_they_are_compared(moved, show):
    """Results by their sidecars; a file without one has no place for marks."""
    page = show(moved)
    results = [page.studio._snapshot.found(take["job"]).result for take in page.studio._takes]
    bare = moved.library / "bare.mp4"
    shutil.copy(results[0].path, bare)
    widget = rushes.Compare(*results, bare)
    sent: list[dict[str, Any]] = []
    widget.send = lambda content, _buffers=None: sent.append(content)
    widget._answers._send = widget.send
    keys = [take["job"] for take in widget._takes]
    assert marks_of(widget, keys[0]) == NOT_JUDGED | {"stars": 2}

    for key in (keys[0], keys[2]):
        widget._receive(
            None, {"kind": "mark", "id": key, "job": key, "changes": {"pick": True}}, []
        )
    until(lambda: len([each for each in sent if each["kind"] == "reply"]) == 2)
    [right, wrong] = [each for each in sent if each["kind"] == "reply"]

    assert right["value"] == marks_of(widget, keys[0]) == NOT_JUDGED | {"stars": 2, "pick": True}
    assert judged_beside(results[0].path).marks == Marks(stars=2, pick=True)
    assert "marks cannot be kept" in wrong["error"]["message"]


def test_marks_say_nothing_that_is_markup(page):
    """They are texts, whatever stands in them."""
    job = page.make_take()
    text = "<img src=x onerror=alert(1)>"
    page.ask("mark", job=job, changes={"tags": [text], "note": text})
    until(lambda: marks_of(page.studio, job))

    assert marks_of(page.studio, job)["note"] == text
    assert "<img src=x" not in json.dumps(page.studio._repr_mimebundle_()[0]["text/html"])
