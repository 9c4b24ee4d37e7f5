"""Messages of votes: on takes that are compared, and in a bake-off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict

from rushes.widgets.messages.envelope import Id, Jobs, Message

if TYPE_CHECKING:
    from rushes.widgets.messages.take import Take

Question = Literal["prompt", "looks"]

Choice = Literal["left", "right", "tie"]


class Standing(TypedDict):
    """How one name did in one question; rate and interval from 0 to 1."""

    name: str
    title: NotRequired[str]
    """What a page calls it."""
    question: Question
    wins: int
    losses: int
    ties: int
    rate: float
    low: float
    high: float


class Standings(TypedDict):
    """How the names that are compared did."""

    standings: list[Standing]
    leftOut: NotRequired[int]
    """Votes on them that are not counted, because the two takes had different requests."""


class Round(TypedDict):
    """Two takes of a bake-off to be judged next; nothing in them says who made them."""

    takes: list[Take]
    """Two, in no order; none if none are left."""
    cast: int
    """Pairs that this voter has judged."""
    left: int
    """Pairs that they have not judged."""
    more: bool
    """Whether takes are still being made."""
    note: str
    """What it would take to decide more, in words."""


class Vote(Message):
    """Prefer one of two takes; a Studio says in `jobs` what it compares."""

    key: Id
    question: Question
    left: Id
    right: Id
    choice: Choice
    jobs: Jobs | None = None


class Deal(Message):
    """Choose the next two takes of a bake-off."""


class Judge(Message):
    """Judge the two takes of a round, and choose the next ones."""

    left: Id
    right: Id
    prompt: Choice
    """Which follows the prompt better."""
    looks: Choice
    """Which looks better."""


class AskStandings(Message):
    """How the votes stand; a Studio says in `jobs` what it compares."""

    jobs: Jobs | None = None


REQUESTS: dict[str, tuple[type[Message], type]] = {
    "vote": (Vote, Standings),
    "standings": (AskStandings, Standings),
    "deal": (Deal, Round),
    "judge": (Judge, Round),
}
"""By kind, what a page sends and the value of its reply."""
