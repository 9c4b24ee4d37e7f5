"""The output of the commands. Texts of users and services are never interpreted as markup."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rushes.contract.wording import on_one_line, visible
from rushes.joblist import when
from rushes.journal import JobState
from rushes.outcome import cost_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rushes.backends.registry import BackendInfo
    from rushes.catalog import Catalog
    from rushes.journal import JobRecord
    from rushes.spend import Spend

STYLES = {
    JobState.COMPLETED: "green",
    JobState.FAILED: "red",
    JobState.CANCELLED: "dim",
    JobState.UNCERTAIN: "bold yellow",
}


ROOM = 40
"""Columns that a terminal has for prompts and what separates columns, or else jobs are listed in
paragraphs."""

BETWEEN = 3
"""Columns of the terminal between two of the table's."""

HEADS = ("job", "state", "provider", "backend", "cost", "when", "prompt or error")


def jobs(
    records: Sequence[JobRecord], catalog: Catalog, columns: int | None
) -> RenderableType | str:
    """The jobs, and what to do about those that a service may have.

    Args:
        records: the jobs.
        catalog: has the prices of those that have not ended.
        columns: of the terminal; None for a pipe or a file, where a job is a whole line.
    """
    if not records:
        return "No jobs yet."
    rows = [_cells(record, catalog) for record in records]
    if columns is None:
        return "\n".join([*_lines(rows), *_advice(records)])
    if columns < sum(_widths([HEADS, *rows])) + ROOM:
        return "\n".join([*map(_paragraph, rows), *_advice(records)])
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in HEADS[:-1]:
        table.add_column(head, no_wrap=True, justify="right" if head == "cost" else "left")
    table.add_column(HEADS[-1], no_wrap=True)
    room = columns - sum(_widths([HEADS, *rows])) - BETWEEN * len(HEADS)
    for job, state, *rest, words in rows:
        style = STYLES.get(JobState(state), "cyan")
        prompt = Text(words)
        # Rich would take room away from all columns.
        prompt.truncate(room, overflow="ellipsis")
        table.add_row(Text(job), Text(state, style=style), *map(Text, rest), prompt)
    return Group(table, *(Text(line, no_wrap=True, overflow="ignore") for line in _advice(records)))


def _cells(record: JobRecord, catalog: Catalog) -> list[str]:
    """The cells of a job by column, all of them harmless to print."""
    words = (
        *(record.id, record.state, record.provider, record.backend),
        *(_cost(record, catalog), when(datetime.fromtimestamp(record.created_at, UTC))),
        _words(record),
    )
    return [on_one_line(word) for word in words]


def _lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """One line a job, in columns that are never empty, for other programs."""
    table = [HEADS, *([cell or "-" for cell in row] for row in rows)]
    widths = _widths(table)
    for *cells, words in table:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        yield "  ".join([*padded, words])


def _widths(table: Sequence[Sequence[str]]) -> list[int]:
    """Of the columns before the last one."""
    return [max(map(len, column)) for column in zip(*table, strict=True)][:-1]


def _paragraph(row: Sequence[str]) -> str:
    """A job on lines of its own; the terminal wraps what is too long."""
    job, state, provider, backend, cost, made, words = row
    head = "  ".join(filter(None, [job, state, cost, made]))
    return "\n".join([head, f"  {provider} at {backend}", f"  {words}"])


def _advice(records: Sequence[JobRecord]) -> Iterator[str]:
    """What to do about jobs that a service may have: the advice of their errors, as commands."""
    if doubtful := [record for record in records if record.state is JobState.UNCERTAIN]:
        first = on_one_line(doubtful[0].id)
        yield ""
        yield f"{len(doubtful)} uncertain: the service may have it. Look there, then run"
        yield f"  rushes jobs resolve {first} THE-ID-THERE   if you found it"
        yield f"  rushes jobs resubmit {first}               to send it again; may pay twice"
        yield f"  rushes jobs abandon {first}                to give it up"
    failed = [record for record in records if record.state is JobState.FAILED]
    if lost := [record for record in failed if record.error and record.error.advice]:
        yield ""
        yield f"{len(lost)} failed: asking the service again is free and may find the video. Run"
        yield f"  rushes jobs look-again {on_one_line(lost[0].id)}"


def spend(amounts: Spend) -> RenderableType:
    """What was spent, in three columns."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    last = ""
    for group, name, amount in amounts.rows():
        table.add_row(
            Text(group if group != last else "", style="bold"),
            Text(on_one_line(name)),
            Text(amount),
        )
        last = group
    return table


def backends(infos: Sequence[BackendInfo]) -> RenderableType:
    """A list of the services."""
    lines: list[RenderableType] = []
    for info in infos:
        head, *rest = visible(str(info)).splitlines()
        name, _, state = head.partition(": ")
        style = "green" if info.configured else ""
        lines.append(Text.assemble((name, "bold"), ": ", (state, style)))
        for line in rest:
            text = line.lstrip()
            lines.append(Padding(Text(text, style="dim"), (0, 0, 0, len(line) - len(text))))
        lines.append(Text())
    return Group(*lines)


def _words(record: JobRecord) -> str:
    """The error or prompt, in one line."""
    text = (record.error and record.error.message) or record.params.get("prompt") or ""
    return " ".join(str(text).split())


def _cost(record: JobRecord, catalog: Catalog) -> str:
    cost = cost_of(record, catalog)
    return "" if cost.unknown else str(cost).replace("about ", "~")
