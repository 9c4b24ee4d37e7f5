"""A list of jobs, as `VideoGen.jobs` returns it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol, SupportsIndex, overload

from rushes.contract.errors import RushesError
from rushes.contract.results import Cost
from rushes.contract.sheet import Printed, Sheet
from rushes.contract.wording import shortened
from rushes.journal import UNFINISHED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rushes.job import Job

MOST_SHOWN = 50
"""Jobs that are shown of a list; all of them can be used."""

MOST_SUMMED = 1000
"""Jobs of a list whose costs are added up when it is shown."""

LONGEST_STATE = 32

LONGEST_TEXT = 400

HEADS = ("job", "state", "cost", "when", "provider", "prompt or error")


class Priced(Protocol):
    """What has a cost."""

    @property
    def cost(self) -> Cost:
        """What it cost."""


class JobList(Printed, list["Job"]):
    """Jobs, newest first. It prints as a table; a slice of it is such a list, too.

    >>> jobs = gen.jobs(limit=1)
    >>> print(sum(job.cost for job in jobs))
    $0.00
    """

    def sheet(self) -> Sheet:
        """The table that is shown: the latest 50, and what all of them cost."""
        shown = self[:MOST_SHOWN]
        more = len(self) - len(shown)
        return Sheet(
            title=title("job", self),
            heads=HEADS,
            rows=[row_of(job) for job in shown],
            notes=(f"and {more:,} more",) if more else (),
            first=4,
            right=(2,),
            empty="No jobs.",
        )

    @overload
    def __getitem__(self, place: SupportsIndex, /) -> Job: ...

    @overload
    def __getitem__(self, place: slice, /) -> JobList: ...

    def __getitem__(self, place: SupportsIndex | slice, /) -> Job | JobList:
        found = super().__getitem__(place)
        return JobList(found) if isinstance(found, list) else found


def row_of(job: Job) -> tuple[str, ...]:
    """A job in the columns of `HEADS`; one that cannot be read says why."""
    try:
        state = job.state
        words = job.progress.text if state in UNFINISHED else state.value
        error = job.error
        text = error.message if error is not None else job.params.prompt or job.params.mode
        return (
            job.id,
            shortened(words, LONGEST_STATE),
            amount(job.cost),
            when(job.created_at),
            f"{job.provider} at {job.backend}",
            shortened(" ".join(text.split()), LONGEST_TEXT),
        )
    except RushesError as error:
        return (job.id, "", "", "", "", error.message)


def amount(cost: Cost) -> str:
    """A cost as short as it can be said."""
    return "" if cost.unknown else str(cost).replace("about ", "~")


def when(moment: datetime) -> str:
    """A time in the time zone of this machine, with the day unless that is today."""
    local = moment.astimezone()
    today = datetime.now().astimezone().date()
    if local.date() == today:
        return f"{local:%H:%M}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local.day} {local:%b}{year}, {local:%H:%M}"


def title(word: str, priced: Sequence[Priced]) -> str:
    """How many there are, and what all of them cost.

    Args:
        word: what one of them is.
        priced: jobs, or other things with a cost.
    """
    if not priced:
        return ""
    count = f"1 {word}" if len(priced) == 1 else f"{len(priced):,} {word}s"
    if len(priced) > MOST_SUMMED:
        return count
    try:
        total = sum((each.cost for each in priced), Cost(amount=0.0))
    except RushesError:  # They are in several currencies, or cannot be read.
        return count
    return f"{count}, {total}"
