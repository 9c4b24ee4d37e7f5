"""Counts votes: how often each name was preferred, with confidence intervals."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from rushes.comparison.naming import title_of
from rushes.explore.interval import wilson
from rushes.journal.vote import QUESTIONS, Question

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rushes.journal import Vote

WORDS: dict[Question, str] = {"prompt": "follows the prompt", "looks": "looks better"}

TITLES = ("name", "question", "wins", "losses", "ties", "rate", "95 % interval")


@dataclass(frozen=True)
class Standing:
    """The result of one name in one question.

    >>> from rushes.comparison import Vote, summary
    >>> best, _ = summary([Vote("looks", "kling", "seedance", "left")])
    >>> best.name, best.wins, best.rate
    ('kling', 1, 1.0)

    Attributes:
        name: the provider or label.
        question: ``"prompt"`` or ``"looks"``.
        wins: votes for it.
        losses: votes for the other.
        ties: votes for neither.
        rate: share of its votes that it won, 0 to 1; a tie counts half.
        low: lower end of the rate's 95 % interval (Wilson).
        high: upper end.
    """

    name: str
    question: Question
    wins: int
    losses: int
    ties: int
    rate: float
    low: float
    high: float


class Summary(tuple[Standing, ...]):  # noqa: SLOT001 - a tuple with slots cannot hold more
    """The standings, best first within each question; a notebook shows them as a table.

    Attributes:
        left_out: votes that are not counted, because the two takes have different requests.
    """

    left_out: int = 0

    def __repr__(self) -> str:
        note = _left_out(self.left_out)
        return f"{self._table()}\n{note}" if note else self._table()

    def _table(self) -> str:
        rows = [TITLES, *map(_cells, self)] if self else [("No votes yet.",)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        note = f"<p>{_left_out(self.left_out)}</p>" if self.left_out else ""
        if not self:
            return f"<p>No votes yet.</p>{note}"
        head = "".join(f"<th>{title}</th>" for title in TITLES)
        rows = (
            "".join(f"<td>{escape(cell)}</td>" for cell in _cells(standing)) for standing in self
        )
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"


def summary(votes: Iterable[Vote]) -> Summary:
    """Count votes: one row for each name and question, best first.

    Votes on takes that are known to have different prompts, modes or inputs are left out;
    `Summary.left_out` has their number.

    The interval contains the true rate with 95 % confidence. Two names with overlapping intervals
    need more votes before one can be called better.

    >>> from rushes.comparison import summary, votes
    >>> summary(votes())

    Args:
        votes: from `votes()`, all or some of them.
    """
    counts = Counter[tuple[Question, str, str]]()
    names: dict[tuple[Question, str], None] = {}
    left_out = 0
    for vote in votes:
        if vote.unlike:
            left_out += 1
            continue
        for name, side in ((vote.left, "left"), (vote.right, "right")):
            names[vote.question, name] = None
            won = vote.choice == side
            counts[vote.question, name, "ties" if vote.choice == "tie" else _END[won]] += 1
    standings = [_standing(question, name, counts) for question, name in names]
    standings.sort(key=lambda row: (QUESTIONS.index(row.question), -row.rate, row.name))
    counted = Summary(standings)
    counted.left_out = left_out
    return counted


def _left_out(count: int) -> str:
    """How many votes are not counted, and why; empty if there are none."""
    if not count:
        return ""
    many = "1 vote is" if count == 1 else f"{count} votes are"
    return f"{many} left out: their takes have different prompts, modes or inputs."


_END = {True: "wins", False: "losses"}


def _standing(
    question: Question, name: str, counts: Counter[tuple[Question, str, str]]
) -> Standing:
    wins, losses, ties = (counts[question, name, end] for end in ("wins", "losses", "ties"))
    count = wins + losses + ties
    rate = (wins + ties / 2) / count
    low, high = wilson(rate, count)
    return Standing(name, question, wins, losses, ties, rate, low, high)


def _cells(row: Standing) -> tuple[str, ...]:
    return (
        title_of(row.name),
        WORDS[row.question],
        str(row.wins),
        str(row.losses),
        str(row.ties),
        f"{row.rate:.0%}",
        f"{row.low:.0%} to {row.high:.0%}",
    )
