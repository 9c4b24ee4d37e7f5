"""How records become rows of a store's tables, and rows become records."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import fields
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Protocol

from pydantic_core import from_json

from rushes.contract.errors import DamagedRecord, InvalidParams
from rushes.contract.marks import Marks
from rushes.journal.record import LATER, NOT_JUDGED, Failure, JobRecord, JobState, Output
from rushes.journal.sweep import CellRecord, SweepRecord, SweepState
from rushes.journal.vote import Vote, fingerprint, unlike

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from rushes.journal.record import Json

log = logging.getLogger("rushes")

INPUT = re.compile(r"[0-9a-f]{16}-[a-z0-9-]+\.[a-z0-9]+")
"""The name of a copied input in a request."""

LAST_CHARACTER = "\U0010ffff"
"""Sorts after every character of an id."""

LISTED = "gen.jobs() lists those that are."
"""Advice about an id that is not in a journal."""

MOST_UNCERTAIN = 1000
"""Uncertain jobs that are read at once."""

MOST_READ = 2000
"""Requests that are read at once."""

COLUMNS = tuple(field.name for field in fields(JobRecord))

NAMES = ", ".join(COLUMNS)
"""What a statement selects that `from_row` reads."""

VOTE_COLUMNS = {
    "question": "question",
    "left": "left_name",
    "right": "right_name",
    "choice": "choice",
    "left_job": "left_job",
    "right_job": "right_job",
    "at": "cast_at",
    "id": "id",
    "voter": "voter",
}
"""The column of each field; LEFT and RIGHT are keywords of SQL."""

_JSON = frozenset(
    {"params", "request", "remote", "output", "result", "error", "notes", "marks", "label"}
)
_MADE = {"output": Output.from_json, "error": Failure.from_json}
"""What JSON becomes."""

_RECORDS = (Output, Failure, Marks)
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

_PLACES = {name: place for place, name in enumerate(COLUMNS)}
_NOW = tuple(name for name in COLUMNS if name not in LATER)
_cells_now = itemgetter(*(_PLACES[name] for name in _NOW))

_STATES = {state.value: state for state in JobState}

_TIMES = ("created_at", "submit_at", "running_at", "done_at", "ended_at", "marked_at")
_END_OF_TIME = 253_402_300_799
"""Unix seconds of the last date that there is, in the year 9999."""

_NOTHING = type(None)
_TYPES: dict[str, frozenset[type]] = {
    **dict.fromkeys(COLUMNS, frozenset({str, _NOTHING})),
    **dict.fromkeys(("id", "state", "backend", "provider", "mode", "folder"), frozenset({str})),
    **dict.fromkeys(("attempts", "fence", "handed"), frozenset({int})),
    **dict.fromkeys(_TIMES, frozenset({float, int, _NOTHING})),
    "created_at": frozenset({float, int}),
    "cancel_requested_at": frozenset({float, int, _NOTHING}),
    **dict.fromkeys(_JSON, frozenset({str, bytes, int, float, _NOTHING})),
}
"""The types that a column may have; SQLite keeps any type in any column."""

_sound: set[tuple[type, ...]] = set()
"""The combinations of types that were found to be right, because there are few of them."""

_left_out: set[str] = set()
"""Descriptions of damaged rows that were logged."""


class Row(Protocol):
    """A row that knows its columns by name."""

    def __getitem__(self, name: str, /) -> Any:
        """The value of a column."""


def to_column(name: str, value: Any) -> Any:
    """A field of a job as it is stored."""
    if value is None:
        return None
    if name in _JSON:
        if isinstance(value, _RECORDS):
            value = value.to_json()
            if not value:  # Marks that say nothing.
                return None
        value = _to_json(value)
    if not isinstance(value, str):
        return value
    if type(value) is not str:
        value = str.__str__(value)  # E.g. of a state.
    if not value.isascii() and name != "folder":
        # Half of a surrogate pair, e.g. of an emoji that a service cut in two, cannot be stored.
        # A folder whose name cannot be stored must not become another folder, so it raises.
        return value.encode("utf-8", errors="replace").decode()
    return value


def to_row(job: JobRecord, **others: Any) -> list[Any]:
    """A job in the order of `COLUMNS`.

    Args:
        job: the job.
        others: fields that are stored with other values.
    """
    values = ((name, getattr(job, name)) for name in COLUMNS)
    row = [None if value is None else to_column(name, value) for name, value in values]
    for name, value in others.items():
        row[_PLACES[name]] = to_column(name, value)
    return row


def from_row(row: Iterable[Any]) -> JobRecord:
    """A job out of a row that was selected by `NAMES`.

    A JSON object that is damaged counts as absent. Everything else decides what is sent and paid,
    so it is not guessed.

    Raises:
        DamagedRecord: if another column is damaged.
    """
    cells = tuple(row)
    values: dict[str, Any] = dict(zip(_NOW, _cells_now(cells), strict=True))
    _require_sound(cells, values)
    values["params"] = to_object(values["params"]) or {}
    values["notes"] = _notes(values["notes"])
    marks = values["marks"]
    values["marks"] = NOT_JUDGED if marks is None else Marks.from_json(to_object(marks))
    state = _STATES.get(values["state"])
    if state is None:
        raise _damaged(values, f"there is no state {values['state'][:40]!r}")
    values["state"] = state
    return JobRecord.read(values, cells, _later)


def _later(cells: Sequence[Any], name: str) -> Any:
    """A JSON object of a job, when it is asked for."""
    value = to_object(cells[_PLACES[name]])
    return _MADE[name](value) if name in _MADE else value


def _require_sound(cells: tuple[Any, ...], values: Mapping[str, Any]) -> None:
    """Check the types of a row, and that its times are dates."""
    types = tuple(map(type, cells))
    if types not in _sound:
        for name, found in zip(COLUMNS, types, strict=True):
            if found not in _TYPES[name]:
                raise _damaged(values, f"its {name} is of the type {found.__name__}")
        _sound.add(types)
    if "\ufffd" in values["id"]:
        raise _damaged(values, "its id is not UTF-8")
    for name in _TIMES:
        value = values[name]
        if value is not None and not 0 <= value <= _END_OF_TIME:
            raise _damaged(values, f"its {name} is not a date")


def _damaged(values: Mapping[str, Any], reason: str) -> DamagedRecord:
    job_id, remote_id = str(values["id"])[:200], values["remote_id"]
    known = f" {values['backend']} knows it as {remote_id}." if isinstance(remote_id, str) else ""
    return DamagedRecord(
        f"The journal's row of job {job_id} is damaged: {reason}. This job is left as it is; "
        f"the others are not affected.{known}",
        job_id=job_id,
    )


def to_object(text: object) -> Json | None:
    """A JSON object out of a column; a damaged one counts as absent, and spoils no list."""
    if not isinstance(text, str):
        return None
    try:
        # Five times as fast, which counts where a list has thousands of jobs.
        value = from_json(text)
    except ValueError:
        # It refuses halves of surrogate pairs, which are not in what this release writes.
        try:
            value = json.loads(text)
        except (RecursionError, ValueError):
            return None
    return value if isinstance(value, dict) else None


def to_texts(text: object) -> dict[str, str]:
    """The values of variables out of a column."""
    return {str(name): str(value) for name, value in (to_object(text) or {}).items()}


def _notes(text: object) -> tuple[str, ...]:
    if text is None or text == "[]":
        return ()
    try:
        value = json.loads(text) if isinstance(text, str) else ()
    except ValueError:
        return ()
    return tuple(map(str, value)) if isinstance(value, list) else ()


def from_rows(rows: Iterable[Iterable[Any]]) -> list[JobRecord]:
    """Jobs out of rows; one that is damaged is left out, which is logged once."""
    found = []
    for row in rows:
        try:
            found.append(from_row(row))
        except DamagedRecord as error:
            _leave_out(error.message)
    return found


def _leave_out(reason: str) -> None:
    if reason not in _left_out:
        _left_out.add(reason)
        log.warning("%s", reason)


def to_vote_row(vote: Vote) -> list[Any]:
    """A vote in the order of `VOTE_COLUMNS`."""
    return [getattr(vote, name) for name in VOTE_COLUMNS]


def from_vote_rows(
    rows: Iterable[Row],
    requests: Mapping[str, Json],
    media: Callable[[str], Collection[str]],
) -> list[Vote]:
    """Votes out of rows by the names of columns; a damaged one is left out as in `from_rows`.

    Args:
        rows: of the table of votes.
        requests: the requests of known jobs, by job id.
        media: by provider, the parameters that hold images, videos or sounds.
    """
    found = []
    for row in rows:
        left, right = requests.get(row["left_job"]), requests.get(row["right_job"])
        differing: tuple[str, ...] = ()
        prompt = ""
        if left is not None and right is not None:
            names = {name for job in (left, right) for name in media(str(job.get("provider", "")))}
            differing, prompt = unlike(left, right, names), "/".join(fingerprint(left, names))
        fields = {name: row[column] for name, column in VOTE_COLUMNS.items()}
        try:
            found.append(Vote(**fields, unlike=differing, prompt=prompt))
        except InvalidParams as error:
            _leave_out(f"A vote in the journal is damaged, so it is not counted: {error.message}")
    return found


# --- sweeps -------------------------------------------------------------------------------------

SWEEP_NAMES = "folder, name, created_at, spec, cap, state, reason"
"""What a statement selects that `from_sweep_row` reads."""

CELL_COLUMNS = (
    *("key", "content_key", "number", "cell_values", "params", "backend", "estimate", "least"),
    *("typical_time", "notes", "template", "draw", "attempt", "job_id"),
)

CELL_NAMES = ", ".join(CELL_COLUMNS)
"""What a statement selects that `from_cell_row` reads."""


def to_json(value: Any) -> str:
    """A value as the tables of sweeps keep it."""
    return _to_json(value)


def to_cell_row(cell: CellRecord) -> tuple[Any, ...]:
    """A cell in the order of `CELL_COLUMNS`."""
    return (
        cell.key,
        cell.content_key,
        cell.number,
        to_json(dict(cell.values)),
        to_json(cell.params),
        cell.backend,
        cell.estimate,
        cell.least,
        cell.typical_time,
        to_json(cell.notes),
        cell.template,
        cell.draw,
        cell.attempt,
        cell.job_id,
    )


def from_cell_row(row: Iterable[Any]) -> CellRecord:
    """A cell out of a row that was selected by `CELL_NAMES`."""
    cell = dict(zip(CELL_COLUMNS, row, strict=True))
    values, notes = to_texts(cell.pop("cell_values")), json.loads(cell.pop("notes"))
    params = to_object(cell.pop("params")) or {}
    return CellRecord(values=values, params=params, notes=tuple(map(str, notes)), **cell)


def from_sweep_row(row: Iterable[Any]) -> SweepRecord:
    """A sweep out of a row that was selected by `SWEEP_NAMES`."""
    folder, name, created_at, spec, cap, state, reason = row
    return SweepRecord(
        folder=folder,
        name=name,
        created_at=created_at,
        spec=to_object(spec) or {},
        cap=cap,
        state=SweepState(state),
        reason=reason,
    )
