"""A bake-off finds which provider is better for a set of prompts, and says how sure that is."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from emulators.fal import Fault, FaultKind
from rushes import InvalidParams, JobNotFound
from rushes.comparison import Vote, add_vote, votes
from rushes.explore.results import EARLY

if TYPE_CHECKING:
    from collections.abc import Callable

    from rushes import VideoGen
    from rushes.explore.bakeoff import BakeOff

KLING, SEEDANCE, FAST = "kling-3.0-standard", "seedance-2.0", "seedance-2.0-fast"

ANIMALS = ["A fox", "A heron", "A hare"]


@pytest.fixture
def make(gen: VideoGen) -> Callable[..., BakeOff]:
    """Makes a bake-off whose takes are finished."""

    def make(prompts: list[str] = ANIMALS, providers: tuple[str, ...] = (KLING, SEEDANCE), **more):
        bake = gen.bakeoff(prompts, providers=providers, name="animals", duration_seconds=4, **more)
        bake.run().wait(120)
        return bake

    return make


def judge(bake: BakeOff, taste: dict[str, float], count: int, voter: str = "") -> None:
    """Cast so many judgements for the provider that somebody likes more."""
    for _ in range(count):
        pair = bake.next_pair(voter)
        left, right = taste[pair.left.provider], taste[pair.right.provider]
        choice = "left" if left > right else "right" if right > left else "tie"
        bake.add_vote(pair, prompt=choice, looks=choice, voter=voter)


def test_every_provider_makes_every_prompt(gen, emulator):
    """With the same seeds, priced as one thing, and nothing sent before it is run."""
    bake = gen.bakeoff(
        ANIMALS, providers=[KLING, SEEDANCE], seeds=2, name="animals", duration_seconds=4
    )

    assert len(bake) == 12
    assert bake.providers == (KLING, SEEDANCE)
    assert bake.prompts == tuple(ANIMALS)
    assert bake.cost.high > 0
    assert emulator.jobs == []
    assert bake.next_pair() is None
    assert bake.results().votes == 0


def test_it_is_the_same_after_a_restart(make, make_gen):
    """With its votes."""
    bake = make()
    judge(bake, {KLING: 1, SEEDANCE: 0}, 2)

    again = make_gen().bakeoff("animals")

    assert again.results().scores == bake.results().scores
    assert again.votes() == bake.votes()
    assert repr(again) == repr(bake)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"providers": [KLING]}, "at least 2 providers"),
        ({"providers": None, "seeds": 2}, "give two or more"),
        ({"providers": KLING}, "not a list"),
        (
            {"providers": [KLING, SEEDANCE], "duration_seconds": [4, 5]},
            "also differ in duration_seconds",
        ),
        ({"providers": [KLING, "sora-9"]}, "sora-9"),
    ],
)
def test_what_is_no_bake_off_is_refused(gen, emulator, given, said):
    """Before anything is sent."""
    with pytest.raises(InvalidParams, match=re.escape(said)):
        gen.bakeoff(ANIMALS, **{"name": "animals", "duration_seconds": 4, **given})
    assert emulator.jobs == []


def test_an_unknown_name_is_not_found(gen):
    """As for a sweep."""
    with pytest.raises(JobNotFound, match="animals"):
        gen.bakeoff("animals")


def test_pairs_are_within_a_prompt_and_between_providers(make):
    """And a voter sees none twice."""
    bake = make(seeds=2)
    seen = set()
    while pair := bake.next_pair("anna"):
        assert pair.left.params.prompt == pair.right.params.prompt == pair.prompt
        assert pair.left.provider != pair.right.provider
        seen.add(frozenset((pair.left.id, pair.right.id)))
        bake.add_vote(pair, looks="tie", voter="anna")

    assert len(seen) == 3 * 2 * 2
    assert bake.pairs_left("anna") == 0
    assert bake.pairs_left("ben") == 12


def test_sides_are_shuffled(make):
    """Whoever always prefers the left one prefers nobody."""
    bake = make(seeds=3)
    left = []
    while pair := bake.next_pair():
        left.append(pair.left.provider)
        bake.add_vote(pair, looks="left")
    assert set(left) == {KLING, SEEDANCE}


def test_failed_takes_are_in_no_pair(gen, emulator):
    """They are counted as failures of their provider."""
    emulator.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1))
    bake = gen.bakeoff(ANIMALS, providers=[KLING, SEEDANCE], name="animals", duration_seconds=4)
    bake.run().wait(60)

    found = {each.provider: each for each in bake.results().contenders}

    assert sum(each.failed for each in found.values()) == 1
    assert bake.pairs_left() == 2


def test_votes_find_what_is_better(make):
    """Wins, strengths and money are there for each provider."""
    bake = make(seeds=2)
    judge(bake, {KLING: 1, SEEDANCE: 0}, 12)

    results = bake.results()

    assert results.votes == 24
    best, worst = (score for score in results.scores if score.question == "looks")
    assert (best.provider, worst.provider) == (KLING, SEEDANCE)
    assert best.strength > 0 > worst.strength
    assert (best.rate, worst.rate) == (1.0, 0.0)
    assert best.rate_low == pytest.approx(0.7575, abs=1e-3)
    assert {found[KLING] for found in results.wins.values()} == {(4.0, 4)}
    money = {each.provider: each for each in results.contenders}
    assert money[KLING].done == 6
    assert money[KLING].take_cost > 0
    assert money[KLING].seconds > 0
    assert money[KLING].cost.amount == pytest.approx(6 * money[KLING].take_cost)


def test_it_says_that_prompts_are_too_few(make):
    """Three are; the intervals are given all the same."""
    bake = make()
    judge(bake, {KLING: 1, SEEDANCE: 0}, 3)

    assert "votes on only 3 prompts, which is too few" in str(bake.results())


def test_it_says_what_is_missing(make):
    """Equal ones are hardly told apart, and no votes are no news."""
    bake = make()
    assert "no votes yet" in str(bake.results())

    judge(bake, {KLING: 0, SEEDANCE: 0}, 3)

    assert "will hardly be told apart" in str(bake.results())


@pytest.mark.parametrize(
    ("taste", "count", "is_early"),
    [
        ({KLING: 1, SEEDANCE: 0}, 30, True),
        ({KLING: 1, SEEDANCE: 0}, 54, False),
        ({KLING: 0, SEEDANCE: 0}, 30, False),
    ],
    ids=["decided, pairs left", "decided, all judged", "undecided"],
)
def test_it_warns_of_stopping_early(make, tmp_path, taste, count, is_early):
    """Where the results are read, and only when a decided evaluation has pairs left."""
    bake = make([f"Animal {number}" for number in range(6)], seeds=3)
    judge(bake, taste, count)
    assert bake.pairs_left() == 54 - count

    results = bake.results()
    page = bake.report(tmp_path / "report.html").read_text("utf-8")

    for shown in (str(results), results._repr_mimebundle_()["text/html"], page):
        assert ("stopping because the results look decided" in shown) == is_early


def test_one_voter_who_leaves_early_is_enough_for_the_warning(make):
    """The other one judged every pair."""
    bake = make([f"Animal {number}" for number in range(6)], seeds=2)
    judge(bake, {KLING: 1, SEEDANCE: 0}, 24, "anna")
    assert EARLY not in bake.results().notes

    judge(bake, {KLING: 1, SEEDANCE: 0}, 2, "ben")

    assert EARLY in bake.results().notes


def test_the_warning_has_the_numbers_that_were_measured():
    """Those of the explanation, which benchmarks.voting prints."""
    page = Path(__file__).parents[2] / "docs/explanation/votes.md"
    assert "in 15 to 29 of 100" in EARLY
    assert "in 15 to 29 of 100" in " ".join(page.read_text("utf-8").split())


def test_voters_are_counted_apart_and_together(make):
    """With how often they agree."""
    bake = make()
    judge(bake, {KLING: 1, SEEDANCE: 0}, 3, "anna")
    judge(bake, {KLING: 0, SEEDANCE: 1}, 3, "ben")

    results = bake.results()

    assert results.voters == ("anna", "ben")
    assert all(score.strength == pytest.approx(0) for score in results.scores)
    first = {voter: scores[0].provider for voter, scores in results.apart.items()}
    assert first == {"anna": KLING, "ben": SEEDANCE}
    assert [(each.compared, each.same) for each in results.agreement] == [(3, 0), (3, 0)]
    assert "agree on 0 of 3" in str(results)
    assert {vote.voter for vote in bake.votes("anna")} == {"anna"}


def test_the_same_judgement_twice_counts_once(make):
    """On whatever sides the two takes are."""
    bake = make()
    pair = bake.next_pair("anna")
    bake.add_vote(pair, looks="left", voter="anna")

    bake.add_vote((pair.right, pair.left), looks="left", voter="anna")

    assert [vote.choice for vote in bake.votes()] == ["left"]


@pytest.mark.parametrize("which", ["two prompts", "one provider", "one take", "unknown"])
def test_other_takes_are_refused(make, which):
    """A vote is on two takes of one prompt by two providers of the bake-off."""
    bake = make()
    jobs = bake.jobs
    kling = [job for job in jobs if job.provider == KLING]
    pairs = {
        "two prompts": next(
            (one, other)
            for one, other in combinations(jobs, 2)
            if one.provider != other.provider and one.params.prompt != other.params.prompt
        ),
        "one provider": kling[:2],
        "one take": (jobs[0], jobs[0]),
        "unknown": ("job-1", "job-2"),
    }

    with pytest.raises(InvalidParams, match="two finished takes of this bake-off"):
        bake.add_vote(pairs[which], looks="left")
    assert bake.votes() == []


@pytest.mark.parametrize(
    "answers",
    [{}, {"looks": "both"}, {"looks": "left", "voter": 7}, {"prompt": "tie", "voter": "a" * 101}],
)
def test_answers_that_are_none_are_refused(make, answers):
    """And nothing is kept."""
    bake = make()
    with pytest.raises(InvalidParams):
        bake.add_vote(bake.next_pair(), **answers)
    assert bake.votes() == []


def test_votes_of_a_comparison_count(make, gen):
    """Of the same takes, wherever they were cast; others do not."""
    bake = make()
    pair = bake.next_pair()
    jobs = {"left_job": pair.left.id, "right_job": pair.right.id}
    add_vote(Vote("looks", pair.left.provider, pair.right.provider, "left", **jobs), gen)
    add_vote(Vote("looks", "calm", "wild", "left", **jobs), gen)
    add_vote(Vote("looks", KLING, SEEDANCE, "left"), gen)

    assert len(votes(gen)) == 3
    assert len(bake.votes()) == 1


def test_the_plot_has_every_provider_and_is_text_only(make):
    """Quality against what a take cost."""
    bake = make()
    judge(bake, {KLING: 1, SEEDANCE: 0}, 3)
    results = bake.results()

    picture = results.pictures()

    assert picture.count("<circle") == 4
    assert "US dollars a take" in picture
    assert "script" not in picture
    html = results._repr_mimebundle_()["text/html"]
    assert picture in html


def test_rows_are_flat(make):
    """One for each provider and question, for a table elsewhere."""
    rows = make().results().records()
    assert len(rows) == 4
    assert all(isinstance(v, str | int | float | None) for row in rows for v in row.values())


def test_simulated_voters_are_found_out(make):
    """Of three providers with known strengths the votes give the order back."""
    dice = np.random.default_rng(5)
    truth = {KLING: 1.5, SEEDANCE: 0.0, FAST: -1.5}
    bake = make([f"Animal {number}" for number in range(6)], (KLING, SEEDANCE, FAST), seeds=2)
    for number in range(60):
        pair = bake.next_pair(f"voter {number % 3}")
        gap = truth[pair.left.provider] - truth[pair.right.provider]
        choice = "left" if dice.random() < 1 / (1 + np.exp(-gap)) else "right"
        bake.add_vote(pair, looks=choice, voter=f"voter {number % 3}")

    scores = [score for score in bake.results().scores if score.question == "looks"]

    assert [score.provider for score in scores] == [KLING, SEEDANCE, FAST]
    for score in scores:
        assert score.low < truth[score.provider] < score.high
