"""Simulated voters with known taste.

The strength of a provider on a prompt is its mean and what the prompt adds, drawn anew for each
prompt and provider.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from rushes.explore.interval import CONFIDENCE
from rushes.explore.ranking import (
    EXACT,
    FEWEST_PROMPTS,
    Pair,
    Ranking,
    Result,
    covariance,
    jackknife,
    strengths,
    student,
)

NAMES = ("ark", "kling", "runway", "seedance", "veo")

PROVIDERS = (2, 3, 4, 5)

PROMPTS = (6, 10, 20, 40)

MOST_VOTES = 600
"""Votes after which a run is given up."""

AT_ONCE = 50
"""Runs that are worked out together."""


@dataclass(frozen=True)
class World:
    """What is true.

    Attributes:
        providers: how many there are.
        prompts: how many there are.
        gap: between the mean strengths of neighbours.
        differing: standard deviation of what a prompt adds to the strength of a provider.
    """

    providers: int
    prompts: int
    gap: float = 1.0
    differing: float = 0.5

    @property
    def names(self) -> tuple[str, ...]:
        """The providers, the weakest first."""
        return NAMES[: self.providers]

    @property
    def means(self) -> np.ndarray:
        """Mean strengths, whose sum is 0."""
        found = np.arange(self.providers) * self.gap
        return found - found.mean()

    def drawn(self, dice: np.random.Generator) -> np.ndarray:
        """Strengths by prompt and provider."""
        return self.means + dice.normal(0, self.differing, (self.prompts, self.providers))

    def truth(self) -> dict[str, float]:
        """The strengths of very many votes on very many prompts, which the intervals are about."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(60)
        weights = weights / weights.sum()
        apart = self.means[:, None] - self.means[None, :]
        noise = np.sqrt(2) * self.differing * nodes
        likely = (weights / (1 + np.exp(-(apart[..., None] + noise)))).sum(axis=-1)
        wins = 1e7 * likely * (1 - np.eye(self.providers))
        return dict(zip(self.names, map(float, strengths(wins)), strict=True))


class Votes:
    """The votes of one run, one after the other.

    Args:
        world: what is true.
        dice: draws it, and who wins.
    """

    def __init__(self, world: World, dice: np.random.Generator) -> None:
        self._dice = dice
        self._place = {name: number for number, name in enumerate(world.names)}
        self.taste = world.drawn(dice)
        self.cast: list[Result] = []
        self.pairs = [
            Pair(f"prompt {prompt}", one, other)
            for prompt in range(world.prompts)
            for one, other in combinations(world.names, 2)
        ]

    def ask(self, pair: Pair) -> None:
        """Have somebody vote on a pair."""
        here = self.taste[int(pair.prompt.split()[1])]
        gap = here[self._place[pair.left]] - here[self._place[pair.right]]
        won = float(self._dice.random() < 1 / (1 + np.exp(-gap)))
        self.cast.append(Result(pair.prompt, pair.left, pair.right, won))


def covered(world: World, each: int, runs: int, seed: int = 0) -> float:
    """The share of 95 % intervals that contain the truth, with votes on every pair and prompt."""
    truth, inside = world.truth(), []
    for run in range(runs):
        votes = Votes(world, np.random.default_rng((seed, run)))
        for pair in votes.pairs * each:
            votes.ask(pair)
        inside += [rank.low <= truth[rank.name] <= rank.high for rank in Ranking(votes.cast).ranks]
    return float(np.mean(inside))


@dataclass(frozen=True)
class Needed:
    """How runs ended.

    Attributes:
        counts: the votes of each; of those that are given up as many as they had.
        is_settled: whether the votes told all neighbours apart.
        is_right: whether they did so in the true order.
    """

    counts: np.ndarray
    is_settled: np.ndarray
    is_right: np.ndarray

    @property
    def is_wrong(self) -> np.ndarray:
        """Whether the votes told neighbours apart that are the other way round, or equal."""
        return self.is_settled & ~self.is_right

    def votes(self, share: float) -> float:
        """Votes after which a share of the runs is settled; infinite if that is never so."""
        ends = np.sort(np.where(self.is_settled, self.counts, np.inf))
        return float(ends[max(0, int(np.ceil(share * len(ends))) - 1)])


def compared(adaptive: Needed, random: Needed) -> tuple[float, float]:
    """How many of the votes of a random choice an adaptive one needs, and for which share of runs.

    It is half of the runs, or as many tenths as are settled with either choice.
    """
    share = min(0.5, *(np.floor(10 * each.is_settled.mean()) / 10 for each in (adaptive, random)))
    return adaptive.votes(share) / random.votes(share), share


def needed(
    world: World, runs: int, *, is_adaptive: bool, most: int = MOST_VOTES, seed: int = 0
) -> Needed:
    """How many votes it takes until all neighbours are told apart.

    Args:
        world: what is true.
        runs: how many times.
        is_adaptive: whether the pair is the one that `Ranking.next_pair` chooses; else it is drawn.
        most: votes after which a run is given up.
        seed: of the dice.
    """
    parts = [
        Evaluations(world, range(first, min(first + AT_ONCE, runs)), most, seed).end(
            is_adaptive=is_adaptive
        )
        for first in range(0, runs, AT_ONCE)
    ]
    return Needed(*map(np.concatenate, zip(*parts, strict=True)))


