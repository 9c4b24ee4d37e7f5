"""A board as a file of a table."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from rushes.media.output import replacing, writing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that programs would take for a formula."""


def write_csv(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write rows with a line of heads; a text that looks like a formula gets a quote in front.

    Raises:
        MediaError: if the file cannot be written.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(names)
    table.writerows([[_safe(row.get(name)) for name in names] for row in rows])
    with replacing(path) as draft, writing(path):
        # With a mark, by which spreadsheets know the encoding.
        draft.write_bytes(text.getvalue().encode("utf-8-sig", "replace"))


def _safe(value: object) -> object:
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return "" if value is None else value
