"""Takes as a table: one value a cell, and no secret in any."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rushes.contract.errors import RushesError
from rushes.contract.spelling import to_snake
from rushes.journal import CURRENCY, JobState, believed
from rushes.journal.record import NOT_JUDGED
from rushes.media.sidecar import is_secret, judged_beside, without_secrets
from rushes.outcome import cost_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rushes.catalog import Catalog
    from rushes.contract.marks import Marks
    from rushes.explore.contexts import File
    from rushes.journal import JobRecord
    from rushes.journal.context import Context, Place
    from rushes.media.found import Found

FIRST: dict[str, type] = {
    **dict.fromkeys(("id", "job_id", "remote_id"), str),
    **dict.fromkeys(("created_at", "ended_at"), datetime),
    **dict.fromkeys(("state", "provider", "backend", "mode", "prompt", "sweep", "parent"), str),
}
"""Columns before those of the sweep and of the request, with their types."""

LAST: dict[str, type] = {
    "seed": int,
    "duration_seconds": float,
    **dict.fromkeys(("width", "height"), int),
    "fps": float,
    "has_audio": bool,
    "bytes": int,
    **dict.fromkeys(("cost_estimated", "cost_billed"), float),
    "currency": str,
    **dict.fromkeys(("spent", "reserved"), float),
    **dict.fromkeys(("submitting_seconds", "running_seconds", "fetching_seconds"), float),
    "pick": bool,
    "stars": int,
    **dict.fromkeys(("tags", "note"), str),
    **dict.fromkeys(("votes_won", "votes_lost", "votes_tied"), int),
    **dict.fromkeys(("path", "error", "error_code", "notes"), str),
}
"""Columns after them."""

FIXED = FIRST | LAST

SAID = frozenset({"provider", "mode", "prompt"})
"""Parameters that have a column already, with the same value."""

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins like this is a formula to a spreadsheet."""

LONGEST_CURRENCY = 12
"""Characters of the name of a currency."""

_NOTHING, _NUMBERS = type(None), frozenset({int, float})

_HALF = 2**63
"""Where whole numbers of 64 bits with a sign end."""

Row = dict[str, Any]
"""Values by the name of their column."""


class Table:
    """Rows that are put together to columns: the same for all, each of one type.

    A column has truth values, whole numbers, numbers, times or texts, and None where there is
    nothing. Where rows differ in the type, it has texts.

    Args:
        rows: by the name of the column; times in unix seconds.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        names = dict.fromkeys(name for row in rows for name in row if name not in FIXED)
        found = {name: _column(rows, name) for name in (*FIRST, *names, *LAST)}
        self.kinds = {name: _kind(name, values) for name, values in found.items()}
        self.columns = {name: _alike(found[name], kind) for name, kind in self.kinds.items()}

    def records(self) -> list[Row]:
        """A dict a row; times are aware and local."""
        columns = {
            name: list(map(_local, values)) if self.kinds[name] is datetime else values
            for name, values in self.columns.items()
        }
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def to_pandas(self) -> Any:
        """A `pandas.DataFrame`.

        Raises:
            RushesError: if pandas is not installed.
        """
        pd = _installed("pandas")
        kinds = {bool: "boolean", int: "Int64", _Large: "UInt64", float: "float64"}
        data = {}
        for name, values in self.columns.items():
            kind = self.kinds[name]
            if kind is datetime:
                times = pd.Series(pd.array(_microseconds(values), dtype="Int64"))
                data[name] = pd.to_datetime(times, unit="us", utc=True).dt.tz_convert(_zone())
            else:
                data[name] = pd.Series(values, dtype=kinds.get(kind, "object"))
        return pd.DataFrame(data)

    def to_polars(self) -> Any:
        """A `polars.DataFrame`.

        Raises:
            RushesError: if polars is not installed.
        """
        pl = _installed("polars")
        kinds = {bool: pl.Boolean, int: pl.Int64, _Large: pl.UInt64, float: pl.Float64}
        data = {}
        for name, values in self.columns.items():
            kind = self.kinds[name]
            if kind is datetime:
                times = pl.Series(name, _microseconds(values), dtype=pl.Int64)
                moments = times.cast(pl.Datetime("us", "UTC"))
                data[name] = moments.dt.convert_time_zone(_zone())
            else:
                data[name] = pl.Series(name, values, dtype=kinds.get(kind, pl.String))
        return pl.DataFrame(data)

    def to_csv(self) -> str:
        """The table as CSV. A text that a spreadsheet would run begins with an apostrophe."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(map(_inert, self.columns))
        for row in self.records():
            writer.writerow([_written(value) for value in row.values()])
        return text.getvalue()