class Evaluations:
    """Several runs at once, as arrays: what `Ranking` does with one, a hundred times faster.

    Args:
        world: what is true.
        runs: their numbers.
        most: votes after which they are given up.
        seed: of the dice.
    """

    def __init__(self, world: World, runs: range, most: int, seed: int) -> None:
        self._world = world
        self._most = most
        dice = [np.random.default_rng((seed, run)) for run in runs]
        self._taste = np.array([world.drawn(each) for each in dice])
        self._draws, self._luck = np.array([each.random((2, most)) for each in dice]).swapaxes(0, 1)
        self._sides = np.array(list(combinations(range(world.providers), 2))).T
        self.wins = np.zeros((len(dice), world.prompts, world.providers, world.providers))
        self._reach = np.array(
            [student(max(1, count - 1), CONFIDENCE) for count in range(world.prompts + 1)]
        )

    def end(self, *, is_adaptive: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The votes of each run, whether it was settled, and whether rightly."""
        counts = np.full(len(self.wins), self._most)
        settled, right = np.zeros((2, len(self.wins)), dtype=bool)
        going = np.arange(len(self.wins))
        order, sure = self.apart(going)
        for vote in range(self._most):
            self.ask(going, vote, self.next_pairs(going, order, sure) if is_adaptive else None)
            order, sure = self.apart(going, is_exact=is_adaptive)
            done = self._are_settled(going, sure)
            counts[going[done]], settled[going[done]] = vote + 1, True
            backwards = np.arange(self._world.providers)[::-1]
            right[going[done]] = (order[done] == backwards).all(axis=-1) & (self._world.gap > 0)
            going, order, sure = going[~done], order[~done], sure[~done]
            if not len(going):
                break
        return counts, settled, right

    def apart(self, going: np.ndarray, *, is_exact: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """The names of some runs, the strongest first, and standard errors between neighbours.

        Args:
            going: the runs.
            is_exact: whether they are wanted of runs, too, that are not settled either way.
        """
        wins = self.wins[going]
        total = wins.sum(axis=1)
        found = strengths(total)
        order = np.argsort(-found.round(EXACT), axis=-1, kind="stable")
        sure = _apart(found, order, covariance(total, found))
        # The other errors make it less at most.
        open_ = np.flatnonzero(is_exact | self._are_settled(going, sure))
        between = _apart(found[open_], order[open_], jackknife(wins[open_], found[open_]))
        sure[open_] = np.minimum(sure[open_], between)
        return order, sure

    def _are_settled(self, going: np.ndarray, sure: np.ndarray) -> np.ndarray:
        """Whether there are enough prompts, and every two neighbours can be distinguished."""
        prompts = (self.wins[going].sum(axis=(2, 3)) > 0).sum(axis=-1)
        enough = prompts >= FEWEST_PROMPTS
        return enough & (sure > self._reach[prompts][:, None]).all(axis=-1)

    def next_pairs(self, going: np.ndarray, order: np.ndarray, sure: np.ndarray) -> np.ndarray:
        """The places of what `Ranking.next_pair` chooses among the pairs of `Votes`."""
        left, right = self._sides
        wins = self.wins[going]
        meetings = wins[:, :, left, right] + wins[:, :, right, left]
        met = meetings.sum(axis=1)
        near = np.full((len(going), *wins.shape[-2:]), np.inf)
        row = np.arange(len(going))[:, None]
        near[row, order[:, :-1], order[:, 1:]] = sure.round(EXACT)
        near = np.minimum(near, near.swapaxes(1, 2))[:, left, right]
        first = np.where(met == 0, -1.0, near)
        keys = np.broadcast_arrays(
            wins.sum(axis=(2, 3))[:, :, None], meetings, met[:, None], first[:, None]
        )
        flat = [each.reshape(len(going), -1) for each in keys]
        return np.lexsort(flat, axis=-1)[:, 0]

    def ask(self, going: np.ndarray, vote: int, pairs: np.ndarray | None) -> None:
        """Have somebody vote on a pair in each of some runs; by default on one that is drawn."""
        left, right = self._sides
        if pairs is None:
            count = self._world.prompts * len(left)
            pairs = (self._draws[going, vote] * count).astype(int)
        prompt, both = np.divmod(pairs, len(left))
        one, other = left[both], right[both]
        here = self._taste[going, prompt]
        row = np.arange(len(going))
        likely = 1 / (1 + np.exp(here[row, other] - here[row, one]))
        won = self._luck[going, vote] < likely
        self.wins[going, prompt, np.where(won, one, other), np.where(won, other, one)] += 1


def _apart(found: np.ndarray, order: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """By how many standard errors neighbours are apart, as some covariances have it."""
    left, right = order[:, :-1], order[:, 1:]
    row = np.arange(len(found))[:, None]
    gap = np.abs(found[row, left] - found[row, right])
    variance = spread[row, left, left] + spread[row, right, right] - 2 * spread[row, left, right]
    errors = np.sqrt(np.maximum(variance, 0))
    return np.divide(gap, errors, out=np.full_like(gap, np.inf), where=errors > 0)
