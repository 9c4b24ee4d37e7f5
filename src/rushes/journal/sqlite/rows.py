"""How records become rows of the tables, and rows become records."""

from __future__ import annotations

import json
import logging
import sqlite3
from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, Any

from rushes.contract.errors import InvalidParams, JournalError
from rushes.journal.record import Failure, JobRecord, JobState, Output
from rushes.journal.vote import Vote, unlike

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from rushes.journal.record import Json

log = logging.getLogger("rushes")

COLUMNS = tuple(field.name for field in fields(JobRecord))

NAMES = ", ".join(COLUMNS)
"""What a statement selects that `from_row` reads."""

MARKS = ", ".join("?" for _ in COLUMNS)

VOTE_COLUMNS = {
    "question": "question",
    "left": "left_name",
    "right": "right_name",
    "choice": "choice",
    "left_job": "left_job",
    "right_job": "right_job",
    "at": "cast_at",
    "id": "id",
}
"""The column of each field; LEFT and RIGHT are keywords of SQL."""

_JSON = frozenset({"params", "request", "remote", "output", "result", "error", "notes"})
_JSON_PLACES = tuple((name, COLUMNS.index(name)) for name in sorted(_JSON - {"notes"}))
_NOTES = COLUMNS.index("notes")

_TIMES = tuple(
    (name, COLUMNS.index(name))
    for name in ("created_at", "submit_at", "running_at", "done_at", "ended_at")
)
_END_OF_TIME = 253_402_300_799
"""Unix seconds of the last date that there is, in the year 9999."""

_NOTHING = type(None)
_TYPES: dict[str, frozenset[type]] = {
    **dict.fromkeys(COLUMNS, frozenset({str, _NOTHING})),
    **dict.fromkeys(("id", "state", "backend", "provider", "mode", "folder"), frozenset({str})),
    **dict.fromkeys(("attempts", "fence", "handed"), frozenset({int})),
    **dict.fromkeys((name for name, _ in _TIMES), frozenset({float, int, _NOTHING})),
    "created_at": frozenset({float, int}),
    "cancel_requested_at": frozenset({float, int, _NOTHING}),
    **dict.fromkeys(_JSON, frozenset({str, bytes, int, float, _NOTHING})),
}
"""The types that a column may have; SQLite keeps any type in any column."""

_sound: set[tuple[type, ...]] = set()
"""The combinations of types that were found to be right, because there are few of them."""

_left_out: set[str] = set()
"""Descriptions of damaged rows that were logged."""


class DamagedRow(JournalError):
    """A row of the journal that cannot be read as a job; the others are not affected."""


def marks(values: Iterable[object]) -> str:
    """As many placeholders as values."""
    return ", ".join("?" for _ in values)


def to_column(name: str, value: Any) -> Any:
    """A field of a job as SQLite stores it."""
    if isinstance(value, Output | Failure):
        value = value.to_json()
    if name in _JSON and value is not None:
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, str) and not value.isascii() and name != "folder":
        # Half of a surrogate pair, e.g. of an emoji that a service cut in two, cannot be stored.
        # A folder whose name cannot be stored must not become another folder, so it raises.
        return value.encode("utf-8", errors="replace").decode()
    return value


def to_row(job: JobRecord) -> list[Any]:
    """A job in the order of `COLUMNS`."""
    return [to_column(name, getattr(job, name)) for name in COLUMNS]


def fetch(db: sqlite3.Connection, statement: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
    """All rows of a query; one with text that is not UTF-8 keeps no other from being read."""
    try:
        return db.execute(statement, values).fetchall()
    except sqlite3.OperationalError as error:
        if "UTF-8" not in str(error):
            raise
    # Not set from the start: it takes twice as long.
    db.text_factory = partial(str, encoding="utf-8", errors="replace")
    return db.execute(statement, values).fetchall()


def from_row(row: Sequence[Any]) -> JobRecord:
    """A job out of a row that was selected by `NAMES`.

    A JSON object that is damaged counts as absent. Everything else decides what is sent and paid,
    so it is not guessed.

    Raises:
        DamagedRow: if another column is damaged.
    """
    values: dict[str, Any] = dict(zip(COLUMNS, row, strict=True))
    _require_sound(row, values)
    for name, place in _JSON_PLACES:
        if row[place] is not None:
            values[name] = to_object(row[place])
    values["params"] = values["params"] or {}
    values["notes"] = _notes(row[_NOTES])
    values["output"] = Output.from_json(values["output"])
    values["error"] = Failure.from_json(values["error"])
    try:
        values["state"] = JobState(values["state"])
    except ValueError:
        raise _damaged(values, f"there is no state {values['state'][:40]!r}") from None
    # The journal wrote it, and lists hold hundreds: a frozen dataclass sets its fields one call
    # each, which takes longer than to read the row.
    job = object.__new__(JobRecord)
    job.__dict__.update(values)
    return job


def _require_sound(row: Sequence[Any], values: Mapping[str, Any]) -> None:
    """Check the types of a row, and that its times are dates."""
    types = tuple(map(type, row))
    if types not in _sound:
        for name, found in zip(COLUMNS, types, strict=True):
            if found not in _TYPES[name]:
                raise _damaged(values, f"its {name} is of the type {found.__name__}")
        _sound.add(types)
    if "\ufffd" in values["id"]:
        raise _damaged(values, "its id is not UTF-8")
    for name, place in _TIMES:
        value = row[place]
        if value is not None and not 0 <= value <= _END_OF_TIME:
            raise _damaged(values, f"its {name} is not a date")


def _damaged(values: Mapping[str, Any], reason: str) -> DamagedRow:
    job_id, remote_id = str(values["id"])[:200], values["remote_id"]
    known = f" {values['backend']} knows it as {remote_id}." if isinstance(remote_id, str) else ""
    return DamagedRow(
        f"The journal's row of job {job_id} is damaged: {reason}. Nothing is done with this job; "
        f"the others are not affected.{known}",
        job_id=job_id,
    )


def to_object(text: object) -> Json | None:
    """A JSON object out of a column; a damaged one counts as absent, and spoils no list."""
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _notes(text: object) -> tuple[str, ...]:
    try:
        value = json.loads(text) if isinstance(text, str) else ()
    except ValueError:
        return ()
    return tuple(map(str, value)) if isinstance(value, list) else ()


def from_rows(rows: Iterable[sqlite3.Row]) -> list[JobRecord]:
    """Jobs out of rows; one that is damaged is left out, which is logged once."""
    found = []
    for row in rows:
        try:
            found.append(from_row(row))
        except DamagedRow as error:
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
    rows: Iterable[sqlite3.Row],
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
        if left is not None and right is not None:
            names = {name for job in (left, right) for name in media(str(job.get("provider", "")))}
            differing = unlike(left, right, names)
        fields = {name: row[column] for name, column in VOTE_COLUMNS.items()}
        try:
            found.append(Vote(**fields, unlike=differing))
        except InvalidParams as error:
            _leave_out(f"A vote in the journal is damaged, so it is not counted: {error.message}")
    return found
