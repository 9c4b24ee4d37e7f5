"""Takes: those that the journal knows and those that a folder holds, as one list."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

from rushes.contract import display
from rushes.contract.errors import RushesError
from rushes.contract.results import Cost
from rushes.contract.sheet import Printed, Sheet
from rushes.contract.wording import on_one_line, shortened
from rushes.joblist import (
    HEADS,
    LONGEST_STATE,
    LONGEST_TEXT,
    MOST_SHOWN,
    amount,
    row_of,
    title,
    when,
)
from rushes.journal import UNFINISHED, JobState
from rushes.media.sidecar import judged_beside

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from rushes.contract.marks import Marks, Note, Pick, Stars, Tags
    from rushes.contract.params import VideoGenParams
    from rushes.contract.results import VideoGenResult
    from rushes.explore.contexts import Contexts, Reading
    from rushes.explore.table import Row, Table
    from rushes.job import Job
    from rushes.journal import JobRecord
    from rushes.media.found import Found


@contextmanager
def uncollected() -> Iterator[None]:
    """Make many objects, none of which is garbage, without being searched for garbage meanwhile.

    Python searches all that there is again and again while objects are made, which takes longer
    than making them: a notebook has millions of others.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


PLUMBING = frozenset({"created", "entry", "found", "record", "row", "stars"})
"""What tables and widgets need of a take; completion in a notebook leaves it out."""


