"""The kernel's half of a vote: pair after pair, and not a word on who made a take."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rushes import InvalidParams
from support.bakeoffs import PROVIDERS, two_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes import VideoGen
    from rushes.explore.bakeoff import BakeOff


@pytest.fixture
def bake(gen: VideoGen) -> BakeOff:
    return two_pairs(gen)


class Kernel:
    """What the page sees of a vote."""

    def __init__(self, widget: Any) -> None:
        self.widget = widget
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        widget._answers._send = lambda content, buffers=None: self.sent.append(
            (content, buffers or [])
        )

    def ask(self, kind: str, **body: Any) -> dict[str, Any]:
        self.widget._receive(None, {"kind": kind, "id": f"m{len(self.sent)}", **body}, None)
        return self.sent[-1][0]

    def judge(self, dealt: dict[str, Any], **answers: str) -> dict[str, Any]:
        left, right = (take["job"] for take in dealt["value"]["takes"])
        return self.ask(
            "judge", left=left, right=right, **{"prompt": "tie", "looks": "left", **answers}
        )


@pytest.fixture
def kernel(bake: BakeOff) -> Iterator[Kernel]:
    widget = bake.vote("Anna")
    yield Kernel(widget)
    widget.close()


def test_pairs_come_one_after_the_other(kernel, bake):
    """Each judgement is durable before the next pair is shown; at the end there is none."""
    first = kernel.ask("deal")
    assert (first["value"]["cast"], first["value"]["left"]) == (0, 2)

    second = kernel.judge(first)
    assert len(bake.votes("Anna")) == 2
    third = kernel.judge(second)

    assert third["value"] == {"takes": [], "cast": 2, "left": 0, "more": False, "note": ""}
    assert len(bake.votes("Anna")) == 4


def test_a_page_gets_no_word_on_who_made_a_take(kernel, bake):
    """No name, no path, no size, no price, no id that is known elsewhere."""
    dealt = kernel.ask("deal")

    text = json.dumps([dealt, kernel.widget.get_state(["_takes", "_epoch", "_revision"])]).lower()
    words = [*PROVIDERS, "kling", "seedance", *(job.id for job in bake.jobs)]
    assert [word for word in words if word in text] == []
    take = dealt["value"]["takes"][0]
    assert take["params"] == {}
    assert not {"width", "height", "fps", "cost", "facts", "seed", "bytes"} & set(take)


def test_the_side_on_which_a_take_was_is_kept(kernel, bake):
    """The page shuffles them once more."""
    dealt = kernel.ask("deal")
    one, other = (take["job"] for take in dealt["value"]["takes"])
    left = kernel.widget._answers._jobs[other].id

    kernel.ask("judge", left=other, right=one, prompt="left", looks="right")

    assert {vote.left_job for vote in bake.votes()} == {left}


def test_films_come_under_the_names_of_the_round(kernel):
    """Through the kernel, as a path would say whose they are."""
    take = kernel.ask("deal")["value"]["takes"][0]
    job = kernel.widget._answers._jobs[take["job"]]

    reply = kernel.ask("media", job=take["job"], part="video", offset=0)

    assert reply["value"]["total"] == job.result().path.stat().st_size
    assert kernel.sent[-1][1][0] == job.result().path.read_bytes()
    assert not kernel.ask("media", job=job.id, part="video", offset=0)["ok"]
    assert not kernel.ask("media", job=take["job"], part="poster", offset=0)["ok"]


def test_takes_that_were_not_dealt_are_refused(kernel, bake):
    """Whatever the page says."""
    one = kernel.ask("deal")["value"]["takes"][0]["job"]
    answers = {"prompt": "tie", "looks": "tie"}

    assert not kernel.ask("judge", left=one, right=one, **answers)["ok"]
    assert not kernel.ask("judge", left=one, right=bake.jobs[0].id, **answers)["ok"]
    assert bake.votes() == []


def test_a_judgement_that_comes_twice_is_one(kernel, bake):
    """A page asks again where no answer came."""
    dealt = kernel.ask("deal")
    kernel.judge(dealt)
    assert kernel.judge(dealt)["ok"]
    assert len(bake.votes()) == 2


def test_while_takes_are_made_the_page_asks_again(gen):
    """It is said that more will come."""
    bake = gen.bakeoff(["A fox"], providers=PROVIDERS, name="one", duration_seconds=4)
    widget = bake.vote()
    kernel = Kernel(widget)
    assert kernel.ask("deal")["value"]["more"]
    bake.run().wait(60)
    assert len(kernel.ask("deal")["value"]["takes"]) == 2
    widget.close()


def test_a_voter_is_named_by_a_text(bake):
    """Of some length."""
    with pytest.raises(InvalidParams):
        bake.vote("a" * 101)
