"""The kernel's half of a comparison, by the protocol in docs/reference/widget-protocol.md."""

from __future__ import annotations

import io
import json
import threading
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
import traitlets

import rushes
from rushes import VideoGen
from rushes.comparison import votes
from rushes.comparison.unmarked import can_be_unmarked
from rushes.contract.errors import InvalidParams, MediaError
from support.films import film
from support.numbered import numbered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rushes import Compare

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


def test_the_page_learns_where_the_frames_of_a_file_are(show, jobs, tmp_path):
    """Measured by the kernel, of jobs and of files; a link is refused in words."""
    late = tmp_path / "late.mkv"
    data = film([16, 120, 235], container="matroska", steps=[24, 25, 26])
    late.write_bytes(data)
    kernel = show({"job": jobs["kling"], "late": late, "link": "https://example.org/a.mp4"})
    facts = [kernel.ask("clip", job=take["job"]) for take in kernel.widget._takes]

    assert facts[0]["value"]["codec"] == "H.264"
    assert facts[0]["value"]["fps"] > 1
    assert facts[1]["value"] == {
        "start": 1.0,
        "seconds": pytest.approx(3 / 24, abs=0.002),
        "fps": pytest.approx(24),
        "isSteady": True,
        "codec": "H.264",
    }
    assert "no file" in facts[2]["error"]["message"]


def test_a_file_that_changed_is_measured_again(show, jobs, tmp_path):
    """What was measured counts for as long as the file stays as it is."""
    path = tmp_path / "film.mp4"
    path.write_bytes(film([16] * 24))
    kernel = show({"job": jobs["kling"], "film": path})
    key = kernel.widget._takes[1]["job"]

    assert kernel.ask("clip", job=key)["value"]["seconds"] == 1
    path.write_bytes(film([16] * 48))
    assert kernel.ask("clip", job=key)["value"]["seconds"] == 2


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
    assert done.wait(60)
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


@pytest.mark.slow
def test_a_take_of_the_preview_comes_without_its_providers_name(show, tmp_path):
    """The same frames with nothing written on them, for a blind vote."""
    with VideoGen(backend="preview", library=tmp_path / "media") as gen:
        asked = FOX | {"duration_seconds": 4, "resolution": "480p", "generate_audio": False}
        made = [gen.submit(provider="seedance-2.0", seed=seed, **asked) for seed in (7, 8)]
        results = [job.result(120) for job in made]
        kernel = show(made)
        assert [bool(take.get("unmarked")) for take in kernel.widget._takes] == [True, True]
        reply = kernel.ask("media", job=made[0].id, part="unmarked")

    plain, marked = (first_frame(data) for data in (reply["buffers"][0], results[0].path))
    apart = np.abs(plain.astype(int) - marked.astype(int)).max(axis=2)
    # Where the captions are, the pictures differ; elsewhere by no more than the encoder does.
    assert apart.max() > 100
    assert np.median(apart) <= 4


def test_only_what_can_be_rendered_again_is_offered_without_marks():
    """The seed and the inputs have to be known, and on this machine."""
    plain = {"provider": "seedance-2.0", "mode": "text-to-video", "prompt": "A red fox"}
    assert can_be_unmarked("preview", 7, plain, ["start_image_url"])
    assert not can_be_unmarked("fal", 7, plain, ["start_image_url"])
    assert not can_be_unmarked("preview", None, plain, ["start_image_url"])
    started = {"provider": "seedance-2.0", "mode": "image-to-video"}
    assert not can_be_unmarked("preview", 7, started, ["start_image_url"])
    for image, is_there in (
        ("/no/such.png", False),
        ("https://a.b/c.png", False),
        (__file__, True),
    ):
        request = started | {"startImageUrl": image}
        assert can_be_unmarked("preview", 7, request, ["start_image_url"]) == is_there


def first_frame(film):
    """The first picture of a film, from its path or its bytes."""
    source = io.BytesIO(film) if isinstance(film, bytes) else str(film)
    with av.open(source) as box:
        return next(box.decode(video=0)).to_ndarray(format="rgb24")


def test_how_loud_a_take_is_comes_on_demand(show, jobs, tmp_path):
    """A byte for each span of its sound; a take without sound says so."""
    silent = numbered(tmp_path, 0).path
    kernel = show([jobs["kling"], silent])
    reply = kernel.ask("peaks", job=jobs["kling"].id)

    (peaks,) = reply["buffers"]
    seconds = jobs["kling"].result().duration_seconds
    assert reply["value"]["rate"] == 100
    assert len(peaks) == pytest.approx(100 * seconds, abs=10)
    assert max(peaks) > 0
    reply = kernel.ask("peaks", job="take-2")
    assert not reply["ok"]
    assert "no sound" in reply["error"]["message"]


def test_a_take_is_measured_on_demand(show, jobs, tmp_path):
    """Its curves are a picture; a file that cannot be measured says so."""
    broken = numbered(tmp_path, 0).path
    kernel = show([jobs["kling"], broken])
    broken.write_text("text")
    value = kernel.ask("measure", job=jobs["kling"].id)["value"]

    assert value["picture"].startswith("data:image/svg+xml,")
    assert value["seconds"] == pytest.approx(jobs["kling"].result().duration_seconds, abs=0.1)
    assert value["lanes"][:2] == ["Motion", "Detail"]
    reply = kernel.ask("measure", job="take-2")
    assert not reply["ok"]
    assert "not a playable video" in reply["error"]["message"]


def test_markers_are_shared_with_the_page(show, jobs):
    """Only moments are taken from it."""
    widget = show(jobs).widget
    widget.set_state({"markers": [0.5, 2.0]})
    assert widget.markers == [0.5, 2.0]
    for wrong in (["a"], [-1.0], 3, [float("nan")], [1.0] * 101):
        widget.set_state({"markers": wrong})
        assert widget.markers == [0.5, 2.0]


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
    assert best["title"] == "Seedance 2.0"
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
