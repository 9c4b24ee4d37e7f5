"""Messages of a sweep: what it would make, how far it is, and what can be done with it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from pydantic import Field

from rushes.widgets.messages.envelope import Id, Message, Nothing, Prompt, Values

Axes = Annotated[
    dict[Id, Annotated[list[Any], Field(max_length=200)]],
    Field(max_length=20),
]

Steering = Literal["run", "pause", "resume", "cancel", "retry"]


class SweepOffer(TypedDict):
    """What can be done with a sweep now."""

    action: Steering
    label: str
    """With what it costs, if it spends money."""


class SweepStanding(TypedDict):
    """Money, time and actions of a sweep."""

    facts: list[str]
    offers: list[SweepOffer]


class SweepPlan(TypedDict):
    """What a sweep would make, and what it costs."""

    takes: int
    made: int
    """Those that exist and cost nothing."""
    low: float | None
    """US dollars of the others, at least; null where it is not known."""
    high: float | None
    """The same, at most."""
    seconds: float | None


class SweepState(TypedDict):
    """A sweep that is not over, or waits for the user."""

    name: str
    state: Literal["running", "started", "paused", "capped", "cancelled"]
    words: str
    """How far it is."""
    fraction: float
    waiting: int
    failed: int
    """Failed takes that can be made again; none that may be billed already."""


class SweepAsk(Message):
    """Every combination of some prompts, requests and values."""

    requests: Annotated[list[Values], Field(min_length=1, max_length=100)]
    """One a provider, without a prompt."""
    prompts: Annotated[list[Prompt], Field(min_length=1, max_length=200)]
    axes: Axes
    count: Annotated[int, Field(ge=1, le=100)] = 1
    """Seeds of each combination."""


class PlanSweep(SweepAsk):
    """Check and price a sweep; nothing is sent."""


class RunSweep(SweepAsk):
    """Make the takes of a sweep; those that exist are not made again."""


class Steer(Message):
    """Run, pause, resume or cancel a sweep, or make its failed takes again."""

    name: Id
    action: Steering


REQUESTS: dict[str, tuple[type[Message], type]] = {
    "sweep": (PlanSweep, SweepPlan),
    "run": (RunSweep, SweepPlan),
    "steer": (Steer, Nothing),
}
"""By kind, what a page sends and the value of its reply."""
