"""What the journal knows of a job besides its record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rushes.journal.record import NOT_JUDGED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rushes.contract.marks import Marks


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a job stands in a sweep.

    Attributes:
        folder: the library of the sweep.
        sweep: its name.
        values: where the job is on each axis, as texts.
        key: of its cell.
        number: the place of its cell in the order in which takes are started.
    """

    folder: str
    sweep: str
    values: Mapping[str, str]
    key: str = ""
    number: int = 0


@dataclass(frozen=True, kw_only=True)
class Money:
    """What the attempts at a job count in the sums of the journal, in US dollars.

    Attributes:
        estimate: what the last attempt was expected to cost; 0 also if that was not known.
        reserved: for an attempt that has not ended.
        spent: for the others.
    """

    estimate: float = 0.0
    reserved: float = 0.0
    spent: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Score:
    """The votes that a take got, on both questions together."""

    won: int = 0
    lost: int = 0
    tied: int = 0


@dataclass(frozen=True, kw_only=True)
class Context:
    """What is known of a job besides its record.

    Attributes:
        places: where it stands in sweeps, the newest sweep last.
        marks: how it was judged.
        money: what it counts.
        score: its votes.
    """

    places: tuple[Place, ...] = ()
    marks: Marks = NOT_JUDGED
    money: Money = field(default_factory=Money)
    score: Score = field(default_factory=Score)


def together(
    places: Mapping[str, Sequence[Place]],
    money: Mapping[str, Money],
    scores: Mapping[str, Score],
    marks: Mapping[str, Marks],
) -> dict[str, Context]:
    """What is known of jobs, by id, from its parts; those that are in none of them are left out."""
    nothing = Context()
    return {
        job_id: Context(
            places=tuple(places.get(job_id, ())),
            marks=marks.get(job_id, nothing.marks),
            money=money.get(job_id, nothing.money),
            score=scores.get(job_id, nothing.score),
        )
        for job_id in {*places, *money, *scores, *marks}
    }
