"""Strengths from votes: how providers rank that met in pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rushes.explore.ranking import Ranking, Result
from rushes.journal.vote import QUESTIONS, Question, Vote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SHARES = {"left": 1.0, "right": 0.0, "tie": 0.5}


@dataclass(frozen=True)
class Strength:
    """The strength of a name in one question.

    >>> from rushes.comparison import Vote, strengths
    >>> best, _ = strengths([Vote("looks", "kling", "seedance", "left")])
    >>> best.name
    'kling'

    Attributes:
        name: the provider or label.
        question: ``"prompt"`` or ``"looks"``.
        strength: on a logarithmic scale whose mean is 0: of two names that differ by 1, the
            stronger one is expected to win 73 % of their votes; by 2, 88 %.
        low: lower end of its 95 % interval.
        high: upper end.
        prompts: on how many prompts the votes of the question were cast.
    """

    name: str
    question: Question
    strength: float
    low: float
    high: float
    prompts: int


def strengths(votes: Iterable[Vote]) -> list[Strength]:
    """Rank more than two names, also those that never met: Bradley-Terry strengths, best first.

    A plain rate depends on the opponents; a strength takes them into account. A tie counts as half
    a win for each. Votes that `summary` leaves out are left out here, too.

    The interval says what other prompts of the same kind might show: many votes on few prompts do
    not make it narrow. With fewer than six prompts, trust no ranking.

    >>> from rushes.comparison import strengths, votes
    >>> ranking = strengths(votes())

    Args:
        votes: from `votes()`, all or some of them.
    """
    cast = [vote for vote in votes if not vote.unlike]
    return [row for question in QUESTIONS for row in _ranked(question, cast)]


def _ranked(question: Question, cast: list[Vote]) -> Iterator[Strength]:
    asked = [vote for vote in cast if vote.question == question]
    ranking = Ranking(
        Result(vote.prompt, vote.left, vote.right, SHARES[vote.choice]) for vote in asked
    )
    for rank in ranking.ranks:
        yield Strength(
            rank.name, question, rank.strength, rank.low, rank.high, len(ranking.prompts)
        )
