"""Votes compare providers, not prompts: only takes that were asked for the same are voted on."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

import rushes
from rushes.comparison import Vote, add_vote, strengths, summary, votes
from rushes.contract.errors import InvalidParams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rushes import Job, VideoGen

KLING, SEEDANCE = "kling-3.0-standard", "seedance-2.0"

TEXT = {"mode": "text-to-video", "prompt": "A red fox"}


@pytest.fixture
def fixed(tmp_path) -> dict[str, Any]:
    """A request from a picture, and another picture."""
    for name in ("one", "two"):
        Image.effect_noise((400, 400), 20).convert("RGB").save(tmp_path / f"{name}.png")
    shutil.copy(tmp_path / "one.png", tmp_path / "same.png")
    return {"mode": "image-to-video", "prompt": "A red fox"}


@pytest.fixture
def make(gen: VideoGen) -> Callable[..., Job]:
    """Makes a finished job."""

    def make(provider: str, **request: Any) -> Job:
        job = gen.submit(provider=provider, **(TEXT | request))
        job.result(60)
        return job

    return make


class Page:
    """What a page hears of a comparison's kernel."""

    def __init__(self, widget: Any) -> None:
        self.widget = widget
        self.sent: list[dict[str, Any]] = []
        widget.send = lambda content, buffers=None: self.sent.append(content)  # noqa: ARG005
        widget._answers._send = widget.send

    def ask(self, kind: str, **body: Any) -> dict[str, Any]:
        message = f"m{len(self.sent)}"
        self.widget._receive(None, {"kind": kind, "id": message, **body}, None)
        return next(sent for sent in self.sent if sent.get("id") == message)

    def vote(self, left: Job, right: Job, key: str = "v") -> dict[str, Any]:
        """Vote for the left one."""
        jobs = {"left": left.id, "right": right.id}
        return self.ask("vote", key=key, question="looks", choice="left", **jobs)


@pytest.fixture
def compare() -> Iterator[Callable[..., Page]]:
    """Compares takes."""
    shown = []

    def compare(*takes: Any) -> Page:
        shown.append(rushes.Compare(*takes))
        return Page(shown[-1])

    yield compare
    for widget in shown:
        widget.close()


def test_a_vote_on_one_prompt_counts(make, compare, gen):
    """Takes of one prompt, mode and inputs by two providers are what votes are for."""
    pair = make(KLING), make(SEEDANCE)

    reply = compare(*pair).vote(*pair)

    assert reply["ok"]
    assert {row.name: row.wins for row in summary(votes(gen))} == {KLING: 1, SEEDANCE: 0}