# --- rows ---------------------------------------------------------------------------------------


def row_of_job(
    record: JobRecord,
    context: Context,
    place: Place | None,
    catalog: Catalog,
    file: File,
) -> Row:
    """A job as a row.

    Args:
        record: the job.
        context: what the journal knows of it besides.
        place: where it stands in a sweep.
        catalog: has the prices.
        file: its video.
    """
    result = record.result or {}
    timings = result.get("timings")
    timings = timings if isinstance(timings, dict) else {}
    asked = dict(_asked(record.params))
    billed = _billed(record)
    return {
        **({} if place is None else dict(_axes(place, asked))),
        **asked,
        "id": record.id,
        "job_id": record.id,
        "remote_id": record.remote_id,
        "created_at": record.created_at,
        "ended_at": record.ended_at,
        "state": record.state.value,
        "provider": record.provider,
        "backend": record.backend,
        "mode": record.mode,
        "prompt": _cell(record.params.get("prompt")),
        "sweep": None if place is None else place.sweep,
        "parent": record.parent,
        **{name: _number(result.get(key)) for name, key in _MEASURED.items()},
        "has_audio": value if isinstance(value := result.get("hasAudio"), bool) else None,
        "bytes": file.size,
        "cost_estimated": _estimated(record, context, catalog),
        "cost_billed": billed[0],
        "currency": billed[1],
        "spent": context.money.spent,
        "reserved": context.money.reserved,
        "submitting_seconds": _number(timings.get("submitting")),
        "running_seconds": _number(timings.get("running")),
        "fetching_seconds": _number(timings.get("fetching")),
        **_marks(context.marks),
        "votes_won": context.score.won,
        "votes_lost": context.score.lost,
        "votes_tied": context.score.tied,
        "path": file.path,
        "error": None if record.error is None else _cell(record.error.message),
        "error_code": None if record.error is None else record.error.code,
        "notes": _cell("\n".join(record.notes)) or None,
    }


def row_of_found(found: Found, place: Place | None) -> Row:
    """A take that is known by its files as a row.

    Args:
        found: the files.
        place: where it stands in a sweep.
    """
    result, cost, timings = found.result, found.result.cost, found.result.timings
    judged = None if result.path is None else judged_beside(result.path)
    if cost is not None and not cost.is_believable:
        cost = None
    asked = {} if found.params is None else dict(_asked(found.params.to_json()))
    return {
        **({} if place is None else dict(_axes(place, asked))),
        **asked,
        "id": found.key,
        "job_id": result.job_id,
        "remote_id": _cell(result.generation_id),
        "created_at": found.created_at or None,
        "state": "completed",
        "provider": result.provider,
        "backend": result.backend,
        "mode": result.mode,
        "prompt": _cell(result.prompt),
        "sweep": None if place is None else place.sweep,
        "parent": _cell(result.parent),
        **{name: getattr(result, name) for name in _MEASURED},
        "has_audio": result.has_audio,
        "bytes": _size(result.path),
        "cost_estimated": cost.amount if cost is not None and cost.estimated else None,
        "cost_billed": cost.amount if cost is not None and not cost.estimated else None,
        "currency": None if cost is None else cost.currency,
        **{f"{phase}_seconds": seconds for phase, seconds in (timings or ())},
        **_marks(result.marks if judged is None else judged.marks),
        "path": None if result.path is None else str(result.path),
    }


_MEASURED = {
    "seed": "seed",
    "duration_seconds": "durationSeconds",
    "width": "width",
    "height": "height",
    "fps": "fps",
}
"""What is measured of a video or reported by its service, and its key in a result."""


