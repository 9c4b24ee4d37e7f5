"""One vote between two takes."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, get_args

from rushes.errors import InvalidParams

if TYPE_CHECKING:
    from collections.abc import Mapping

Question = Literal["prompt", "looks"]
"""Which follows the prompt better, and which looks better."""

Choice = Literal["left", "right", "tie"]

QUESTIONS: tuple[Question, ...] = get_args(Question)
CHOICES: tuple[Choice, ...] = get_args(Choice)


@dataclass(frozen=True)
class Vote:
    """What somebody preferred of two takes.

    Attributes:
        question: ``"prompt"``: which follows the prompt; ``"looks"``: which looks better.
        left: the provider or label of one take.
        right: that of the other.
        choice: ``"left"``, ``"right"`` or ``"tie"``.
        left_job: the job that made the one take, when known.
        right_job: the job that made the other, when known.
        at: when the vote was cast, in unix seconds.
        id: of the vote; the same id again is the same vote.

    Raises:
        InvalidParams: when a value is not one of those.
    """

    question: Question
    left: str
    right: str
    choice: Choice
    left_job: str | None = None
    right_job: str | None = None
    at: float = field(default_factory=time.time)
    id: str = field(default_factory=lambda: secrets.token_hex(8))

    def __post_init__(self) -> None:
        _check_known("question", self.question, QUESTIONS)
        _check_known("choice", self.choice, CHOICES)
        for name in ("left", "right", "id"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value:
                msg = f"{value!r} cannot be the {name} of a vote; give a text that is not empty."
                raise InvalidParams(msg)
        if self.left == self.right:
            msg = f"A vote is between two names, and both are {self.left!r}; label the takes apart."
            raise InvalidParams(msg)


def _check_known(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        msg = f"{value!r} is no {name} of a vote; give one of {', '.join(known)}."
        raise InvalidParams(msg)


COLUMNS = {
    "question": "question",
    "left": "left_name",
    "right": "right_name",
    "choice": "choice",
    "left_job": "left_job",
    "right_job": "right_job",
    "at": "cast_at",
    "id": "id",
}
"""The column of each field; LEFT and RIGHT are words of SQL."""


def to_row(vote: Vote) -> list[Any]:
    """A vote in the order of `COLUMNS`."""
    return [getattr(vote, field.name) for field in fields(Vote)]


def from_row(row: Mapping[str, Any]) -> Vote:
    """A vote out of a row."""
    return Vote(**{name: row[column] for name, column in COLUMNS.items()})
