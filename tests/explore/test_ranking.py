"""Strengths and their intervals, against known truths and other implementations."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from rushes.explore.ranking import FEWEST_PROMPTS, TIE, Pair, Ranking, Result, strengths, student

STUDENT = [(1, 12.7062), (2, 4.3027), (5, 2.5706), (11, 2.2010), (39, 2.0227), (1000, 1.9623)]
"""Quantiles for 95 % out of any table of Student's t distribution."""

NAMES = ["ark", "kling", "runway", "seedance", "veo"]


def cast(
    dice: np.random.Generator, truth: dict[str, float], prompts: int, each: int, differing: float
) -> list[Result]:
    """Votes on every pair of names, by strengths that differ from prompt to prompt."""
    found = []
    for prompt in range(prompts):
        here = {name: value + dice.normal(0, differing) for name, value in truth.items()}
        for left, right in combinations(truth, 2):
            likely = 1 / (1 + np.exp(here[right] - here[left]))
            found += [
                Result(f"prompt {prompt}", left, right, float(dice.random() < likely))
                for _ in range(each)
            ]
    return found


@pytest.mark.parametrize(("freedom", "quantile"), STUDENT)
def test_quantiles_are_those_of_the_tables(freedom, quantile):
    """To every digit that is printed."""
    assert student(freedom, 0.95) == pytest.approx(quantile, abs=5e-5)


def test_strengths_are_those_of_choix():
    """Of votes to which the same ties are added."""
    import choix  # noqa: PLC0415 - takes half a second

    dice = np.random.default_rng(7)
    wins = dice.integers(0, 20, (5, 5)).astype(float)
    np.fill_diagonal(wins, 0)

    found = strengths(wins)

    with_ties = wins + TIE * (1 - np.eye(5))
    assert found == pytest.approx(choix.ilsr_pairwise_dense(with_ties), abs=1e-6)


def test_a_strength_says_how_likely_a_win_is():
    """Of two names, the logarithm of the odds."""
    votes = [Result(f"p{n}", "a", "b", float(n % 4 != 0)) for n in range(400)]

    difference, low, high = Ranking(votes).difference("a", "b")

    assert difference == pytest.approx(np.log(3), abs=0.02)
    assert low < difference < high


def test_a_side_makes_no_difference():
    """The same votes seen from the other side are the same."""
    votes = cast(np.random.default_rng(3), dict.fromkeys(NAMES, 0.0), 6, 2, 0.5)
    turned = [Result(one.prompt, one.right, one.left, 1 - one.share) for one in votes]

    for rank, other in zip(Ranking(votes).ranks, Ranking(turned).ranks, strict=True):
        assert rank.name == other.name
        assert rank.strength == pytest.approx(other.strength, abs=1e-6)
        assert rank.high == pytest.approx(other.high, abs=1e-6)


def test_votes_on_one_prompt_are_not_many_prompts():
    """A hundred votes on two prompts say less than one on each of a hundred."""
    few = Ranking(Result(f"p{n % 2}", "a", "b", float(n % 2 == 0 or n % 5 > 1)) for n in range(100))
    many = Ranking(Result(f"p{n}", "a", "b", float(n % 2 == 0 or n % 5 > 1)) for n in range(100))

    assert few.difference("a", "b")[0] == pytest.approx(many.difference("a", "b")[0])
    assert not few.are_separate("a", "b")
    assert many.are_separate("a", "b")
    assert not few.has_enough_prompts
    assert many.has_enough_prompts


def test_a_name_that_wins_everything_stays_finite():
    """With an interval that is wide when the votes are few."""
    best, worst = Ranking([Result(f"p{n}", "a", "b", 1.0) for n in range(3)]).ranks
    assert (best.name, worst.name) == ("a", "b")
    assert 0 < best.strength < 2
    assert best.low < 0 < best.high


@pytest.mark.parametrize("names", [[], ["a"], ["a", "b", "c"]])
def test_without_votes_nothing_is_known(names):
    """All are equal, and nothing is told apart."""
    ranking = Ranking([], names)
    assert [rank.strength for rank in ranking.ranks] == [0.0] * len(names)
    assert not any(ranking.are_separate(*pair) for pair in ranking.neighbours())


@pytest.mark.parametrize(
    ("names", "prompts", "each", "differing"),
    [(2, FEWEST_PROMPTS, 2, 0.5), (3, FEWEST_PROMPTS, 2, 0.7), (5, 10, 1, 0.5), (4, 20, 1, 0.5)],
)
def test_intervals_hold_what_they_promise(names, prompts, each, differing):
    """At least 93 of a hundred contain the truth; `benchmarks` has a thousand runs of each."""
    dice = np.random.default_rng(names * 100 + prompts)
    truth = dict(zip(NAMES[:names], np.linspace(-0.8, 0.8, names), strict=True))
    expected = marginal(truth, differing)
    inside = [
        rank.low <= expected[rank.name] <= rank.high
        for _ in range(100)
        for rank in Ranking(cast(dice, truth, prompts, each, differing)).ranks
    ]
    assert np.mean(inside) >= 0.93


def marginal(truth: dict[str, float], differing: float) -> dict[str, float]:
    """The strengths of votes on very many prompts, on each of which the names differ anew."""
    votes = cast(np.random.default_rng(0), truth, 4000, 1, differing)
    return {rank.name: rank.strength for rank in Ranking(votes).ranks}


def test_every_pair_is_shown_before_any_is_shown_again():
    """Nothing is known of names that never met."""
    offered = [Pair("p", *pair) for pair in combinations("abc", 2)]
    votes: list[Result] = []
    for _ in range(3):
        pair = Ranking(votes, "abc").next_pair(offered)
        votes.append(Result(pair.prompt, pair.left, pair.right, 0.5))
    assert {(one.left, one.right) for one in votes} == set(combinations("abc", 2))


def test_the_next_pair_is_the_least_certain_one():
    """Names that are far apart are not shown again, and prompts take turns."""
    votes = [
        Result(f"p{n}", left, right, share)
        for n in range(8)
        for left, right, share in (("a", "c", 1.0), ("b", "c", 1.0), ("a", "b", float(n % 2)))
    ]
    votes.append(Result("p0", "a", "b", 0.5))
    offered = [Pair(f"p{n}", *pair) for n in range(2) for pair in combinations("abc", 2)]

    assert Ranking(votes).next_pair(offered) == Pair("p1", "a", "b")
    assert Ranking(votes).next_pair([]) is None


def test_it_says_how_many_votes_are_missing():
    """None are where the names are apart, and more than anybody casts where they are equal."""
    close = [Result(f"p{n}", "a", "b", float(n % 3 != 0)) for n in range(9)]
    equal = [Result(f"p{n}", "a", "b", float(n % 2)) for n in range(10)]
    clear = [Result(f"p{n}", "a", "b", float(n % 10 != 0)) for n in range(40)]

    assert 10 < Ranking(close).votes_to_separate("a", "b") < 100
    assert Ranking(equal).votes_to_separate("a", "b") is None
    assert Ranking(clear).votes_to_separate("a", "b") == 0