class Take:
    """One take: a job of the journal, or a video that a folder holds with its sidecar.

    >>> take = gen.takes(state="done", order="created")[0]
    >>> take.state, take.params.prompt
    (<JobState.COMPLETED: 'completed'>, 'A red fox crosses a snowy clearing')
    >>> take.path == take.result.path
    True

    Args:
        job: the job, if the journal knows the take.
        found: the files, if it does not.
        contexts: what is known of the jobs of the list that it is in.
        record: the job as it was read, if there is one.
    """

    __slots__ = ("_contexts", "_found", "_job", "_record")

    def __init__(
        self,
        *,
        contexts: Contexts,
        job: Job | None = None,
        record: JobRecord | None = None,
        found: Found | None = None,
    ) -> None:
        self._contexts = contexts
        self._job = job
        self._record = record
        self._found = found

    # --- what it is ------------------------------------------------------------------------------

    @property
    def id(self) -> str:
        """The id of its job, or else what names its file in its folder."""
        if self._job is not None:
            return self._job.id
        return self.found.key

    @property
    def job(self) -> Job | None:
        """Its job; None if it is known by its sidecar only."""
        return self._job

    @property
    def found(self) -> Found:
        """Its files, if it is known by its sidecar only.

        Raises:
            RushesError: if it has a job.
        """
        if self._found is None:
            msg = f"The take {self.id} has a job; use `job`."
            raise RushesError(msg, job_id=self.id)
        return self._found

    @property
    def record(self) -> JobRecord | None:
        """Its job as the journal has it; None if it is known by its sidecar only."""
        if self._job is None or self._record is None:
            return None
        # What has ended changes only if its user has it looked up again.
        return self._record if self._record.is_ended else self._job.record

    @property
    def state(self) -> JobState:
        """The state of its job; a video that a folder holds is completed."""
        return JobState.COMPLETED if self._job is None else self._job.state

    @property
    def result(self) -> VideoGenResult | None:
        """Its video; None while there is none, and if it cannot be read, as `error` says."""
        if self._job is None:
            return self.found.result.model_copy(update={"params": self.found.params})
        with suppress(RushesError):
            return self._job.finished
        return None

    @property
    def path(self) -> Path | None:
        """The file of its video; None while there is none."""
        return None if (result := self.result) is None else result.path

    @property
    def params(self) -> VideoGenParams | None:
        """The request, as far as it is known; that of a sidecar is without media."""
        return self.found.params if self._job is None else self._job.record.known_params

    @property
    def provider(self) -> str:
        """The video model."""
        return self.found.result.provider if self._job is None else self._job.provider

    @property
    def backend(self) -> str | None:
        """The service that made it, if that is known."""
        return self.found.result.backend if self._job is None else self._job.backend

    @property
    def prompt(self) -> str | None:
        """What the video shows."""
        if self._job is None:
            return self.found.result.prompt
        return None if (params := self.params) is None else params.prompt

    @property
    def created_at(self) -> datetime:
        """When it was submitted."""
        if self._job is not None:
            return self._job.created_at
        return datetime.fromtimestamp(self.found.created_at, UTC)

    @property
    def created(self) -> float:
        """When it was submitted, in unix seconds; 0 if that is not known."""
        return self.found.created_at if self._record is None else self._record.created_at

    @property
    def marks(self) -> Marks:
        """How it was judged, as it is now."""
        if self._job is not None:
            return self._job.marks
        path = self.found.result.path
        judged = None if path is None else judged_beside(path)
        return self.found.result.marks if judged is None else judged.marks

    @property
    def stars(self) -> int | None:
        """Its stars when it was listed."""
        marks = self.found.result.marks if self._record is None else self._record.marks
        return marks.stars

    def mark(
        self, *, pick: Pick = ..., stars: Stars = ..., tags: Tags = ..., note: Note = ...
    ) -> Marks:
        """Judge the take; what is not given stays as it is, and the marks are durable at once.

        >>> gen.takes(state="done")[0].mark(stars=4, tags={"hero"}, note=None)
        <Marks 4 stars, hero>

        Args:
            pick: True if it is picked, False if it is rejected, None if it is neither.
            stars: 1 to 5, or None.
            tags: in place of all earlier ones, e.g. ``{"hero", "night"}``.
            note: a text, or None.

        Returns:
            All its marks as they are now.

        Raises:
            InvalidParams: names each mark that is wrong; none was changed.
            LibraryUnwritable: if marks that only the sidecar keeps cannot be written.
        """
        judged = self.found.result if self._job is None else self._job
        return judged.mark(pick=pick, stars=stars, tags=tags, note=note)

    @property
    def cost(self) -> Cost:
        """What it cost, as `Job.cost`; that of a sidecar as it says."""
        if self._job is not None:
            return self._job.cost
        said = self.found.result.cost
        return said if said is not None and said.is_believable else Cost.not_known()

    @property
    def error(self) -> RushesError | None:
        """Why it failed, is uncertain, or cannot be read, if it is so."""
        if self._job is None:
            return None
        try:
            self._job.finished  # noqa: B018 - it is read, or says why not
        except RushesError as error:
            return error
        return self._job.error

    @property
    def job_id(self) -> str | None:
        """The id of the job that made it, in whichever journal that is; None if unknown."""
        return self.id if self._found is None else self._found.result.job_id

    @property
    def parent(self) -> str | None:
        """The id of the job whose take it is made from, e.g. extended; None if from none."""
        return self.found.result.parent if self._job is None else self._job.parent

    @property
    def _made_by(self) -> str:
        return self.job_id or ""

    @property
    def sweep(self) -> str | None:
        """The name of the sweep that it is in, if it is in one."""
        place = self._contexts.place_of(self._made_by)
        return None if place is None else place.sweep

    @property
    def values(self) -> Mapping[str, str]:
        """Where it is on each axis of its sweep, as texts; empty if it is in none."""
        place = self._contexts.place_of(self._made_by)
        return MappingProxyType({} if place is None else dict(place.values))

    # --- what it looks like ----------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Take) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        try:
            job = self._job
            is_moving = job is not None and job.state in UNFINISHED
            words = f"{self.provider}: {job.progress.text if job and is_moving else self.state}"
        except RushesError as error:
            words = error.message
        return on_one_line(f"<Take {self.id} {words}>")

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Show the video, or the status of its job."""
        return display.bundle(self.result if self._job is None else self._job)

    def row(self) -> tuple[str, ...]:
        """The take in the columns of the table that is shown."""
        if self._job is not None:
            return row_of(self._job)
        backend = f" at {self.backend}" if self.backend else ""
        return (
            self.id,
            str(self.state),
            amount(self.cost),
            when(self.created_at) if self.found.created_at else "",
            f"{self.provider}{backend}",
            shortened(" ".join((self.prompt or "").split()), LONGEST_TEXT),
        )

    def entry(self, reading: Reading) -> Row:
        """The take as a row of a table.

        Args:
            reading: what is read once for all rows.
        """
        # Loaded here, because few need tables.
        from rushes.explore.table import row_of_found, row_of_job  # noqa: PLC0415 - as above

        record, contexts = self.record, self._contexts
        if self._job is None or record is None:
            context = reading.of(contexts, self._made_by)
            row, entry = row_of_found(self.found, contexts.chosen(context)), None
        else:
            context = reading.of(contexts, record.id)
            place, file = contexts.chosen(context), contexts.file_of(record)
            row = row_of_job(record, context, place, self._job.engine.catalog, file)
            entry = file.entry
        if row["path"] is not None:
            row.update(reading.columns.of(row["path"], entry))
        return row

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in PLUMBING]


class Takes(Printed, Sequence["Take"]):
    """Takes in an order. It prints as a table; a slice of it is such a list, too.

    >>> takes = gen.takes(provider="seedance-2.0-fast", limit=10)
    >>> takes[0].provider
    'seedance-2.0-fast'
    >>> type(takes[:2])
    <class 'rushes.explore.takes.Takes'>

    Args:
        takes: the takes, e.g. some of another list.
    """

    def __init__(self, takes: Iterable[Take]) -> None:
        self._takes = tuple(takes)

    def __len__(self) -> int:
        return len(self._takes)

    @overload
    def __getitem__(self, place: SupportsIndex, /) -> Take: ...

    @overload
    def __getitem__(self, place: slice, /) -> Takes: ...

    def __getitem__(self, place: SupportsIndex | slice, /) -> Take | Takes:
        return Takes(self._takes[place]) if isinstance(place, slice) else self._takes[place]

    def __add__(self, other: Takes) -> Takes:
        """Both, each take once."""
        if not isinstance(other, Takes):
            return NotImplemented
        return Takes(dict.fromkeys((*self, *other)))

    def sheet(self) -> Sheet:
        """The table that is shown: the first 50, and what all of them cost."""
        shown = self[:MOST_SHOWN]
        more = len(self) - len(shown)
        rows, marks = [take.row() for take in shown], [_judged(take) for take in shown]
        has_marks = any(marks)
        if has_marks:
            rows = [(*row[:2], said, *row[2:]) for row, said in zip(rows, marks, strict=True)]
        return Sheet(
            title=title("take", self),
            heads=("take", "state", *(("marks",) if has_marks else ()), *HEADS[2:]),
            rows=rows,
            notes=(f"and {more:,} more",) if more else (),
            first=4 + has_marks,
            right=(2 + has_marks,),
            empty="No takes.",
        )

    # --- as a table ------------------------------------------------------------------------------

    def records(self) -> list[dict[str, Any]]:
        """Everything that is known of each take, as a flat row.

        Values are truth values, numbers, texts, aware local times, and None. Each row has the same
        names:

        - ``id``, ``job_id``, ``remote_id``, ``created_at``, ``ended_at``, ``state``,
          ``provider``, ``backend``, ``mode``, ``prompt``, ``sweep``, ``parent``: the id of the
          job whose take it is made from;
        - the variables of sweeps, and every parameter of the requests: as ``asked_seed`` and the
          like where the video has the value, too;
        - what the video has: ``seed``, ``duration_seconds``, ``width``, ``height``, ``fps``,
          ``has_audio``, ``bytes``;
        - ``cost_estimated`` in US dollars, ``cost_billed`` in the ``currency`` in which the service
          billed it; ``spent`` and ``reserved`` are what the journal counts, in US dollars, as
          `VideoGen.spend` does;
        - what `rushes.measure` found before, and the scores of own scorers;
        - how long it was submitted, ran and was fetched: ``submitting_seconds``,
          ``running_seconds``, ``fetching_seconds``;
        - how it was judged: ``pick``, ``stars``, ``tags`` as one text, ``note``, and the votes
          that it got: ``votes_won``, ``votes_lost``, ``votes_tied``;
        - ``path``, ``error``, ``error_code`` and ``notes``.

        A link has no query here, because that may give the file to anyone.

        >>> row = gen.takes(state="done", order="created").records()[0]
        >>> row["prompt"], row["resolution"], row["asked_duration_seconds"]
        ('A red fox crosses a snowy clearing', '480p', 4)
        """
        return self._table().records()

    def to_pandas(self) -> Any:
        """`records` as a ``pandas.DataFrame``; pandas has to be installed.

        Raises:
            RushesError: if pandas is not installed.
        """
        return self._table().to_pandas()

    def to_polars(self) -> Any:
        """`records` as a ``polars.DataFrame``; polars has to be installed.

        Raises:
            RushesError: if polars is not installed.
        """
        return self._table().to_polars()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write `records` as a CSV file, in UTF-8.

        A spreadsheet runs a text that begins like a formula, with one of ``= + - @``; such a text
        begins with an apostrophe in the file.

        >>> gen.takes(state="done").to_csv("takes.csv").name
        'takes.csv'

        Args:
            path: the file; an existing one is replaced.

        Returns:
            Its absolute path.

        Raises:
            InvalidParams: if it is not the path of a file.
            MediaError: if it cannot be written.
        """
        from rushes.media.output import replacing, target  # noqa: PLC0415 - as the table

        goal, text = target(path), self._table().to_csv()
        with replacing(goal) as draft:
            draft.write_text(text, "utf-8", "backslashreplace", newline="")
        return goal

    def compare(self, **options: Any) -> Any:
        """A `rushes.Compare`: 2 to 9 takes side by side.

        >>> comparison = gen.takes(state="done", limit=2).compare(view="wipe")

        Args:
            options: as for `rushes.Compare`.

        Raises:
            InvalidParams: if they are fewer or more.
        """
        return display.compare(self, **options)

    def board(self, **options: Any) -> Any:
        """A `rushes.Board`: the takes as a grid, for looking at a set and judging it by keys.

        >>> board = gen.takes(state="done", limit=2).board(columns="provider")

        Args:
            options: as for `rushes.board`, e.g. `rows` and `columns`.

        Raises:
            InvalidParams: if there are none, or nothing of that name differs.
        """
        return display.board(self, **options)

    def _table(self) -> Table:
        from rushes.explore.contexts import Reading  # noqa: PLC0415 - when a table is asked for
        from rushes.explore.table import Table  # noqa: PLC0415 - when a table is asked for

        reading = Reading()
        with uncollected():
            return Table([take.entry(reading) for take in self])


def _judged(take: Take) -> str:
    """The marks of a take, in a cell; its note is too long for that."""
    try:
        marks = take.marks
    except RushesError:
        return ""
    return shortened(str(marks.changed({"note": None})), LONGEST_STATE) if marks else ""
