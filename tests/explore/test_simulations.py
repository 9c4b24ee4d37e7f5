"""With simulated voters: intervals hold what they promise, and few votes are wasted.

`benchmarks.voting` prints the tables of docs/explanation/votes.md, of which this is a part.
"""

from __future__ import annotations

import numpy as np
import pytest
import scipy

from explore.simulated import (
    PROMPTS,
    PROVIDERS,
    Evaluations,
    Votes,
    World,
    compared,
    covered,
    needed,
)
from rushes.explore.interval import wilson
from rushes.explore.ranking import TIE, Ranking, Result, student


@pytest.mark.parametrize("differing", [0.0, 1.0])
@pytest.mark.parametrize(("providers", "prompts"), [(2, 6), (5, 6), (3, 20)])
def test_intervals_hold_what_they_promise(providers, prompts, differing):
    """Of a hundred at least 93 contain the truth, also where prompts differ much."""
    assert covered(World(providers, prompts, differing=differing), 1, 150) >= 0.93


def test_few_votes_are_wasted():
    """With four providers the adaptive choice needs at most 0.7 of the votes of a random one."""
    ends = [needed(World(4, 20), 24, is_adaptive=adaptive) for adaptive in (True, False)]
    assert compared(*ends)[0] <= 0.7


@pytest.mark.parametrize(("providers", "prompts"), [(2, 6), (3, 10), (5, 7)])
def test_many_evaluations_at_once_go_as_one_does(providers, prompts):
    """The arrays of the simulation choose, and end, as the ranking of a bake-off."""
    world = World(providers, prompts)
    many = Evaluations(world, range(1), 60, 0)
    offered = Votes(world, np.random.default_rng(0)).pairs
    only, cast, ranking = np.array([0]), [], Ranking([], world.names)
    for vote in range(60):
        pairs = many.next_pairs(only, *many.apart(only))
        assert offered[pairs[0]] == ranking.next_pair(offered)
        before = many.wins[0].copy()
        many.ask(only, vote, pairs)
        ((prompt, won, lost),) = np.argwhere(many.wins[0] - before)
        cast.append(Result(f"prompt {prompt}", world.names[won], world.names[lost], 1.0))
        ranking = Ranking(cast, world.names)
        if ranking.is_settled:
            break
    counts, is_settled, _ = Evaluations(world, range(1), 60, 0).end(is_adaptive=True)
    assert (counts[0], is_settled[0]) == (len(cast), ranking.is_settled)


@pytest.mark.soak
@pytest.mark.parametrize("differing", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("prompts", PROMPTS)
@pytest.mark.parametrize("providers", PROVIDERS)
def test_all_intervals_hold_what_they_promise(providers, prompts, differing):
    """In a thousand runs of each."""
    assert covered(World(providers, prompts, differing=differing), 1, 1000) >= 0.93


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("prompts", PROMPTS)
@pytest.mark.parametrize("providers", PROVIDERS)
def test_few_votes_are_wasted_anywhere(providers, prompts):
    """At most 0.7 with four and five providers, and no more with two and three."""
    world = World(providers, prompts)
    ends = [needed(world, 1000, is_adaptive=adaptive) for adaptive in (True, False)]
    assert compared(*ends)[0] <= (0.7 if providers > 3 else 1.0)


def test_strengths_are_the_most_likely_ones():
    """As a general optimizer finds them, of the same votes and ties."""
    votes = Votes(World(4, 10), np.random.default_rng(1))
    for pair in votes.pairs:
        votes.ask(pair)
    ranking = Ranking(votes.cast)
    names = list(ranking.names)
    wins = TIE * (1 - np.eye(4))
    for vote in votes.cast:
        left, right = names.index(vote.left), names.index(vote.right)
        wins[left, right] += vote.share
        wins[right, left] += 1 - vote.share

    def unlikely(found: np.ndarray) -> float:
        gaps = found[:, None] - found[None, :]
        return -float((wins * scipy.special.log_expit(gaps)).sum()) + float(found.sum()) ** 2

    expected = scipy.optimize.minimize(unlikely, np.zeros(4), tol=1e-10).x

    found = {rank.name: rank.strength for rank in ranking.ranks}
    assert [found[name] for name in names] == pytest.approx(expected, abs=1e-4)


def test_quantiles_and_rates_are_those_of_scipy():
    """Student's t, and Wilson's interval."""
    for freedom in (1, 5, 20, 100):
        assert student(freedom, 0.95) == pytest.approx(scipy.stats.t.ppf(0.975, freedom), rel=1e-4)
    for wins, votes in ((0, 5), (3, 7), (20, 21)):
        theirs = scipy.stats.binomtest(wins, votes).proportion_ci(method="wilson")
        assert wilson(wins / votes, votes) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_the_jackknife_is_that_of_the_textbook():
    """Of two names on prompts with one vote each, by leaving out each prompt in turn."""
    shares = [1.0, 1.0, 0.0, 1.0, 0.5, 1.0, 0.0, 1.0]
    world = World(2, len(shares))
    votes = Votes(world, np.random.default_rng(0))
    for pair in votes.pairs:
        votes.ask(pair)
    cast = [
        type(vote)(vote.prompt, "b", "a", share)
        for vote, share in zip(votes.cast, shares, strict=True)
    ]

    def odds(some: list[float]) -> float:
        won, count = sum(some) + TIE, len(some) + 2 * TIE
        return float(scipy.special.logit(won / count))

    count = len(shares)
    without = np.array([odds(shares[:at] + shares[at + 1 :]) for at in range(count)])
    between = (count - 1) / count * ((without - odds(shares)) ** 2).sum()
    likely = (sum(shares) + TIE) / (count + 2 * TIE)
    alone = 1 / ((count + 2 * TIE) * likely * (1 - likely))
    reach = scipy.stats.t.ppf(0.975, count - 1) * np.sqrt(max(between, alone))

    middle, low, high = Ranking(cast).difference("b", "a")

    assert middle == pytest.approx(odds(shares), abs=1e-6)
    assert (low, high) == pytest.approx((middle - reach, middle + reach), abs=1e-4)
