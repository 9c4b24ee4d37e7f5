"""Strengths from pairwise votes over several prompts, with intervals, and the next pair to show.

The Bradley-Terry model says that a name of strength a is preferred to one of strength b with the
probability 1 / (1 + exp(b - a)). Votes on one prompt resemble each other: a model that is good at
foxes wins all votes on foxes. So prompts, not votes, are what is sampled, and the uncertainty is
that of other prompts of the same kind.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from rushes.explore.interval import CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

TIE = 0.5
"""Wins that every pair is given on both sides: a strength stays finite when one wins every vote."""

STEPS = 25
"""Newton steps; a fit takes fewer than ten."""

EXACT = 9
"""Digits behind the point in which strengths are equal that only rounding makes different."""

FAR = 12.0
"""The largest strength that a step may lead to."""

MOST_MORE = 200
"""The most votes on two names that are worth casting."""

MOST_PROMPTS = 100
"""The most prompts that are worth adding."""

FEWEST_PROMPTS = 6
"""Prompts from which on the intervals are reliable. Below that, they are given anyway,
and are wide; `has_enough_prompts` says that the prompts are too few."""


@dataclass(frozen=True)
class Result:
    """One vote as the ranking counts it.

    Attributes:
        prompt: names what was asked for: prompt, mode and inputs.
        left: one name.
        right: the other.
        share: 1.0 if the left one was preferred, 0.0 if the right one, 0.5 for a tie.
    """

    prompt: str
    left: str
    right: str
    share: float


@dataclass(frozen=True)
class Rank:
    """The strength of one name.

    Attributes:
        name: the name.
        strength: on a logarithmic scale whose mean is 0: of two names that differ by 1, the
            stronger one is expected to win 73 % of the votes on a prompt like these; by 2, 88 %.
        low: the lower end of its 95 % interval.
        high: the upper end.
        votes: in how many votes it was.
    """

    name: str
    strength: float
    low: float
    high: float
    votes: int


@dataclass(frozen=True)
class Pair:
    """Two takes of one request that can be shown.

    Attributes:
        prompt: as in `Result`.
        left: one name.
        right: the other.
    """

    prompt: str
    left: str
    right: str


class Ranking:
    """Strengths of several names, and how sure they are.

    >>> from rushes.explore.ranking import Ranking, Result
    >>> votes = [Result(f"prompt {n}", "kling", "seedance", 1.0) for n in range(8)]
    >>> [rank.name for rank in Ranking(votes).ranks]
    ['kling', 'seedance']

    The interval comes from leaving out one prompt after the other (the delete-one-group jackknife
    of Tukey and Quenouille, which with Student's t for the number of prompts less one holds its
    confidence with few groups, where a bootstrap over prompts is too narrow; see J. G. MacKinnon,
    M. O. Nielsen and M. D. Webb, Journal of Econometrics 232 (2023), 272-299). It is never
    narrower than the votes themselves would be if the prompts did not matter.

    Args:
        results: the votes.
        names: all names, also those without a vote yet.
    """

    def __init__(self, results: Iterable[Result], names: Iterable[str] = ()) -> None:
        import numpy as np  # noqa: PLC0415 - only with votes to count

        cast = list(results)
        self.names = tuple(
            sorted({*names, *(name for one in cast for name in (one.left, one.right))})
        )
        self.prompts = tuple(dict.fromkeys(one.prompt for one in cast))
        place = {name: number for number, name in enumerate(self.names)}
        row = {prompt: number for number, prompt in enumerate(self.prompts)}
        count = len(self.names)
        self._wins = np.zeros((len(self.prompts), count, count))
        for one in cast:
            at, left, right = row[one.prompt], place[one.left], place[one.right]
            self._wins[at, left, right] += one.share
            self._wins[at, right, left] += 1 - one.share
        total = self._wins.sum(axis=0)
        self._strengths = strengths(total)
        self._spread: list[NDArray[np.float64]] = []
        if self.names:
            self._spread = [
                covariance(total, self._strengths),
                jackknife(self._wins, self._strengths),
            ]

    @property
    def has_enough_prompts(self) -> bool:
        """Whether there are votes on so many prompts that the intervals hold."""
        return len(self.prompts) >= FEWEST_PROMPTS

    @property
    def ranks(self) -> list[Rank]:
        """Every name, the strongest first."""
        reach = self._reach()
        votes = self._wins.sum(axis=(0, 2)) + self._wins.sum(axis=(0, 1))
        found = [
            Rank(
                name,
                float(self._strengths[at]),
                float(self._strengths[at] - reach * self._error(at)),
                float(self._strengths[at] + reach * self._error(at)),
                round(float(votes[at])),
            )
            for at, name in enumerate(self.names)
        ]
        return sorted(found, key=lambda rank: (-round(rank.strength, EXACT), rank.name))

    def difference(self, left: str, right: str) -> tuple[float, float, float]:
        """How much stronger one name is than another: the difference, and its 95 % interval."""
        one, other = self.names.index(left), self.names.index(right)
        middle = float(self._strengths[one] - self._strengths[other])
        reach = self._reach() * self._error(one, other)
        return middle, middle - reach, middle + reach

    def are_separate(self, left: str, right: str) -> bool:
        """Whether the votes show which of two names is stronger."""
        _, low, high = self.difference(left, right)
        return low > 0 or high < 0

    @property
    def is_settled(self) -> bool:
        """Whether there are enough prompts, and every two neighbours can be distinguished."""
        return self.has_enough_prompts and all(
            itertools.starmap(self.are_separate, self.neighbours())
        )

    def neighbours(self) -> list[tuple[str, str]]:
        """Each name with the next weaker one."""
        ordered = [rank.name for rank in self.ranks]
        return list(itertools.pairwise(ordered))

    # --- what to ask next ------------------------------------------------------------------------

    def next_pair(self, offered: Collection[Pair]) -> Pair | None:
        """The pair on which a vote is most informative; None if none is offered.

        First every two names meet once. Then it is the two neighbours that are least apart, as
        measured by how sure that is; of several prompts the one on which they have met least.

        Args:
            offered: pairs that can be shown.
        """
        if not offered:
            return None
        met = defaultdict[frozenset[str], float](float)
        meetings = defaultdict[tuple[str, frozenset[str]], float](float)
        on = defaultdict[str, float](float)
        for at, one, other in zip(*self._wins.nonzero(), strict=True):
            prompt, both = self.prompts[at], frozenset((self.names[one], self.names[other]))
            count = float(self._wins[at, one, other])
            met[both] += count
            meetings[prompt, both] += count
            on[prompt] += count
        near = {frozenset(pair): round(self._apart(*pair), EXACT) for pair in self.neighbours()}

        def rank(pair: Pair) -> tuple[float, float, float, float]:
            both = frozenset((pair.left, pair.right))
            first = -1.0 if met[both] == 0 else near.get(both, math.inf)
            return first, met[both], meetings[pair.prompt, both], on[pair.prompt]

        return min(offered, key=rank)

    def votes_to_separate(self, left: str, right: str) -> int | None:
        """How many more votes between two names would probably tell them apart.

        None says that too many would be needed: they are about equally strong, or differ so much
        from prompt to prompt that only more prompts would help; see `prompts_to_separate`.
        """
        if self.are_separate(left, right):
            return 0
        one, other = self.names.index(left), self.names.index(right)
        alone, whole = self._variance(one, other, self._spread[:1]), self._error(one, other) ** 2
        wanted = (self._gap(one, other) / self._reach()) ** 2
        # More votes on the same prompts leave what the prompts differ in.
        room = wanted - (whole - alone)
        if room <= 0:
            return None
        so_far = float(self._wins[:, one, other].sum() + self._wins[:, other, one].sum()) or 1.0
        more = max(1, math.ceil(so_far * (alone / room - 1)))
        return more if more <= MOST_MORE else None

    def prompts_to_separate(self, left: str, right: str) -> int | None:
        """How many more prompts, with as many votes on each, would probably tell two names apart.

        None says that too many would be needed.
        """
        if self.are_separate(left, right):
            return 0
        one, other = self.names.index(left), self.names.index(right)
        gap = self._gap(one, other)
        if not gap or not self.prompts:
            return None
        count = len(self.prompts)
        times = (self._reach() * self._error(one, other) / gap) ** 2
        more = max(1, math.ceil(count * (times - 1)))
        return more if more <= MOST_PROMPTS else None

    @property
    def least_apart(self) -> float:
        """How many standard errors those two neighbours are apart that are the closest."""
        return min(itertools.starmap(self._apart, self.neighbours()), default=math.inf)

    def _apart(self, left: str, right: str) -> float:
        """How many standard errors two names are apart."""
        one, other = self.names.index(left), self.names.index(right)
        return self._gap(one, other) / self._error(one, other)

    def _gap(self, one: int, other: int) -> float:
        return float(abs(self._strengths[one] - self._strengths[other]))

    # --- how sure it is --------------------------------------------------------------------------

    def _reach(self) -> float:
        """Standard errors to either side."""
        return student(max(1, len(self.prompts) - 1), CONFIDENCE)

    def _error(self, at: int, other: int | None = None) -> float:
        """The standard error of a strength, or of the difference of two."""
        return math.sqrt(self._variance(at, other, self._spread))

    def _variance(self, at: int, other: int | None, spread: Sequence[NDArray[np.float64]]) -> float:
        """The largest variance that some covariances give a strength, or a difference of two."""
        weights = spread[0][at] * 0.0
        weights[at] = 1.0
        if other is not None:
            weights[other] = -1.0
        return max(float(weights @ matrix @ weights) for matrix in spread)


def strengths(
    wins: NDArray[np.float64], start: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Bradley-Terry strengths with mean 0, by Newton's method.

    Args:
        wins: how often each name was preferred to each other, shape (..., names, names).
        start: strengths that are near; by default all are equal.

    Returns:
        The strengths, shape (..., names).
    """
    import numpy as np  # noqa: PLC0415 - as above

    found = np.zeros(wins.shape[:-1]) + (0.0 if start is None else start)
    if not found.size:
        return found
    wins = wins + TIE * (1 - np.eye(wins.shape[-1]))
    met = wins + np.swapaxes(wins, -1, -2)
    for _ in range(STEPS):
        likely = _likely(found)
        slope = (wins - met * likely).sum(axis=-1)
        step = np.linalg.solve(_curvature(met * likely * (1 - likely)), slope[..., None])[..., 0]
        found = np.clip(found + np.clip(step, -2, 2), -FAR, FAR)
        found = np.asarray(found - found.mean(axis=-1, keepdims=True))
        if np.abs(step).max(initial=0.0) < 1e-9:  # noqa: PLR2004 - as exact as it gets
            break
    return found


