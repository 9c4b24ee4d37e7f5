"""The kernel's half of a comparison, by the protocol in docs/reference/widget-protocol.md."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
import traitlets

import rushes
from rushes.comparison import votes
from rushes.contract.errors import InvalidParams, MediaError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rushes import Compare, VideoGen

FOX = {"mode": "text-to-video", "prompt": "A red fox"}


@pytest.fixture
def jobs(gen: VideoGen) -> dict[str, Any]:
    """Two finished jobs of two providers."""
    made = {
        "kling": gen.submit(provider="kling-3.0-standard", **FOX),
        "seedance": gen.submit(provider="seedance-2.0", **FOX),
    }
    for job in made.values():
        job.result(60)
    return made


class Kernel:
    """What the page sees of a comparison."""

    def __init__(self, widget: Compare) -> None:
        self.widget = widget
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        self.arrived = threading.Condition()
        widget._answers._send = self._take
        self._count = 0

    def _take(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        with self.arrived:
            self.sent.append((content, buffers or []))
            self.arrived.notify_all()

    def ask(self, kind: str, **body: Any) -> dict[str, Any]:
        """The reply to a message; exports answer later."""
        self._count += 1
        message = f"m{self._count}"
        self.widget._receive(None, {"kind": kind, "id": message, **body}, None)

        def replies() -> list[tuple[dict[str, Any], list[bytes]]]:
            return [
                found
                for found in self.sent
                if found[0].get("id") == message and found[0]["kind"] == "reply"
            ]

        with self.arrived:
            assert self.arrived.wait_for(replies, timeout=60)
            ((content, buffers),) = replies()
        return content | {"buffers": buffers}


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Callable[..., Kernel]]:
    """Makes comparisons whose exports go to a folder of the test."""
    made: list[Compare] = []

    def make(*takes: Any, **options: Any) -> Kernel:
        made.append(rushes.Compare(*takes, folder=tmp_path / "out", **options))
        return Kernel(made[-1])

    yield make
    for widget in made:
        widget.close()


def test_a_mapping_gives_the_names(show, jobs):
    """Jobs stand under their labels, with all facts."""
    takes = show(jobs, columns=2).widget._takes

    assert [take["label"] for take in takes] == ["kling", "seedance"]
    assert [take["job"] for take in takes] == [job.id for job in jobs.values()]
    assert takes[1]["cost"]["amount"] == pytest.approx(1.517)
    json.dumps(takes)


def test_jobs_results_paths_and_links_can_be_mixed(show, jobs):
    """Each is a take with a video of its own."""
    result = jobs["kling"].result()
    takes = show(
        jobs["kling"], result, str(result.path), "https://example.org/films/fox.mp4"
    ).widget._takes

    assert len({take["job"] for take in takes}) == len({take["label"] for take in takes}) == 4
    assert all(take["state"] == "completed" for take in takes)
    assert takes[3]["video"]["url"] == "https://example.org/films/fox.mp4"


def test_a_file_without_a_sidecar_is_measured(show, jobs, tmp_path):
    """The page needs its rate and length for the clock."""
    bare = tmp_path / "bare.mp4"
    bare.write_bytes(jobs["kling"].result().path.read_bytes())
    (_, take) = show(jobs["kling"], bare).widget._takes

    assert (take["width"], take["height"]) == (64, 36)
    assert take["fps"] > 1


def test_a_list_may_stand_for_all(show, jobs):
    """`Compare([a, b])` is `Compare(a, b)`."""
    assert len(show(list(jobs.values())).widget._takes) == 2


@pytest.mark.parametrize(
    ("takes", "error", "words"),
    [
        ((), InvalidParams, "0 takes cannot be compared"),
        (([1, 2],), InvalidParams, "A int cannot be compared; give a job"),
        (("nowhere.mp4", "nothing.mp4"), MediaError, "does not exist"),
        (("https://example.org/a.mp4",), InvalidParams, "1 take cannot be compared"),
    ],
)
def test_what_is_no_take_is_refused_clearly(takes, error, words):
    """Before anything is shown."""
    with pytest.raises(error, match=words):
        rushes.compare(*takes)


def test_an_unknown_view_is_refused(jobs):
    """The error names what is allowed."""
    with pytest.raises(traitlets.TraitError, match="'grid', 'wipe', 'difference', 'single'"):
        rushes.compare(jobs, view="stack")


def test_a_running_job_appears_when_it_is_finished(show, gen, jobs):
    """It is shown as waiting until then."""
    late = gen.submit(provider="kling-3.0-standard", **FOX)
    widget = show(jobs["kling"], late).widget
    done = threading.Event()

    def look(_: object) -> None:
        if widget._takes[1]["state"] == "completed":
            done.set()

    widget.observe(look, "_takes")
    look(None)
    assert done.wait(30)
    assert widget._takes[1]["video"]


def test_bytes_come_in_pieces(show, jobs):
    """For hosts that serve no files."""
    data = jobs["kling"].result().path.read_bytes()
    reply = show(jobs).ask("media", job=jobs["kling"].id, part="video", offset=10)

    assert reply["value"] == {"offset": 10, "total": len(data), "type": "video/mp4"}
    assert reply["buffers"] == [data[10:]]


def test_a_poster_comes_in_pieces_too(show, jobs):
    """It stands there until the first frame is decoded."""
    still = jobs["kling"].result().poster_path.read_bytes()
    reply = show(jobs).ask("media", job=jobs["kling"].id, part="poster")

    assert reply["value"] == {"offset": 0, "total": len(still), "type": "image/jpeg"}
    assert reply["buffers"] == [still]


def test_a_vote_goes_to_the_journal_once(show, gen, jobs):
    """Under the providers, with the jobs; the reply says how the votes stand."""
    left, right = jobs["kling"].id, jobs["seedance"].id
    vote = {"key": "v1", "question": "looks", "left": left, "right": right, "choice": "right"}
    kernel = show(jobs)
    kernel.ask("vote", **vote)
    reply = kernel.ask("vote", **vote)

    (cast,) = votes(gen)
    assert (cast.left, cast.right) == ("kling-3.0-standard", "seedance-2.0")
    assert (cast.left_job, cast.choice) == (left, "right")
    best = reply["value"]["standings"][0]
    assert (best["name"], best["wins"], best["rate"]) == ("seedance-2.0", 1, 1.0)
    assert best["low"] < best["rate"]


def test_a_vote_on_something_else_is_refused(show, jobs):
    """A page cannot write about what is not compared."""
    reply = show(jobs).ask("vote", key="v", question="looks", left="x", right="y", choice="left")
    assert not reply["ok"]
    assert "two of the takes" in reply["error"]["message"]


@pytest.mark.parametrize(
    ("what", "suffix"),
    [("side-by-side", "mp4"), ("contact-sheet", "png"), ("frames", "png"), ("page", "html")],
)
def test_an_export_becomes_a_file(show, jobs, tmp_path, what, suffix):
    """Of what the page shows; the reply says where."""
    keys = [job.id for job in jobs.values()]
    reply = show(jobs).ask(
        "export",
        what=what,
        jobs=keys,
        columns=2,
        start=0.0,
        end=0.5,
        at=0.1,
        offsets=[0.0, 0.0],
        audible=None,
    )
    assert reply["ok"], reply
    (file,) = (tmp_path / "out").iterdir()
    assert reply["value"]["path"] == str(file)
    assert file.suffix == f".{suffix}"
    assert file.stat().st_size > 100


def test_a_film_tells_how_far_it_is(show, jobs):
    """Before its reply, under the same id."""
    kernel = show(jobs)
    reply = kernel.ask("export", what="side-by-side", jobs=[job.id for job in jobs.values()])
    told = [content for content, _ in kernel.sent if content["kind"] == "progress"]
    assert told
    assert all(content["id"] == reply["id"] and 0 < content["fraction"] <= 1 for content in told)
    assert kernel.sent[-1][0]["kind"] == "reply"


def test_an_export_that_is_not_known_is_refused(show, jobs):
    """The error names what can be made."""
    reply = show(jobs).ask("export", what="gif")
    for kind in ("side-by-side", "contact-sheet", "frames", "page"):
        assert f"'{kind}'" in reply["error"]["message"]


def test_a_page_without_a_kernel_shows_the_takes(show, jobs):
    """In a saved notebook, under their labels, escaped."""
    widget = show({"<b>": jobs["kling"], "seedance": jobs["seedance"]}).widget
    bundle = widget._repr_mimebundle_()
    html = (bundle[0] if isinstance(bundle, tuple) else bundle)["text/html"]

    assert html.count("<video") == 2
    assert "&lt;b&gt;" in html
    assert "<b>" not in html


def test_a_closed_comparison_listens_no_more(show, gen, jobs):
    """Jobs go on; the widget is let go."""
    before = len(gen.engine._audience)
    widget = show(jobs).widget
    widget.close()
    assert len(gen.engine._audience) == before