DIFFERENT: dict[str, dict[str, Any]] = {
    "prompt": {"prompt": "A paper boat"},
    "mode": {"mode": "image-to-video", "start_image_url": "https://example.com/a.png"},
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_a_vote_on_different_requests_is_refused(make, compare, gen, what):
    """Whatever the page says, the kernel keeps no vote between prompts or modes."""
    pair = make(KLING), make(SEEDANCE, **DIFFERENT[what])

    reply = compare(*pair).vote(*pair)

    assert not reply["ok"]
    assert what in reply["error"]["message"]
    assert votes(gen) == []


def test_a_vote_on_different_inputs_is_refused(make, compare, gen, fixed, tmp_path):
    """The better picture would win, not the better provider."""
    pair = [
        make(provider, **fixed, start_image_url=str(tmp_path / name))
        for provider, name in ((KLING, "one.png"), (SEEDANCE, "two.png"))
    ]

    assert "inputs" in compare(*pair).vote(*pair)["error"]["message"]
    assert votes(gen) == []


def test_the_same_picture_under_two_names_is_one_input(make, compare, fixed, tmp_path):
    """Inputs are told apart by what they are."""
    pair = [
        make(provider, **fixed, start_image_url=str(tmp_path / name))
        for provider, name in ((KLING, "one.png"), (SEEDANCE, "same.png"))
    ]

    assert compare(*pair).vote(*pair)["ok"]


def test_a_provider_never_meets_itself_where_providers_are_compared(make, compare, gen):
    """Such a vote says nothing of the providers."""
    one, other, third = make(KLING, seed=1), make(KLING, seed=2), make(SEEDANCE)

    reply = compare(one, other, third).vote(one, other)

    assert not reply["ok"]
    assert KLING in reply["error"]["message"]
    assert votes(gen) == []


def test_takes_of_one_provider_are_voted_on_by_label(make, compare, gen):
    """Two seeds of one provider can be judged; the vote is not for the provider."""
    pair = {"calm": make(KLING, seed=1), "wild": make(KLING, seed=2)}

    assert compare(pair).vote(*pair.values())["ok"]
    assert {row.name for row in summary(votes(gen))} == {"calm", "wild"}


def test_mere_files_are_voted_on_as_before(make, compare, tmp_path):
    """Of a file nothing is known, so nothing can differ."""
    path = tmp_path / "mine.mp4"
    job = make(KLING)
    shutil.copy(job.result().path, path)
    page = compare(job, path)
    keys = [take["job"] for take in page.widget._takes]
    body = {"key": "v", "question": "looks", "choice": "left"}

    assert page.ask("vote", left=keys[0], right=keys[1], **body)["ok"]


def test_files_of_a_library_bring_their_requests(make, compare):
    """A take given by its file is known by its sidecar."""
    pair = make(KLING), make(SEEDANCE, prompt="A paper boat")
    page = compare(*(job.result().path for job in pair))

    assert not page.vote(*pair)["ok"]


def test_python_cannot_add_such_a_vote_either(make, gen):
    """`add_vote` refuses two jobs of which it knows that they differ."""
    left, right = make(KLING), make(SEEDANCE, prompt="A paper boat")
    vote = Vote("looks", KLING, SEEDANCE, "left", left_job=left.id, right_job=right.id)

    with pytest.raises(InvalidParams, match="prompt"):
        add_vote(vote, gen)

    assert votes(gen) == []


def test_jobs_that_are_not_known_are_believed(gen):
    """A vote on jobs of another machine is kept."""
    add_vote(Vote("looks", KLING, SEEDANCE, "left", left_job="a", right_job="b"), gen)

    assert len(votes(gen)) == 1


@pytest.fixture
def earlier(make, gen) -> tuple[Job, Job]:
    """Two takes of different prompts, on which an earlier release kept two votes."""
    pair = make(KLING), make(SEEDANCE, prompt="A paper boat")
    for number in range(2):
        jobs = {"left_job": pair[0].id, "right_job": pair[1].id}
        vote = Vote("looks", KLING, SEEDANCE, "left", id=f"old-{number}", **jobs)
        gen.engine.journal.add_vote(vote)
    return pair


def test_earlier_votes_between_prompts_are_counted_nowhere(earlier, gen):  # noqa: ARG001 - it voted
    """They stay in the journal and move no rate."""
    add_vote(Vote("looks", KLING, SEEDANCE, "right"), gen)

    rates = {row.name: (row.wins, row.losses) for row in summary(votes(gen))}

    assert rates == {KLING: (0, 1), SEEDANCE: (1, 0)}
    assert len(votes(gen)) == 3


def test_strengths_leave_them_out_too(earlier, gen):  # noqa: ARG001 - it voted
    """No ranking rests on them."""
    assert strengths(votes(gen)) == []


@pytest.mark.parametrize("has_others", [True, False])
def test_a_summary_says_how_many_are_left_out(earlier, gen, has_others):  # noqa: ARG001 - it voted
    """In its text and in its HTML, also when there is nothing else."""
    if has_others:
        add_vote(Vote("looks", KLING, SEEDANCE, "right"), gen)

    found = summary(votes(gen))

    for text in (repr(found), found._repr_html_()):
        assert "2 votes are left out" in text
        assert ("No votes yet" in text) is not has_others


def test_a_summary_without_such_votes_says_nothing_of_them(gen):
    """Nobody reads of what did not happen."""
    add_vote(Vote("looks", KLING, SEEDANCE, "right"), gen)

    assert "left out" not in repr(summary(votes(gen)))


def test_the_page_is_told_how_many_are_left_out(earlier, make, compare):
    """The standings that a page shows say it."""
    reply = compare(earlier[0], make(SEEDANCE)).ask("standings")

    assert reply["value"]["leftOut"] == 2
    assert reply["value"]["standings"] == []