def covariance(wins: NDArray[np.float64], found: NDArray[np.float64]) -> NDArray[np.float64]:
    """The covariance of strengths if every vote were independent of the others.

    Args:
        wins: as for `strengths`.
        found: the strengths.

    Returns:
        The covariances, shape (..., names, names).
    """
    import numpy as np  # noqa: PLC0415 - as above

    count = found.shape[-1]
    met = wins + np.swapaxes(wins, -1, -2) + 2 * TIE * (1 - np.eye(count))
    likely = _likely(found)
    return np.asarray(np.linalg.inv(_curvature(met * likely * (1 - likely))) - 1 / count)


def jackknife(wins: NDArray[np.float64], found: NDArray[np.float64]) -> NDArray[np.float64]:
    """The covariance of strengths between prompts: by leaving out one after the other.

    Args:
        wins: how often each name was preferred to each other, shape (..., prompts, names, names).
        found: the strengths of all prompts together.

    Returns:
        The covariances, shape (..., names, names); 0 with votes on one prompt.
    """
    import numpy as np  # noqa: PLC0415 - as above

    total = wins.sum(axis=-3)[..., None, :, :]
    without = strengths(total - wins, found[..., None, :]) - found[..., None, :]
    groups = (wins.sum(axis=(-1, -2)) > 0).sum(axis=-1)[..., None, None]
    scale = np.maximum(groups - 1, 0) / np.maximum(groups, 1)
    return np.asarray(scale * (np.swapaxes(without, -1, -2) @ without))


def _likely(found: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probability that each name is preferred to each other."""
    import numpy as np  # noqa: PLC0415 - as above

    likely: NDArray[np.float64] = 1 / (1 + np.exp(found[..., None, :] - found[..., :, None]))
    return likely


def _curvature(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """The negative second derivative, made regular along the direction that has no meaning."""
    import numpy as np  # noqa: PLC0415 - as above

    count = weight.shape[-1]
    diagonal = np.eye(count) * weight.sum(axis=-1)[..., None]
    return np.asarray(diagonal - weight * (1 - np.eye(count)) + 1 / count)


@cache
def student(freedom: int, confidence: float) -> float:
    """The quantile of Student's t within which a share of it lies, to either side.

    With t = sqrt(freedom) * tan(angle) its density is that of a power of the cosine, which is
    summed over a fine grid.

    Args:
        freedom: degrees of freedom, 1 or more.
        confidence: the share, e.g. 0.95.
    """
    import numpy as np  # noqa: PLC0415 - as above

    angles = np.linspace(0.0, math.pi / 2, 200_001)
    density = np.cos(angles) ** (freedom - 1)
    below = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    angle = float(np.interp(confidence * below[-1], below, angles))
    return math.sqrt(freedom) * math.tan(angle)