def _asked(params: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What was asked for, by the name of its column."""
    for key, value in params.items():
        name = _column_of(key)
        if name is not None and value is not None:
            yield name, _cell(value)


@lru_cache(maxsize=1000)
def _column_of(key: str) -> str | None:
    """The column of a parameter; None if it has another one, or may be secret."""
    name = to_snake(key)
    if name in SAID or is_secret(name):
        return None
    return f"asked_{name}" if name in FIXED else name


def _axes(place: Place, asked: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The variables of a sweep; a parameter that it varies has its column already."""
    for name, value in place.values.items():
        if not ({name, f"asked_{name}"} & asked.keys() or name in _OWN):
            yield (f"sweep_{name}" if name in FIXED else name), _cell(value)


_OWN = frozenset({"provider", "backend", "mode"})
"""Axes whose column every table has."""


_NOT_JUDGED: Row = dict.fromkeys(("pick", "stars", "tags", "note"))


def _marks(marks: Marks) -> Row:
    """How a take was judged; text of a user may hold a link, too."""
    if marks is NOT_JUDGED:
        return _NOT_JUDGED
    return {name: _cell(value) or None for name, value in marks.to_dict().items()} | {
        "pick": marks.pick
    }


def _estimated(record: JobRecord, context: Context, catalog: Catalog) -> float | None:
    """What the journal reserved for the last attempt, or else what the catalog says."""
    if context.money.estimate:
        return context.money.estimate
    # Zero is what is free, and what has no known price.
    said = (record.result or {}).get("cost")
    if record.state is not JobState.COMPLETED:
        cost = cost_of(record, catalog)
        return cost.dollars if cost.estimated else None
    is_estimated = isinstance(said, dict) and said.get("estimated") is not False
    return believed(said) if is_estimated else None


def _billed(record: JobRecord) -> tuple[float | None, str | None]:
    """What the service said that it billed, and in which currency."""
    said = (record.result or {}).get("cost")
    if record.error is not None and record.error.cost is not None:
        said = record.error.cost
    elif record.result is None and record.output is not None and record.is_ended:
        said = record.output.cost
    if not isinstance(said, dict) or said.get("estimated") is not False:
        return None, CURRENCY
    currency = str(said.get("currency", CURRENCY))[:LONGEST_CURRENCY]
    return believed({**said, "currency": CURRENCY}), currency


# --- cells ----------------------------------------------------------------------------------------


def _cell(value: Any) -> Any:
    """A value as one cell, without what a link may have to open something."""
    if isinstance(value, str):
        return without_secrets(value) if ":" in value else value
    if isinstance(value, list | dict | tuple):
        return json.dumps(without_secrets(value), ensure_ascii=False)
    return value if isinstance(value, bool | int | float) else None


def _number(value: Any) -> float | None:
    return value if type(value) in _NUMBERS and math.isfinite(value) else None


def _size(path: Path | None) -> int | None:
    """Bytes of a file; None if there is none."""
    try:
        return None if path is None else path.stat().st_size
    except OSError:
        return None


def _local(seconds: float | None) -> datetime | None:
    """A time in the zone of this machine."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).astimezone()


def _written(value: Any) -> Any:
    """A value as CSV has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    return _inert(value) if isinstance(value, str) else value


def _inert(text: str) -> str:
    """A text that a spreadsheet does not run."""
    return f"'{text}" if text.startswith(FORMULAS) else text


# --- columns --------------------------------------------------------------------------------------


def _column(rows: Sequence[Row], name: str) -> list[Any]:
    """The values of a name, None where there is none; most names are in every row."""
    try:
        return [row[name] for row in rows]
    except KeyError:
        return [row.get(name) for row in rows]


class _Large:
    """Whole numbers that need all 64 bits."""


def _kind(name: str, values: Sequence[Any]) -> type:
    """The type of a column; what has several is text."""
    kinds = {FIXED[name]} if name in FIXED else set(map(type, values)) - {_NOTHING}
    if kinds == {int, float}:
        return float
    if kinds != {int}:
        return kinds.pop() if len(kinds) == 1 else str
    numbers = [value for value in values if value is not None]
    least, most = min(numbers, default=0), max(numbers, default=0)
    if least >= -_HALF and most < _HALF:
        return int
    return _Large if least >= 0 and most < 2 * _HALF else str


def _alike(values: list[Any], kind: type) -> list[Any]:
    """Values of one type, or None."""
    if kind not in (str, float) or set(map(type, values)) <= {kind, _NOTHING}:
        return values
    return [value if value is None or type(value) is kind else kind(value) for value in values]


def _microseconds(values: Sequence[float | None]) -> list[int | None]:
    """Times as whole numbers, rounded as `datetime.fromtimestamp` does."""
    return [
        None if value is None else 1_000_000 * int(value) + round(1e6 * math.modf(value)[0])
        for value in values
    ]


def _zone() -> str:
    """The name of this machine's time zone; UTC where it has none."""
    names = [os.environ.get("TZ", "").removeprefix(":")]
    with suppress(OSError):
        names.append(str(Path("/etc/localtime").readlink()).rpartition("zoneinfo/")[2])
    for name in filter(None, names):
        with suppress(KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError.
            return ZoneInfo(name).key
    return "UTC"


def _installed(name: str) -> Any:
    """A package that this one does not depend on.

    Raises:
        RushesError: if it is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        msg = (
            f"{name} is not installed here; rushes needs it for this only. Install it (pip install "
            f"{name}) and run this again. takes.records() and takes.to_csv(path) need nothing."
        )
        raise RushesError(msg) from error
