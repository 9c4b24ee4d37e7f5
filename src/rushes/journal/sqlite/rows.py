"""How records become rows of the tables, and rows become records."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from rushes.journal.record import Failure, JobRecord, JobState, Output
from rushes.journal.vote import Vote, unlike

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from rushes.journal.record import Json

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


def from_row(row: Sequence[Any]) -> JobRecord:
    """A job out of a row that was selected by `NAMES`."""
    values: dict[str, Any] = dict(zip(COLUMNS, row, strict=True))
    for name, place in _JSON_PLACES:
        if row[place] is not None:
            values[name] = to_object(row[place])
    values["params"] = values["params"] or {}
    values["state"] = JobState(values["state"])
    values["notes"] = _notes(row[_NOTES])
    values["output"] = Output.from_json(values["output"])
    values["error"] = Failure.from_json(values["error"])
    # The journal wrote it, and lists hold hundreds: a frozen dataclass sets its fields one call
    # each, which takes longer than to read the row.
    job = object.__new__(JobRecord)
    job.__dict__.update(values)
    return job


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
    """Jobs out of rows."""
    return [from_row(row) for row in rows]


def to_vote_row(vote: Vote) -> list[Any]:
    """A vote in the order of `VOTE_COLUMNS`."""
    return [getattr(vote, name) for name in VOTE_COLUMNS]


def from_vote_row(
    row: sqlite3.Row, requests: Mapping[str, Json], media: Callable[[str], Collection[str]]
) -> Vote:
    """A vote out of a row.

    Args:
        row: by the names of columns.
        requests: the requests of known jobs, by job id.
        media: by provider, the parameters that hold images, videos or sounds.
    """
    left, right = requests.get(row["left_job"]), requests.get(row["right_job"])
    differing: tuple[str, ...] = ()
    if left is not None and right is not None:
        names = {*media(left.get("provider", "")), *media(right.get("provider", ""))}
        differing = unlike(left, right, names)
    return Vote(**{name: row[column] for name, column in VOTE_COLUMNS.items()}, unlike=differing)
