"""The kernel's half of a board, by the protocol in docs/reference/widget-protocol.md."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import rushes
from rushes import InvalidParams, VideoGen
from rushes.explore import following
from support.judges import words
from support.requests import FOX
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rushes import Board, Job, Sweep

ANIMALS = {
    "animal": ["fox", "heron"],
    "provider": ["kling-3.0-standard", "seedance-2.0-fast"],
    "duration_seconds": 4,
}


class Kernel:
    """What the page sees of a board."""

    def __init__(self, widget: Board) -> None:
        self.widget = widget
        self.sent: list[dict[str, Any]] = []
        self.arrived = threading.Condition()
        widget._answers._send = self._take
        widget.send = self._take
        self._count = 0

    def _take(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        with self.arrived:
            self.sent.append(content | {"buffers": buffers or []})
            self.arrived.notify_all()

    def ask(self, kind: str, **body: Any) -> dict[str, Any]:
        """The reply to a message."""
        self._count += 1
        message = f"m{self._count}"
        self.widget._receive(None, {"kind": kind, "id": message, **body}, None)

        def replies() -> list[dict[str, Any]]:
            return [
                found
                for found in self.sent
                if found.get("id") == message and found["kind"] == "reply"
            ]

        with self.arrived:
            assert self.arrived.wait_for(replies, timeout=60)
            (found,) = replies()
        return found

    def kinds(self) -> list[str]:
        return [each["kind"] for each in self.sent]


@pytest.fixture
def show() -> Iterator[Callable[..., Kernel]]:
    """Makes boards, and closes them."""
    made: list[Board] = []

    def make(takes: Any, **options: Any) -> Kernel:
        made.append(rushes.Board(takes, **options))
        return Kernel(made[-1])

    yield make
    for widget in made:
        widget.close()


@pytest.fixture
def sweep(gen: VideoGen) -> Sweep:
    """Two animals by two models, not run."""
    return gen.sweep("A {animal} in the snow", **ANIMALS, name="snow")


@pytest.fixture
def jobs(gen: VideoGen) -> list[Job]:
    """Two finished jobs that differ in their seed."""
    made = [gen.submit(FOX, seed=seed) for seed in (7, 41)]
    for job in made:
        job.result(60)
    return made


def states(widget: Board) -> list[str]:
    return [take["state"] for take in widget._takes]


def test_a_sweep_has_its_cells_before_it_is_run(show, sweep):
    """Each with its place and its shape; nothing of what is the same everywhere."""
    widget = show(sweep).widget

    assert [axis["name"] for axis in widget._board["axes"]] == ["animal", "provider"]
    assert widget._board["axes"][1]["values"] == ["Kling 3.0 standard", "Seedance 2.0 fast"]
    assert len(widget._board["cells"]) == 4
    assert {cell["ratio"] for cell in widget._board["cells"]} == {1.7778}
    assert (widget.rows, widget.columns, widget._takes) == (("animal",), ("provider",), [])
    assert widget._sweep["offers"] == [{"action": "run", "label": "Run · about $2.94"}]
    json.dumps(widget._board)


def test_cells_get_their_takes_while_the_sweep_runs(show, sweep):
    """Also those that are started when the board is there already."""
    kernel = show(sweep)
    assert kernel.ask("steer", name="snow", action="run")["ok"]
    until(lambda: states(kernel.widget) == ["completed"] * 4)

    takes = {take["cell"]: take for take in kernel.widget._takes}
    for number, cell in enumerate(sweep.cells):
        assert takes[number]["provider"] == cell.params["provider"]
        assert cell.values["animal"] in takes[number]["prompt"]
    until(lambda: kernel.widget._sweep["offers"] == [])
    assert "take" in kernel.kinds()


def test_what_exists_stands_in_its_cell_at_once(show, gen, sweep):
    """A sweep that was run before is shown as it is."""
    sweep.run().wait(60)

    assert states(show(gen.sweep("snow")).widget) == ["completed"] * 4


def test_takes_of_any_kind_stand_side_by_side(show, jobs):
    """Jobs, results and files; what differs tells them apart."""
    result = jobs[1].result()
    kernel = show([jobs[0], result, str(result.path)])

    assert states(kernel.widget) == ["completed"] * 3
    assert len({take["job"] for take in kernel.widget._takes}) == 3
    names = [axis["name"] for axis in kernel.widget._board["axes"]]
    assert names[-1] == "take"


def test_a_mapping_gives_the_names(show, jobs):
    """They are one axis of the board."""
    widget = show({"first <b>": jobs[0], "second": jobs[1]}).widget

    (axis,) = [axis for axis in widget._board["axes"] if axis["name"] == "take"]
    assert axis["values"] == ["first <b>", "second"]
    assert "first &lt;b&gt;" in widget._repr_mimebundle_()[0]["text/html"]


def test_a_job_given_twice_stands_once(show, jobs):
    """A cell is one take."""
    assert len(show([jobs[0], jobs[1], jobs[0]]).widget._board["cells"]) == 2


@pytest.mark.parametrize(
    ("rows", "columns", "expected"),
    [
        (None, None, (("animal",), ("provider",))),
        ("provider", None, (("provider",), ("animal",))),
        (None, "animal", (("provider",), ("animal",))),
        (["animal", "provider"], [], (("animal", "provider"), ())),
        ("seed", "duration_seconds", (("seed",), ("duration_seconds",))),
    ],
)
def test_rows_and_columns_are_chosen_or_given(show, gen, rows, columns, expected):
    """Also of what is the same everywhere; what is left open is chosen."""
    sweep = gen.sweep("A {animal}", **ANIMALS, seeds=[7, 41], name="seeds")
    widget = show(sweep, rows=rows, columns=columns).widget

    assert (widget.rows, widget.columns) == expected


@pytest.mark.parametrize("given", ["animl", 3, ["animal", ""], [None]])
def test_rows_that_do_not_exist_are_refused(sweep, given):
    """With what there is."""
    with pytest.raises(InvalidParams) as caught:
        rushes.Board(sweep, rows=given)
    assert "animal" in caught.value.message or "give one" in caught.value.message


@pytest.mark.parametrize("given", [[], {}, "film.mp4", 3, [3], None])
def test_what_is_not_a_set_of_takes_is_refused(given):
    """In words."""
    with pytest.raises(InvalidParams, match=r"give|Give"):
        rushes.Board(given)


def test_the_page_changes_rows_and_columns(show, sweep):
    """Python sees it; nonsense is not taken over."""
    widget = show(sweep).widget
    widget.set_state({"_arrangement": {"rows": ["provider"], "columns": ["animal"]}})
    assert (widget.rows, widget.columns) == (("provider",), ("animal",))
    widget.set_state({"_arrangement": {"rows": "provider"}})
    assert widget.rows == ("provider",)


def test_a_large_board_comes_in_parts(show, jobs, monkeypatch):
    """The first takes with the widget, all others when the page greets."""
    monkeypatch.setattr("rushes.widgets.take.FIRST_BYTES", 1)
    kernel = show(jobs)
    assert len(kernel.widget._takes) == 1
    kernel.ask("hello", revision=kernel.widget._revision)

    (rest,) = [each for each in kernel.sent if each["kind"] == "rest"]
    assert [take["job"] for take in rest["takes"]] == [jobs[1].id]


def test_pieces_of_videos_and_posters_are_handed_out(show, jobs):
    """Of the takes of the board alone."""
    kernel = show(jobs)
    reply = kernel.ask("media", job=jobs[0].id, part="video", offset=0)
    assert reply["buffers"][0] == jobs[0].result().path.read_bytes()
    assert kernel.ask("media", job=jobs[0].id, part="poster", offset=0)["ok"]
    refused = kernel.ask("media", job="other", part="video", offset=0)
    assert "no such take" in refused["error"]["message"]


def test_a_file_without_a_poster_has_a_still(show, jobs, tmp_path):
    """Its first frame, made when the page asks for it."""
    bare = tmp_path / "bare.mp4"
    bare.write_bytes(jobs[0].result().path.read_bytes())
    kernel = show([bare, "https://example.org/fox.mp4"])
    file, link = (take["job"] for take in kernel.widget._takes)
    reply = kernel.ask("media", job=file, part="poster", offset=0)
    assert reply["buffers"][0].startswith(b"\xff\xd8\xff")
    assert reply["value"]["total"] == len(reply["buffers"][0])
    assert not kernel.ask("media", job=link, part="poster", offset=0)["ok"]


def test_what_is_compared_is_answered_as_a_comparison(show, jobs):
    """Measures, votes and the player."""
    kernel = show(jobs)
    keys = [job.id for job in jobs]
    assert kernel.ask("clip", job=keys[0])["value"]["codec"] == "H.264"
    assert "standings" in kernel.ask("standings", jobs=keys)["value"]
    assert kernel.ask("measure", job=keys[0])["value"]["lanes"]


def test_what_was_measured_is_known_of_takes_that_were(show, jobs):
    """Of jobs and of files, with the scores of own scorers; a board measures nothing."""
    file = jobs[1].result().path
    assert all("measures" not in take for take in show(jobs).widget._takes)
    found = rushes.measure(jobs[0], scorers=words)

    one, other = show([jobs[0], str(file)]).widget._takes
    assert one["measures"]["motion"] == found.values["motion"]
    assert one["measures"]["words.words"] == found.scores["words"]["words"]
    assert "measures" not in other
    rushes.measure(file)
    assert show([jobs[0], str(file)]).widget._takes[1]["measures"]["detail"] > 0


def test_an_open_board_follows_what_is_measured(show, jobs):
    """Of jobs and of files; a take that nobody measured says nothing, nor does a closed board."""
    file = jobs[1].result().path
    boards = [show(jobs), show([str(file)])]
    closed = show(jobs)
    closed.widget.close()

    found = rushes.measure(jobs[1])

    for kernel in boards:
        (sent,) = [each for each in kernel.sent if each["kind"] == "take"]
        assert sent["take"]["measures"]["motion"] == found.values["motion"]
        assert kernel.widget._takes[-1]["measures"] == sent["take"]["measures"]
    assert "measures" not in boards[0].widget._takes[0]
    assert closed.sent == []
    jobs[1].mark(stars=4)
    until(lambda: "marks" in boards[0].widget._takes[1])
    assert boards[0].widget._takes[1]["measures"]["motion"] == found.values["motion"]


def test_an_open_board_follows_what_another_process_measures(show, jobs, monkeypatch):
    """Of its files, and again when there is more of the same file."""
    monkeypatch.setattr(following, "PAUSE", 0.05)
    board = show(jobs)
    file = jobs[1].result().path

    def elsewhere(code: str) -> None:
        subprocess.run([sys.executable, "-c", f"import rushes\n{code}", str(file)], check=True)

    elsewhere("import sys; rushes.measure(sys.argv[1])")
    until(lambda: "measures" in board.widget._takes[1])
    elsewhere("import sys; rushes.measure(sys.argv[1], against=sys.argv[1])")
    until(lambda: "xpsnr" in board.widget._takes[1]["measures"])

    assert "measures" not in board.widget._takes[0]


def test_a_board_misses_nothing_that_is_measured_while_it_opens(jobs):
    """What is new since its takes were read is announced before listening begins."""
    known = following.notes()
    rushes.measure(jobs[0])
    heard: list[frozenset[str]] = []

    following.listen(heard.append, known)()

    assert heard == [following.notes().keys() - known.keys()]


def test_without_a_kernel_there_is_a_table_of_stills(show, sweep):
    """With rows and columns, and a word where there is no picture."""
    sweep.run().wait(60)
    html = show(sweep).widget._repr_mimebundle_()[0]["text/html"]

    assert html.count('<img alt="" src="data:image/jpeg;base64,') == 4
    for head in ("fox", "heron", "Kling 3.0 standard", "Seedance 2.0 fast"):
        assert head in html
    assert "<script" not in html
    assert len(html) < 400_000


def test_a_judgement_is_durable_and_shown(show, jobs):
    """In the journal when it is answered; every page of the board learns of it."""
    kernel = show(jobs)
    reply = kernel.ask("mark", job=jobs[0].id, changes={"pick": True, "tags": ["hero"]})
    assert reply["value"] == {"pick": True, "stars": None, "tags": ["hero"], "note": None}
    kernel.ask("mark", job=jobs[0].id, changes={"stars": 4})
    assert jobs[0].marks.to_json() == {"pick": True, "stars": 4, "tags": ["hero"]}
    assert kernel.widget._takes[0]["marks"]["stars"] == 4
    kernel.ask("mark", job=jobs[0].id, changes={"pick": None, "stars": None, "tags": []})
    assert "marks" not in kernel.widget._takes[0]


def test_a_judgement_made_elsewhere_is_shown(show, jobs):
    """In Python, or in another widget."""
    kernel = show(jobs)
    jobs[1].mark(stars=5)
    until(lambda: kernel.widget._takes[1].get("marks", {}).get("stars") == 5)


@pytest.mark.parametrize(
    "changes", [{"stars": 9}, {"tags": "hero"}, {"pick": 1}, {"tags": ["a,b"]}]
)
def test_a_judgement_that_is_none_is_refused(show, jobs, changes):
    """In words, and nothing of it is kept."""
    kernel = show(jobs)
    assert not kernel.ask("mark", job=jobs[0].id, changes=changes)["ok"]
    assert not jobs[0].marks


@pytest.mark.parametrize("what", ["picture", "page", "csv"])
def test_what_the_page_shows_is_exported(show, jobs, tmp_path, what):
    """Into the folder of the board; a text that looks like a formula is none."""
    jobs[0].mark(note="=1+1")
    kernel = show(jobs, folder=tmp_path / "out")
    body = {"rows": [""], "columns": ["", ""], "cells": [[1, 0]]}
    reply = kernel.ask("sheet", what=what, **body)

    path = Path(reply["value"]["path"])
    assert path.parent == tmp_path / "out"
    if what == "csv":
        first, *rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
        assert [row[first.index("job")] for row in rows] == [jobs[1].id, jobs[0].id]
        assert rows[1][first.index("note")] == "'=1+1"
    wrong = kernel.ask("sheet", what=what, rows=[""], columns=[""], cells=[[7]])
    assert "not the cells of this board" in wrong["error"]["message"]


def test_python_exports_every_cell(show, sweep, tmp_path):
    """Also those without a take."""
    board = show(sweep).widget
    assert board.picture(tmp_path / "board.png").exists()
    assert "not started" in board.page(tmp_path / "board.html").read_text("utf-8")
    assert [row["state"] for row in board.records()] == ["not started"] * 4


def test_takes_of_a_library_are_shown_with_what_was_varied(show, gen, sweep, jobs):
    """Those of a sweep by its axes, others by their parameters; each can be judged."""
    sweep.run().wait(60)
    takes = gen.takes(sweep="snow")
    widget = show(takes).widget
    assert {axis["name"] for axis in widget._board["axes"]} == {"animal", "provider"}
    assert takes.board(rows="animal").rows == ("animal",)

    every = show(gen.takes())
    assert len(every.widget._board["cells"]) == 6
    assert every.ask("mark", job=jobs[0].id, changes={"stars": 2})["ok"]


def test_a_copied_library_is_shown_without_its_jobs(show, make_gen, jobs, tmp_path):
    """By its sidecars; its takes can be judged there, and compared."""
    folder = tmp_path / "copy"
    shutil.copytree(jobs[0].result().path.parent, folder)
    other = make_gen(library=folder, home=tmp_path / "other")
    kernel = show(other.takes())
    keys = [take["job"] for take in kernel.widget._takes]
    assert len(keys) == 2
    assert kernel.ask("mark", job=keys[0], changes={"pick": True})["value"]["pick"] is True
    assert kernel.widget._takes[0]["marks"]["pick"] is True
    assert kernel.ask("clip", job=keys[0])["ok"]
