"""The part of a client that finds takes."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from rushes.contract.errors import InvalidParams, JobNotFound, Problem
from rushes.contract.marks import MOST_STARS
from rushes.contract.wording import meant, shortened
from rushes.explore.contexts import Contexts
from rushes.explore.sweep import Sweep
from rushes.explore.takes import Take, Takes, uncollected
from rushes.filters import (
    count,
    folder_of,
    job_of,
    known_provider,
    moment,
    states_of,
    text_of,
    truth,
)
from rushes.journal import JobState
from rushes.part import Part

if TYPE_CHECKING:
    import datetime as dt
    import os
    from collections.abc import Collection

    from rushes.contract.results import VideoGenResult
    from rushes.job import Job
    from rushes.media.found import Folder, Found

Order = Literal["-created", "created", "-stars", "stars"]
"""``-`` puts the highest, or the latest, first."""

MOST_READ = 1000
"""The latest takes whose sidecars are asked for later marks, before marks are compared."""

ORDERS: tuple[Order, ...] = get_args(Order)


@dataclass(frozen=True, kw_only=True)
class _Filters:
    """What takes have to be, as far as their sidecars tell it, too."""

    states: Collection[JobState] | None
    provider: str | None
    text: str | None
    since: float | None
    tag: str | None
    pick: bool | None
    stars: int | None
    parent: str | None

    def keep(self, found: Found) -> bool:
        """Whether a take is one of them that is known by its sidecar."""
        result = found.result
        return (
            (self.states is None or JobState.COMPLETED in self.states)
            and self.provider in (None, result.provider)
            and (self.since is None or found.created_at >= self.since)
            and (self.text is None or self.text.casefold() in _words(found))
            and (self.tag is None or self.tag in result.marks.tags)
            and self.parent in (None, result.parent)
            and self.pick in (None, result.marks.pick)
            and (self.stars is None or (result.marks.stars or 0) >= self.stars)
        )


class Library(Part):
    """The part of a client that finds takes."""

    @abstractmethod
    def beside(self, folder: Folder, *, since: float = 0.0, most: int) -> list[Found]:
        """The takes of a folder that the journal does not have there."""

    def takes(
        self,
        *,
        text: str | None = None,
        provider: str | None = None,
        state: JobState | str | Collection[JobState | str] | None = None,
        since: dt.date | dt.timedelta | str | None = None,
        sweep: Sweep | str | None = None,
        tag: str | None = None,
        picked: bool | None = None,
        min_stars: int | None = None,
        parent: Job | Take | VideoGenResult | str | None = None,
        library: str | os.PathLike[str] | None = None,
        everywhere: bool = False,
        with_hidden: bool = False,
        order: Order = "-created",
        limit: int | None = None,
    ) -> Takes:
        """The takes of the library: those of the journal, and what else lies in the folder.

        A folder that was moved, copied or made by someone else has a sidecar beside each video,
        so its takes are found although the journal does not know them there.

        >>> takes = gen.takes(text="fox", state="done", since="last week")
        >>> "fox" in takes[0].params.prompt
        True

        Args:
            text: only takes whose prompt contains it, in upper or lower case.
            provider: only takes of this video model.
            state: only takes in this state, or in one of these; ``"done"`` is ``"completed"``.
            since: only takes that were submitted at this time or later, as for `jobs`.
            sweep: only the takes of a sweep, or of the sweep of this name in the library.
            tag: only takes that are marked with it.
            picked: True leaves those that are picked, False those that are rejected.
            min_stars: only takes with so many stars or more.
            parent: only takes that are made from the take of this job, as for `jobs`.
            library: the folder, if not the client's.
            everywhere: whether all jobs of this machine are meant, whatever their folder; files
                without a job are not looked for then.
            with_hidden: whether those are included that were removed from the list of a Studio.
            order: ``"-created"`` puts the latest first, ``"created"`` the oldest, ``"-stars"`` the
                best, ``"stars"`` the worst; of equal ones the latest. What has no stars is last.
            limit: the most takes to return; None returns all.

        Raises:
            InvalidParams: when a filter is wrong: a state or provider does not exist, or a value
                has a wrong type.
            JobNotFound: if no sweep of that name was run in the library.
        """
        # Loaded here, because it brings what downloads.
        from rushes.media.found import MOST_NAMES, Folder  # noqa: PLC0415 - as the comment says

        self._must_be_open()
        if order not in ORDERS:
            reason = f"{order!r} is not an order; there are {', '.join(ORDERS)}."
            raise InvalidParams.of([Problem("order", order, reason + meant(order, ORDERS))])
        most = count("limit", limit)
        folder = folder_of(library) or str(self.library)
        filters = _Filters(
            states=states_of(state),
            provider=known_provider(provider, self.catalog, self._engine.journal),
            text=text_of("text", text),
            since=moment("since", since),
            tag=text_of("tag", tag),
            pick=truth("picked", picked),
            stars=count("min_stars", min_stars),
            parent=job_of("parent", parent),
        )
        place = None if sweep is None else self._in_sweep(sweep, folder)
        select = partial(
            self._engine.journal.select,
            states=filters.states,
            provider=filters.provider,
            text=filters.text,
            since=filters.since,
            tag=filters.tag,
            pick=filters.pick,
            parent=filters.parent,
            folder=None if everywhere or place is not None else folder,
            sweep=place,
            with_hidden=with_hidden,
        )
        is_judged = (filters.tag, filters.pick, filters.stars) != (None, None, None)
        if is_judged or "stars" in order:
            self._engine.take_over_marks(
                self._engine.journal.select(folder=folder, limit=MOST_READ)
            )
        is_by_time = order.removeprefix("-") == "created"
        with uncollected():
            records = select(min_stars=filters.stars, limit=most, oldest_first=order == "created")
            if not is_by_time and len(records) == most:
                # The best may be older than the latest.
                starred = select(min_stars=max(1, filters.stars or 1))
                records = list({job.id: job for job in (*starred, *records)}.values())
            records = self._engine.take_over_marks(records)
            shown = Folder(Path(folder if place is None else place[0]))
            # Nothing that is older than a full list of the latest would be in it.
            is_full = order == "-created" and bool(records) and len(records) == most
            earliest = records[-1].created_at if is_full else filters.since or 0.0
            beside = [] if everywhere else self.beside(shown, since=earliest, most=MOST_NAMES)
            if place is not None:
                missing = self._jobs_of(place) - {record.id for record in records}
                beside = [each for each in beside if each.result.job_id in missing]
            beside = [each for each in beside if filters.keep(each)]
            known = [record.id for record in records]
            known += [each.result.job_id for each in beside if each.result.job_id is not None]
            contexts = Contexts(self._engine.journal, known, shown, place)
            takes = [Take(job=self.job_of(job), record=job, contexts=contexts) for job in records]
            if beside:
                takes += [Take(found=each, contexts=contexts) for each in beside]
                takes.sort(key=_newest_first, reverse=order == "created")
            if not is_by_time:
                takes.sort(key=partial(_by_stars, best_first=order == "-stars"))
            return Takes(takes[:most])

    def _jobs_of(self, place: tuple[str, str]) -> set[str]:
        """The jobs of a sweep's cells; a colleague's are not in this journal."""
        sweep = self._engine.journal.sweep(*place)
        cells = () if sweep is None else self._engine.journal.cells(sweep)
        return {cell.job_id for cell in cells if cell.job_id is not None}

    def _in_sweep(self, sweep: object, folder: str) -> tuple[str, str]:
        """Folder and name of a sweep that was run.

        Raises:
            JobNotFound: if it was not.
        """
        if isinstance(sweep, Sweep):
            return sweep.record.folder, sweep.record.name
        name = text_of("sweep", sweep) or ""
        if self._engine.journal.sweep(folder, name) is None:
            msg = f"No sweep {shortened(name)!r} was run in {folder}; gen.sweeps() lists those."
            raise JobNotFound(msg)
        return folder, name


def _newest_first(take: Take) -> tuple[float, str]:
    """As the journal orders jobs."""
    return -take.created, take.id


def _by_stars(take: Take, *, best_first: bool) -> int:
    """What has no stars is last."""
    stars = take.stars
    return MOST_STARS + 1 if stars is None else MOST_STARS - stars if best_first else stars


def _words(found: Found) -> str:
    """All prompts of a take, for comparing."""
    shots = (found.params.multi_prompt if found.params is not None else None) or ()
    return "\n".join([found.result.prompt or "", *(shot.prompt for shot in shots)]).casefold()
