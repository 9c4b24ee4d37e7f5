"""Strengths from pairwise votes: the Bradley-Terry model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rushes.contract.errors import MissingExtra
from rushes.journal.vote import QUESTIONS, Question, Vote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

REGULARIZATION = 0.05
"""Keeps the strength of a name that won or lost every vote finite; see choix's `alpha`."""

ITERATIONS = 10_000


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
    """

    name: str
    question: Question
    strength: float


def strengths(votes: Iterable[Vote]) -> list[Strength]:
    """Rank more than two names, also those that never met: Bradley-Terry strengths, best first.

    A plain rate depends on the opponents; a strength takes them into account. A tie counts as half
    a win for each. Votes that `summary` leaves out are left out here, too. Needs choix:
    ``pip install "rushes[compare]"``.

    >>> from rushes.comparison import strengths, votes
    >>> strengths(votes())

    Args:
        votes: from `votes()`, all or some of them.

    Raises:
        MissingExtra: if choix is not installed.
    """
    cast = [vote for vote in votes if not vote.unlike]
    found = [
        strength
        for question in QUESTIONS
        for strength in _fitted(question, [vote for vote in cast if vote.question == question])
    ]
    return sorted(found, key=lambda row: (QUESTIONS.index(row.question), -row.strength, row.name))


def _fitted(question: Question, votes: Sequence[Vote]) -> list[Strength]:
    if not votes:
        return []
    try:
        import choix  # noqa: PLC0415 - an extra, and heavy
    except ImportError as error:
        msg = (
            'Strengths need the package choix: pip install "rushes[compare]", then restart the '
            "kernel. `summary` works without it."
        )
        raise MissingExtra(msg) from error
    import numpy as np  # noqa: PLC0415 - only with votes to count

    names = sorted({name for vote in votes for name in (vote.left, vote.right)})
    place = {name: number for number, name in enumerate(names)}
    wins = np.zeros((len(names), len(names)))
    for vote in votes:
        left, right = place[vote.left], place[vote.right]
        share = {"left": 1.0, "right": 0.0, "tie": 0.5}[vote.choice]
        wins[left, right] += share
        wins[right, left] += 1 - share
    fitted = choix.ilsr_pairwise_dense(wins, alpha=REGULARIZATION, max_iter=ITERATIONS)
    return [
        Strength(name, question, float(value)) for name, value in zip(names, fitted, strict=True)
    ]
